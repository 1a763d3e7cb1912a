package monitor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// diagnose says in words why goals are missed, from the measured parts, the
// dearest first. It is nil when all are met and nothing is late.
func diagnose(s *Self, r *threats.Report) (words []string) {
	for i := range s.KPIs {
		k := &s.KPIs[i]
		if k.Met || !k.Known {
			continue
		}
		var cause string
		switch k.Name {
		case KPICollect:
			cause = slowSources(s.Sources)
		case KPIDetect:
			cause = slowDetectors(r.Detectors)
		case KPIRSS:
			cause = bigMemory(s)
		case KPICPU:
			cause = busyParts(s, r.Detectors)
		}
		line := fmt.Sprintf("%s %.0f %s against %g: %s", k.Name, k.Last, k.Unit, k.Goal, cause)
		if n := len(s.Governor.Active); n > 0 {
			line += "; held back now: " + s.Governor.Active[n-1]
		}
		words = append(words, line)
	}
	return append(words, blocked(s.Sources)...)
}

// partsNamed is how many parts a diagnosis names.
const partsNamed = 3

type part struct {
	name string
	took time.Duration
	note string
}

func naming(parts []part) string {
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.took, a.took) })
	var out []string
	for _, p := range parts[:min(len(parts), partsNamed)] {
		if p.took <= 0 {
			break
		}
		text := fmt.Sprintf("%.1f ms in %s", millis(p.took), p.name)
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

// operation is what a source waits for; "" where its name says it, or it is the
// kernel's memory alone.
func operation(source string) string {
	switch source {
	case "netlink", "network", "tcp":
		return "network operations"
	case "disks", "diskio":
		return "disk I/O"
	}
	return ""
}

// inWords names a source by what it does.
func inWords(s *metrics.SourceStat) string {
	if op := operation(s.Name); op != "" {
		return op + " of " + s.Name
	}
	return s.Name
}

func slowSources(list []metrics.SourceStat) string {
	parts := make([]part, len(list))
	for i := range list {
		parts[i] = part{inWords(&list[i]), list[i].Took, list[i].Note}
	}
	return naming(parts)
}

func slowDetectors(list []threats.DetectorStat) string {
	parts := make([]part, len(list))
	for i := range list {
		parts[i] = part{list[i].ID, list[i].Took, ""}
	}
	return naming(parts)
}

// busyParts compares the parts of a cycle, each with what is dearest in it.
func busyParts(s *Self, list []threats.DetectorStat) string {
	sources := make([]part, len(s.Sources))
	for i := range s.Sources {
		sources[i] = part{inWords(&s.Sources[i]), s.Sources[i].Took, ""}
	}
	var cycle, aside []part // detectors in the cycle, and in the background
	var background time.Duration
	for i := range list {
		if d := &list[i]; d.Cost <= threats.State {
			cycle = append(cycle, part{d.ID, d.Took, ""})
		} else {
			aside = append(aside, part{d.ID, d.Total, ""})
			background += d.Total
		}
	}
	if s.cycles > 0 {
		background /= time.Duration(s.cycles)
	}
	parts := []part{
		{"collection", fromMillis(s.KPIs[0].P50), dearest(sources)},
		{"detection", fromMillis(s.KPIs[1].P50), dearest(cycle)},
		{"deep looks and checks of the host", background, dearest(aside)},
	}
	if k := s.KPI("render"); k != nil {
		parts = append(parts, part{"drawing the screen", fromMillis(k.P50), ""})
	}
	if k := s.KPI("gc_pause"); k != nil {
		parts = append(parts, part{"pauses of garbage collection", fromMillis(k.P50), ""})
	}
	return "each cycle " + naming(parts)
}

// dearest names the part that took the most; "" when none took anything.
func dearest(parts []part) string {
	most := part{}
	for _, p := range parts {
		if p.took > most.took {
			most = p
		}
	}
	if most.name == "" {
		return ""
	}
	return "most in " + most.name
}

func fromMillis(v float64) time.Duration { return time.Duration(v * float64(time.Millisecond)) }

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
