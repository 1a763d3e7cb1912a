package cli

import (
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/monitor"
)

// serve opens the port that the operator asked for.
func (r *profiling) serve(addr string, anywhere bool, meter *monitor.Meter) error {
	if !anywhere && !loopback(addr) {
		return usagef("--pprof %s is not a loopback address: use 127.0.0.1:PORT or [::1]:PORT, or add --pprof-anywhere", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return usagef("cannot serve profiles: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	r.server = &http.Server{Handler: sameHost(addr, mux), ReadHeaderTimeout: 5 * time.Second}
	r.url = "http://" + l.Addr().String() + "/debug/pprof/"
	if meter != nil {
		l = countedListener{l, meter}
	}
	go func() { _ = r.server.Serve(l) }()
	return nil
}

// sameHost refuses requests for another host than the one of the address that is
// listened on: a web page can have its own name lead here (DNS rebinding), but not
// change what the browser takes for the host. An address is no name that leads
// elsewhere: where others may come, each is right.
func sameHost(addr string, next http.Handler) http.Handler {
	given, _, _ := net.SplitHostPort(addr)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil { // it has no port
			host = strings.Trim(r.Host, "[]")
		}
		_, err = netip.ParseAddr(host)
		known := loopbackHost(host) || host != "" && strings.EqualFold(host, given) || err == nil && !loopbackHost(given)
		if !known {
			http.Error(w, "not the host that is served here: use its address", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// loopback reports whether an address of the form host:port is reached from this
// machine only.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	return err == nil && loopbackHost(host)
}

func loopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
