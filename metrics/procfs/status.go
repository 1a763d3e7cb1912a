//go:build linux

package procfs

import (
	"bytes"
	"fmt"

	"github.com/smoothtask/smoothtask/metrics"
)

// Status is /proc/PID/status, proc_pid_status(5).
type Status struct {
	UID, EUID, SavedUID, FSUID uint32
	GID, EGID                  uint32
	TracerPID                  int32
	Threads                    int32
	Security                   metrics.Security
	Seccomp                    uint8

	// Switches of the main thread alone: the kernel does not sum them up.
	VoluntarySwitches, InvoluntarySwitches uint64

	RSSBytes, PeakRSSBytes, SwapBytes uint64 // 0 for kernel threads and zombies

	hasSwitches, hasSeccomp bool
}

// parseStatus fills st from the text and reports whether it tells the user. Lines
// that are not known are passed over, as every kernel adds some.
func parseStatus(b []byte, st *Status) bool {
	*st = Status{}
	found := false
	for len(b) > 0 {
		line := b
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			line, b = b[:i], b[i+1:]
		} else {
			b = nil
		}
		i := bytes.IndexByte(line, ':')
		if i < 0 {
			continue
		}
		value := blank(line[i+1:])
		switch string(line[:i]) {
		case "Uid":
			found = fourIDs(value, &st.UID, &st.EUID, &st.SavedUID, &st.FSUID)
		case "Gid":
			var saved, fs uint32
			fourIDs(value, &st.GID, &st.EGID, &saved, &fs)
		case "TracerPid":
			st.TracerPID = int32(first(value))
		case "Threads":
			st.Threads = int32(first(value))
		case "VmHWM":
			st.PeakRSSBytes = first(value) * 1024
		case "VmRSS":
			st.RSSBytes = first(value) * 1024
		case "VmSwap":
			st.SwapBytes = first(value) * 1024
		case "CapInh":
			st.Security.CapInheritable = hexadecimal(value)
		case "CapPrm":
			st.Security.CapPermitted = hexadecimal(value)
		case "CapEff":
			st.Security.CapEffective = hexadecimal(value)
		case "CapBnd":
			st.Security.CapBounding = hexadecimal(value)
		case "CapAmb":
			st.Security.CapAmbient = hexadecimal(value)
		case "NoNewPrivs":
			st.Security.NoNewPrivs = first(value) != 0
		case "Seccomp":
			st.Seccomp, st.hasSeccomp = uint8(first(value)), true
		case "voluntary_ctxt_switches":
			st.VoluntarySwitches, st.hasSwitches = first(value), true
		case "nonvoluntary_ctxt_switches":
			st.InvoluntarySwitches = first(value)
		}
	}
	return found
}

// known says what of a process a status that was read tells.
func (st *Status) known() metrics.Fields {
	have := metrics.HasEffective | metrics.HasTracer | metrics.HasSecurity
	if st.hasSeccomp {
		have |= metrics.HasSeccomp
	}
	return have
}

func first(b []byte) uint64 {
	v, _ := decimal(b)
	return v
}

// fourIDs parses real, effective, saved and file system id.
func fourIDs(b []byte, ids ...*uint32) bool {
	for _, id := range ids {
		v, rest := decimal(b)
		if len(rest) == len(b) {
			return false
		}
		*id, b = uint32(v), blank(rest)
	}
	return true
}

// blank skips spaces and tabs.
func blank(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	return b
}

func hexadecimal(b []byte) uint64 {
	v := uint64(0)
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | uint64(c-'0')
		case c >= 'a' && c <= 'f':
			v = v<<4 | uint64(c-'a'+10)
		default:
			return v
		}
	}
	return v
}

// ReadStatus reads /proc/PID/status.
func (f *FS) ReadStatus(pid int32) (Status, error) {
	s := f.take()
	defer f.give(s)
	var st Status
	b, e := s.read(f.dir, s.name(pid, "status"))
	if e != 0 {
		return st, f.fail("read", pid, "status", e)
	}
	if !parseStatus(b, &st) {
		return st, malformed(f, pid, "status")
	}
	return st, nil
}

func malformed(f *FS, pid int32, file string) error {
	return fmt.Errorf("read %s/%d/%s: not in the format of proc(5)", f.root, pid, file)
}
