//go:build linux

package netlink

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"syscall"

	"github.com/smoothtask/smoothtask/metrics"
)

// process reads what the search of owners needs to know of a process, in the
// simplest way.
func process(pid int32) (metrics.Process, bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return metrics.Process{}, false
	}
	f := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	field := func(n int) uint64 { // as numbered in proc_pid_stat(5)
		v, _ := strconv.ParseUint(string(f[n-3]), 10, 64)
		return v
	}
	p := metrics.Process{
		Key:   metrics.ProcKey{PID: pid, Start: field(22)},
		Flags: uint32(field(9)),
		ID:    new(metrics.Identity),
	}
	p.UserNS = (field(14) + field(15)) * 1e7
	if fi, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err == nil {
		p.UID = fi.Sys().(*syscall.Stat_t).Uid
	}
	var ns uint32
	if link, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", pid)); err == nil {
		fmt.Sscanf(link, "net:[%d]", &ns)
	}
	p.ID.Namespaces.Net = ns
	return p, true
}

func sortByPID(list []metrics.Process) {
	slices.SortFunc(list, func(a, b metrics.Process) int { return cmp.Compare(a.Key.PID, b.Key.PID) })
}
