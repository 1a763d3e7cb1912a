package detectors

import (
	"bytes"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

// procMount finds file systems that are mounted over the directory of a process,
// so that ps, top and this program see something else there.
type procMount struct{ failure string }

var procMountInfo = &threats.Info{
	ID: "rootkit.proc-mount", Number: 52,
	Title:    "Something is mounted over a process in /proc",
	Severity: threats.High, Confidence: threats.Strong, Cost: threats.Host,
	Techniques: []string{"T1564.013"},
	Every:      10 * time.Second,
	Why: "A mount over /proc/PID covers a process: every tool that reads /proc shows what lies in the mount, often the directory of a harmless process, or nothing. " +
		"It takes no kernel module, only root.",
	FalsePositives: "None is known: container runtimes cover files and directories of /proc such as /proc/kcore and /proc/sys, never those of processes.",
	Next: []string{
		"Look below: umount the path (umount /proc/PID), then read /proc/PID/exe and cmdline.",
		"Find out what mounts it again: the covered process itself, cron, a unit.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1564/013/"},
}

const maxMountTable = 4 << 20

func (d *procMount) Info() *threats.Info { return procMountInfo }
func (d *procMount) Failure() string     { return d.failure }

func (d *procMount) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	const path = "/proc/self/mountinfo"
	data, err := in.Files.ReadFile(path, maxMountTable)
	d.failure = failureOf(err)
	seen := map[string]bool{}
	for line := range bytes.Lines(data) {
		point, source, ok := mountPoint(line)
		if !ok || !coversProcess(point) || seen[point] || len(seen) == maxCandidate {
			continue
		}
		seen[point] = true
		dst = append(dst, threats.OnFile(point, procMountInfo).With("mounted there", path, source))
	}
	return dst
}

// mountPoint reads a line of proc_pid_mountinfo(5): where something is mounted,
// and what.
func mountPoint(line []byte) (point, source string, ok bool) {
	front, back, ok := strings.Cut(strings.TrimSpace(string(line)), " - ")
	f, g := strings.Fields(front), strings.Fields(back)
	if !ok || len(f) < 6 || len(g) < 2 {
		return "", "", false
	}
	return f[4], g[0] + " " + g[1] + ", of it " + f[3], true
}

// coversProcess reports whether a mount point is the directory of a process, or
// lies in it. Numbers hold no characters that mountinfo would escape.
func coversProcess(point string) bool {
	pid, ok := strings.CutPrefix(point, "/proc/")
	if !ok {
		return false
	}
	pid, _, _ = strings.Cut(pid, "/")
	return pid != "" && strings.Trim(pid, "0123456789") == ""
}
