package report

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
)

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func encode(t *testing.T, f *monitor.Frame, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := JSON(&b, f, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func validate(t *testing.T, s *jsonschema.Schema, doc []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%v", err)
	}
}

func TestJSONFollowsItsSchema(t *testing.T) {
	s := schema(t)
	validate(t, s, encode(t, frame(), Options{}))

	bare := frame()
	bare.Snapshot = &metrics.Snapshot{At: at, Processes: []metrics.Process{{ID: &metrics.Identity{}, State: '?'}}}
	bare.Rates = metrics.NoRates(&metrics.Rates{}, bare.Snapshot)
	bare.Self = &monitor.Self{}
	validate(t, s, encode(t, bare, Options{}))
}

func TestSchemaRefusesWhatTheContractDoesNotKnow(t *testing.T) {
	s := schema(t)
	for old, change := range map[string]string{
		`"rss_bytes":104857600`: `"rss_bytes":"100M"`,
		`"severity":"high"`:     `"severity":"bad"`,
		`"schema_version":1`:    `"schema_version":1,"extra":0`,
	} {
		doc := strings.Replace(string(encode(t, frame(), Options{})), old, change, 1)
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(doc))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("%s is valid", change)
		}
	}
}

// TestEveryMemberIsExercised proves that the frame of the tests has a value for
// each member that the schema names, so that none is described and never written.
func TestEveryMemberIsExercised(t *testing.T) {
	var doc, s map[string]any
	if err := json.Unmarshal(encode(t, frame(), Options{}), &doc); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	// Rare members that stand for a fault or an extreme.
	rare := []string{"cmdline_cut", "kernel_thread", "no_new_privs", "exe_deleted", "stuck", "read_only", "loopback", "promiscuous",
		"rx_errors", "tx_errors", "rx_drops", "tx_drops", "critical_celsius", "references", "gone", "aliases", "bytes", "cpu_quota_cores",
		"memory_max_bytes", "memory_peak_bytes", "swap_bytes", "oom_kills", "pids", "pids_max", "why", "was", "needs", "note", "error", "late", "container"}
	for _, top := range []string{"process", "socket", "finding"} {
		def := s["$defs"].(map[string]any)[top].(map[string]any)["properties"].(map[string]any)
		list := map[string]string{"process": "processes", "socket": "sockets", "finding": "findings"}[top]
		seen := map[string]bool{}
		for _, item := range doc[list].([]any) {
			for k := range item.(map[string]any) {
				seen[k] = true
			}
		}
		for _, k := range slices.Sorted(maps.Keys(def)) {
			if !seen[k] && !slices.Contains(rare, k) {
				t.Errorf("%s.%s is in the schema and never written", top, k)
			}
		}
	}
}

// A store is never asked for more than it has: it shows no hits, and no misses.
func TestStoresHaveNoHits(t *testing.T) {
	var doc struct {
		Self struct{ Caches []map[string]any }
	}
	if err := json.Unmarshal(encode(t, frame(), Options{}), &doc); err != nil {
		t.Fatal(err)
	}
	cache, store := doc.Self.Caches[0], doc.Self.Caches[1]
	if cache["hits"] != 9.0 || cache["hit_percent"] != 90.0 || cache["store"] != nil {
		t.Errorf("the cache is %v", cache)
	}
	if store["hits"] != nil || store["misses"] != nil || store["hit_percent"] != nil || store["store"] != true || store["bytes"] != 900.0 {
		t.Errorf("the store is %v", store)
	}
}

func TestJSONIsSafeOnATerminal(t *testing.T) {
	for i, c := range encode(t, frame(), Options{}) {
		if c < 0x20 && c != '\n' || c == 0x7f {
			t.Fatalf("byte %d is %#x", i, c)
		}
	}
	if bytes.Contains(encode(t, frame(), Options{}), []byte("\u202e")) {
		t.Error("a character that turns text around is written as it is")
	}
}

