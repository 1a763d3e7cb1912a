//go:build linux && (amd64 || arm64)

package bpf

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

func TestProgramTypeIsThatOfBpftool(t *testing.T) {
	for kind, want := range map[ebpf.ProgramType]string{ebpf.CGroupSKB: "cgroup_skb", ebpf.SchedCLS: "sched_cls", ebpf.XDP: "xdp",
		ebpf.CGroupDevice: "cgroup_device", ebpf.Kprobe: "kprobe", ebpf.LSM: "lsm", ebpf.RawTracepoint: "raw_tracepoint", ebpf.SkSKB: "sk_skb",
		ebpf.Tracing: "tracing", ebpf.CGroupSockAddr: "cgroup_sock_addr"} {
		if got := programType(kind); got != want {
			t.Errorf("%v: %s, want %s", kind, got, want)
		}
	}
}

func TestListProgramsKnowsOurOwn(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Skipf("no eBPF here: %v", err)
	}
	defer s.Close()
	own := s.ProgramIDs()
	list, err := ListPrograms(own)
	if err != nil {
		t.Skipf("programs cannot be listed: %v", err)
	}
	if len(own) == 0 {
		t.Fatal("the source has no programs")
	}
	found := 0
	for _, p := range list {
		if p.Own {
			found++
			if !slices.Contains(own, p.ID) || p.Name == "" || p.Tag == "" || p.Loaded == 0 {
				t.Errorf("%+v", p)
			}
		}
	}
	if found != len(own) {
		t.Errorf("%d of our %d programs are in the list of %d", found, len(own), len(list))
	}
}

// What an older kernel may refuse, this one takes. Otherwise the slower ways would be
// taken, and nothing would tell.
func TestNothingIsRefused(t *testing.T) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	var major, minor int
	if _, err := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &major, &minor); err != nil {
		t.Fatal(err)
	}
	if major*1000+minor < 6007 {
		t.Skipf("Linux %d.%d lacks what the walk over the list of tasks needs: 6.7", major, minor)
	}
	openSource(t, Options{}) // skips where eBPF is not allowed at all
	for _, o := range []object{
		{spec: loadWalk, program: walkProgWalkTasks},
		{spec: loadTask, program: taskProgListTasks},
		{spec: loadCmdline, program: cmdlineProgListCmdlines},
	} {
		progs, err := loadPrograms(o)
		if err != nil {
			t.Error(err)
			continue
		}
		if err := progs[0].close(); err != nil {
			t.Error(err)
		}
	}
}
