package report

import (
	"io"

	"github.com/smoothtask/smoothtask/monitor"
)

// NDJSON writes the frame as one object a line, for tools that read streams:
// first a line of kind "host" with what JSON has beside its lists, then one line
// for each process, socket and finding, with its kind. All lines have the time.
func NDJSON(out io.Writer, f *monitor.Frame, o Options) error {
	w := newWriter(out)
	begin := func(kind string) {
		w.open('{')
		w.str("kind", kind)
		w.time("time", f.At)
	}
	begin("host")
	w.int("schema_version", SchemaVersion)
	w.host(f.Snapshot)
	w.float("interval_s", f.Rates.Over.Seconds())
	w.sources("sources", f.Snapshot.Sources)
	w.gaps(f.Snapshot.Gaps)
	w.system(f)
	w.threats(f.Threats)
	w.self(f.Self)
	w.endLine()
	boot := f.At.Add(-f.Snapshot.Uptime)
	for i := range f.Snapshot.Processes {
		if o.process(i) {
			begin("process")
			w.key("process")
			w.process(&f.Snapshot.Processes[i], &f.Rates.Processes[i], boot)
			w.endLine()
		}
	}
	for i := range f.Snapshot.Sockets {
		if o.socket(i) {
			begin("socket")
			w.key("socket")
			w.socket(&f.Snapshot.Sockets[i], &f.Rates.Sockets[i])
			w.endLine()
		}
	}
	for i := range f.Threats.Findings {
		if o.finding(i) {
			begin("finding")
			w.key("finding")
			w.finding(&f.Threats.Findings[i])
			w.endLine()
		}
	}
	w.flush()
	return w.err
}
