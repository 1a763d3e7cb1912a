package detectors

import (
	"path"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

var pythonStartupInfo = &threats.Info{
	ID: "persistence.python-startup", Number: 47,
	Title:    "Python runs something odd whenever it starts",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1546.018"},
	Every:      startEvery,
	Needs:      metrics.ReadFiles, NeedsFor: "the files of other users",
	Why: "Python executes the lines of a .pth file that begin with import, and sitecustomize, before any program of its own. " +
		"System tools written in Python run it as root.",
	FalsePositives: "setuptools, coverage, virtualenv and namespace packages start that way: only code that reaches for the network, a shell or encoded text is odd. " +
		"A new or changed file counts as low, as informational while packages are installed.",
	Next: []string{
		"Read the file; ask pip show -f or the package manager who brought it.",
		"Compare its time with that of the package beside it.",
		"python3 -I -S does not read it.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1546/018/", "https://docs.python.org/3/library/site.html"},
}

func newPythonStartup() *startFiles {
	startup := func(name string) bool {
		return strings.HasSuffix(name, ".pth") || name == "sitecustomize.py" || name == "usercustomize.py"
	}
	return &startFiles{
		info:    pythonStartupInfo,
		changed: "A file that Python runs at each start is new or has changed",
		list: func(t *tour) {
			t.file(ownedByRoot, "/usr/lib/python3/dist-packages/sitecustomize.py")
			pythonDirs(t, ownedByRoot, "/usr/lib", startup)
			pythonDirs(t, ownedByRoot, "/usr/lib64", startup)
			pythonDirs(t, ownedByRoot, "/usr/local/lib", startup)
			t.eachHome(func(a *account) { pythonDirs(t, ownedByUser, path.Join(a.home, ".local/lib"), startup) })
		},
		judge: func(p string, data []byte) []remark { return judgePythonStartup(p, string(data)) },
		weigh: func(string, string) (threats.Severity, threats.Confidence) { return threats.Low, threats.Weak },
	}
}

// pythonDirs adds the start files of all Pythons below a directory of libraries.
// The directories of packages may hold thousands of names; a longer list is cut.
func pythonDirs(t *tour, owner startOwner, lib string, keep func(string) bool) {
	for _, e := range t.list(lib, maxPythonNames) {
		if !strings.HasPrefix(e.Name, "python") || !e.Type.IsDir() {
			continue
		}
		for _, sub := range []string{"", "dist-packages", "site-packages"} {
			dir := path.Join(lib, e.Name, sub)
			for _, n := range t.list(dir, maxPythonNames) {
				if keep(n.Name) && !n.Type.IsDir() {
					t.file(owner, path.Join(dir, n.Name))
				}
			}
		}
	}
}

const maxPythonNames = 8192

// pythonOdd are words that a start file has no business with.
var pythonOdd = []string{"base64", "b64decode", "socket", "subprocess", "os.system", "os.popen", "pty.", "urllib", "urlopen", "requests.", "marshal", "zlib.decompress", "/tmp/", "/dev/shm", "fromhex", "__import__('os').system"}

func judgePythonStartup(p, text string) (out []remark) {
	pth := strings.HasSuffix(p, ".pth")
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		if len(out) >= maxRemarks || strings.HasPrefix(trimmed, "#") {
			continue
		}
		if pth && !strings.HasPrefix(line, "import ") && !strings.HasPrefix(line, "import\t") {
			if place := oddPath(trimmed); place != "" { // a directory to import from
				out = append(out, remark{"imports from " + place, quote(line), threats.Medium, threats.Moderate})
			}
			continue
		}
		for _, w := range pythonOdd {
			if strings.Contains(line, w) {
				s, c := threats.High, threats.Moderate
				if !pth {
					s, c = threats.Low, threats.Weak // a whole program, written by an administrator
				}
				out = append(out, remark{"uses " + w + " at each start of Python", quote(line), s, c})
				break
			}
		}
	}
	return out
}
