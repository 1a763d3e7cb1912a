package ui

import (
	"strconv"

	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// fact is what the program does, in words and figures.
type fact struct {
	label, text string
	style       screen.Style
	words       bool // mostly words, which stay: it may take several rows, as figures would do by turns
}

// factLabels is the width of the labels.
const factLabels = 10

// drawFacts paints facts and returns the rows they took. Each has a row; rows that
// are left let the first of those in words be told to their end.
func drawFacts(a area, facts []fact) int {
	y, spare := 0, a.h-len(facts)
	for _, f := range facts {
		if y >= a.h {
			break
		}
		rows := 0
		for range wrapped(f.text, a.w-factLabels) {
			rows++
		}
		a.text(0, y, f.label, stDim)
		if f.words && rows-1 <= spare {
			spare -= rows - 1
			y = wrap(a, factLabels, y, f.text, f.style)
			continue
		}
		a.text(factLabels, y, f.text, f.style)
		y++
	}
	return y
}

// facts are the lines in words, the most pressing first.
func (m *Model) facts() []fact {
	s := m.frame.Self
	var f []fact
	for _, d := range s.Diagnosis {
		f = append(f, fact{"why", d, stWarn, true})
	}
	f = m.governed(f, &s.Governor)
	f = append(f, fact{"source", s.Source + ": " + s.SourceWhy, stText, true}, poolFact(&s.Pool))
	if len(s.Caches) > 0 {
		f = append(f, cacheFact(s))
	}
	f = append(f, runtimeFact(&s.Runtime))
	if s.IO.Known {
		f = append(f, ioFact(&s.IO))
	}
	return f
}

// governed tells what is held back, and the last steps to that.
func (m *Model) governed(f []fact, g *monitor.Governor) []fact {
	now := fact{"governor", "nothing is held back", stText, true}
	if g.Level > 0 {
		now = fact{"governor", "holds back:", stWarn, true}
		for i, a := range g.Active {
			if i > 0 {
				now.text += ";"
			}
			now.text += " " + a
		}
	}
	f = append(f, now)
	for _, step := range g.Steps[:min(len(g.Steps), 2)] {
		verb := " ago gave back "
		if step.Up {
			verb = " ago held back "
		}
		f = append(f, fact{"", string(appendSpan(nil, m.ageOf(step.At))) + verb + step.What + ": " + step.Reason, stDim, true})
	}
	return f
}

// poolFact tells of the workers, and of batches where the source reads in batches.
func poolFact(p *monitor.PoolStat) fact {
	b := strconv.AppendInt(nil, int64(p.Workers), 10)
	b = strconv.AppendInt(append(b, " workers, "...), int64(p.Running), 10)
	b = strconv.AppendInt(append(b, " busy, "...), int64(p.Waiting), 10)
	b = append(b, " waiting"...)
	any := false
	for _, k := range p.Kinds {
		if k.Batches == 0 {
			continue
		}
		any = true
		b = append(append(append(b, "; "...), k.Name...), " batch "...)
		b = strconv.AppendInt(b, int64(k.Batch), 10)
		b = appendMillis(append(b, " p50 "...), float64(k.LatencyP50)/1e6)
		b = appendMillis(append(b, " p95 "...), float64(k.LatencyP95)/1e6)
		b = append(b, "ms"...)
	}
	if !any {
		b = append(b, "; no batches with this source"...)
	}
	return fact{"pool", string(b), stText, false}
}

// cacheFact sums the caches up: each of them is in the table below.
func cacheFact(s *monitor.Self) fact {
	var entries, hits, asked uint64
	var bytes int64
	for _, c := range s.Caches {
		entries, bytes = entries+uint64(c.Entries), bytes+c.Bytes
		hits, asked = hits+c.Hits, asked+c.Hits+c.Misses
	}
	b := strconv.AppendInt(nil, int64(len(s.Caches)), 10)
	b = appendCount(append(b, " with "...), float64(entries))
	b = append(b, " entries"...)
	if bytes > 0 {
		b = append(appendBytes(append(b, ", "...), float64(bytes)), " as far as known"...)
	}
	if asked > 0 {
		b = append(appendPercent(append(b, ", hits "...), 100*ratio(hits, asked)), '%')
	}
	return fact{"caches", string(b), stText, false}
}

func runtimeFact(r *monitor.Runtime) fact {
	b := appendBytes([]byte("heap "), float64(r.HeapBytes))
	b = appendBytes(append(b, ", peak rss "...), float64(r.PeakRSSBytes))
	b = appendCount(append(b, ", gc "...), float64(r.GCs))
	b = append(appendMillis(append(b, " pause "...), float64(r.GCPauseLast)/1e6), "ms"...)
	b = appendMillis(append(b, " max "...), float64(r.GCPauseMax)/1e6)
	b = strconv.AppendInt(append(b, ", goroutines "...), int64(r.Goroutines), 10)
	return fact{"runtime", string(b), stText, false}
}

func ioFact(io *monitor.IO) fact {
	b := appendRate([]byte("read "), io.ReadBps)
	b = appendRate(append(b, ", write "...), io.WriteBps)
	b = appendRate(append(b, ", terminal "...), io.TerminalBps)
	b = appendRate(append(b, ", disk "...), io.DiskReadBps+io.DiskWriteBps)
	b = appendNumber(append(b, ", calls "...), io.ReadCallsPS)
	b = append(appendNumber(append(b, '+'), io.WriteCallsPS), "/s"...)
	return fact{"own i/o", string(b), stText, false}
}
