package report

import (
	"io"
	"strconv"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/threats"
)

// Prometheus writes the machine, the findings and the own cost in the text
// exposition format 0.0.4. Processes are summed up: a series for each pid would
// burden whoever stores them.
func Prometheus(out io.Writer, f *monitor.Frame, _ Options) error {
	w := &exposition{}
	s, r := &f.Snapshot.System, f.Rates
	w.gauge("cpu_busy_percent", "Share of all processors that is busy.", float64(r.CPU.Busy))
	w.gauge("load1", "Load average over one minute.", s.Load.One)
	w.gauge("memory_total_bytes", "Memory of the machine.", float64(s.Memory.Total))
	w.gauge("memory_available_bytes", "Memory that programs can have without swapping.", float64(s.Memory.Available))
	w.gauge("swap_used_bytes", "Swap space in use.", float64(s.Memory.SwapUsed))
	c := &f.Snapshot.Counts
	w.head("processes", "gauge", "Processes by state.")
	for _, v := range []struct {
		state string
		n     int
	}{{"running", c.Running}, {"sleeping", c.Sleeping}, {"blocked", c.Blocked}, {"stopped", c.Stopped}, {"zombie", c.Zombie}} {
		w.sample("processes", float64(v.n), "state", v.state)
	}
	w.gauge("threads", "Threads of all processes.", float64(c.Threads))
	w.sockets(f.Snapshot.Sockets)
	w.findings(f.Threats)
	w.self(f.Self)
	_, err := out.Write(w.buf)
	return err
}

type exposition struct{ buf []byte }

func (w *exposition) head(name, kind, help string) {
	w.buf = append(w.buf, "# HELP smoothtask_"+name+" "+help+"\n# TYPE smoothtask_"+name+" "+kind+"\n"...)
}

var labelEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// sample writes one value; labels are pairs of name and value.
func (w *exposition) sample(name string, v float64, labels ...string) {
	w.buf = append(w.buf, "smoothtask_"+name...)
	for i := 0; i+1 < len(labels); i += 2 {
		if i == 0 {
			w.buf = append(w.buf, '{')
		} else {
			w.buf = append(w.buf, ',')
		}
		w.buf = append(w.buf, labels[i]...)
		w.buf = append(w.buf, `="`...)
		w.buf = append(w.buf, labelEscaper.Replace(strings.ToValidUTF8(labels[i+1], "\ufffd"))...)
		w.buf = append(w.buf, '"')
	}
	if len(labels) > 0 {
		w.buf = append(w.buf, '}')
	}
	w.buf = append(w.buf, ' ')
	w.buf = strconv.AppendFloat(w.buf, v, 'g', -1, 64)
	w.buf = append(w.buf, '\n')
}

func (w *exposition) gauge(name, help string, v float64) {
	w.head(name, "gauge", help)
	w.sample(name, v)
}

func (w *exposition) sockets(list []metrics.Socket) {
	var n [metrics.Unix + 1]int
	for i := range list {
		n[min(list[i].Proto, metrics.Unix)]++
	}
	w.head("sockets", "gauge", "Sockets by protocol.")
	for p := metrics.TCP; p <= metrics.Unix; p++ {
		w.sample("sockets", float64(n[p]), "protocol", p.String())
	}
}

func (w *exposition) findings(r *threats.Report) {
	w.head("findings", "gauge", "Findings that are not suppressed, by severity.")
	for s, n := range r.Counts() {
		w.sample("findings", float64(n), "severity", threats.Severity(s).String())
	}
	w.gauge("findings_suppressed", "Findings that an allow entry covers.", float64(r.Suppressed))
	if r.Baseline != "" {
		w.changes(r.Changes)
	}
	w.gauge("checks", "Kinds of detection that are switched on.", float64(r.Coverage.Total))
	w.gauge("checks_done", "Kinds of detection that finished a first complete pass.", float64(r.Coverage.Checked))
	w.gauge("checks_need_root", "Kinds of detection that see less, or nothing, without root or a capability.", float64(r.Coverage.NeedRoot))
	w.detectors(r.Detectors)
}

// detectors writes what each detector cost, and how often it failed.
func (w *exposition) detectors(list []threats.DetectorStat) {
	for _, m := range []struct {
		name, help string
		value      func(*threats.DetectorStat) float64
	}{
		{"detector_runs_total", "Runs of a detector.", func(d *threats.DetectorStat) float64 { return float64(d.Runs) }},
		{"detector_seconds_total", "Time that a detector took.", func(d *threats.DetectorStat) float64 { return d.Total.Seconds() }},
		{"detector_errors_total", "Runs of a detector that failed.", func(d *threats.DetectorStat) float64 { return float64(d.Errors) }},
	} {
		w.head(m.name, "counter", m.help)
		for i := range list {
			w.sample(m.name, m.value(&list[i]), "detector", list[i].ID)
		}
	}
}

// changes counts the differences from the baseline; one that went away is 0.
func (w *exposition) changes(list []threats.Change) {
	w.head("baseline_changes", "gauge", "Differences from the baseline, by what they concern.")
	for _, kind := range []string{"listener", "program", "file", "module", "account", "unit"} {
		n := 0
		for i := range list {
			if list[i].Kind == kind {
				n++
			}
		}
		w.sample("baseline_changes", float64(n), "kind", kind)
	}
}
