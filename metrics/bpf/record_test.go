//go:build linux && (amd64 || arm64)

package bpf

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/smoothtask/smoothtask/metrics"
)

// aligned copies b to where records may lie.
func aligned(b []byte) []byte {
	words := make([]uint64, len(b)/8+1)
	c := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(b))
	copy(c, b)
	return c
}

func bytesOf[T any](v *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}

func TestRecordsOfBothKinds(t *testing.T) {
	process, thread := taskProcess{Pid: 7, Threads: 2}, taskThread{Pid: 8, Leader: 7}
	process.Image.Start = 250_000_000
	process.Sum.Runtime, thread.Sum.Runtime = 60, 40
	process.Sum.Utime, thread.Sum.Stime = 30, 10
	var b []byte
	b = append(b, bytesOf(&process)...)
	b = append(b, bytesOf(&thread)...)
	b = append(b, bytesOf(&process)[:100]...)

	tab := table{pageSize: 4096}
	tab.begin(nil)
	procs, left := tab.decode(aligned(b), nil)
	tab.finish(procs)
	if len(procs) != 1 || left != 100 {
		t.Fatalf("%d processes, %d bytes left", len(procs), left)
	}
	p := procs[0]
	if p.Key != (metrics.ProcKey{PID: 7, Start: 25}) || p.Threads != 2 || p.UserNS != 75 || p.SystemNS != 25 {
		t.Errorf("%+v", p)
	}
}

// The leader of a thread may come after it, when pids have started anew.
func TestThreadBeforeLeader(t *testing.T) {
	thread, process := taskThread{Pid: 3, Leader: 7}, taskProcess{Pid: 7}
	thread.Sum.ReadBytes, process.Sum.ReadBytes = 5, 6
	tab := table{}
	tab.begin(nil)
	procs, _ := tab.decode(aligned(append(bytesOf(&thread), bytesOf(&process)...)), nil)
	tab.finish(procs)
	if procs[0].ReadBytes != 11 {
		t.Errorf("%d bytes read, want 11", procs[0].ReadBytes)
	}
}

func TestStateLetter(t *testing.T) {
	for _, c := range []struct {
		state, exit uint32
		want        byte
	}{
		{0, 0, 'R'}, {1, 0, 'S'}, {2, 0, 'D'}, {4, 0, 'T'}, {8, 0, 't'}, {0x80, 0x10, 'X'}, {0x80, 0x20, 'Z'},
		{0x40, 0, 'P'}, {0x402, 0, 'I'}, {0x102, 0, 'D'}, {0x2001, 0, 'S'}, {0x8000, 0, 'D'}, {0x1000, 0, 'D'},
		{0x80, 0x30, 'Z'}, {0xffffffff, 0xffffffff, 'I'},
	} {
		if got := stateLetter(c.state, c.exit); got != c.want {
			t.Errorf("state %#x, exit state %#x: %c, want %c", c.state, c.exit, got, c.want)
		}
	}
}

func TestProcessesAreSortedByPid(t *testing.T) {
	var b []byte
	for _, pid := range []uint32{1, 30, 31, 4, 5, 2, 40, 3} {
		b = append(b, bytesOf(&taskProcess{Pid: pid, Flags: pid})...)
	}
	earlier := []metrics.Process{{Key: metrics.ProcKey{PID: 99}}}
	tab := table{}
	for range 2 {
		tab.begin(earlier)
		procs, _ := tab.decode(aligned(b), earlier)
		tab.finish(procs)
		tab.sort(procs[1:])
		last := int32(0)
		for _, p := range procs[1:] {
			if p.Key.PID <= last || p.Flags != uint32(p.Key.PID) {
				t.Fatalf("pid %d with the values of %d after %d", p.Key.PID, p.Flags, last)
			}
			last = p.Key.PID
		}
		if len(tab.fresh) != 8 {
			t.Fatalf("%d of 8 processes want an identity", len(tab.fresh))
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(bytesOf(&taskProcess{Pid: 1, Threads: 1}))
	f.Add(append(bytesOf(&taskProcess{Pid: 1}), bytesOf(&taskThread{Pid: 2, Leader: 1})...))
	f.Add([]byte(strings.Repeat("\xff", processSize+threadSize)))
	f.Fuzz(func(t *testing.T, b []byte) {
		tab := table{pageSize: 4096}
		for range 2 {
			tab.begin(nil)
			procs, left := tab.decode(aligned(b), nil)
			tab.finish(procs)
			tab.sort(procs)
			if left < 0 || left >= processSize || len(procs) > len(b)/threadSize {
				t.Fatalf("%d processes and %d bytes left of %d bytes", len(procs), left, len(b))
			}
			for i := range procs {
				if procs[i].Key.PID <= 0 {
					t.Fatalf("pid %d", procs[i].Key.PID)
				}
			}
		}
	})
}

func FuzzNextCmdline(f *testing.F) {
	head := cmdlineHead{Pid: 1, Size: 5}
	f.Add(append(bytesOf(&head), "a\x00b\x00\x00\x00\x00\x00"...))
	head.Title = 1
	f.Add(append(bytesOf(&head), "title\x00\x00\x00"...))
	head.Size = 1<<32 - 1
	f.Add(bytesOf(&head))
	f.Fuzz(func(t *testing.T, b []byte) {
		rest := aligned(b)
		for {
			head, text, after, ok := nextCmdline(rest)
			if !ok {
				return
			}
			if len(after) >= len(rest) || len(text) > int(head.Size) {
				t.Fatalf("%d bytes of text and %d left, of %d", len(text), len(after), len(rest))
			}
			rest = after
		}
	})
}

func FuzzSplitCPU(f *testing.F) {
	f.Add(uint64(10), uint64(20), uint64(33), uint64(5), uint64(6))
	f.Add(uint64(0), uint64(0), uint64(7), uint64(0), uint64(0))
	f.Add(^uint64(0), ^uint64(0), ^uint64(0), uint64(1), uint64(1))
	f.Fuzz(func(t *testing.T, utime, stime, runtime, lastUser, lastSystem uint64) {
		lastUser >>= 1
		lastSystem >>= 1
		user, system := splitCPU(utime, stime, runtime, lastUser, lastSystem)
		if user < lastUser || system < lastSystem {
			t.Fatalf("%d and %d fell below %d and %d", user, system, lastUser, lastSystem)
		}
		if runtime > lastUser+lastSystem && user+system != runtime {
			t.Fatalf("%d and %d are not %d", user, system, runtime)
		}
	})
}

// Credentials are there on every kernel, seccomp and control groups are not.
func TestWhatAKernelLacksIsUnknown(t *testing.T) {
	bare, full := taskProcess{Pid: 7}, taskProcess{Pid: 7, Have: uint8(taskHaveHAVE_SECCOMP | taskHaveHAVE_CGROUP)}
	bare.Caps.Effective = 1 << 21
	var p, q metrics.Process
	bare.fill(&p, 4096)
	full.fill(&q, 4096)
	if optional := metrics.HasSeccomp | metrics.HasCgroupID; p.Have&optional != 0 || !q.Has(optional) {
		t.Errorf("without them it has %b, with them %b", p.Have, q.Have)
	}
	if !p.Has(metrics.HasSecurity) || bare.security().CapEffective != 1<<21 {
		t.Errorf("%b, %+v", p.Have, bare.security())
	}
}
