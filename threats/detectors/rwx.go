package detectors

import (
	"strconv"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// rwxMemory finds memory without a file that is writable and executable at once.
type rwxMemory struct{}

var rwxMemoryInfo = &threats.Info{
	ID: "memory.rwx", Number: 18,
	Title:    "Process has memory that is writable and executable",
	Severity: threats.Medium, Confidence: threats.Weak, Cost: threats.Deep, OfProgram: true,
	Techniques: []string{"T1055"},
	Parts:      metrics.PartMaps,
	Ask:        metrics.Question{Traits: metrics.WritableCode},
	Needs:      metrics.Trace, NeedsFor: "the processes of other users",
	Why: "Code that is written into a process needs memory that may be executed. Compilers and linkers never make such memory; " +
		"shellcode and packed programs usually do.",
	FalsePositives: "Run-time compilers do the same: Java, Node, .NET, PHP, browsers, emulators, and every program that links a regular-expression or graphics compiler. " +
		"They are left out by the libraries they map and by program, if it is installed; one of that name in a home counts as low. A whole stack that is executable comes from an old object file and counts as low, when it is all there is.",
	Next: []string{
		"Look at what lies there: gdb -p PID, or dd from /proc/PID/mem, at the address given.",
		"Look at how the program came to run, and at its connections.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1055/"},
}

func (rwxMemory) Info() *threats.Info { return rwxMemoryInfo }

func (rwxMemory) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	i := in.Look[0]
	p := in.Process(i)
	if in.Detail.Read&metrics.PartMaps == 0 || p.Kthread() {
		return dst
	}
	var first *metrics.Mapping
	n, size, stacks := 0, uint64(0), 0
	for k := range in.Detail.Maps {
		m := &in.Detail.Maps[k]
		if m.Perms[1] != 'w' || !executable(m) || m.Inode != 0 || kernelMapping(m) {
			continue
		}
		if m.Path == "[stack]" {
			stacks++
		}
		if first == nil || first.Path == "[stack]" { // what is told is worse than a stack, where there is any
			first = m
		}
		n++
		size += m.End - m.Start
	}
	if n == 0 || jit(in, p, in.Detail.Maps) {
		return dst
	}
	f := in.OnProcess(i, rwxMemoryInfo).
		With("first of them", threats.Proc(p.Key.PID, "maps"), span(first)).
		With("in all", threats.Proc(p.Key.PID, "maps"), strconv.Itoa(n)+" mappings, "+strconv.FormatUint(size>>10, 10)+" KiB").
		With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe)
	if n == stacks || claims(p, jitPrograms) {
		f = f.As(threats.Low, threats.Weak)
	}
	return append(dst, f)
}
