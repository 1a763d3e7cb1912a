package threatstest

import (
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// Case is one machine and what a detector must say of it.
type Case struct {
	Name  string
	Build func(w *World)

	Hits     int              // how many findings; 0 for a near miss
	Severity threats.Severity // of each finding; 0: that of the detector's Info
	Evidence string           // found in the evidence of the first finding; "" anything
	About    string           // found in the subject's name or the program of the first; "" anything
}

// Table runs a new detector over the machine of each case, and checks what every
// detector and finding must have.
func Table(t *testing.T, detector func() threats.Detector, cases []Case) {
	t.Helper()
	info := detector().Info()
	CheckInfo(t, info)
	hits, misses := 0, 0
	for _, c := range cases {
		if c.Hits > 0 {
			hits++
		} else {
			misses++
		}
		t.Run(c.Name, func(t *testing.T) {
			w := New(t)
			if c.Build != nil {
				c.Build(w)
			}
			got := w.Detect(detector())
			if len(got) != c.Hits {
				t.Fatalf("%d findings, want %d:%s", len(got), c.Hits, String(got))
			}
			for i := range got {
				CheckFinding(t, &got[i])
				want := c.Severity
				if want == threats.Informational {
					want = info.Severity
				}
				if got[i].Severity != want {
					t.Errorf("severity %s, want %s:%s", got[i].Severity, want, String(got[i:i+1]))
				}
			}
			if c.Hits > 0 && !strings.Contains(String(got[:1]), c.Evidence) {
				t.Errorf("evidence lacks %q:%s", c.Evidence, String(got[:1]))
			}
			if c.Hits > 0 && c.About != "" && !strings.Contains(about(&got[0]), c.About) {
				t.Errorf("is about %q, want %q", about(&got[0]), c.About)
			}
		})
	}
	if hits == 0 || misses == 0 {
		t.Errorf("a table needs hits and near misses: %d and %d", hits, misses)
	}
	t.Run("knows nothing", func(t *testing.T) { ignorant(t, detector()) })
}

func about(f *threats.Finding) string {
	if f.Process == nil {
		return f.Subject.Name
	}
	return f.Subject.Name + " " + f.Process.ID.Comm + " " + f.Process.ID.Exe
}

// ignorant shows the detector a machine of which nothing is known. It must not
// take zeros for measurements.
func ignorant(t *testing.T, d threats.Detector) {
	w := New(t)
	p := w.Run("", PID(500), Named("x"), Without(^metrics.Fields(0)))
	w.TCP(nil, "10.0.0.1:1", "10.0.0.2:2", -1)
	w.Details[p.Key.PID] = &metrics.Detail{Key: p.Key}
	if got := w.Detect(d); len(got) != 0 {
		t.Errorf("found something where nothing is known:%s", String(got))
	}
	if d.Info().Cost == threats.Deep { // is never called without a process
		return
	}
	if got := d.Detect(threats.NewInput(Now, &metrics.Snapshot{}, nil, nil, nil), nil); len(got) != 0 {
		t.Errorf("found something on an empty machine:%s", String(got))
	}
}

// CheckInfo checks that a detector tells an operator what it must.
func CheckInfo(t testing.TB, info *threats.Info) {
	t.Helper()
	for what, missing := range map[string]bool{
		"id": !strings.Contains(info.ID, "."), "title": info.Title == "", "why": info.Why == "",
		"false positives": info.FalsePositives == "", "next steps": len(info.Next) == 0,
		"ATT&CK techniques": len(info.Techniques) == 0,
		"parts":             info.Cost == threats.Deep && info.Parts == 0,
	} {
		if missing {
			t.Errorf("%s: Info lacks its %s", info.ID, what)
		}
	}
	for _, id := range info.Techniques {
		if tech, ok := threats.TechniqueOf(id); !ok || tech.ID != id {
			t.Errorf("%s: %s is no technique of ATT&CK v19 in the table of threats/attack.go", info.ID, id)
		}
	}
	if info.Confidence == threats.Weak && info.Severity > threats.Medium {
		t.Errorf("%s: a weak signal cannot be %s", info.ID, info.Severity)
	}
}

// CheckFinding checks that a finding of a detector is complete.
func CheckFinding(t testing.TB, f *threats.Finding) {
	t.Helper()
	if f.Info == nil || f.Title == "" {
		t.Fatalf("a finding without Info or title:%s", String([]threats.Finding{*f}))
	}
	if len(f.Evidence) == 0 {
		t.Errorf("%s: a finding without evidence", f.Info.ID)
	}
	for _, e := range f.Evidence {
		if e.What == "" || e.Where == "" || len(e.Value) > threats.MaxEvidence {
			t.Errorf("%s: incomplete or unbounded evidence %+v", f.Info.ID, e)
		}
	}
	if f.Confidence == threats.Weak && f.Severity > threats.Medium {
		t.Errorf("%s: a weak signal is %s", f.Info.ID, f.Severity)
	}
	if f.Process != nil && f.Process.Key != f.Subject.Key {
		t.Errorf("%s: process %v and subject %v differ", f.Info.ID, f.Process.Key, f.Subject.Key)
	}
}
