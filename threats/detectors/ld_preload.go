package detectors

import (
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

// ldPreloadFile looks at /etc/ld.so.preload, ld.so(8): the libraries in it are
// loaded into every program that is started.
type ldPreloadFile struct{ failure string }

const ldPreloadPath = "/etc/ld.so.preload"

var ldPreloadInfo = &threats.Info{
	ID: "persistence.ld-preload", Number: 41,
	Title:    "A library is loaded into every program",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1574.006"},
	Every:      10 * time.Second,
	Why: "A library in /etc/ld.so.preload is in every program from its first instruction. User-space rootkits hide files, processes and connections this way. " +
		"Hardly any distribution uses it.",
	FalsePositives: "Allocators (jemalloc, tcmalloc, mimalloc), snoopy, monitoring agents and the Raspberry Pi's libarmmem are put there on purpose: " +
		"as files of the system they count as low. Allow what you installed.",
	Next: []string{
		"Ask the package manager which package owns the library; one without an owner is suspect.",
		"Look at the file with a statically linked tool: the library may hide itself from others.",
		"Look at who changed the file, and when.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1574/006/", "https://man7.org/linux/man-pages/man8/ld.so.8.html"},
}

// preloads are libraries that administrators put there.
var preloads = []string{"libjemalloc", "libtcmalloc", "libmimalloc", "libsnoopy", "libarmmem", "liboneagentproc", "libeatmydata", "libcowdancer", "libinstana", "libdatadog", "libappdynamics", "libnss_wrapper"}

func (d *ldPreloadFile) Info() *threats.Info { return ldPreloadInfo }
func (d *ldPreloadFile) Failure() string     { return d.failure }

func (d *ldPreloadFile) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	libs, info, err := threats.Fact(in.Files, "ld.so.preload", ldPreloadPath, 64<<10,
		func(data []byte, _ threats.FileInfo) []string { return parsePreload(string(data)) })
	d.failure = ""
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			d.failure = "cannot look at it: " + err.Error()
		}
		return dst
	}
	if len(libs) == 0 {
		return dst
	}
	f := threats.OnFile(ldPreloadPath, ldPreloadInfo)
	worst := threats.Low
	if info.UID != 0 || info.WorldWritable() {
		worst = threats.Critical
		f = f.With("the list itself", ldPreloadPath, "may be changed by others than root")
	}
	for n, lib := range libs {
		s, why := weighPreload(in.Files, lib)
		worst = max(worst, s)
		if n < 8 {
			f = f.With("library: "+why, ldPreloadPath, lib)
		}
	}
	c := threats.Moderate
	if worst == threats.Critical {
		c = threats.Strong
	}
	return append(dst, f.As(worst, c))
}

// parsePreload splits the list as the dynamic linker does: blanks and colons
// part the names, # begins a comment.
func parsePreload(s string) (libs []string) {
	for line := range strings.Lines(s) {
		line, _, _ = strings.Cut(line, "#")
		libs = append(libs, strings.FieldsFunc(line, func(r rune) bool { return r == ':' || r <= ' ' })...)
	}
	return libs
}

// weighPreload says how odd a library is.
func weighPreload(files *threats.Files, lib string) (threats.Severity, string) {
	if writableRoot(lib) != "" {
		return threats.Critical, "in a writable directory"
	}
	if hiddenElement(lib) != "" {
		return threats.Critical, "in a hidden directory"
	}
	if !strings.HasPrefix(lib, "/") || strings.Contains(lib, "$") {
		if knownPreload(lib) {
			return threats.Low, "a known one"
		}
		return threats.High, "found by the linker's search"
	}
	info, err := files.Stat(lib)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return threats.High, "not there, or hidden"
	case err == nil && (info.UID != 0 || info.WorldWritable()):
		return threats.Critical, "may be changed by others than root"
	case systemPath(lib) && knownPreload(lib):
		return threats.Low, "a known one"
	}
	return threats.High, "in every program"
}

func knownPreload(lib string) bool {
	for _, p := range preloads {
		if strings.HasPrefix(base(lib), p) {
			return true
		}
	}
	return false
}
