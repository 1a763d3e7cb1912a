package monitor

import (
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	slowExtras = 5 * time.Second // how far apart readings come that the governor holds back
	lessDeep   = 4               // it divides the time for deep checks by this
)

// meansInOrder lists what the governor may hold back, the mildest first.
func (m *Monitor) meansInOrder() []means {
	return []means{
		{
			name: "sockets and control groups at most every 5 s", against: onCPU | onCollect,
			apply:   m.slowDown,
			release: func() { m.opt.Collector.SlowExtras(0) },
			moot:    func() bool { return !m.opt.Collector.Slows(slowExtras, time.Duration(m.interval.Load())) },
		},
		{
			name: "a quarter of the time for deep checks", against: onCPU | onDetect,
			apply:   m.lookLess,
			release: func() { m.opt.Analyser.Throttle(1) },
		},
		{
			name: "caches emptied, memory given back", against: onRSS,
			apply: m.shrink,
		},
		{
			name: "history at half of its resolution", against: onRSS,
			apply:   m.history.Coarsen,
			release: m.history.Refine,
		},
		m.longer("twice the interval", 2),
		m.longer("four times the interval", 4),
	}
}

// slowDown has readings come seldom, if some would.
func (m *Monitor) slowDown() bool {
	if !m.opt.Collector.Slows(slowExtras, m.pace()) {
		return false
	}
	m.opt.Collector.SlowExtras(slowExtras)
	return true
}

// lookLess cuts the time for deep checks, if they take more than they would be left.
func (m *Monitor) lookLess() bool {
	if !m.opt.Analyser.Throttles(lessDeep) {
		return false
	}
	m.opt.Analyser.Throttle(lessDeep)
	return true
}

// longer is the means that makes the interval so many times what was asked for, if
// cycles come less often then.
func (m *Monitor) longer(name string, times int32) means {
	was := int32(1)
	return means{
		name: name, against: onCPU,
		apply: func() bool {
			if time.Duration(m.interval.Load())*time.Duration(times) <= m.pace() {
				return false
			}
			was = m.stretch.Swap(times)
			return true
		},
		release: func() { m.stretch.Store(was) },
	}
}

// pace is the time from one cycle to the next: the interval, or what a cycle takes
// where that is longer.
func (m *Monitor) pace() time.Duration { return max(m.Interval(), m.took+minRest) }

// leastShrunk is how much memory must have been given back, in bytes, for that to
// count: the runtime finds some pages at any time.
const leastShrunk = 256 << 10

// shrink has all parts give up what they can do without, and gives it back to the
// system. It reports whether that was worth telling.
func (m *Monitor) shrink() bool {
	m.opt.Collector.Shrink()
	m.opt.Analyser.Shrink()
	m.spareRates()
	before := givenBack()
	debug.FreeOSMemory()
	return givenBack() >= before+leastShrunk
}

// givenBack is the memory that the runtime has got from the system and given back,
// in bytes.
func givenBack() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
