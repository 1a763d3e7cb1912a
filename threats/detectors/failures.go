package detectors

import "github.com/smoothtask/smoothtask/threats"

// failures counts the connection attempts of the machine that failed within the
// last minute or so, from the kernel's total.
type failures struct {
	marks [7]failureMark // about ten seconds apart, the oldest first
	n     int
}

type failureMark struct {
	at    int64 // seconds since 1970
	total uint64
}

// within returns how many attempts failed since the oldest mark.
func (f *failures) within(in *threats.Input) uint64 {
	c := &in.Snapshot.System.TCP
	if !c.Have {
		return 0
	}
	now := failureMark{in.Snapshot.At.Unix(), c.AttemptFails}
	if f.n > 0 && (now.total < f.marks[f.n-1].total || now.at < f.marks[f.n-1].at) {
		f.n = 0 // another network namespace, or the clock was set
	}
	for f.n > 0 && now.at-f.marks[0].at > 60 {
		copy(f.marks[:], f.marks[1:f.n])
		f.n--
	}
	if f.n == 0 || f.n < len(f.marks) && now.at-f.marks[f.n-1].at >= 10 {
		f.marks[f.n] = now
		f.n++
	}
	return now.total - f.marks[0].total
}
