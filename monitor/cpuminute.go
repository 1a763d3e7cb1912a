package monitor

import "time"

// cpuMinute keeps the CPU time of the last minute's cycles.
type cpuMinute struct {
	at  [128]time.Time
	cpu [128]time.Duration
	n   int // values ever added
}

// add takes a total. Cycles shorter than half a second share a place, so that
// the ring always spans a minute.
func (m *cpuMinute) add(at time.Time, cpu time.Duration) {
	if m.n > 1 && at.Sub(m.at[(m.n-2)%len(m.at)]) < 500*time.Millisecond {
		m.n--
	}
	m.at[m.n%len(m.at)], m.cpu[m.n%len(m.at)] = at, cpu
	m.n++
}

// recent is the CPU time since the value before the last, in percent of one core.
func (m *cpuMinute) recent() float64 {
	if m.n < 2 {
		return 0
	}
	a, b := (m.n-2)%len(m.at), (m.n-1)%len(m.at)
	if over := m.at[b].Sub(m.at[a]); over >= leastSpan {
		return 100 * float64(m.cpu[b]-m.cpu[a]) / float64(over)
	}
	return 0
}

// share is the CPU time over the last minute, in percent of one core; false
// before there are two values.
func (m *cpuMinute) share() (float64, bool) {
	if m.n < 2 {
		return 0, false
	}
	last := (m.n - 1) % len(m.at)
	first := last
	for i := m.n - 2; i >= max(0, m.n-len(m.at)); i-- {
		first = i % len(m.at)
		if m.at[last].Sub(m.at[first]) >= time.Minute {
			break
		}
	}
	over := m.at[last].Sub(m.at[first])
	if over < leastSpan {
		return 0, false
	}
	return 100 * float64(m.cpu[last]-m.cpu[first]) / float64(over), true
}
