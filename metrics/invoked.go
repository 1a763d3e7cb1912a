package metrics

import (
	"os"
	"path"
	"strings"
	"sync"
	"time"
)

// usualPath is where a bare command name is looked for. The PATH of a process is
// in its environment, which only its owner may read and which costs a system call
// each; that of services and of login shells is this one nearly always.
var usualPath = [...]string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}

const (
	invokedEntries = 4096
	invokedTTL     = 5 * time.Minute
)

// invoked remembers what bare names were resolved to: the many processes of a
// machine share few names, and a lookup costs up to seven system calls.
var invoked = invokedCache{exists: isFile, paths: Cache[invokedKey, string]{Limit: invokedEntries}}

type invokedCache struct {
	mu     sync.Mutex
	born   time.Time // since when it may hold what is there
	paths  Cache[invokedKey, string]
	exists func(path string) bool
}

// InvokedPaths reports the cache of ResolveInvoked.
func InvokedPaths() CacheReporter { return &invoked }

// Caches implements CacheReporter.
func (c *invokedCache) Caches() []CacheStat {
	const bytesPerEntry = 160 // two texts, a path and the place in the map
	c.mu.Lock()
	defer c.mu.Unlock()
	return []CacheStat{c.paths.Stat("invoked paths", bytesPerEntry)}
}

type invokedKey struct{ name, dir string }

// ResolveInvoked is the path under which a program was called, from its argv[0],
// its resolved program file and its working directory: what Identity.Invoked
// holds. An absolute name stays, a relative one is joined with cwd, a bare one is
// looked for beside exe and in the usual directories. "" means that nothing fits,
// as with the title that a daemon writes over its arguments. What the program
// claims is not checked beyond that. Safe for concurrent use.
func ResolveInvoked(argv0, exe, cwd string) string { return invoked.resolve(argv0, exe, cwd) }

func (c *invokedCache) resolve(argv0, exe, cwd string) string {
	name := strings.TrimPrefix(argv0, "-") // login shells, login(1)
	switch {
	case name == "" || name == "." || name == ".." || len(name) > MaxCmdline:
		return ""
	case name[0] == '/':
		return path.Clean(name)
	case strings.Contains(name, ": "): // setproctitle(3): "sshd: root@pts/0"
		return ""
	case strings.Contains(name, "/"):
		if !path.IsAbs(cwd) {
			return ""
		}
		return path.Join(cwd, name)
	case len(name) > 255: // NAME_MAX
		return ""
	}
	dir := ""
	if path.IsAbs(exe) {
		if path.Base(exe) == name {
			return exe
		}
		dir = path.Dir(exe)
	}
	return c.find(invokedKey{name, dir})
}

func (c *invokedCache) find(k invokedKey) string {
	c.mu.Lock()
	if time.Since(c.born) > invokedTTL {
		c.born = time.Now()
		c.paths.Forget()
	}
	p, ok := c.paths.Get(k)
	c.mu.Unlock()
	if ok {
		return p
	}
	p = c.look(k)
	c.mu.Lock()
	// The key's texts are parts of a command line; the cache must not keep that.
	c.paths.Put(invokedKey{strings.Clone(k.name), strings.Clone(k.dir)}, p)
	c.mu.Unlock()
	return p
}

func (c *invokedCache) look(k invokedKey) string {
	// The program's own directory can lie on a file system that does not answer, so
	// it is asked only where it is local for sure.
	if k.dir != "" && onRoot(k.dir) {
		if p := path.Join(k.dir, k.name); c.exists(p) {
			return p
		}
	}
	for _, dir := range usualPath {
		if p := dir + "/" + k.name; c.exists(p) {
			return p
		}
	}
	return ""
}

func isFile(p string) bool {
	st, err := os.Stat(p)
	return err == nil && st.Mode().IsRegular()
}
