package ui

import (
	"slices"
	"strconv"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// fact is what the program does, in words and figures.
type fact struct {
	label, text string
	style       screen.Style
	words       bool // mostly words, which stay: it may take several rows, as figures would do by turns
	spare       bool // left out first where there is no room: all figures are on a page of their own
}

// figuresOf counts the facts that are never left out.
func figuresOf(facts []fact) (n int) {
	for i := range facts {
		if !facts[i].spare {
			n++
		}
	}
	return n
}

// shorten leaves out what can be spared, the last first, until the rest fits.
func shorten(facts []fact, room int) []fact {
	for i := len(facts) - 1; i >= 0 && len(facts) > room; i-- {
		if facts[i].spare {
			facts = slices.Delete(facts, i, i+1)
		}
	}
	return facts
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
		for range wrapped(f.text, a.w-factLabels-hang) {
			rows++
		}
		a.text(0, y, f.label, stDim)
		if f.words && len(f.text) > a.w-factLabels && rows-1 <= spare {
			spare -= rows - 1
			y = wrap(a, factLabels, y, f.text, f.style)
			continue
		}
		a.text(factLabels, y, f.text, f.style)
		y++
	}
	return y
}

// facts are the lines in words, the most pressing first. whole says that all
// indicators are on the screen: rates need no fact then.
func (m *Model) facts(whole bool) []fact {
	s := m.frame.Self
	var f []fact
	for i, d := range s.Diagnosis {
		f = append(f, fact{"why", d, stWarn, true, i > 0})
	}
	f = m.governed(f, &s.Governor)
	f = lostFact(f, s.Lost)
	f = append(f, fact{"source", s.Source + ": " + s.SourceWhy, stText, true, true}, poolFact(&s.Pool))
	f = batchFacts(f, &s.Pool)
	if len(s.Caches) > 0 {
		f = append(f, cacheFact(s))
	}
	f = append(f, runtimeFact(&s.Runtime))
	switch {
	case s.IO.Known && whole:
		f = append(f, totalFact(&s.IO))
	case s.IO.Known:
		f = append(f, ioFact(&s.IO))
	}
	return f
}

// governed tells what is held back, and the last steps to that.
func (m *Model) governed(f []fact, g *monitor.Governor) []fact {
	now := fact{"governor", "nothing is held back", stText, true, false}
	if g.Level > 0 {
		now = fact{"governor", "holds back:", stWarn, true, false}
		for i, a := range g.Active {
			if i > 0 {
				now.text += ";"
			}
			now.text += " " + a
		}
	}
	f = append(f, now)
	for i := range g.Steps[:min(len(g.Steps), 2)] {
		f = append(f, fact{"", m.stepText(&g.Steps[i]), stDim, true, true})
	}
	return f
}

// stepText is a step of the governor in words.
func (m *Model) stepText(step *monitor.Step) string {
	verb := " ago gave back "
	if step.Up {
		verb = " ago held back "
	}
	return string(appendSpan(nil, m.ageOf(step.At))) + verb + step.What + ": " + step.Reason
}

// lostFact tells what was missed, if anything was.
func lostFact(f []fact, list []metrics.Loss) []fact {
	var b []byte
	for i := range list {
		if n := list[i].Count; n > 0 {
			if b != nil {
				b = append(b, ", "...)
			}
			b = append(append(appendCount(b, float64(n)), ' '), list[i].What...)
		}
	}
	if b == nil {
		return f
	}
	return append(f, fact{"lost", string(b), stWarn, true, false})
}

// poolFact tells of the workers.
func poolFact(p *monitor.PoolStat) fact {
	b := strconv.AppendInt(nil, int64(p.Workers), 10)
	b = strconv.AppendInt(append(b, " workers, "...), int64(p.Running), 10)
	b = strconv.AppendInt(append(b, " busy, "...), int64(p.Waiting), 10)
	b = appendCount(append(b, " waiting; tasks "...), float64(p.Completed))
	b = appendCount(append(b, " of "...), float64(p.Submitted))
	b = appendCount(append(b, " done, "...), float64(p.Failed))
	return fact{"pool", string(append(b, " failed"...)), stText, false, false}
}

// batchFacts tells the batch size of each kind of work, and the last move to it.
func batchFacts(f []fact, p *monitor.PoolStat) []fact {
	if len(p.Kinds) == 0 {
		return f
	}
	var b []byte
	for i := range p.Kinds {
		k := &p.Kinds[i]
		if i > 0 {
			b = append(b, ", "...)
		}
		b = strconv.AppendInt(append(append(b, k.Name...), ' '), int64(k.Batch), 10)
		if k.Batches == 0 {
			b = append(b, " (none yet)"...)
		} else {
			b = append(appendMillis(append(b, " (p95 "...), float64(k.LatencyP95)/1e6), "ms)"...)
		}
	}
	f = append(f, fact{"batches", string(b), stText, true, false})
	for i := range p.Kinds {
		if k := &p.Kinds[i]; k.Why != "" {
			f = append(f, fact{"", "last move of " + k.Name + ": " + k.Why, stDim, true, true})
		}
	}
	return f
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
	return fact{"caches", string(b), stText, false, false}
}

func runtimeFact(r *monitor.Runtime) fact {
	b := appendBytes([]byte("heap "), float64(r.HeapBytes))
	b = appendBytes(append(b, ", peak "...), float64(r.PeakRSSBytes))
	if r.MemoryLimit > 0 {
		b = appendBytes(append(b, " of "...), float64(r.MemoryLimit))
	}
	b = strconv.AppendInt(append(b, ", procs "...), int64(r.MaxProcs), 10)
	b = strconv.AppendInt(append(b, ", goroutines "...), int64(r.Goroutines), 10)
	b = appendCount(append(b, ", gc "...), float64(r.GCs))
	b = append(appendMillis(append(b, " max "...), float64(r.GCPauseMax)/1e6), "ms"...)
	return fact{"runtime", string(b), stText, false, false}
}

// totalFact is own input and output since the start.
func totalFact(io *monitor.IO) fact {
	b := appendBytes([]byte("in all: read "), float64(io.ReadBytes))
	b = appendCount(append(b, " in "...), float64(io.ReadCalls))
	b = appendBytes(append(b, " calls, written "...), float64(io.WriteBytes))
	b = appendCount(append(b, " in "...), float64(io.WriteCalls))
	b = appendBytes(append(b, "; disk "...), float64(io.DiskReadBytes+io.DiskWriteBytes))
	b = appendBytes(append(b, ", terminal "...), float64(io.TerminalBytes))
	b = appendBytes(append(b, ", net "...), float64(io.NetworkBytes))
	b = appendBytes(append(b, ", netlink "...), float64(io.NetlinkBytes))
	return fact{"own i/o", string(b), stText, false, false}
}

func ioFact(io *monitor.IO) fact {
	b := appendRate([]byte("read "), io.ReadBps)
	b = appendRate(append(b, ", write "...), io.WriteBps)
	b = appendRate(append(b, ", terminal "...), io.TerminalBps)
	b = appendRate(append(b, ", disk "...), io.DiskReadBps+io.DiskWriteBps)
	b = appendRate(append(b, ", net "...), io.NetworkBps)
	return fact{"own i/o", string(b), stText, false, false}
}
