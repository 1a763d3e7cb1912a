// Package bpf reads the processes of the machine, and who holds its sockets,
// with eBPF iterators: the kernel walks its own tables and hands over fixed-size
// records, which costs a microsecond a process where /proc costs ten times that.
//
// It knows the programs in src, how to load them without keeping the kernel's
// type information, and what of a process may be reused from one reading to the
// next. It must not know /proc: the few texts that only /proc has come through
// functions in Options.
//
// The programs need a kernel of 5.8 or later on amd64 or arm64 with type
// information (BTF), and CAP_BPF with CAP_PERFMON, or root. Elsewhere New returns
// ErrUnsupported.
package bpf