func TestJSONKeepsValues(t *testing.T) {
	var d struct {
		Time      string
		Interval  float64 `json:"interval_s"`
		Processes []struct {
			PID     int
			CPU     float64  `json:"cpu_percent"`
			RSS     uint64   `json:"rss_bytes"`
			Cmdline []string `json:"cmdline"`
			Started string
		}
	}
	if err := json.Unmarshal(encode(t, frame(), Options{}), &d); err != nil {
		t.Fatal(err)
	}
	p := d.Processes[1]
	if d.Time != "2026-03-04T05:06:07.000Z" || d.Interval != 1 || p.PID != 812 || p.CPU != 99.5 || p.RSS != 100<<20 ||
		!slices.Equal(p.Cmdline, []string{"/tmp/.x/xcod", "--pool", "a\nb"}) || p.Started != "2026-03-03T03:21:07.000Z" {
		t.Errorf("%+v", d)
	}
}

func TestFilterChoosesRows(t *testing.T) {
	none := func(int) bool { return false }
	var d map[string]any
	doc := encode(t, frame(), Options{Process: func(i int) bool { return i == 1 }, Socket: none, Finding: none})
	if err := json.Unmarshal(doc, &d); err != nil {
		t.Fatal(err)
	}
	if len(d["processes"].([]any)) != 1 || len(d["sockets"].([]any)) != 0 || len(d["findings"].([]any)) != 0 {
		t.Errorf("%d processes, %d sockets, %d findings", len(d["processes"].([]any)), len(d["sockets"].([]any)), len(d["findings"].([]any)))
	}
}

func TestLinesAreObjects(t *testing.T) {
	for name, encode := range map[string]func(io.Writer, *monitor.Frame, Options) error{"ndjson": NDJSON, "ocsf": OCSF, "ecs": ECS} {
		var b bytes.Buffer
		if err := encode(&b, frame(), Options{}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
		want := map[string]int{"ndjson": 1 + 2 + 3 + 2, "ocsf": 2 + 1, "ecs": 2 + 1}[name]
		if len(lines) != want {
			t.Errorf("%s: %d lines, want %d", name, len(lines), want)
		}
		for _, l := range lines {
			var v map[string]any
			if err := json.Unmarshal([]byte(l), &v); err != nil {
				t.Errorf("%s: %v in %s", name, err, l)
			}
		}
	}
}

func TestOCSFNumbers(t *testing.T) {
	var b bytes.Buffer
	if err := OCSF(&b, frame(), Options{}); err != nil {
		t.Fatal(err)
	}
	var v struct {
		Class    int `json:"class_uid"`
		Type     int `json:"type_uid"`
		Severity int `json:"severity_id"`
		Status   int `json:"status_id"`
		Time     int64
	}
	dec := json.NewDecoder(&b)
	if err := dec.Decode(&v); err != nil || v.Class != 2004 || v.Type != 200401 || v.Severity != 4 || v.Status != 1 || v.Time != at.UnixMilli() {
		t.Errorf("%+v, %v", v, err)
	}
	if err := dec.Decode(&v); err != nil || v.Status != 3 {
		t.Errorf("the suppressed one: %+v, %v", v, err)
	}
	if err := dec.Decode(&v); err != nil || v.Class != 2004 || v.Severity != 1 || v.Status != 1 {
		t.Errorf("the difference from the baseline: %+v, %v", v, err)
	}
}

func BenchmarkJSON10000(b *testing.B) {
	f := frame()
	p, s := f.Snapshot.Processes[1], f.Snapshot.Sockets[0]
	f.Snapshot.Processes, f.Snapshot.Sockets = nil, nil
	for range 10000 {
		f.Snapshot.Processes = append(f.Snapshot.Processes, p)
	}
	for range 18000 {
		f.Snapshot.Sockets = append(f.Snapshot.Sockets, s)
	}
	f.Rates = metrics.NoRates(&metrics.Rates{}, f.Snapshot)
	b.ReportAllocs()
	for b.Loop() {
		if err := JSON(io.Discard, f, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
