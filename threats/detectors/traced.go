package detectors

import (
	"strconv"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// traced finds processes that another one controls with ptrace(2).
type traced struct{}

var tracedInfo = &threats.Info{
	ID: "process.traced", Number: 12,
	Title:    "Process is traced by a program that is no debugger",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.State,
	Techniques: []string{"T1055.008"},
	Confirm:    500 * time.Millisecond,
	Why: "A tracer reads and writes the memory and the registers of the process: it can take passwords from sshd or run code of its own in a service. " +
		"On a server, debuggers are rare, and other tracers rarer.",
	FalsePositives: "Debuggers, strace and crash handlers that are installed are left out, and count as low in a home, unless they trace what handles passwords and keys. " +
		"A program that traces its own children, as sandboxes do, counts as low.",
	Next: []string{
		"Look at the tracer: its program, its user, who started it.",
		"Look at the traced process's executable mappings for what does not belong there.",
		"If it handles passwords, count those that were used since as known to others.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1055/008/", "https://man7.org/linux/man-pages/man2/ptrace.2.html"},
}

var (
	debuggers = setOf("strace ltrace gdb gdbserver gdb-multiarch lldb lldb-server lldb-server-platform dlv rr uftrace apport abrt-hook-ccpp systemd-coredump crashpad_handler chrome_crashpad_handler minidump_stackwalk breakpad criu proot valgrind reptyr vsdbg netcoredbg OpenDebugAD7 codelldb debugserver jhsdb pstack gstack eu-stack pyrasite py-spy rbspy austin perf heaptrack drgdb edb radare2 r2 frida-server runsc fakechroot snap-exec detours linux uml ddd kdbg cgdb gcore ptrace_stop dmtcp_coordinator memleax crash_handler sentry-crash crashreporter")
	// keepers handle passwords and keys of others.
	keepers = setOf("sshd sshd-session sshd-auth ssh login su sudo passwd gdm-session-worker lightdm sddm-helper ssh-agent gpg-agent gnome-keyring-daemon vault polkitd sssd sssd_be winbindd slapd krb5kdc kadmind dovecot-auth saslauthd")
)

func (traced) Info() *threats.Info { return tracedInfo }

func (traced) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	procs := in.Snapshot.Processes
	for i := range procs {
		p := &procs[i]
		if p.TracerPID == 0 || !p.Has(metrics.HasTracer) {
			continue
		}
		j := in.Find(p.TracerPID)
		if j < 0 {
			continue // it has ended meanwhile
		}
		s, c, ok := weighTracer(in, int32(i), j)
		if !ok {
			continue
		}
		t := in.Process(j)
		f := in.OnProcess(int32(i), tracedInfo).As(s, c).
			With("tracer", threats.Proc(p.Key.PID, "status"), "TracerPid "+strconv.Itoa(int(p.TracerPID))).
			With("program of the tracer", threats.Proc(t.Key.PID, "exe"), t.ID.Exe).
			With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe)
		if runs(p.ID, keepers) {
			f = f.Titled("Process that handles passwords or keys is traced")
		}
		dst = append(dst, f)
	}
	return dst
}

func weighTracer(in *threats.Input, i, j int32) (s threats.Severity, c threats.Confidence, ok bool) {
	p, t := in.Process(i), in.Process(j)
	root := writableRoot(t.ID.Exe)
	keeper := runs(p.ID, keepers) && p.UID == 0 && in.Parent(i) != j
	switch {
	case root != "" && !isBuild(in, j, t.ID.Exe, root), deceptiveElement(t.ID.Exe) != "":
		return threats.High, threats.Moderate, true
	case keeper && installedAs(in, t, debuggers):
		return threats.Medium, threats.Moderate, true
	case keeper:
		return threats.High, threats.Moderate, true
	case installedAs(in, t, debuggers):
		return 0, 0, false
	case claims(t, debuggers), p.UID == t.UID && descends(in, i, j), p.ID.ExeInode == t.ID.ExeInode && p.ID.ExeDev == t.ID.ExeDev && p.ID.ExeInode != 0:
		return threats.Low, threats.Weak, true
	}
	return tracedInfo.Severity, tracedInfo.Confidence, true
}

// descends reports whether process i comes from process j.
func descends(in *threats.Input, i, j int32) (yes bool) {
	in.Ancestors(i, func(k int32) bool {
		yes = k == j
		return !yes
	})
	return yes
}
