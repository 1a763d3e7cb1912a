package monitor

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// evidence is what a diagnosis is made from.
type evidence struct {
	*Self
	report *threats.Report
	at     time.Time // when the cycle began
	memory uint64    // that the program may take, bytes; 0 is no bound
	held   []held    // the means in force
	ledger *ledger
}

// diagnose says in words why goals are missed, from the measured parts, the
// dearest first. It is nil when all are met and nothing is late.
func diagnose(e *evidence) (words []string) {
	for i := range e.KPIs {
		k := &e.KPIs[i]
		if k.Met || !k.Known {
			continue
		}
		var cause string
		switch k.Name {
		case KPICollect:
			cause = slowSources(e)
		case KPIDetect:
			cause = slowDetectors(e)
		case KPIRSS:
			cause = bigMemory(e.Self)
		case KPICPU:
			cause = busyParts(e)
		}
		words = append(words, fmt.Sprintf("%s %s %s against %s: %s", k.Name, above(k.Last, k.Goal), k.Unit,
			plain(k.Goal), cause)+heldBack(e.held, 1<<i))
	}
	if e.memory > 0 && e.Runtime.RSSBytes > e.memory {
		words = append(words, overLimit(e))
	}
	return append(words, blocked(e.Sources)...)
}

// overLimit says what memory exceeds, whatever its goal. The cause is said once.
func overLimit(e *evidence) string {
	rss, limit := float64(e.Runtime.RSSBytes)/megabyte, float64(e.memory)/megabyte
	text := fmt.Sprintf("memory %s MB against the %s MB that it may take, max_memory_mb or nine tenths of the control group's limit",
		above(rss, limit), plain(limit))
	if e.KPIs[2].Met {
		text += ": " + bigMemory(e.Self)
	}
	return text + heldBack(e.held, onRSS)
}

// above writes a value that exceeds a bound with as few decimals as show that.
func above(v, bound float64) string {
	for digits := 0; ; digits++ {
		text := strconv.FormatFloat(v, 'f', digits, 64)
		if shown, err := strconv.ParseFloat(text, 64); err != nil || shown > bound || digits == 6 {
			return text
		}
	}
}

// plain writes a bound, with no more decimals than a person would set.
func plain(v float64) string { return strconv.FormatFloat(math.Round(v*1e4)/1e4, 'f', -1, 64) }

// heldBack names the means in force against a goal.
func heldBack(list []held, goal pressure) string {
	var names []string
	for i := range list {
		if list[i].against&goal != 0 {
			names = append(names, list[i].name)
		}
	}
	if names == nil {
		return ""
	}
	return "; held back now: " + strings.Join(names, ", ")
}

// blocked names sources that the kernel holds up.
func blocked(list []metrics.SourceStat) (words []string) {
	for i := range list {
		s := &list[i]
		read := "a blocked read"
		if op := operation(s.Name); op != "" {
			read = "blocked " + op
		}
		switch {
		case s.Late && s.Err != "":
			words = append(words, fmt.Sprintf("%s failed: %s", s.Name, firstLine(s.Err)))
		case s.Late && s.At.IsZero():
			words = append(words, s.Name+" has not answered yet: "+read)
		case s.Late:
			words = append(words, fmt.Sprintf("%s does not answer since %s: %s; its last values are shown",
				s.Name, s.Since.Format(time.TimeOnly), read))
		}
	}
	return words
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
