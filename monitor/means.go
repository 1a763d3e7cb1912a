package monitor

import (
	"runtime/debug"
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
			apply:   func() { m.opt.Collector.SlowExtras(slowExtras) },
			release: func() { m.opt.Collector.SlowExtras(0) },
		},
		{
			name: "a quarter of the time for deep checks", against: onCPU | onDetect,
			apply:   func() { m.opt.Analyser.Throttle(4) },
			release: func() { m.opt.Analyser.Throttle(1) },
		},
		{
			name: "caches emptied, memory given back", against: onRSS,
			apply: func() { m.opt.Analyser.Shrink(); debug.FreeOSMemory() },
		},
		{
			name: "half of the history", against: onRSS,
			apply: func() { m.history.Halve(); debug.FreeOSMemory() },
		},
		{
			name: "twice the interval", against: onCPU,
			apply:   func() { m.stretch.Store(2) },
			release: func() { m.stretch.Store(1) },
		},
		{
			name: "four times the interval", against: onCPU,
			apply:   func() { m.stretch.Store(4) },
			release: func() { m.stretch.Store(2) },
		},
	}
}
