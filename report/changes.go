package report

import (
	"fmt"
	"hash/fnv"

	"github.com/smoothtask/smoothtask/threats"
)

// baselineRule stands where findings have the id of their detector.
const baselineRule = "baseline"

func changeTitle(c *threats.Change) string {
	return "Since the baseline: " + c.Kind + " " + c.Op + ": " + c.Name
}

// changeID names a difference: the same in each report.
func changeID(c *threats.Change) string {
	h := fnv.New64a()
	h.Write([]byte(c.Kind + "\x00" + c.Op + "\x00" + c.Name))
	return fmt.Sprintf("%s-%012x", baselineRule, h.Sum64()>>16)
}

func (w *writer) change(c *threats.Change) {
	w.open('{')
	w.str("kind", c.Kind)
	w.str("op", c.Op)
	w.str("name", c.Name)
	w.text("was", c.Was)
	w.text("is", c.Is)
	w.time("since", c.Since)
	w.close('}')
}
