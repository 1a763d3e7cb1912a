package metrics

import (
	"os"
	"os/user"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// Held reports whether this process has the privilege, by its effective
// capabilities, capget(2). Of WholeProc it knows nothing and says true.
func (p Privilege) Held() bool {
	switch p {
	case Trace:
		return effective(unix.CAP_SYS_PTRACE)
	case TraceFiles:
		return effective(unix.CAP_SYS_PTRACE, unix.CAP_DAC_READ_SEARCH)
	case ReadFiles:
		return effective(unix.CAP_DAC_READ_SEARCH)
	case ReadLogs:
		return effective(unix.CAP_DAC_READ_SEARCH) || inGroup("adm")
	case LoadBPF:
		return effective(unix.CAP_BPF, unix.CAP_PERFMON) || effective(unix.CAP_SYS_ADMIN)
	case ListBPF:
		return effective(unix.CAP_SYS_ADMIN)
	}
	return true
}

// effective reports whether all of the capabilities are. CAP_DAC_OVERRIDE is as
// good for reading as CAP_DAC_READ_SEARCH.
func effective(capabilities ...int) bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return os.Geteuid() == 0
	}
	has := func(c int) bool { return data[c/32].Effective&(1<<(c%32)) != 0 }
	for _, c := range capabilities {
		if !has(c) && (c != unix.CAP_DAC_READ_SEARCH || !has(unix.CAP_DAC_OVERRIDE)) {
			return false
		}
	}
	return true
}

func inGroup(name string) bool {
	g, err := user.LookupGroup(name)
	if err != nil {
		return false
	}
	gid, err := strconv.Atoi(g.Gid)
	if err != nil {
		return false
	}
	groups, err := os.Getgroups()
	return err == nil && (slices.Contains(groups, gid) || os.Getegid() == gid)
}
