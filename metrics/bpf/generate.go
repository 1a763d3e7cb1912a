package bpf

// The objects are the same for amd64 and arm64: they take no registers apart.

//go:generate -command bpf2go go run github.com/cilium/ebpf/cmd/bpf2go -tags linux -target bpfel -cflags "-Wall -Werror -Wno-unused-function -mcpu=v3" -no-global-types
//go:generate bpf2go -type place -type image -type capabilities -type counters -type have -type process -type thread task src/task.bpf.c
//go:generate bpf2go -type walk -type step -type watch_set walk src/walk.bpf.c
//go:generate bpf2go -type head cmdline src/cmdline.bpf.c
//go:generate bpf2go owner src/owner.bpf.c
//go:generate bpf2go -type owner -type place fdwalk src/fdwalk.bpf.c
//go:generate bpf2go -type tcp -type tcp_place tcpwalk src/tcpwalk.bpf.c
//go:generate bpf2go -type trait -type screened -type range -type name_set screen src/screen.bpf.c
