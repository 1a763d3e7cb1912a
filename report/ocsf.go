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
)

// OCSF writes each finding as one Detection Finding a line.
func OCSF(out io.Writer, f *monitor.Frame, o Options) error {
	w := newWriter(out)
	for i := range f.Threats.Findings {
		if !o.finding(i) {
			continue
		}
		w.ocsf(&f.Threats.Findings[i], f)
		w.buf = append(w.buf, '\n')
		w.comma = false
	}
	w.flush()
	return w.err
}

func (w *writer) ocsf(x *threats.Finding, f *monitor.Frame) {
	activity := ocsfCreate
	if x.Gone {
		activity = ocsfClose
	}
	w.open('{')
	w.int("class_uid", ocsfDetection)
	w.int("category_uid", ocsfFindings)
	w.int("activity_id", int64(activity))
	w.int("type_uid", int64(ocsfDetection*100+activity))
	w.int("time", f.At.UnixMilli())
	w.int("severity_id", int64(x.Severity)+1)
	w.str("severity", strings.ToUpper(x.Severity.String()[:1])+x.Severity.String()[1:])
	w.int("confidence_id", int64(x.Confidence)+1)
	w.int("status_id", ocsfStatus(x))
	w.str("message", x.Title)
	w.object("metadata")
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
	w.object("finding_info")
	w.str("uid", x.ID)
	w.str("title", x.Title)
	w.text("desc", x.Info.Why)
	w.milliseconds("first_seen_time", x.First)
	w.milliseconds("last_seen_time", x.Last)
	w.object("analytic")
	w.str("uid", x.Info.ID)
	w.str("name", x.Info.Title)
	w.int("type_id", 1) // rule
	w.close('}')
	w.array("attacks")
	for _, id := range x.Info.Techniques {
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
	w.close('}')
	w.ocsfEvidences(x)
	w.close('}')
}

// ocsfStatus is New, Suppressed or Resolved.
func ocsfStatus(x *threats.Finding) int64 {
	switch {
	case x.SuppressedBy != "":
		return 3
	case x.Gone:
		return 4
	}
	return 1
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
