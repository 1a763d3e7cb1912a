package detectors

import (
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// What makes a process worth a look at its sockets.
const (
	suspectShell   uint8 = 1 << iota // a Unix shell
	suspectPlace                     // its program lies where it should not
	suspectKthread                   // it poses as a thread of the kernel
	suspectMiner                     // its arguments are those of a miner
)

const maxSuspects = 1 << 14

// suspects keeps the processes of which each socket matters. A process is judged
// once for each program that it executes.
type suspects struct {
	all     map[metrics.ProcKey]suspicion
	list    []suspect // those of the snapshot, rising
	deleted []int32   // processes whose program was deleted
}

type suspicion struct {
	id  *metrics.Identity
	why uint8
}

type suspect struct {
	process int32
	why     uint8
}

func (s *suspects) update(in *threats.Input) {
	for _, i := range in.Look {
		s.judge(in.Process(i))
	}
	s.list, s.deleted = s.list[:0], s.deleted[:0]
	procs := in.Snapshot.Processes
	for k, v := range s.all {
		i := in.Find(k.PID)
		if i < 0 || procs[i].Key != k {
			delete(s.all, k)
			continue
		}
		if procs[i].ID != v.id { // told by nobody
			v.why = s.judge(&procs[i])
		}
		if v.why != 0 {
			s.list = append(s.list, suspect{i, v.why})
		}
	}
	for i := range procs {
		if p := &procs[i]; p.ExeNlink == 0 && p.Deleted() {
			s.deleted = append(s.deleted, int32(i))
		}
	}
}

// judge keeps what is to be said of a process.
func (s *suspects) judge(p *metrics.Process) uint8 {
	why := suspicious(p)
	switch {
	case why == 0:
		if len(s.all) > 0 {
			delete(s.all, p.Key)
		}
	case len(s.all) < maxSuspects:
		if s.all == nil {
			s.all = make(map[metrics.ProcKey]suspicion)
		}
		s.all[p.Key] = suspicion{p.ID, why}
	}
	return why
}

func suspicious(p *metrics.Process) (why uint8) {
	if p.Kthread() {
		return 0
	}
	if isShell(p.ID) {
		why |= suspectShell
	}
	if oddProgram(p.ID.Exe) {
		why |= suspectPlace
	}
	if posesAsKthread(p) {
		why |= suspectKthread
	}
	if what, _, _, c := weighMiner(p.ID); what != "" && c >= threats.Moderate {
		why |= suspectMiner
	}
	return why
}

// oddProgram reports whether a program lies where anybody may write or nobody looks,
// and not as software of a known kind does.
func oddProgram(exe string) bool {
	return writableRoot(exe) != "" && !isHomely(exe) || hiddenElement(exe) != "" && !ownHidden(exe)
}

// posesAsKthread reports whether a program has the name of a kernel thread.
func posesAsKthread(p *metrics.Process) bool {
	if p.Kthread() || p.ID.Exe == "" && p.ID.Cmdline == "" {
		return false
	}
	arg, _ := firstArg(p.ID)
	inner, bracketed := strings.CutPrefix(arg, "[")
	return bracketed && strings.Contains(inner, "]") && likeKthread(inner) ||
		likeKthread(p.ID.Comm) && !strings.HasPrefix(p.ID.Comm, base(p.ID.Exe)+" ")
}

// each calls visit for the suspects of a kind and each of their sockets.
func (s *suspects) each(in *threats.Input, why uint8, visit func(i, sock int32)) {
	for _, x := range s.list {
		if x.why&why == 0 {
			continue
		}
		for _, sock := range in.Sockets(x.process) {
			visit(x.process, sock)
		}
	}
}

func (s *suspects) bytes() int64 {
	return int64(56*len(s.all) + 8*cap(s.list) + 4*cap(s.deleted))
}
