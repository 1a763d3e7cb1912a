//go:build linux && (amd64 || arm64)

package bpf

import (
	"slices"

	"github.com/smoothtask/smoothtask/metrics"
)

// table turns records into processes. They come in the same order every time, so
// that it goes along the list of the last reading and finds what did not change
// without a lookup.
type table struct {
	last, now []*known
	cursor    int // in last, where the next process is expected
	// The pids of last and now, sorted: the pid in the upper half, the index in the
	// lower one.
	lastByPID, byPID []uint64
	cycle            uint32
	base             int // length of dst when the reading began
	pageSize         uint64
	fresh            []change
	place            []uint32
	have             uint8
	creds            metrics.SecurityTable

	// Of the task iterator, for which threads have records of their own.
	runtimes []uint64     // of now, ns, to be divided into user and system time
	threads  []taskThread // that came before their leader
	leader   int          // index in now of the last thread's leader
}

// change is a process whose identity must be made or mended.
type change struct {
	now   int // index in table.now
	image taskImage
	cwd   taskPlace
	env   uint32 // bytes
}

// manyFresh is how many changes may be had without keeping the memory of more.
const manyFresh = 1024

func (t *table) begin(dst []metrics.Process) {
	t.last, t.now = t.now, t.last[:0]
	t.lastByPID, t.byPID = t.byPID, t.lastByPID[:0]
	t.cursor, t.leader = 0, 0
	t.cycle++
	t.base = len(dst)
	t.fresh, t.threads, t.runtimes = t.fresh[:0], t.threads[:0], t.runtimes[:0]
	if cap(t.fresh) > manyFresh {
		t.fresh = nil
	}
}

// abandon goes back to the last complete reading. What was found to have changed is
// to be found again.
func (t *table) abandon() {
	for i := range t.fresh {
		t.now[t.fresh[i].now].image = 0
	}
	t.fresh = t.fresh[:0]
	t.last, t.now = t.now, t.last
	t.lastByPID, t.byPID = t.byPID, t.lastByPID
}

// walked appends the processes of a part of a walk. It reports false when one that
// did not change is not known.
func (t *table) walked(w part, dst []metrics.Process) ([]metrics.Process, bool) {
	dst = slices.Grow(dst, len(w.steps)+w.left)
	for i := range w.steps {
		step := &w.steps[i]
		if step.Whole != 0 {
			r, _ := w.records.next()
			if r == nil {
				return dst, false
			}
			dst = t.addProcess(r, dst)
			k := t.now[len(t.now)-1]
			p := &dst[len(dst)-1]
			p.UserNS, p.SystemNS = splitCPU(p.UserNS, p.SystemNS, r.Sum.Runtime, k.proc.UserNS, k.proc.SystemNS)
			k.proc = *p
			continue
		}
		k := t.expect(int32(step.Pid))
		if k == nil {
			return dst, false
		}
		k.hold(t.cycle)
		k.published = true
		t.add(k)
		dst = append(dst, k.proc)
	}
	return dst, true
}

// decode appends the processes of whole records, and returns how many bytes are
// left of a broken one.
func (t *table) decode(b []byte, dst []metrics.Process) ([]metrics.Process, int) {
	r := records{b}
	for {
		switch p, thread := r.next(); {
		case p != nil:
			if int32(p.Pid) <= 0 {
				continue // leaving
			}
			dst = t.addProcess(p, dst)
			t.runtimes = append(t.runtimes, p.Sum.Runtime)
		case thread != nil:
			if !t.addThread(thread, dst) {
				t.threads = append(t.threads, *thread)
			}
		default:
			return dst, len(r.rest)
		}
	}
}

// addProcess appends a process with the CPU time that the kernel sampled, to be
// divided by the caller, who also keeps the result in known.
func (t *table) addProcess(r *taskProcess, dst []metrics.Process) []metrics.Process {
	k := t.expect(int32(r.Pid))
	old := k != nil && k.start == r.Image.Start
	if !old {
		k = &known{start: r.Image.Start}
		k.proc.Key.PID = int32(r.Pid)
	}
	t.have |= r.Have
	dst = append(dst, metrics.Process{})
	p := &dst[len(dst)-1]
	r.fill(p, t.pageSize)
	if k.meet(r, old) || k.retries > 0 {
		t.fresh = append(t.fresh, change{len(t.now), r.Image, r.Cwd, r.EnvBytes})
	}
	k.hold(t.cycle)
	if k.cmd == cmdRead {
		p.Have |= metrics.HasCmdline
	}
	p.RSSBytes = k.resident(r) * t.pageSize
	p.ID, p.Security = k.proc.ID, k.proc.Security
	if p.Security == nil || *p.Security != r.security() {
		p.Security = t.creds.Intern(r.security())
	}
	t.add(k)
	return dst
}

func (t *table) add(k *known) {
	t.byPID = append(t.byPID, uint64(k.proc.Key.PID)<<32|uint64(len(t.now)))
	t.now = append(t.now, k)
}

// expect finds a process in the last reading, mostly where it looks first. It may be
// another with the same pid.
func (t *table) expect(pid int32) *known {
	i := t.cursor
	if i >= len(t.last) || t.last[i].proc.Key.PID != pid {
		var ok bool
		if i, ok = search(t.lastByPID, pid); !ok {
			return nil
		}
	}
	t.cursor = i + 1
	return t.last[i]
}

// addThread adds what a thread did to its process, which mostly came just before.
func (t *table) addThread(r *taskThread, dst []metrics.Process) bool {
	pid := int32(r.Leader)
	if t.leader >= len(t.now) || t.now[t.leader].proc.Key.PID != pid {
		i, ok := t.find(pid)
		if !ok {
			return false
		}
		t.leader = i
	}
	t.runtimes[t.leader] += r.Sum.Runtime
	r.Sum.addTo(&dst[t.base+t.leader])
	return true
}

// finish adds the threads whose leader came later (pids start anew from time to
// time) and divides CPU time.
func (t *table) finish(dst []metrics.Process) {
	slices.Sort(t.byPID)
	for i := range t.threads {
		t.addThread(&t.threads[i], dst)
	}
	for i, runtime := range t.runtimes {
		k, p := t.now[i], &dst[t.base+i]
		p.UserNS, p.SystemNS = splitCPU(p.UserNS, p.SystemNS, runtime, k.proc.UserNS, k.proc.SystemNS)
		k.proc = *p
	}
}
