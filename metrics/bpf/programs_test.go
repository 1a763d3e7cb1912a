//go:build linux && (amd64 || arm64)

package bpf

import (
	"errors"
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

// What this kernel should take, it takes: otherwise the slower ways would be taken, and
// nothing would tell. What it refuses, it refuses with a reason.
func TestNothingIsRefused(t *testing.T) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	var major, minor int
	if _, err := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &major, &minor); err != nil {
		t.Fatal(err)
	}
	openSource(t, Options{}) // skips where eBPF is not allowed at all
	for _, p := range []struct {
		object
		since int // major version * 1000 + minor version
	}{
		{object{spec: loadTask, program: taskProgListTasks}, 5008},
		{object{spec: loadOwner, program: ownerProgListOwners}, 5008},
		{object{spec: loadCmdline, program: cmdlineProgListCmdlines}, 5018},
		{object{spec: loadWalk, program: walkProgWalkTasks}, 6007},
		{object{spec: loadFdwalk, program: fdwalkProgWalkOwners}, 6007},
		{object{spec: loadTcpwalk, program: tcpwalkProgWalkTcp}, 6007},
		{object{spec: loadScreen, program: screenProgScreenProcesses}, 6004},
	} {
		progs, err := loadPrograms(p.object)
		switch {
		case err == nil:
			t.Logf("@program %s is loaded", p.program)
			if err := progs[0].close(); err != nil {
				t.Error(err)
			}
		case major*1000+minor >= p.since || !errors.Is(err, ErrUnsupported):
			t.Error(err)
		default:
			t.Logf("@program %s is not: %v", p.program, err)
		}
	}
}
