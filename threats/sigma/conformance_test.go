package sigma

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// conformance is the directory with the public conformance data: rules/ and
// cases.jsonl. The data has a licence of its own and is not part of the project.
func conformance(t testing.TB) string {
	dir := os.Getenv("SIGMA")
	if dir == "" {
		t.Skip("SIGMA is not set: no directory with conformance data (rules/ and cases.jsonl)")
	}
	return dir
}

type conformanceCase struct {
	Category string            `json:"category"`
	Event    map[string]string `json:"event"`
	Match    []string          `json:"match"`
}

func conformanceCases(t testing.TB) (set *Set, lines [][]byte, cases []conformanceCase) {
	dir := conformance(t)
	set = Load(Options{AnyField: true}, Path(filepath.Join(dir, "rules")))
	for _, p := range set.Problems() {
		if !p.Note {
			t.Errorf("problem with a public rule: %v", &p)
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, "cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for sc := bufio.NewScanner(bytes.NewReader(data)); sc.Scan(); {
		var c conformanceCase
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, bytes.Clone(sc.Bytes()))
		cases = append(cases, c)
	}
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	return set, lines, cases
}

func TestConformance(t *testing.T) {
	set, lines, cases := conformanceCases(t)
	var out bytes.Buffer
	if err := Eval(bytes.NewReader(append(bytes.Join(lines, []byte("\n")), '\n')), &out, set); err != nil {
		t.Fatal(err)
	}
	results := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(results) != len(cases) {
		t.Fatalf("%d results for %d events", len(results), len(cases))
	}
	failed := 0
	for i, line := range results {
		var got evalResult
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Match, cases[i].Match) {
			if failed++; failed <= 10 {
				t.Errorf("case %d: %s\ngot  %v\nwant %v", i+1, lines[i], got.Match, cases[i].Match)
			}
		}
	}
	t.Logf("%d rules, %d events, %d wrong", len(set.Entries()), len(cases), failed)
}
