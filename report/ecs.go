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

// ECS writes each finding as one alert document a line, and each difference from
// the baseline as an event.
func ECS(out io.Writer, f *monitor.Frame, o Options) error {
	w := newWriter(out)
	for i := range f.Threats.Findings {
		if o.finding(i) {
			w.ecs(&f.Threats.Findings[i], f)
		}
	}
	for i := range f.Threats.Changes {
		w.ecsChange(&f.Threats.Changes[i], f)
	}
	w.flush()
	return w.err
}

func (w *writer) ecs(x *threats.Finding, f *monitor.Frame) {
	w.ecsBegin(f, x.Title)
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
	w.parts(x.Parts)
	w.text("suppressed_by", x.SuppressedBy)
	w.close('}')
	w.endLine()
}

// ecsTypes are the words of the schema for what a Change did.
var ecsTypes = map[string]string{"added": "creation", "removed": "deletion", "changed": "change"}

func (w *writer) ecsChange(c *threats.Change, f *monitor.Frame) {
	w.ecsBegin(f, changeTitle(c))
	w.object("event")
	w.str("kind", "event")
	w.strings("category", []string{"configuration"})
	w.strings("type", []string{ecsTypes[c.Op]})
	w.str("id", changeID(c))
	w.str("module", "smoothtask")
	w.str("provider", baselineRule)
	w.int("severity", 0)
	w.time("start", c.Since)
	w.close('}')
	w.object("smoothtask")
	w.str("baseline", f.Threats.Baseline)
	w.key("change")
	w.change(c)
	w.close('}')
	w.endLine()
}

// ecsBegin opens a document with what all of them have.
func (w *writer) ecsBegin(f *monitor.Frame, message string) {
	w.open('{')
	w.time("@timestamp", f.At)
	w.str("message", message)
	w.object("ecs")
	w.str("version", ecsVersion)
	w.close('}')
	w.object("host")
	w.str("name", f.Snapshot.System.Host.Name)
	w.text("architecture", f.Snapshot.System.Host.Arch)
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
