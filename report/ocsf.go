package report

import (
	"io"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/threats"
)

// The version of the Open Cybersecurity Schema Framework that OCSF speaks, and
// its numbers for a Detection Finding: https://schema.ocsf.io/1.3.0/classes/detection_finding.
const (
	ocsfVersion   = "1.3.0"
	ocsfFindings  = 2
	ocsfDetection = 2004
	ocsfCreate    = 1
	ocsfClose     = 3
	ocsfNew       = 1
)

// OCSF writes each finding, and each difference from the baseline, as one
// Detection Finding a line.
func OCSF(out io.Writer, f *monitor.Frame, o Options) error {
	w := newWriter(out)
	for i := range f.Threats.Findings {
		if o.finding(i) {
			w.ocsf(&f.Threats.Findings[i], f)
		}
	}
	for i := range f.Threats.Changes {
		w.ocsfChange(&f.Threats.Changes[i], f)
	}
	w.flush()
	return w.err
}

func (w *writer) ocsf(x *threats.Finding, f *monitor.Frame) {
	activity := ocsfCreate
	if x.Gone {
		activity = ocsfClose
	}
	w.ocsfBegin(f, x.ID, activity, x.Severity, x.Confidence)
	w.int("status_id", ocsfStatus(x))
	w.str("message", x.Title)
	w.object("finding_info")
	w.str("uid", x.ID)
	w.str("title", x.Title)
	w.text("desc", x.Info.Why)
	w.milliseconds("first_seen_time", x.First)
	w.milliseconds("last_seen_time", x.Last)
	w.ocsfAnalytic(x.Info.ID, x.Info.Title)
	w.ocsfAttacks(x.Info)
	w.ocsfRelated(x.Parts)
	w.close('}')
	w.ocsfEvidences(x)
	w.endLine()
}

// ocsfChange tells of a difference from the baseline, which by itself is no threat.
func (w *writer) ocsfChange(c *threats.Change, f *monitor.Frame) {
	id := changeID(c)
	w.ocsfBegin(f, id, ocsfCreate, threats.Informational, threats.Strong)
	w.int("status_id", ocsfNew)
	w.str("message", changeTitle(c))
	w.object("finding_info")
	w.str("uid", id)
	w.str("title", changeTitle(c))
	w.str("desc", "It was otherwise when the baseline was saved: "+f.Threats.Baseline)
	w.milliseconds("first_seen_time", c.Since)
	w.ocsfAnalytic(baselineRule, "Difference from the baseline")
	w.close('}')
	w.array("evidences")
	w.open('{')
	w.key("data")
	w.change(c)
	w.close('}')
	w.close(']')
	w.endLine()
}

// ocsfBegin opens a Detection Finding with what all of them have.
func (w *writer) ocsfBegin(f *monitor.Frame, id string, activity int, s threats.Severity, c threats.Confidence) {
	w.open('{')
	w.int("class_uid", ocsfDetection)
	w.int("category_uid", ocsfFindings)
	w.int("activity_id", int64(activity))
	w.int("type_uid", int64(ocsfDetection*100+activity))
	w.int("time", f.At.UnixMilli())
	w.int("severity_id", int64(s)+1)
	w.str("severity", strings.ToUpper(s.String()[:1])+s.String()[1:])
	w.int("confidence_id", int64(c)+1)
	w.object("metadata")
	w.str("uid", id)
	w.str("version", ocsfVersion)
	w.object("product")
	w.str("name", "smoothtask")
	w.str("vendor_name", "smoothtask")
	w.close('}')
	w.close('}')
	w.object("device")
	w.str("hostname", f.Snapshot.System.Host.Name)
	w.int("type_id", 1) // server
	w.close('}')
}

func (w *writer) ocsfAnalytic(id, name string) {
	w.object("analytic")
	w.str("uid", id)
	w.str("name", name)
	w.int("type_id", 1) // rule
	w.close('}')
}

func (w *writer) ocsfAttacks(info *threats.Info) {
	w.array("attacks")
	for _, id := range info.Techniques {
		t, _ := threats.TechniqueOf(id)
		w.open('{')
		w.object("technique")
		w.str("uid", id)
		w.text("name", t.Name)
		w.close('}')
		if t.Tactic != "" {
			w.object("tactic")
			w.str("name", t.Tactic)
			w.close('}')
		}
		w.close('}')
	}
	w.close(']')
}

// ocsfRelated names the parts of a joined finding, by the ids that they have as
// findings of their own.
func (w *writer) ocsfRelated(parts []threats.Part) {
	if len(parts) == 0 {
		return
	}
	w.array("related_events")
	for i := range parts {
		w.open('{')
		w.str("uid", parts[i].ID)
		w.int("type_uid", ocsfDetection*100+ocsfCreate)
		w.str("type", "Detection Finding: Create")
		w.ocsfAttacks(parts[i].Info)
		w.close('}')
	}
	w.close(']')
}

// ocsfStatus is New, Suppressed or Resolved.
func ocsfStatus(x *threats.Finding) int64 {
	switch {
	case x.SuppressedBy != "":
		return 3
	case x.Gone:
		return 4
	}
	return ocsfNew
}

func (w *writer) ocsfEvidences(x *threats.Finding) {
	w.array("evidences")
	if p := x.Process; p != nil && p.ID != nil {
		w.open('{')
		w.object("process")
		w.int("pid", int64(p.Key.PID))
		w.str("name", p.ID.Comm)
		w.text("cmd_line", strings.TrimSpace(strings.ReplaceAll(p.ID.Cmdline, "\x00", " ")))
		if p.ID.Exe != "" {
			w.object("file")
			w.str("path", p.ID.Exe)
			w.int("type_id", 1)
			w.str("name", p.ID.Exe[strings.LastIndexByte(p.ID.Exe, '/')+1:])
			w.close('}')
		}
		w.object("user")
		w.str("name", p.ID.User)
		w.close('}')
		w.close('}')
		w.close('}')
	}
	for _, e := range x.Evidence {
		w.open('{')
		w.object("data")
		w.str("what", e.What)
		w.str("where", e.Where)
		w.str("value", e.Value)
		w.close('}')
		w.close('}')
	}
	w.close(']')
}

func (w *writer) milliseconds(name string, t time.Time) {
	if !t.IsZero() {
		w.int(name, t.UnixMilli())
	}
}
