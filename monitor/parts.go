package monitor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

// partsNamed is how many parts a diagnosis names.
const partsNamed = 3

// leastNamed is the least time that is worth a word: less is shown as 0.0 ms.
const leastNamed = 50 * time.Microsecond

// part is some of the time that is to be explained.
type part struct {
	where string // with its preposition: "in procfs"
	took  time.Duration
	note  string
}

// naming names the parts that took the most, each in the unit: ms, or ms a second.
func naming(parts []part, unit string) string {
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.took, a.took) })
	var out []string
	for _, p := range parts[:min(len(parts), partsNamed)] {
		if p.took < leastNamed {
			break
		}
		text := fmt.Sprintf("%.1f %s %s", millis(p.took), unit, p.where)
		if p.note != "" {
			text += " (" + p.note + ")"
		}
		out = append(out, text)
	}
	if len(out) == 0 {
		return "no part was measured that explains it"
	}
	return strings.Join(out, ", ")
}

// dearest names the part that took the most; "" when none took anything.
func dearest(parts []part) string {
	most := part{}
	for _, p := range parts {
		if p.took > most.took {
			most = p
		}
	}
	if most.took < leastNamed {
		return ""
	}
	text := "most " + most.where
	if most.note != "" {
		text += ", " + most.note
	}
	return text
}

// ruleShare is the share of a detector's time from which a rule of it is named.
const ruleShare = 10

// ruleNote names the rule of a detector that cost the most between two lists; "" when
// that is little of what the detector took. Times are divided by over, in seconds.
func ruleNote(detector string, took time.Duration, now, before []threats.RuleCost, over float64, unit string) string {
	title, cost := dearestRule(detector, now, before)
	cost = time.Duration(float64(cost) / over)
	if cost < leastNamed || cost < took/ruleShare {
		return ""
	}
	return fmt.Sprintf("%.1f %s of it in the rule %q", millis(cost), unit, title)
}

func fromMillis(v float64) time.Duration { return time.Duration(v * float64(time.Millisecond)) }
