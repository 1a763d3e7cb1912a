package report

import (
	"io"
	"strings"

	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/threats"
)

// ecsVersion is the version of the Elastic Common Schema that ECS speaks,
// https://www.elastic.co/guide/en/ecs/8.11/.
const ecsVersion = "8.11.0"

// ECS writes each finding as one alert document a line.
func ECS(out io.Writer, f *monitor.Frame, o Options) error {
	w := newWriter(out)
	for i := range f.Threats.Findings {
		if !o.finding(i) {
			continue
		}
		w.ecs(&f.Threats.Findings[i], f)
		w.buf = append(w.buf, '\n')
		w.comma = false
	}
	w.flush()
	return w.err
}

func (w *writer) ecs(x *threats.Finding, f *monitor.Frame) {
	w.open('{')
	w.time("@timestamp", f.At)
	w.str("message", x.Title)
	w.object("ecs")
	w.str("version", ecsVersion)
	w.close('}')
	w.object("event")
	w.str("kind", "alert")
	w.strings("category", []string{"intrusion_detection"})
	w.strings("type", []string{"info"})
	w.str("id", x.ID)
	w.str("module", "smoothtask")
	w.str("provider", x.Info.ID)
	w.int("severity", int64(x.Severity)*25)
	w.time("start", x.First)
	w.time("end", x.Last)
	w.close('}')
	w.object("host")
	w.str("name", f.Snapshot.System.Host.Name)
	w.text("architecture", f.Snapshot.System.Host.Arch)
	w.close('}')
	w.object("rule")
	w.str("id", x.Info.ID)
	w.str("name", x.Info.Title)
	w.text("description", x.Info.Why)
	w.close('}')
	w.ecsThreat(x)
	if p := x.Process; p != nil && p.ID != nil {
		w.object("process")
		w.int("pid", int64(p.Key.PID))
		w.str("name", p.ID.Comm)
		w.text("executable", p.ID.Exe)
		w.text("command_line", strings.TrimSpace(strings.ReplaceAll(p.ID.Cmdline, "\x00", " ")))
		w.strings("args", p.ID.Args())
		w.close('}')
		w.object("user")
		w.str("name", p.ID.User)
		w.close('}')
		if c := p.ID.Cgroup; c.Container != "" {
			w.object("container")
			w.str("id", c.Container)
			w.text("runtime", c.Runtime)
			w.close('}')
		}
	}
	w.object("smoothtask")
	w.str("severity", x.Severity.String())
	w.str("confidence", x.Confidence.String())
	w.evidence(x.Evidence)
	w.text("suppressed_by", x.SuppressedBy)
	w.close('}')
	w.close('}')
}

func (w *writer) ecsThreat(x *threats.Finding) {
	if len(x.Info.Techniques) == 0 {
		return
	}
	var ids, names, tactics []string
	for _, id := range x.Info.Techniques {
		t, _ := threats.TechniqueOf(id)
		ids = append(ids, id)
		if t.Name != "" {
			names = append(names, t.Name)
			tactics = append(tactics, t.Tactic)
		}
	}
	w.object("threat")
	w.str("framework", "MITRE ATT&CK")
	w.object("technique")
	w.strings("id", ids)
	w.strings("name", names)
	w.close('}')
	w.object("tactic")
	w.strings("name", tactics)
	w.close('}')
	w.close('}')
}
