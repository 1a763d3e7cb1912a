package ui

import (
	"fmt"
	"strconv"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
)

// openOwn shows all that is known of the program's own cost, in figures.
func openOwn(m *Model) cmd {
	m.openPage(&page{title: "Own cost", make: writeOwn})
	return nil
}

func writeOwn(m *Model, w *pageWriter) {
	if m.frame == nil {
		w.text("no cycle yet", stDim)
		return
	}
	s := m.frame.Self
	m.ownIndicators(w, s)
	m.ownGovernor(w, s)
	ownIO(w, &s.IO)
	w.section("Missed since the start")
	for i := range s.Lost {
		w.item(s.Lost[i].What, strconv.FormatUint(s.Lost[i].Count, 10), stText)
	}
	ownRuntime(w, s)
	ownPool(w, &s.Pool)
	w.section("Caches")
	for i := range s.Caches {
		w.item(s.Caches[i].Name, cacheText(&s.Caches[i]), stText)
	}
	w.section("Sources")
	for i := range s.Sources {
		ownSource(w, &s.Sources[i])
	}
}

// leastAbout is the width from which there is room for what an indicator is.
const leastAbout = 110

func (m *Model) ownIndicators(w *pageWriter, s *monitor.Self) {
	const form = "%9s %7s %7s %7s %7s"
	w.section("Indicators, over a sliding window")
	w.item("", fmt.Sprintf(form, "last", "p50", "p95", "max", "goal"), stFaint)
	for i := range monitor.Indicators {
		of := &monitor.Indicators[i]
		k := s.KPI(of.Name)
		if k == nil || !k.Known {
			w.item(title(of.Name), fmt.Sprintf(form, "-", "-", "-", "-", ""), stFaint)
			continue
		}
		goal, st := "", stText
		if k.Goal > 0 {
			var sign rune
			st, sign = m.verdict(k)
			goal = strconv.FormatFloat(k.Goal, 'f', -1, 64) + " " + string(sign)
		}
		at := func(v float64) string { return string(appendUnit(nil, v, k.Unit)) }
		l := line{label: title(of.Name), style: st}
		l.text = fmt.Sprintf(form, appendFigure(nil, k.Last, k.Unit), at(k.P50), at(k.P95), at(k.Max), goal)
		if m.body.w >= leastAbout {
			l.faint = len(l.text)
			l.text += "  " + of.About
		}
		w.lines = append(w.lines, l)
	}
}

func (m *Model) ownGovernor(w *pageWriter, s *monitor.Self) {
	w.section("Goals")
	if len(s.Diagnosis) == 0 {
		w.text("all are met", stGood)
	}
	for _, d := range s.Diagnosis {
		w.item("missed", d, stWarn)
	}
	for _, a := range s.Governor.Active {
		w.item("held back", a, stWarn)
	}
	if s.Governor.Level == 0 {
		w.item("held back", "nothing", stText)
	}
	for i := range s.Governor.Steps {
		w.item("", m.stepText(&s.Governor.Steps[i]), stDim)
	}
}

func ownIO(w *pageWriter, io *monitor.IO) {
	if !io.Known {
		return
	}
	w.section("Input and output since the start")
	size := func(label string, n uint64) { w.item(label, string(appendBytes(nil, float64(n))), stText) }
	w.item("read", fmt.Sprintf("%s in %d calls", appendBytes(nil, float64(io.ReadBytes)), io.ReadCalls), stText)
	w.item("written", fmt.Sprintf("%s in %d calls", appendBytes(nil, float64(io.WriteBytes)), io.WriteCalls), stText)
	size("read from disk", io.DiskReadBytes)
	size("written to disk", io.DiskWriteBytes)
	size("terminal", io.TerminalBytes)
	size("network", io.NetworkBytes)
	w.item("netlink", fmt.Sprintf("%s in %d answers", appendBytes(nil, float64(io.NetlinkBytes)), io.NetlinkCalls), stText)
}

func ownRuntime(w *pageWriter, s *monitor.Self) {
	r := &s.Runtime
	w.section("Runtime")
	w.item("up", string(appendSpan(nil, s.Uptime)), stText)
	w.item("source", s.Source+": "+s.SourceWhy, stText)
	b := appendBytes(append(appendBytes(nil, float64(r.RSSBytes)), " resident, peak "...), float64(r.PeakRSSBytes))
	b = appendBytes(append(b, ", heap "...), float64(r.HeapBytes))
	if r.MemoryLimit > 0 {
		b = appendBytes(append(b, ", limit "...), float64(r.MemoryLimit))
	}
	w.item("memory", string(b), stText)
	b = append(appendNumber(nil, float64(r.GCPauseLast)/1e6), "ms, the longest "...)
	w.item("collections", fmt.Sprintf("%d, last pause %sms", r.GCs, appendNumber(b, float64(r.GCPauseMax)/1e6)), stText)
	w.item("runs", many(r.Goroutines, "goroutine", "goroutines")+" on "+many(r.MaxProcs, "processor", "processors")+" at most", stText)
}

func ownPool(w *pageWriter, p *monitor.PoolStat) {
	w.section("Worker pool")
	w.item("workers", fmt.Sprintf("%d for batches, %d for readings that may be held up", p.Workers, p.Blocking), stText)
	w.item("tasks", fmt.Sprintf("%d submitted, %d completed, %d of these failed", p.Submitted, p.Completed, p.Failed), stText)
	w.item("left over", fmt.Sprintf("%d running and %d waiting when the cycle began", p.Running, p.Waiting), stText)
	for i := range p.Kinds {
		k := &p.Kinds[i]
		how := "fixed"
		if k.Adaptive {
			how = "adapts"
		}
		w.item(k.Name, fmt.Sprintf("batch %d (%s), %d batches, p50 %sms p95 %sms, %s µs an item", k.Batch, how, k.Batches,
			appendMillis(nil, float64(k.LatencyP50)/1e6), appendMillis(nil, float64(k.LatencyP95)/1e6), appendNumber(nil, k.PerItemNanos/1e3)), stText)
		if k.Why != "" {
			w.item("", "last move: "+k.Why, stDim)
		}
	}
}

func cacheText(c *metrics.CacheStat) string {
	b := appendCount(nil, float64(c.Entries))
	if c.Limit > 0 {
		b = appendCount(append(b, " of at most "...), float64(c.Limit))
	}
	if c.Bytes > 0 {
		b = appendBytes(append(b, ", "...), float64(c.Bytes))
	}
	if asked := c.Hits + c.Misses; c.Store {
		b = append(b, ", a store that is never asked for more"...)
	} else if asked > 0 {
		b = appendPercent(append(b, ", "...), 100*ratio(c.Hits, asked))
		b = fmt.Appendf(b, "%% hits: %d of %d", c.Hits, asked)
	}
	return string(b)
}

func ownSource(w *pageWriter, s *metrics.SourceStat) {
	text, st := fmt.Sprintf("%s ms for %d", appendMillis(nil, float64(s.Took)/1e6), s.Items), stText
	if s.Beside || s.CPU > 0 {
		text += fmt.Sprintf(", %s ms CPU, beside the cycle", appendMillis(nil, float64(s.CPU)/1e6))
	}
	if s.Late {
		text, st = text+", late", stWarn
	}
	if !s.Since.IsZero() {
		text += " since " + s.Since.Format(time.TimeOnly)
	}
	for _, more := range [...]string{s.Err, s.Note} {
		if more != "" {
			text += "; " + more
		}
	}
	w.item(s.Name, text, st)
}
