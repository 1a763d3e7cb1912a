package bpf

//go:generate go run github.com/cilium/ebpf/cmd/bpf2go -tags linux -target bpfel -cflags "-Wall -Werror -Wno-unused-function -mcpu=v3" -no-global-types -type place -type image -type capabilities -type counters -type have -type process -type thread task src/task.bpf.c
//go:generate go run github.com/cilium/ebpf/cmd/bpf2go -tags linux -target bpfel -cflags "-Wall -Werror -Wno-unused-function -mcpu=v3" -no-global-types -type head cmdline src/cmdline.bpf.c
//go:generate go run github.com/cilium/ebpf/cmd/bpf2go -tags linux -target bpfel -cflags "-Wall -Werror -Wno-unused-function -mcpu=v3" -no-global-types -type walk walk src/walk.bpf.c
