//go:build linux && (amd64 || arm64)

package bpf

import (
	"slices"

	"github.com/smoothtask/smoothtask/metrics"
)

// known is what a Source remembers of a process from one reading to the next.
type known struct {
	pid             int32
	cmd             cmdState
	exited          bool // a zombie: its image is the last one it had
	published       bool // id was in the result of an earlier reading
	retries         int8 // how often the path of the program may be asked for again
	image           taskImage
	cwd             taskPlace
	user, system    uint64 // as published
	rssParts        int64  // pages
	runtime         uint64 // of this reading, to be divided into the two
	id              *metrics.Identity
	security        *metrics.Security
	exe, dir, group *shared
}

// ask asks for the command line of the image.
func (k *known) ask() ask { return ask{k.pid, k.image.Start, k.image.ExecId} }

// cmdState says how far the command line of an image is known.
type cmdState uint8

const (
	cmdWanted cmdState = iota
	cmdAsked
	cmdRead
	cmdFailed
)

// table turns records into processes. They come in the same order every time, so
// that it goes along the list of the last reading and finds what did not change
// without a lookup.
type table struct {
	last, now []known
	cursor    int // in last, where the next process is expected
	// The pids of last and now, sorted: the pid in the upper half, the index in the
	// lower one.
	lastByPID, byPID []uint64
	cycle            uint32
	base             int // length of dst when the reading began
	pageSize         uint64
	fresh            []change
	place            []uint32
	threads          []taskThread // that came before their leader
	leader           int          // index in now of the last thread's leader
	have             uint8
	creds            metrics.SecurityTable
}

// change is a process whose identity must be made or mended.
type change struct {
	now int    // index in table.now
	old *known // the same process in the last reading, nil for a new one
	env uint32 // bytes
}

func (t *table) begin(dst []metrics.Process) {
	t.last, t.now = t.now, t.last[:0]
	t.lastByPID, t.byPID = t.byPID, t.lastByPID[:0]
	t.cursor, t.leader = 0, 0
	t.cycle++
	t.base = len(dst)
	t.fresh, t.threads = t.fresh[:0], t.threads[:0]
}

// abandon goes back to the last complete reading.
func (t *table) abandon() {
	t.last, t.now = t.now, t.last
	t.lastByPID, t.byPID = t.byPID, t.lastByPID
}

// decode appends the processes of whole records, and returns how many bytes are
// left of a broken one.
func (t *table) decode(b []byte, dst []metrics.Process) ([]metrics.Process, int) {
	r := records{b}
	for {
		switch p, thread := r.next(); {
		case p != nil:
			dst = t.addProcess(p, dst)
		case thread != nil:
			if !t.addThread(thread, dst) {
				t.threads = append(t.threads, *thread)
			}
		default:
			return dst, len(r.rest)
		}
	}
}

func (t *table) addProcess(r *taskProcess, dst []metrics.Process) []metrics.Process {
	pid := int32(r.Pid)
	if pid <= 0 {
		return dst // leaving
	}
	old := t.expect(pid, r.Image.Start)
	t.have |= r.Have
	dst = append(dst, metrics.Process{})
	p := &dst[len(dst)-1]
	r.fill(p, t.pageSize)
	t.byPID = append(t.byPID, uint64(pid)<<32|uint64(len(t.now)))
	t.now = append(t.now, known{pid: pid})
	k := &t.now[len(t.now)-1]
	k.image, k.cwd, k.runtime = r.Image, r.Cwd, r.Sum.Runtime
	k.exited = r.HasMemory == 0 && r.Flags&metrics.FlagKthread == 0
	if old != nil {
		t.keep(k, old, r)
	}
	if k.id == nil || k.image != old.image || k.retries > 0 {
		t.fresh = append(t.fresh, change{len(t.now) - 1, old, r.EnvBytes})
	}
	if k.security == nil {
		k.security = t.creds.Intern(r.security())
	}
	if k.cmd == cmdRead {
		p.Have |= metrics.HasCmdline
	}
	p.RSSBytes = k.resident(r) * t.pageSize
	p.ID, p.Security = k.id, k.security
	return dst
}

// resident is the number of resident pages: what the processors have in common
// and the parts of each, which are not read every time.
func (k *known) resident(r *taskProcess) uint64 {
	if r.Have&uint8(taskHaveHAVE_RSS_PARTS) != 0 {
		k.rssParts = r.RssParts
	}
	return uint64(max(0, r.RssCommon+k.rssParts))
}

// keep takes over from the last reading what still holds.
func (t *table) keep(k, old *known, r *taskProcess) {
	if k.exited {
		// The kernel has released what the image was read from.
		k.image = old.image
	}
	k.user, k.system = old.user, old.system
	if *old.security == r.security() {
		k.security = old.security
	}
	if k.image.ExecId == old.image.ExecId {
		k.id, k.cmd, k.rssParts, k.retries = old.id, old.cmd, old.rssParts, old.retries
		k.published = true
	}
	if k.image.Exe == old.image.Exe && k.image.ExeInode == old.image.ExeInode {
		k.exe = old.exe
		k.exe.hold(t.cycle)
	}
	if k.image.CssSet == old.image.CssSet {
		k.group = old.group
		k.group.hold(t.cycle)
	}
	if k.cwd == old.cwd {
		k.dir = old.dir
		k.dir.hold(t.cycle)
	}
}

// addThread adds what a thread did to its process, which mostly came just before.
func (t *table) addThread(r *taskThread, dst []metrics.Process) bool {
	pid := int32(r.Leader)
	if t.leader >= len(t.now) || t.now[t.leader].pid != pid {
		i, ok := t.find(pid)
		if !ok {
			return false
		}
		t.leader = i
	}
	t.now[t.leader].runtime += r.Sum.Runtime
	r.Sum.addTo(&dst[t.base+t.leader])
	return true
}

// expect finds a process in the last reading, mostly where it looks first.
func (t *table) expect(pid int32, start uint64) *known {
	i := t.cursor
	if i >= len(t.last) || t.last[i].pid != pid {
		var ok bool
		if i, ok = search(t.lastByPID, pid); !ok {
			return nil
		}
	}
	t.cursor = i + 1
	if t.last[i].image.Start != start {
		return nil
	}
	return &t.last[i]
}

// finish adds the threads whose leader came later (pids start anew from time to
// time) and divides CPU time.
func (t *table) finish(dst []metrics.Process) {
	slices.Sort(t.byPID)
	for i := range t.threads {
		t.addThread(&t.threads[i], dst)
	}
	for i := range t.now {
		k, p := &t.now[i], &dst[t.base+i]
		k.user, k.system = splitCPU(p.UserNS, p.SystemNS, k.runtime, k.user, k.system)
		p.UserNS, p.SystemNS = k.user, k.system
	}
}
