package cli

import (
	"errors"
	"strings"

	"github.com/smoothtask/smoothtask/config"
	"github.com/smoothtask/smoothtask/threats/detectors"
	"github.com/smoothtask/smoothtask/threats/rules"
	"github.com/smoothtask/smoothtask/threats/sigma"
)

// loaded is the Sigma rules of a run.
type loaded struct {
	source detectors.RuleSource // nil: none
	err    error
	close  func()
}

// loadRules loads the operator's rules and the built-in ones. A live run follows
// the operator's files.
func loadRules(c *config.Config, once bool) loaded {
	l := loaded{close: func() {}}
	if !c.Threats.Enabled {
		return l
	}
	sources := append(rulePaths(c.Threats.RulesDirs), sigma.Embedded(rules.Name, rules.FS))
	if once || len(c.Threats.RulesDirs) == 0 {
		set := sigma.Load(sigma.Options{}, sources...)
		l.source, l.err = fixedRules{set}, brokenRules(set)
		return l
	}
	w := sigma.Watch(sigma.NewLibrary(sigma.Options{}, sources...), 0)
	l.source, l.err, l.close = w, brokenRules(w.Set()), w.Close
	return l
}

// fixedRules is a rule set that stays as it is.
type fixedRules struct{ set *sigma.Set }

func (r fixedRules) Set() *sigma.Set { return r.set }

// brokenRules is the error for rules that cannot be used at the start. Later, a
// file that breaks keeps its last good rules, and is reported.
func brokenRules(set *sigma.Set) error {
	var list []string
	for _, p := range set.Problems() {
		if !p.Note && len(list) < problemsShown {
			list = append(list, p.Error())
		}
	}
	if list == nil {
		return nil
	}
	return usageError{errors.New(strings.Join(list, "\n"))}
}

// problemsShown bounds the lines of an error about rules.
const problemsShown = 50
