package detectors

import (
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// deletedCode finds code in a process that comes from a file without a name: a
// library that was removed after it was loaded, or one that never was on disk.
type deletedCode struct{}

var deletedCodeInfo = &threats.Info{
	ID: "memory.deleted-code", Number: 17,
	Title:    "Process runs code of a file that is not there",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Deep, OfProgram: true,
	Techniques: []string{"T1055", "T1620"},
	Parts:      metrics.PartMaps,
	Ask:        metrics.Question{Traits: metrics.UnnamedCode},
	Needs:      metrics.Trace, NeedsFor: "the processes of other users",
	Why: "A library that is loaded and then removed, or loaded from memfd_create(2), leaves nothing to scan. " +
		"Injected implants come into running services this way.",
	FalsePositives: "An upgrade replaces libraries under running programs: those in the system's directories are left out, and so is a path where there is a file again. " +
		"libffi, GStreamer's ORC and run-time compilers map code of temporary and memory files under known names. " +
		"Java, Node and Python unpack native libraries to /tmp and remove them at once: such a one counts as low.",
	Next: []string{
		"Save the code while the process runs: it can be read from /proc/PID/map_files or with gcore.",
		"Look at who could write into the process: its tracer, LD_PRELOAD, its parent.",
		"Look at its connections.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1055/", "https://man7.org/linux/man-pages/man5/proc_pid_maps.5.html"},
}

// codeFiles are files without a name that run-time compilers and the kernel make.
var codeFiles = []string{
	"/memfd:doublemapper", "/memfd:libffi", "/memfd:ffi", "/memfd:JIT", "/memfd:jit", "/memfd:wasm", "/memfd:java", "/memfd:gralloc", "/memfd:scudo",
	"/memfd:qemu", "/memfd:tcg-jit", "/memfd:v8", "/memfd:mono", "/memfd:luajit", "/memfd:runc_cloned", "/memfd:systemd-executor", "/memfd:pulseaudio", "/memfd:wine", "/memfd:sljit", "/memfd:dotnet", "/memfd:beam", "/memfd:vixl",
	"/dev/zero", "/SYSV", "/anon_hugepage", "/[aio]", "/i915", "/drm mm object", "/dev/nvidia", "/dev/dri", "/dev/kfd",
	"/tmp/ffi", "/var/tmp/ffi", "/dev/shm/ffi", "/tmp/orcexec.", "/var/tmp/orcexec.", "/dev/shm/.net", "/tmp/doublemapper", "/tmp/clr-debug-pipe", "/dev/shm/doublemapper", "/dev/shm/lttng-ust",
}

// unpackers bring native libraries in archives and unpack them to load them, as
// interpreters do.
var unpackers = setOf("dotnet mono mono-sgen pwsh electron beam.smp julia")

func (deletedCode) Info() *threats.Info { return deletedCodeInfo }

func (deletedCode) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	i := in.Look[0]
	p := in.Process(i)
	if in.Detail.Read&metrics.PartMaps == 0 || p.Kthread() {
		return dst
	}
	var f threats.Finding
	n, last := 0, ""
	for k := range in.Detail.Maps {
		m := &in.Detail.Maps[k]
		if !executable(m) || m.Path == last || !strings.HasPrefix(m.Path, "/") {
			continue
		}
		last = m.Path
		s, c, ok := weighCode(in, p, m)
		if !ok {
			continue
		}
		if n == 0 {
			f = in.OnProcess(i, deletedCodeInfo).As(s, c)
		} else if s > f.Severity {
			f = f.As(s, c)
		}
		if n++; n <= 6 {
			f = f.With("code", threats.Proc(p.Key.PID, "maps"), span(m))
		}
	}
	if n == 0 {
		return dst
	}
	return append(dst, f.With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe))
}

// weighCode says how odd an executable mapping is; false when it is usual.
func weighCode(in *threats.Input, p *metrics.Process, m *metrics.Mapping) (s threats.Severity, c threats.Confidence, ok bool) {
	path, deleted := strings.CutSuffix(m.Path, deletedMark)
	memory := strings.HasPrefix(path, "/memfd:")
	// The program itself is another detector's.
	if !deleted && !memory || path == p.ID.Exe || m.Inode != 0 && m.Inode == p.ID.ExeInode || hasAnyPrefix(path, codeFiles) {
		return 0, 0, false
	}
	runtime := isInterpreter(p.ID) || runs(p.ID, unpackers)
	switch {
	case memory && runtime:
		return threats.Low, threats.Weak, true
	case memory:
		return threats.High, threats.Moderate, true
	case systemPath(path) || storePath(path) || below(path, "/usr/local"):
		return 0, 0, false
	}
	if p.ID.Cgroup.Container == "" {
		if _, err := in.Files.Stat(path); err == nil {
			return 0, 0, false // another version took its place
		}
	}
	if runtime || writableRoot(path) == "" && hiddenElement(path) == "" {
		return threats.Low, threats.Weak, true
	}
	return threats.High, threats.Moderate, true
}
