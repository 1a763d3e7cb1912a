package ui

import (
	"math/bits"
	"strconv"
	"strings"
)

// capabilityNames are the names of capabilities(7) by number, as in
// include/uapi/linux/capability.h.
var capabilityNames = [...]string{
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
	"linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
	"sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
	"sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
	"mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
	"checkpoint_restore",
}

// capabilities writes a set in words.
func capabilities(set uint64) string {
	all := uint64(1)<<len(capabilityNames) - 1
	switch {
	case set == 0:
		return "none"
	case set&all == all:
		return "all"
	}
	missing := all &^ set
	if n := bits.OnesCount64(missing); n <= 5 && bits.OnesCount64(set) > n {
		return "all but " + capabilityList(missing)
	}
	return capabilityList(set)
}

func capabilityList(set uint64) string {
	var names []string
	for set != 0 {
		i := bits.TrailingZeros64(set)
		set &^= 1 << i
		if i < len(capabilityNames) {
			names = append(names, capabilityNames[i])
		} else {
			names = append(names, strconv.Itoa(i))
		}
	}
	return strings.Join(names, ", ")
}
