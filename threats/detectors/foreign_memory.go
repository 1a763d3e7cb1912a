package detectors

import (
	"strconv"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// foreignMemory finds processes that hold the memory of another one open.
type foreignMemory struct{}

var foreignMemoryInfo = &threats.Info{
	ID: "memory.foreign-memory", Number: 20,
	Title:    "Process holds the memory of another process open",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Deep,
	Techniques: []string{"T1003.007", "T1055.009"},
	Parts:      metrics.PartFDs,
	Ask:        metrics.Question{Files: []string{"mem"}},
	Needs:      metrics.TraceFiles, NeedsFor: "the processes of other users",
	Why: "/proc/PID/mem gives all that a process knows, passwords and keys among it, and lets code be written into it " +
		"without a tracer to be seen.",
	FalsePositives: "Debuggers, profilers, crash handlers and checkpoint tools open it. Installed ones are left out and those in a home count as low, unless the other process handles passwords and keys. " +
		"A program that looks into its own children or into another process of the same program counts as low.",
	Next: []string{
		"Look at the program: its path, its user, who started it.",
		"Count what the other process knows as known to others: change its passwords and keys.",
		"Look at the other process's executable mappings for what does not belong there.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1003/007/", "https://man7.org/linux/man-pages/man5/proc_pid_mem.5.html"},
}

func (foreignMemory) Info() *threats.Info { return foreignMemoryInfo }

func (foreignMemory) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	i := in.Look[0]
	p := in.Process(i)
	var f threats.Finding
	n := 0
	for k := range in.Detail.FDs {
		fd := &in.Detail.FDs[k]
		pid := memoryOf(fd.Target)
		if pid == 0 || pid == p.Key.PID {
			continue
		}
		s, c, ok := weighMemory(in, i, in.Find(pid))
		if !ok {
			continue
		}
		if n == 0 {
			f = in.OnProcess(i, foreignMemoryInfo).As(s, c)
		} else if s > f.Severity {
			f = f.As(s, c)
		}
		if n++; n <= 6 {
			f = f.With("open file", threats.Proc(p.Key.PID, "fd/"+strconv.Itoa(int(fd.FD))), fd.Target)
			if j := in.Find(pid); j >= 0 {
				f = f.With("whose memory", threats.Proc(pid, "exe"), in.Process(j).ID.Exe)
			}
		}
	}
	if n == 0 {
		return dst
	}
	return append(dst, f.With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe))
}

// memoryOf tells whose memory a file is: /proc/812/mem, /proc/812/task/813/mem;
// 0 for other files.
func memoryOf(target string) int32 {
	rest, ok := strings.CutPrefix(target, "/proc/")
	if !ok || !strings.HasSuffix(rest, "/mem") {
		return 0
	}
	digits, _, _ := strings.Cut(rest, "/")
	pid, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || pid < 0 {
		return 0
	}
	return int32(pid)
}

// weighMemory says how odd it is that process i looks into j, which is -1 when it
// has ended or is a thread.
func weighMemory(in *threats.Input, i, j int32) (s threats.Severity, c threats.Confidence, ok bool) {
	p := in.Process(i)
	root := writableRoot(p.ID.Exe)
	inTheOpen := root == "" || isBuild(in, i, p.ID.Exe, root)
	if j < 0 {
		if installedAs(in, p, debuggers) {
			return 0, 0, false
		}
		return threats.Medium, threats.Weak, true
	}
	q := in.Process(j)
	keeper := runs(q.ID, keepers) && !descends(in, j, i)
	switch {
	case installedAs(in, p, debuggers) && keeper:
		return threats.Medium, threats.Moderate, true
	case installedAs(in, p, debuggers):
		return 0, 0, false
	case !keeper && claims(p, debuggers):
		return threats.Low, threats.Weak, true
	case !keeper && inTheOpen && (descends(in, j, i) || p.ID.ExeInode != 0 && p.ID.ExeInode == q.ID.ExeInode && p.ID.ExeDev == q.ID.ExeDev):
		return threats.Low, threats.Weak, true
	}
	return foreignMemoryInfo.Severity, foreignMemoryInfo.Confidence, true
}
