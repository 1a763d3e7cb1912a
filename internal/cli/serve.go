package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/report"
)

// newServe makes the command that answers scrapers.
func newServe(f *flags) *cobra.Command {
	var listen string
	var anywhere bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "monitor without a screen, and answer HTTP: /metrics, /report.json, /findings.ndjson",
		Long: `Serve runs the monitor without a screen and answers HTTP requests:

  /metrics          the machine, findings and own cost, for Prometheus
  /report.json      the last report, as --once --format json prints it
  /findings.ndjson  the findings, as OCSF, one a line

It listens on loopback. There is no authentication: who reaches the address
reads command lines and addresses of this machine.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runServe(cmd, f, listen, anywhere) },
	}
	cmd.Flags().StringVar(&listen, "listen", "", "`ADDR` to listen on, in place of serve.listen in the configuration")
	cmd.Flags().BoolVar(&anywhere, "allow-remote", false, "allow an address that other machines reach")
	f.profile.register(cmd.Flags())
	return cmd
}

func runServe(cmd *cobra.Command, f *flags, listen string, anywhere bool) (err error) {
	c, _, err := f.settings(cmd)
	if err != nil {
		return err
	}
	if listen == "" {
		listen = c.Serve.Listen
	}
	if !anywhere && !c.Serve.AllowRemote && !loopback(listen) {
		return usagef("%s is not a loopback address: use 127.0.0.1:PORT or [::1]:PORT, or say --allow-remote", listen)
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return usagef("cannot listen: %w; choose another address with --listen", err)
	}
	meter := &monitor.Meter{}
	profiles, err := f.profile.start(cmd.ErrOrStderr(), meter)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer func() { err = profiles.end(err) }()
	m, err := build(&c, purpose{deadline: max(2*c.Monitor.Interval, 2*time.Second), meter: meter})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer func() { err = errors.Join(err, m.close()) }()
	s := &server{ready: make(chan struct{})}
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	go tendMemory(ctx)
	go s.follow(ctx, m.monitor.Subscribe())
	h := &http.Server{Handler: s.handler(), ReadHeaderTimeout: 5 * time.Second, WriteTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	served := make(chan error, 1)
	go func() { served <- h.Serve(countedListener{l, meter}) }()
	fmt.Fprintf(cmd.ErrOrStderr(), "smoothtask: serving on http://%s/metrics\n", l.Addr())
	err = m.monitor.Run(ctx)
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	down, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	if h.Shutdown(down) != nil {
		h.Close()
	}
	if e := <-served; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("cannot serve: %w", e))
	}
	return err
}

// server keeps the last frame for those who ask.
type server struct {
	ready chan struct{} // closed when there is a first frame
	once  sync.Once
	mu    sync.RWMutex
	frame *monitor.Frame
}

func (s *server) follow(ctx context.Context, sub *monitor.Subscription) {
	defer sub.Close()
	procs := newProcessors()
	for {
		select {
		case <-ctx.Done():
			return
		case f := <-sub.C:
			procs.follow(f.Self)
			s.mu.Lock()
			old := s.frame
			s.frame = f
			s.mu.Unlock()
			if old != nil {
				old.Release()
			}
			s.once.Do(func() { close(s.ready) })
		}
	}
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", s.answer("text/plain; version=0.0.4; charset=utf-8", report.Prometheus))
	mux.HandleFunc("GET /report.json", s.answer("application/json", report.JSON))
	mux.HandleFunc("GET /findings.ndjson", s.answer("application/x-ndjson", report.OCSF))
	return mux
}

// answer encodes the last frame. The frame is held while it is encoded, not while
// a slow client takes it.
func (s *server) answer(kind string, encode func(io.Writer, *monitor.Frame, report.Options) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-s.ready:
		case <-r.Context().Done():
			return
		}
		var b bytes.Buffer
		s.mu.RLock()
		err := encode(&b, s.frame, report.Options{})
		s.mu.RUnlock()
		if err != nil {
			http.Error(w, "cannot encode the report", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(b.Bytes()) // the client has gone: nothing is to be done
	}
}
