package detectors

import (
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// kthreadMasquerade finds programs that look like a thread of the kernel in ps
// and top, which write those in brackets.
type kthreadMasquerade struct{}

var kthreadMasqueradeInfo = &threats.Info{
	ID: "process.kthread-masquerade", Number: 1,
	Title:    "Program poses as a kernel thread",
	Severity: threats.High, Confidence: threats.Strong, Cost: threats.Identity,
	Techniques: []string{"T1036.004"},
	Confirm:    500 * time.Millisecond, // sources read name and program apart, and an exec may come between
	Why: "Kernel threads run no program and have no arguments, and nobody looks at them twice. " +
		"A program that calls itself like one wants to be overlooked in a process list.",
	FalsePositives: "A few backup and monitoring agents put their own name in brackets. A name in brackets that no kernel thread has " +
		"counts as a weak signal, and only when it is the sole argument.",
	Next: []string{
		"Look at the program file: path, owner, age and hash.",
		"Look at its parent and at who else runs the same file.",
		"Look at its connections and open files.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1036/004/"},
}

// kthreadNames begin the names of kernel threads that no ordinary program bears.
// A name that merely begins like one (kworkerds) is a known disguise.
var kthreadNames = []string{
	"kworker", "kthreadd", "kthrotld", "ksoftirqd", "migration/", "watchdog/", "cpuhp/", "idle_inject/",
	"rcu_", "rcuop/", "rcuos/", "kswapd", "kcompactd", "khugepaged", "ksmd", "kdevtmpfs", "kauditd",
	"khungtaskd", "kblockd", "kintegrityd", "oom_reaper", "kpsmoused", "jbd2/", "xfsaild/", "irq/",
	"scsi_eh_", "scsi_tmf_", "mm_percpu_wq", "inet_frag_wq", "ipv6_addrconf", "ata_sff", "edac-poller",
}

// kthreadsBy are the kthreadNames by their first byte.
var kthreadsBy = byFirst(kthreadNames, 0)

func likeKthread(name string) bool {
	return name != "" && hasAnyPrefix(name, kthreadsBy[name[0]])
}

func (kthreadMasquerade) Info() *threats.Info { return kthreadMasqueradeInfo }

func (kthreadMasquerade) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	for _, i := range in.Look {
		p := in.Process(i)
		// A kernel thread has neither program nor arguments; so what has one of them
		// is none, also where the source does not know the flags.
		if p.Kthread() || p.ID.Exe == "" && p.ID.Cmdline == "" {
			continue
		}
		arg, sole := firstArg(p.ID)
		inner, bracketed := strings.CutPrefix(arg, "[")
		bracketed = bracketed && strings.Contains(inner, "]")
		disguise := bracketed && likeKthread(inner) || likeKthread(p.ID.Comm) && !strings.HasPrefix(p.ID.Comm, base(p.ID.Exe)+" ")
		if !disguise && !(bracketed && sole) {
			continue
		}
		f := in.OnProcess(i, kthreadMasqueradeInfo).
			With("first argument", threats.Proc(p.Key.PID, "cmdline"), arg).
			With("name", threats.Proc(p.Key.PID, "comm"), p.ID.Comm).
			With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe)
		if !disguise {
			f = f.As(threats.Medium, threats.Weak).Titled("Program puts its name in brackets like a kernel thread")
		}
		dst = append(dst, f)
	}
	return dst
}

// firstArg is argv[0], and whether it is all there is.
func firstArg(id *metrics.Identity) (arg string, sole bool) {
	arg, rest, _ := strings.Cut(id.Cmdline, "\x00")
	return arg, strings.Trim(rest, "\x00") == ""
}
