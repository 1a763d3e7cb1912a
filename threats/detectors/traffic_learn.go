package detectors

import (
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// learn takes note of new connections, and looks after those of which something
// is still to be learnt.
func (t *traffic) learn(in *threats.Input) {
	socks := in.Snapshot.Sockets
	for _, i := range t.fresh {
		s := &socks[i]
		if s.Proto != metrics.TCP || !t.outgoing(s) {
			continue
		}
		slot := t.order[i]
		if s.HasInfo && threats.Public(s.Remote().Addr()) && !(t.first && s.TxBytes > 0) {
			t.flags[slot] |= flowSilent
		}
		// Of the first listing only what waits for an answer is known to be new.
		if t.first && s.State != metrics.SynSent {
			continue
		}
		switch {
		case s.State == metrics.TimeWait: // it has no owner any more
			t.beacons.add(metrics.ProcKey{}, "", s, t.born[slot])
			continue
		case s.Owner.PID == 0:
			t.flags[slot] |= flowUnowned
		default:
			t.connected(in, i)
		}
		if s.State == metrics.SynSent {
			t.flags[slot] |= flowUnproven
		}
		t.watch(in, i)
	}
	for _, i := range t.watched {
		t.watch(in, i)
	}
}

// connected enters a new connection, of a known owner, into the histories.
func (t *traffic) connected(in *threats.Input, i int32) {
	s, born, program := in.Socket(i), t.born[t.order[i]], ""
	if p := in.Owner(i); p >= 0 {
		program = in.Process(p).ID.Exe
	}
	t.history.add(s, born)
	t.beacons.add(s.Owner, program, s, born)
}

func (t *traffic) watch(in *threats.Input, i int32) {
	s, slot := &in.Snapshot.Sockets[i], t.order[i]
	age := t.moment() - t.born[slot]
	flags := &t.flags[slot]
	if *flags&flowUnowned != 0 {
		switch {
		case s.Owner.PID != 0:
			*flags &^= flowUnowned
			t.connected(in, i)
		case s.State == metrics.TimeWait || age > tenths(ownerWait):
			*flags &^= flowUnowned
			t.beacons.add(metrics.ProcKey{}, "", s, t.born[slot])
		}
	}
	if *flags&flowUnproven != 0 {
		switch {
		case s.State != metrics.SynSent:
			*flags &^= flowUnproven
			t.history.settle(s, fateAnswered)
		case age >= tenths(answerWait):
			*flags &^= flowUnproven
			t.history.settle(s, fateUnanswered)
		}
	}
	if *flags&flowSilent != 0 && s.TxBytes > 0 {
		p := in.Owner(i)
		if p >= 0 {
			t.began = append(t.began, sending{p, i})
		}
		if p >= 0 || age > tenths(ownerWait) {
			*flags &^= flowSilent
		}
	}
}
