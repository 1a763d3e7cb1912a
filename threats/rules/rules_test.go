package rules_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/threats/rules"
	"github.com/smoothtask/smoothtask/threats/sigma"
)

// load reads the rules as the program does for a live system, where only the
// fields count that such a system has.
func load(t *testing.T) *sigma.Set {
	t.Helper()
	set := sigma.Load(sigma.Options{}, sigma.Embedded(rules.Name, rules.FS))
	for _, p := range set.Problems() {
		t.Errorf("%v", &p)
	}
	return set
}

type event struct {
	Expect   string         `json:"expect"`
	Category string         `json:"category"`
	Event    map[string]any `json:"event"`
}

func events(t *testing.T, name string) (list []event) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for sc := bufio.NewScanner(bytes.NewReader(data)); sc.Scan(); {
		var e event
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		list = append(list, e)
	}
	return list
}

// match evaluates one event the way rule authors do.
func match(t *testing.T, set *sigma.Set, e event) []string {
	t.Helper()
	in, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := sigma.Eval(bytes.NewReader(in), &out, set); err != nil {
		t.Fatalf("%v: %s", err, out.Bytes())
	}
	var result struct{ Match []string }
	if err := json.Unmarshal(out.Bytes(), &result); err != nil {
		t.Fatal(err)
	}
	return result.Match
}

func TestEachRuleMatchesItsHitsAndNotItsMisses(t *testing.T) {
	set := load(t)
	for _, e := range set.Entries() {
		file := strings.TrimPrefix(e.File, rules.Name+"/")
		hits, misses := 0, 0
		for _, ev := range events(t, strings.TrimSuffix(file, ".yml")+".test.ndjson") {
			matched := slices.Contains(match(t, set, ev), e.ID)
			switch ev.Expect {
			case "hit":
				hits++
				if !matched {
					t.Errorf("%s: does not match %v", file, ev.Event)
				}
			case "miss":
				misses++
				if matched {
					t.Errorf("%s: matches %v", file, ev.Event)
				}
			default:
				t.Errorf("%s: an event expects %q", file, ev.Expect)
			}
		}
		if hits == 0 || misses == 0 {
			t.Errorf("%s: %d hits and %d misses", file, hits, misses)
		}
	}
}

// TestOrdinaryServersAreQuiet gives all rules what healthy servers do all day.
func TestOrdinaryServersAreQuiet(t *testing.T) {
	set := load(t)
	level := make(map[string]string)
	for _, e := range set.Entries() {
		level[e.ID] = e.Level + " " + e.Title
	}
	quiet := events(t, "ordinary.test.ndjson")
	if len(quiet) < 100 {
		t.Errorf("only %d ordinary events", len(quiet))
	}
	for _, ev := range quiet {
		for _, id := range match(t, set, ev) {
			if l := level[id]; !strings.HasPrefix(l, "low ") && !strings.HasPrefix(l, "informational ") {
				t.Errorf("%s: %v", l, ev.Event)
			}
		}
	}
}

var (
	uuid4  = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	attack = regexp.MustCompile(`^attack\.(t\d{4}(\.\d{3})?|[a-z-]+)$`)
	former = regexp.MustCompile(`^attack\.(t1562(\..*)?|t1070\.002|defense[-_]evasion)$`)
)

func TestEachRuleIsComplete(t *testing.T) {
	set := load(t)
	if n := len(set.Entries()); n < 40 {
		t.Errorf("%d rules", n)
	}
	titles := make(map[string]bool)
	for _, e := range set.Entries() {
		switch {
		case !uuid4.MatchString(e.ID):
			t.Errorf("%s: the id %s is no random UUID", e.File, e.ID)
		case titles[e.Title]:
			t.Errorf("%s: the title %q is used twice", e.File, e.Title)
		case e.Description == "" || e.Status == "" || len(e.FalsePositives) == 0:
			t.Errorf("%s: description, status or falsepositives are missing", e.File)
		case !e.Evaluable() || len(e.Without) > 0:
			t.Errorf("%s: needs %v, without %v on a live system", e.File, e.Needs, e.Without)
		}
		titles[e.Title] = true
		technique := false
		for _, tag := range e.Tags {
			if !attack.MatchString(tag) || former.MatchString(tag) {
				t.Errorf("%s: tag %s is no tactic or technique of ATT&CK v19", e.File, tag)
			}
			technique = technique || strings.HasPrefix(tag, "attack.t")
		}
		if !technique {
			t.Errorf("%s: no technique", e.File)
		}
		text, err := fs.ReadFile(rules.FS, strings.TrimPrefix(e.File, rules.Name+"/"))
		if err != nil || !bytes.Contains(text, []byte("\nlevel: "+e.Level+"\n")) {
			t.Errorf("%s: the level is not written down (%v)", e.File, err)
		}
	}
}
