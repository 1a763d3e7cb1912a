package cli

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/report"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/ui"
)

// ownCost has a value for everything that a frame tells of the program's own cost.
func ownCost() *monitor.Self {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	s := &monitor.Self{
		History: monitor.NewHistory(10), Source: "procfs", SourceWhy: "asked for", Uptime: time.Minute,
		Sources: []metrics.SourceStat{{Name: "disks", Took: time.Millisecond, Items: 3, At: at}},
		Pool:    monitor.PoolStat{Kinds: []monitor.PoolKind{{Name: "stat", Batch: 10, Batches: 1, Why: "10 to 20"}}},
		Caches:  []metrics.CacheStat{{Name: "verdicts", Entries: 2, Bytes: 10, Hits: 9, Misses: 1, Limit: 100}, {Name: "findings", Entries: 3, Store: true}},
		Lost:    []metrics.Loss{{What: "frames", Count: 2}},
		IO:      monitor.IO{Known: true}, Runtime: monitor.Runtime{MemoryLimit: 512 << 20},
		Governor:  monitor.Governor{Level: 1, Active: []string{"slow"}, Steps: []monitor.Step{{At: at, Up: true, What: "sensors", Reason: "cpu"}}},
		Diagnosis: []string{"cpu 6 % against 5"},
	}
	for i, of := range monitor.Indicators {
		k := monitor.KPI{Name: of.Name, Unit: of.Unit, Last: 2, P50: 1, P95: 3, Max: 4, Met: true, Known: true}
		if i < len(s.KPIs) {
			k.Goal = 5
			s.KPIs[i] = k
		} else {
			s.Extra = append(s.Extra, k)
		}
	}
	return s
}

// forms are how the own cost reaches people and programs.
var forms = []struct {
	name string
	show func(t *testing.T, f *monitor.Frame) string
}{
	{"screen", onScreen},
	{"json", func(t *testing.T, f *monitor.Frame) string { return encoded(t, f, report.JSON) }},
	{"prometheus", func(t *testing.T, f *monitor.Frame) string { return encoded(t, f, report.Prometheus) }},
}

func encoded(t *testing.T, f *monitor.Frame, encode func(io.Writer, *monitor.Frame, report.Options) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, f, report.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// onScreen is the view of the own cost, and the page of all figures.
func onScreen(t *testing.T, f *monitor.Frame) string {
	frames := make(chan *monitor.Frame, 1)
	frames <- f
	m := ui.New(ui.Options{Frames: frames, Now: func() time.Time { return time.Unix(1.8e9, 0) }})
	press := func(k rune) { m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{k}}) }
	m.Update(tea.WindowSizeMsg{Width: 130, Height: 140})
	m.Update(m.Init()())
	press('6')
	view := ansi.Strip(m.View())
	press('f')
	return view + ansi.Strip(m.View())
}

func frameOf(s *monitor.Self) *monitor.Frame {
	snap := &metrics.Snapshot{Sources: s.Sources}
	return &monitor.Frame{At: time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC), Snapshot: snap, Rates: metrics.NoRates(&metrics.Rates{}, snap), Threats: &threats.Report{}, Self: s}
}

// elsewhere are members of Self that a form has no place for, and why.
var elsewhere = map[string]*regexp.Regexp{
	"all":        regexp.MustCompile(`^History|^Extra\[\d+\]\.(Goal|Met)$|PS$|Bps$|^Caches\[1\]\.(Hits|Misses)$`), // not a figure; no goal; an indicator; of a store
	"screen":     regexp.MustCompile(`^Sources\[0\]\.At$|\.Known$`),
	"prometheus": regexp.MustCompile(`^Sources\[0\]\.(At|Since|Err|Note)$`), // words and times of each cycle would be new series
}

// What the program costs is told alike on the screen and in the reports: whatever
// changes in it changes all of them.
func TestOwnCostIsTheSameInEachForm(t *testing.T) {
	base := map[string]string{}
	for _, form := range forms {
		base[form.name] = form.show(t, frameOf(ownCost()))
		for _, of := range monitor.Indicators {
			name := of.Name
			if form.name == "screen" {
				name = strings.ReplaceAll(name, "_", " ")
			}
			if !strings.Contains(base[form.name], name) {
				t.Errorf("%s lacks the indicator %s", form.name, of.Name)
			}
		}
	}
	var paths []string
	leaves(reflect.ValueOf(ownCost()).Elem(), "", func(path string, _ reflect.Value) { paths = append(paths, path) })
	if len(paths) < 150 {
		t.Errorf("only %d figures", len(paths))
	}
	for _, path := range paths {
		s := ownCost()
		leaves(reflect.ValueOf(s).Elem(), "", func(p string, v reflect.Value) {
			if p == path {
				change(v)
			}
		})
		for _, form := range forms {
			if elsewhere["all"].MatchString(path) || elsewhere[form.name] != nil && elsewhere[form.name].MatchString(path) {
				continue
			}
			if form.show(t, frameOf(s)) == base[form.name] {
				t.Errorf("%s does not tell Self.%s", form.name, path)
			}
		}
	}
}

// leaves visits the exported members that hold one value.
func leaves(v reflect.Value, path string, visit func(path string, v reflect.Value)) {
	if _, ok := v.Interface().(time.Time); ok {
		visit(path, v)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				leaves(v.Field(i), strings.TrimPrefix(path+"."+f.Name, "."), visit)
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			leaves(v.Index(i), fmt.Sprintf("%s[%d]", path, i), visit)
		}
	case reflect.Pointer:
	default:
		visit(path, v)
	}
}

// change makes a value one that looks different in any unit.
func change(v reflect.Value) {
	if t, ok := v.Interface().(time.Time); ok {
		v.Set(reflect.ValueOf(t.Add(time.Hour)))
		return
	}
	switch {
	case v.Kind() == reflect.String:
		v.SetString(v.String() + "x")
	case v.Kind() == reflect.Bool:
		v.SetBool(!v.Bool())
	case v.CanFloat():
		v.SetFloat(v.Float() + 7e6)
	case v.CanUint():
		v.SetUint(v.Uint() + 7<<20)
	case v.CanInt():
		v.SetInt(v.Int() + 7<<30)
	}
}
