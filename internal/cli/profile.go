package cli

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"runtime/trace"

	"github.com/spf13/pflag"

	"github.com/smoothtask/smoothtask/monitor"
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

// profile is one that a flag can ask for. begin may be nil.
type profile struct {
	flag, what, path string
	begin            func(io.Writer) error
	end              func(io.Writer) error
}

func (p *profileFlags) wanted() (list []profile) {
	all := []profile{
		{"--cpuprofile", "CPU profile", p.cpu, pprof.StartCPUProfile, func(io.Writer) error { pprof.StopCPUProfile(); return nil }},
		{"--trace", "trace", p.trace, trace.Start, func(io.Writer) error { trace.Stop(); return nil }},
		{"--memprofile", "heap profile", p.mem, nil, func(w io.Writer) error { runtime.GC(); return pprof.WriteHeapProfile(w) }},
	}
	for _, w := range all {
		if w.path != "" {
			list = append(list, w)
		}
	}
	return list
}

// profiling is what start has begun.
type profiling struct {
	parts  []profilePart
	server *http.Server // nil without --pprof
	url    string       // of the server; "" without
}

type profilePart struct {
	profile
	file  *profileFile
	begun bool
}

// start begins what the flags ask for, once all of it can be had: until then no
// file that is there has been touched. A meter counts what the server sends and
// receives; nil counts nothing. end must be called.
func (p *profileFlags) start(stderr io.Writer, meter *monitor.Meter) (*profiling, error) {
	r := &profiling{}
	if err := r.open(p, meter); err != nil {
		return nil, errors.Join(err, r.finish(false))
	}
	for i := range r.parts {
		part := &r.parts[i]
		if part.begin != nil {
			if err := part.begin(part.file); err != nil {
				return nil, errors.Join(fmt.Errorf("cannot begin the %s: %w", part.what, err), r.finish(false))
			}
		}
		part.begun = true
	}
	if r.url != "" {
		fmt.Fprintf(stderr, "smoothtask: profiles at %s\n", r.url)
	}
	return r, nil
}

// open opens what is to be written, and the port.
func (r *profiling) open(p *profileFlags, meter *monitor.Meter) error {
	wanted := p.wanted()
	if err := distinct(wanted); err != nil {
		return err
	}
	for _, w := range wanted {
		f, err := newProfileFile(w.path)
		if err != nil {
			return usagef("cannot write the %s to %s: %w", w.what, w.path, err)
		}
		r.parts = append(r.parts, profilePart{profile: w, file: f})
	}
	if p.pprof == "" {
		return nil
	}
	return r.serve(p.pprof, p.pprofAnywhere, meter)
}

// end ends the profiles and puts them in place, or drops them after bad input, on
// which nothing was done. It adds to the error of the run what could not be written.
func (r *profiling) end(run error) error {
	var usage usageError
	return errors.Join(run, r.finish(!errors.As(run, &usage)))
}

func (r *profiling) finish(keep bool) (err error) {
	if r.server != nil {
		err = r.server.Close()
	}
	for i := range r.parts {
		part := &r.parts[i]
		var failed error
		if part.begun {
			failed = part.end(part.file)
		}
		if e := part.file.close(keep, failed); e != nil {
			err = errors.Join(err, fmt.Errorf("cannot write the %s to %s: %w", part.what, part.path, e))
		}
	}
	return err
}

// distinct refuses one file for two profiles.
func distinct(list []profile) error {
	for i, a := range list {
		for _, b := range list[:i] {
			if samePath(a.path, b.path) {
				return usagef("%s and %s name the same file, %s", b.flag, a.flag, a.path)
			}
		}
	}
	return nil
}

func samePath(a, b string) bool {
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(x, y)
	}
	p, errA := filepath.Abs(a)
	q, errB := filepath.Abs(b)
	return errA == nil && errB == nil && p == q
}
