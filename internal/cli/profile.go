package cli

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"os"
	"runtime"
	rpprof "runtime/pprof"
	"runtime/trace"
	"time"

	"github.com/spf13/pflag"
)

// profileFlags are about the program itself.
type profileFlags struct {
	cpu, mem, trace string
	pprof           string
	pprofAnywhere   bool
}

func (p *profileFlags) register(f *pflag.FlagSet) {
	f.StringVar(&p.cpu, "cpuprofile", "", "write a CPU profile of the program itself to `FILE`")
	f.StringVar(&p.mem, "memprofile", "", "write a heap profile to `FILE` at the end")
	f.StringVar(&p.trace, "trace", "", "write an execution trace to `FILE`")
	f.StringVar(&p.pprof, "pprof", "", "serve profiles at `ADDR`, which must be on loopback")
	f.BoolVar(&p.pprofAnywhere, "pprof-anywhere", false, "allow --pprof on an address that others reach")
}

// start begins what the flags ask for; stop ends it and writes the files.
func (p *profileFlags) start() (stop func() error, err error) {
	var ends []func() error
	stop = func() error {
		var err error
		for i := len(ends) - 1; i >= 0; i-- {
			err = errors.Join(err, ends[i]())
		}
		return err
	}
	begin := func(path, what string, on func(*os.File) (func(), error)) {
		if path == "" || err != nil {
			return
		}
		var file *os.File
		if file, err = os.Create(path); err != nil {
			err = usagef("cannot write the %s: %w", what, err)
			return
		}
		var off func()
		if off, err = on(file); err != nil {
			err = errors.Join(fmt.Errorf("cannot begin the %s: %w", what, err), file.Close())
			return
		}
		ends = append(ends, func() error { off(); return file.Close() })
	}
	begin(p.cpu, "CPU profile", func(f *os.File) (func(), error) { return rpprof.StopCPUProfile, rpprof.StartCPUProfile(f) })
	begin(p.trace, "trace", func(f *os.File) (func(), error) { return trace.Stop, trace.Start(f) })
	begin(p.mem, "heap profile", func(f *os.File) (func(), error) {
		return func() { runtime.GC(); _ = rpprof.WriteHeapProfile(f) }, nil
	})
	if p.pprof != "" && err == nil {
		var end func() error
		if end, err = p.serve(); err == nil {
			ends = append(ends, end)
		}
	}
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	return stop, nil
}

// serve opens the port that the operator asked for.
func (p *profileFlags) serve() (func() error, error) {
	if !p.pprofAnywhere && !loopback(p.pprof) {
		return nil, usagef("--pprof %s is not a loopback address: use 127.0.0.1:PORT or [::1]:PORT, or add --pprof-anywhere", p.pprof)
	}
	l, err := net.Listen("tcp", p.pprof)
	if err != nil {
		return nil, usagef("cannot serve profiles: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(l) }()
	return server.Close, nil
}

// loopback reports whether an address of the form host:port is reached from this
// machine only.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
