package metrics

import "time"

// BPFProgram is one eBPF program that is loaded into the kernel, as bpf_prog_info
// of bpf(2) tells.
type BPFProgram struct {
	ID     uint32        // unique until reboot
	Type   string        // as bpftool(8) writes it: kprobe, cgroup_device, sched_cls
	Name   string        // up to 15 bytes; hostile text, "" when it has none
	Tag    string        // hash of the instructions, 16 hex digits
	UID    uint32        // of who loaded it
	Loaded time.Duration // since boot
	Own    bool          // held by this process itself, known by the id
}
