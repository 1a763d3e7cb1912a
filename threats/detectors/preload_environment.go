package detectors

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// preloadEnvironment finds processes into which a library was put by LD_PRELOAD
// or LD_AUDIT, ld.so(8).
type preloadEnvironment struct{}

var preloadEnvironmentInfo = &threats.Info{
	ID: "memory.ld-preload", Number: 19,
	Title:    "Process was started with a library put into it",
	Severity: threats.Medium, Confidence: threats.Weak, Cost: threats.Deep,
	Techniques: []string{"T1574.006"},
	Parts:      metrics.PartEnviron,
	Ask:        metrics.Question{Environ: []string{"LD_PRELOAD=", "LD_AUDIT="}},
	Needs:      metrics.TraceFiles, NeedsFor: "the processes of other users",
	Why: "The linker loads the libraries in LD_PRELOAD before all others, so they can replace any function: hide files, record passwords, " +
		"or bring a miner into an innocent program.",
	FalsePositives: "Allocators, fakeroot, eatmydata, stdbuf, faketime, sanitizers and tracers work that way and are left out by name, unless they lie in a writable or hidden place. " +
		"Another library of the system counts as low.",
	Next: []string{
		"Look at the library: path, owner, age, hash, and which package owns it.",
		"Look at what set the variable: the parent's environment, unit files, profiles.",
		"Look at whether the processes that were started later have it too.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1574/006/", "https://man7.org/linux/man-pages/man8/ld.so.8.html"},
}

// wrapperLibraries are put into programs by the tools of their name, beside those
// of preloads.
var wrapperLibraries = []string{"libfakeroot", "libstdbuf", "libfaketime", "libasan", "libtsan", "libubsan", "liblsan", "libclang_rt", "libSegFault", "libtsocks", "libproxychains", "libtorsocks", "libsocket_wrapper", "libuid_wrapper", "libresolv_wrapper", "libpam_wrapper", "libvglfaker", "libdlfaker", "libgefaker", "libv4l", "libgamemode", "gameoverlayrenderer", "libhugetlbfs", "vgpreload", "libheaptrack", "libmemusage", "libpcprofile", "libsandbox", "libgtk3-nocsd", "libMangoHud", "libnvidia", "libcuda", "libdd", "dd_preload", "libautoinject", "launcher.preload", "libsysdig", "libscope", "libotel", "libxray", "libonload", "libvma", "libsdp", "librdmacm", "libmpi", "libdmtcp", "libpthread", "libiomp", "libgomp", "libtbb", "libmkl", "libstdc++", "libgcc_s", "libumem", "libsnmalloc", "librpmalloc", "libhoard", "libscalloc", "libmtmalloc", "libtcm", "libpmdk", "libpmem", "libnss_", "libdebuginfod", "libpseudo", "mimalloc", "jemalloc"}

func (preloadEnvironment) Info() *threats.Info { return preloadEnvironmentInfo }

func (preloadEnvironment) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	i := in.Look[0]
	p := in.Process(i)
	if in.Detail.Read&metrics.PartEnviron == 0 || p.Kthread() {
		return dst
	}
	var f threats.Finding
	n := 0
	for _, entry := range in.Detail.Environ {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || name != "LD_PRELOAD" && name != "LD_AUDIT" {
			continue
		}
		for lib := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ':' || r <= ' ' }) {
			s, c, why := weighLibrary(in, p, lib)
			if why == "" {
				continue
			}
			if n == 0 {
				f = in.OnProcess(i, preloadEnvironmentInfo).As(s, c)
			} else if s > f.Severity {
				f = f.As(s, c)
			}
			if n++; n <= 6 {
				f = f.With(name+": "+why, threats.Proc(p.Key.PID, "environ"), lib)
			}
		}
	}
	if n == 0 {
		return dst
	}
	return append(dst, f.With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe))
}

// weighLibrary says how odd a preloaded library is; why is "" when it is usual.
func weighLibrary(in *threats.Input, p *metrics.Process, lib string) (s threats.Severity, c threats.Confidence, why string) {
	known := knownPreload(lib) || hasAnyPrefix(base(lib), wrapperLibraries)
	building := under(in, in.Look[0], func(id *metrics.Identity) bool { return runs(id, buildTools) || isPackager(id) })
	element := hiddenElement(lib)
	switch {
	case writableRoot(lib) != "" && building:
		return threats.Low, threats.Weak, "in a writable directory, within a build"
	case writableRoot(lib) != "":
		return threats.High, threats.Moderate, "in a writable directory"
	case strings.HasPrefix(lib, "/proc/"), strings.HasPrefix(lib, "/dev/"), strings.Contains(lib, "memfd:"):
		return threats.High, threats.Moderate, "not a file on disk"
	case element != "" && !(homePath(lib) && toolDir(element)):
		return threats.High, threats.Moderate, "in a hidden directory"
	case known:
		return 0, 0, ""
	case strings.Contains(lib, "/") && lib[0] != '/':
		return threats.Medium, threats.Weak, "relative to the working directory"
	case homePath(lib):
		return threats.Medium, threats.Moderate, "in a home"
	case lib[0] != '/' || p.ID.Cgroup.Container != "":
		return threats.Low, threats.Weak, "found by the linker's search"
	}
	info, err := in.Files.Stat(lib)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return threats.Medium, threats.Weak, "not there, or hidden"
	case err == nil && (info.UID != 0 || info.WorldWritable()):
		return threats.Medium, threats.Moderate, "may be changed by others than root"
	}
	return threats.Low, threats.Weak, "not a known one"
}
