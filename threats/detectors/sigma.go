package detectors

import (
	"cmp"
	"strings"
	"sync"

	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/sigma"
)

// RuleSource gives the Sigma rules in force. *sigma.Watcher is one; another
// pointer than before means that rules have changed.
type RuleSource interface{ Set() *sigma.Set }

// ruleBook holds a rule set as the detectors need it, and the Info of each rule.
type ruleBook struct {
	source RuleSource
	set    string // id of the detector that the rules belong to

	mu        sync.Mutex
	rules     *sigma.Set
	version   uint64
	matcher   *sigma.Matcher
	correlate *sigma.Correlator
	infos     map[*sigma.Entry]*threats.Info
	event     sigma.Event
	hits      []*sigma.Entry
	reported  []*sigma.Entry
	evidence  []sigma.Evidence
}

func newRuleBook(source RuleSource, set string) *ruleBook {
	b := &ruleBook{source: source, set: set}
	b.refresh()
	return b
}

// refresh takes over a set that has changed.
func (b *ruleBook) refresh() {
	set := b.source.Set()
	if set == b.rules {
		return
	}
	b.rules = set
	b.version++
	b.matcher, b.correlate = set.NewMatcher(), nil
	if set.Correlates() {
		b.correlate = set.NewCorrelator()
	}
	b.infos = make(map[*sigma.Entry]*threats.Info)
}

// Version changes when the rules do: then what was judged by them is judged anew.
func (b *ruleBook) Version() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refresh()
	return b.version
}

// Failure says what is wrong with the rules.
func (b *ruleBook) Failure() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	problems := b.rules.Problems()
	if len(problems) == 0 {
		return ""
	}
	return "rules are broken, the last good ones are in force: " + problems[0].Error()
}

// match runs the rules over the event, and the correlations over what matched
// when the event is new rather than something found running.
func (b *ruleBook) match(in *threats.Input, fresh bool) []*sigma.Entry {
	b.hits = b.matcher.Match(&b.event, b.hits[:0])
	if b.correlate == nil || !fresh {
		b.reported = b.reported[:0]
		for _, e := range b.hits {
			if !e.Silent {
				b.reported = append(b.reported, e)
			}
		}
		return b.reported
	}
	b.reported = b.correlate.Observe(in.Now, &b.event, b.hits, b.reported[:0])
	return b.reported
}

// fill gives a finding the rule's evidence.
func (b *ruleBook) fill(f threats.Finding, e *sigma.Entry) threats.Finding {
	b.evidence = b.matcher.Evidence(e, b.evidence[:0])
	for _, ev := range b.evidence {
		f = f.With(cmp.Or(ev.Field, "text"), "selection "+ev.Selection+" of "+ruleFile(e), ev.Value)
	}
	return f
}

func ruleFile(e *sigma.Entry) string { return e.File[strings.LastIndexByte(e.File, '/')+1:] }

// info is what is known of a rule, in the terms of a detector.
func (b *ruleBook) info(e *sigma.Entry) *threats.Info {
	if i := b.infos[e]; i != nil {
		return i
	}
	i := &threats.Info{
		ID: e.ID, Set: b.set, Title: e.Title, Severity: ruleSeverity(e.Level), Confidence: threats.Moderate,
		Techniques: ruleTechniques(e.Tags), Why: strings.TrimSpace(e.Description),
		FalsePositives: strings.Join(e.FalsePositives, "; "), References: e.References,
		Next: []string{"Read the rule: " + e.File, "Look at the process, its parent and its connections."},
	}
	if i.Title == "" {
		i.Title = e.ID
	}
	if i.Severity <= threats.Low {
		i.Confidence = threats.Weak
	}
	b.infos[e] = i
	return i
}

// ruleSeverity is the level of a rule; one without is medium, as the
// specification leaves it open.
func ruleSeverity(level string) threats.Severity {
	if s, err := threats.ParseSeverity(level); err == nil {
		return s
	}
	return threats.Medium
}

// ruleTechniques picks the ATT&CK techniques from a rule's tags, under the ids
// of the version in use.
func ruleTechniques(tags []string) (ids []string) {
	for _, tag := range tags {
		id, ok := strings.CutPrefix(strings.ToLower(tag), "attack.t")
		if !ok || id == "" || id[0] < '0' || id[0] > '9' {
			continue
		}
		id = "T" + id
		if t, ok := threats.TechniqueOf(id); ok {
			id = t.ID
		}
		ids = append(ids, id)
	}
	return ids
}
