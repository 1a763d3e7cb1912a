package report

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/monitor"
)

// alerts are the lines that an encoder makes of the test's frame: a joined finding,
// a suppressed one, and a difference from the baseline.
func alerts[T any](t *testing.T, encode func(io.Writer, *monitor.Frame, Options) error) (list []T) {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, frame(), Options{}); err != nil {
		t.Fatal(err)
	}
	for dec := json.NewDecoder(&b); dec.More(); {
		var v T
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	if len(list) != 3 {
		t.Fatalf("%d lines", len(list))
	}
	return list
}

func TestOCSFNamesTheParts(t *testing.T) {
	type alert struct {
		Metadata struct{ UID string }
		Finding  struct {
			UID     string
			Related []struct {
				UID     string
				Type    int `json:"type_uid"`
				Attacks []struct{ Technique struct{ UID string } }
			} `json:"related_events"`
		} `json:"finding_info"`
	}
	list := alerts[alert](t, OCSF)
	joined, plain := list[0], list[1]
	if joined.Metadata.UID != joined.Finding.UID || len(joined.Finding.Related) != 1 {
		t.Fatalf("%+v", joined)
	}
	part := joined.Finding.Related[0]
	if part.UID != "a.b-1" || part.Type != 200401 || len(part.Attacks) != 1 || part.Attacks[0].Technique.UID != "T1059" {
		t.Errorf("the part is %+v", part)
	}
	if plain.Finding.Related != nil {
		t.Errorf("a plain finding has the parts %+v", plain.Finding.Related)
	}
}

func TestECSNamesTheParts(t *testing.T) {
	type alert struct {
		Smoothtask struct {
			Parts []struct{ ID, Detector, Severity string }
		}
	}
	list := alerts[alert](t, ECS)
	if p := list[0].Smoothtask.Parts; len(p) != 1 || p[0].ID != "a.b-1" || p[0].Detector != "a.b" || p[0].Severity != "low" {
		t.Errorf("the parts are %+v", p)
	}
	if list[1].Smoothtask.Parts != nil {
		t.Errorf("a plain finding has parts: %+v", list[1])
	}
}

// TestDriftIsInEachFormat: what changed since the baseline is in every report.
func TestDriftIsInEachFormat(t *testing.T) {
	for name, c := range map[string]struct {
		encode func(io.Writer, *monitor.Frame, Options) error
		want   []string
	}{
		"text":       {Text, []string{"CHANGES SINCE base.json", "tcp 0.0.0.0:4444"}},
		"json":       {JSON, []string{`"changes":[{"kind":"listener","op":"added","name":"tcp 0.0.0.0:4444"`}},
		"ndjson":     {NDJSON, []string{`"name":"tcp 0.0.0.0:4444"`}},
		"ocsf":       {OCSF, []string{`"uid":"baseline"`, `"data":{"kind":"listener","op":"added","name":"tcp 0.0.0.0:4444"`}},
		"ecs":        {ECS, []string{`"provider":"baseline"`, `"type":["creation"]`, `"change":{"kind":"listener","op":"added","name":"tcp 0.0.0.0:4444"`}},
		"prometheus": {Prometheus, []string{`smoothtask_baseline_changes{kind="listener"} 1`, `smoothtask_baseline_changes{kind="unit"} 0`}},
	} {
		var b bytes.Buffer
		if err := c.encode(&b, frame(), Options{}); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s has no %s", name, want)
			}
		}
		without := frame()
		without.Threats.Baseline, without.Threats.Changes = "", nil
		b.Reset()
		if err := c.encode(&b, without, Options{}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.ToLower(b.String()), "baseline") {
			t.Errorf("%s speaks of a baseline without one", name)
		}
	}
}
