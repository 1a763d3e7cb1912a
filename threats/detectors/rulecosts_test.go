package detectors

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/sigma"
)

// The rule on which texts take long is the dearest, under the detector that it costs;
// one that no event meets costs nothing and is left out.
func TestRuleCosts(t *testing.T) {
	text := func(id, category, item string) string {
		return fmt.Sprintf("title: Rule %s\nid: %s\nlogsource: {%s}\ndetection:\n  s:\n    %s\n  condition: s\n---\n", id, id, category, item)
	}
	rules := text("cheap", "category: process_creation", "CommandLine|startswith: aaaa") +
		text("dear", "category: process_creation", "CommandLine|re: 'aaaa(a|b|ab)*[cd]$'") +
		text("unmet", "category: process_creation", "CommandLine|contains: xyzxyz") +
		text("any", "product: linux", "Image|endswith: /sh") +
		text("net", "category: network_connection", "DestinationPort: 4444") +
		text("file", "category: file_event", "TargetFilename|endswith: /passwd")
	set := sigma.Load(sigma.Options{}, sigma.Embedded("test", fstest.MapFS{"a.yml": {Data: []byte(rules)}}))
	if len(set.Problems()) > 0 {
		t.Fatal(set.Problems())
	}
	if got := RuleCosts(set, nil); len(got) != 0 {
		t.Errorf("before any event: %v", got)
	}
	m := set.NewMatcher()
	var ev sigma.Event
	ev.Reset(sigma.ProcessCreation)
	ev.Set(sigma.CommandLine, strings.Repeat("a", 64<<10))
	m.Match(&ev, nil)
	ev.Reset(sigma.ProcessCreation)
	ev.Set(sigma.Image, "/bin/sh")
	m.Match(&ev, nil)
	ev.Reset(sigma.NetworkConnection)
	ev.SetInt(sigma.DestinationPort, 4444)
	m.Match(&ev, nil)
	ev.Reset(sigma.FileEvent)
	ev.Set(sigma.TargetFilename, "/etc/passwd")
	m.Match(&ev, nil)

	before := []threats.RuleCost{{ID: "of another list"}}
	costs := RuleCosts(set, before)
	want := map[string]string{"dear": "sigma.process-creation", "cheap": "sigma.process-creation",
		"any": "sigma.process-creation", "net": "sigma.network-connection", "file": "sigma.file-event"}
	if costs[0] != before[0] || len(costs) != 1+len(want) {
		t.Fatalf("%v", costs)
	}
	dearest := costs[1]
	for _, c := range costs[1:] {
		if want[c.ID] != c.Detector || c.Title != "Rule "+c.ID || c.Time <= 0 {
			t.Errorf("%+v", c)
		}
		if c.Time > dearest.Time {
			dearest = c
		}
	}
	if dearest.ID != "dear" {
		t.Errorf("the dearest is %+v of %v", dearest, costs)
	}
}
