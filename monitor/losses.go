package monitor

import "github.com/smoothtask/smoothtask/metrics"

// losses are what was missed so far: frames that nobody took in time, and what the
// sources tell. Those of one name are added up.
func (m *Monitor) losses() []metrics.Loss {
	all := []metrics.Loss{{What: "frames", Count: m.lost.Load() + m.opt.Meter.lostFrames.Load()}}
	for _, r := range m.opt.Losses {
	each:
		for _, l := range r.Losses() {
			for i := range all {
				if all[i].What == l.What {
					all[i].Count += l.Count
					continue each
				}
			}
			all = append(all, l)
		}
	}
	return all
}

func sum(losses []metrics.Loss) (n uint64) {
	for i := range losses {
		n += losses[i].Count
	}
	return n
}

// traffic is what came over sockets that the system does not count.
func (m *Monitor) traffic() (calls, bytes uint64) {
	for _, r := range m.opt.Traffic {
		t := r.Traffic()
		calls, bytes = calls+t.Calls, bytes+t.Bytes
	}
	return calls, bytes
}
