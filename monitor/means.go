package monitor

import (
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// slowExtras is how far apart readings other than processes come when the
// governor holds them back.
const slowExtras = 5 * time.Second

// meansInOrder lists what the governor may hold back, the mildest first.
func (m *Monitor) meansInOrder() []means {
	return []means{
		{
			name: "sockets, disks, sensors and cgroups at most every 5 s", against: onCPU | onCollect,
			apply:   func() bool { m.opt.Collector.SlowExtras(slowExtras); return true },
			release: func() { m.opt.Collector.SlowExtras(0) },
		},
		{
			name: "a quarter of the time for deep checks", against: onCPU | onDetect,
			apply:   func() bool { m.opt.Analyser.Throttle(4); return true },
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
		{
			name: "twice the interval", against: onCPU,
			apply:   func() bool { m.stretch.Store(2); return true },
			release: func() { m.stretch.Store(1) },
		},
		{
			name: "four times the interval", against: onCPU,
			apply:   func() bool { m.stretch.Store(4); return true },
			release: func() { m.stretch.Store(2) },
		},
	}
}

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
