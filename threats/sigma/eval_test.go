package sigma

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

func TestEval(t *testing.T) {
	set := parseText(t, "title: B\nid: b\nlogsource: {category: webserver}\ndetection: {s: {cs-uri: /x}, condition: s}\n---\n"+
		"title: A\nid: a\nlogsource: {category: webserver}\ndetection: {s: {cs-uri|startswith: /}, condition: s}\n")
	in := strings.Join([]string{
		`{"category":"webserver","event":{"cs-uri":"/x"}}`,
		``,
		`{"category":"other","event":{"cs-uri":"/x"}}`,
		`{"category":`,
		`{"category":"webserver"}`,
		`{"category":"WebServer","event":{"cs-uri":"/y"}} {}`,
		`{"category":"WebServer","event":{"cs-uri":"/y","x":[[["deep"]]],"y":{"z":1.5}}}`,
		`{"category":"webserver","event":{"cs-uri":"` + strings.Repeat("x", maxEventLine) + `"}}`,
		`{"category":"webserver","event":{"cs-uri":"/z"}}`,
	}, "\n")
	want := `{"match":["a","b"]}
{"match":[]}
{"match":[],"error":"not a JSON object of category and event: unexpected EOF"}
{"match":[],"error":"the key \"event\" is missing"}
{"match":[],"error":"more than one JSON value on the line"}
{"match":["a"]}
{"match":[],"error":"the line is longer than 4194304 bytes"}
{"match":["a"]}
`
	var out bytes.Buffer
	err := Eval(strings.NewReader(in), &out, set)
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	if err == nil || !strings.HasPrefix(err.Error(), "4 lines are not events") {
		t.Errorf("error %v", err)
	}
}

func TestEvalTellsTimeToCorrelations(t *testing.T) {
	set := parseText(t, baseRules+"title: C\nid: c\ncorrelation: {type: event_count, rules: [a], timespan: 10s, condition: {gte: 2}}\n")
	in := `{"category":"process_creation","event":{"F":"a"},"time":"2026-01-01T00:00:00Z"}
{"category":"process_creation","event":{"F":"a"},"time":"2026-01-01T00:01:00Z"}
{"category":"process_creation","event":{"F":"a"}}
`
	var out bytes.Buffer
	if err := Eval(strings.NewReader(in), &out, set); err != nil {
		t.Fatal(err)
	}
	if want := "{\"match\":[]}\n{\"match\":[]}\n{\"match\":[\"c\"]}\n"; out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.yml"), named("a", "x"))
	write(t, filepath.Join(dir, "b.yml"), strings.Replace(named("b", "x"), "User", "Hashes", 1))
	write(t, filepath.Join(dir, "c.yml"), strings.Replace(named("c", "x"), "condition: s", "condition: t", 1))
	var out bytes.Buffer
	n, err := Check(&out, Options{}, Path(dir))
	got := strings.ReplaceAll(out.String(), dir+string(filepath.Separator), "")
	want := `c.yml:6:14: the condition names "t", which the detection does not define; defined are "s"
b.yml:1:1: note: rule "T" is not evaluable: needs field Hashes
2 rules: 1 evaluable, 1 not evaluable; 1 problem
`
	if err != nil || n != 1 || got != want {
		t.Errorf("%d problems, %v\n%s", n, err, got)
	}
}
