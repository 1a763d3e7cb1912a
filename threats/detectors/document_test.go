package detectors

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/threatstest"
)

var update = flag.Bool("update", false, "write docs/detections.md")

const documentPath = "../../docs/detections.md"

// catalogue is the number of kinds of detection that the document must speak of.
const catalogue = 68

// undone says why an entry of the catalogue has no detector, by number.
var undone = map[int]struct{ title, why string }{}

// document writes docs/detections.md from what the detectors say of themselves.
func document() []byte {
	var b bytes.Buffer
	b.WriteString(`# Detections

Generated from the detectors' own descriptions by ` + "`go generate ./threats/detectors`" + `; do not edit.

Severities are those of Sigma. A weak signal (low confidence) is never above medium; two independent ones on one process are
joined into a finding one level higher. Techniques are those of [MITRE ATT&CK](https://attack.mitre.org/) version 19.

- **identity**: judged once for each program that a process executes.
- **state**: every cycle.
- **deep**: memory maps, environment and open files of one process, from a queue.
- **host**: files, modules, accounts and logs, in turns. A check that comes once a minute comes every three while it sees nothing new.

`)
	all := All(Options{})
	fmt.Fprintf(&b, "There are %d detectors under %d numbers, which variants share. Sigma rules on processes, connections and files run\n"+
		"beside them as three more; what the screen counts are numbers and these three.", len(all), catalogue-len(undone))
	b.WriteString(`

| # | id | severity | confidence | cost | ATT&CK |
|--:|---|---|---|---|---|
`)
	for _, d := range all {
		i := d.Info()
		fmt.Fprintf(&b, "| %d | [%s](#%s) | %s | %s | %s | %s |\n", i.Number, i.ID, strings.ReplaceAll(i.ID, ".", ""), i.Severity, i.Confidence, i.Cost, strings.Join(i.Techniques, ", "))
	}
	for _, d := range all {
		describe(&b, d.Info())
	}
	if len(undone) > 0 {
		b.WriteString("\n## Without a detector\n\n")
		for n := 1; n <= catalogue; n++ {
			if u, ok := undone[n]; ok {
				fmt.Fprintf(&b, "- **%d. %s**: %s\n", n, u.title, u.why)
			}
		}
	}
	return b.Bytes()
}

func describe(b *bytes.Buffer, i *threats.Info) {
	fmt.Fprintf(b, "\n## %s\n\n**%s.** %s\n\n", i.ID, i.Title, i.Why)
	for _, id := range i.Techniques {
		t, _ := threats.TechniqueOf(id)
		fmt.Fprintf(b, "- ATT&CK: %s %s (%s)", t.ID, t.Name, t.Tactic)
		if len(t.Aliases) > 0 {
			fmt.Fprintf(b, "; before version 19: %s", strings.Join(t.Aliases, ", "))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "- Severity %s, confidence %s, cost %s", i.Severity, i.Confidence, i.Cost)
	if i.Every > 0 {
		fmt.Fprintf(b, ", every %s", strings.NewReplacer("m0s", "m", "h0m0s", "h").Replace(i.Every.String()))
	}
	if i.Confirm > 0 {
		fmt.Fprintf(b, ", confirmed by a second look after %s", i.Confirm)
	}
	b.WriteString("\n")
	if i.Needs != metrics.NoPrivilege {
		fmt.Fprintf(b, "- Needs: %s\n", i.Need())
	}
	fmt.Fprintf(b, "\nFalse positives: %s\n\nNext:\n\n", i.FalsePositives)
	for n, step := range i.Next {
		fmt.Fprintf(b, "%d. %s\n", n+1, step)
	}
	for _, ref := range i.References {
		fmt.Fprintf(b, "\n<%s>", ref)
	}
	if len(i.References) > 0 {
		b.WriteString("\n")
	}
}

func TestDocumentation(t *testing.T) {
	want := document()
	if *update {
		if err := os.WriteFile(documentPath, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(documentPath)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/detections.md is not what the detectors say; run go generate ./threats/detectors")
	}
}

func TestRegistry(t *testing.T) {
	ids, last := map[string]bool{}, 0
	for _, d := range All(Options{}) {
		i := d.Info()
		threatstest.CheckInfo(t, i)
		if ids[i.ID] {
			t.Errorf("%s is there twice", i.ID)
		}
		ids[i.ID] = true
		if i.Number < last || i.Number < 1 || i.Number > catalogue {
			t.Errorf("%s has the number %d after %d", i.ID, i.Number, last)
		}
		if _, ok := undone[i.Number]; ok {
			t.Errorf("%s is said not to be done", i.ID)
		}
		last = i.Number
	}
	for _, d := range All(Options{}) {
		for _, id := range d.Info().Includes {
			if id == d.Info().ID {
				t.Errorf("%s includes itself", id)
			}
		}
	}
}
