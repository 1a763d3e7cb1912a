package detectors

import (
	"fmt"
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

// mapped gives the process mappings, each "PERMS INODE PATH".
func mapped(w *World, p *process, lines ...string) *metrics.Detail {
	d := w.Detail(p)
	for n, l := range lines {
		f := strings.SplitN(l, " ", 3)
		m := metrics.Mapping{Start: uint64(n+1) << 20, End: uint64(n+1)<<20 + 0x10000, Path: f[2]}
		copy(m.Perms[:], f[0])
		fmt.Sscan(f[1], &m.Inode)
		if m.Inode != 0 {
			m.Dev = 0x801
		}
		d.Maps = append(d.Maps, m)
	}
	d.MapsTotal = len(d.Maps)
	return d
}

func TestDeletedCode(t *testing.T) {
	Table(t, func() threats.Detector { return deletedCode{} }, []Case{
		{Name: "library removed from tmp", Hits: 1, Evidence: "/tmp/x.so (deleted)", Build: func(w *World) {
			mapped(w, w.Run("/usr/sbin/nginx"), "r--p 7 /tmp/x.so (deleted)", "r-xp 7 /tmp/x.so (deleted)")
		}},
		{Name: "library in memory", Hits: 1, Build: func(w *World) { mapped(w, w.Run("/usr/sbin/sshd"), "r-xp 7 /memfd:x (deleted)") }},
		{Name: "hidden directory", Hits: 1, Build: func(w *World) { mapped(w, w.Run("/usr/sbin/sshd"), "r-xp 7 /srv/.x/y.so (deleted)") }},
		{Name: "Python unpacks a library", Hits: 1, Severity: threats.Low, Build: func(w *World) { mapped(w, w.Run("python3 x"), "r-xp 7 /tmp/_x.so (deleted)") }},
		{Name: "Java unpacks a library", Hits: 1, Severity: threats.Low, Build: func(w *World) { mapped(w, w.Run("java x"), "r-xp 7 /tmp/jna1.tmp (deleted)") }},
		{Name: "an application was removed", Hits: 1, Severity: threats.Low, Build: func(w *World) { mapped(w, w.Run("/srv/app/x"), "r-xp 7 /srv/app/x.so (deleted)") }},
		{Name: "worst counts", Hits: 1, Build: func(w *World) {
			mapped(w, w.Run("/srv/app/x"), "r-xp 7 /srv/app/x.so (deleted)", "r-xp 8 /memfd:x (deleted)")
		}},
		{Name: "system upgrade", Build: func(w *World) { mapped(w, w.Run("x"), "r-xp 7 /usr/lib/x86_64-linux-gnu/libc.so.6 (deleted)") }},
		{Name: "application upgrade", Build: func(w *World) {
			w.File("/srv/app/x.so", "", 0o644)
			mapped(w, w.Run("/srv/app/x"), "r-xp 7 /srv/app/x.so (deleted)")
		}},
		{Name: "libffi, ORC, .NET", Build: func(w *World) {
			mapped(w, w.Run("x"), "r-xp 7 /tmp/ffiAbc (deleted)", "rwxp 8 /memfd:libffi (deleted)", "r-xs 9 /memfd:doublemapper (deleted)", "r-xp 9 /tmp/orcexec.x (deleted)")
		}},
		{Name: "data, not code", Build: func(w *World) { mapped(w, w.Run("x"), "rw-s 7 /memfd:x (deleted)", "r--p 8 /tmp/x.so (deleted)") }},
		{Name: "the program itself", Build: func(w *World) {
			mapped(w, w.Run("/tmp/x", Deleted()), "r-xp 7 /tmp/x (deleted)")
			mapped(w, w.Run("/memfd:x"), "r-xp 7 /memfd:x (deleted)")
		}},
		{Name: "not read", Build: func(w *World) {
			mapped(w, w.Run("x"), "r-xp 7 /memfd:x (deleted)").Read = metrics.PartEnviron
		}},
	})
}

func TestRWXMemory(t *testing.T) {
	Table(t, func() threats.Detector { return rwxMemory{} }, []Case{
		{Name: "anonymous", Hits: 1, Evidence: "1 mappings, 64 KiB", Build: func(w *World) { mapped(w, w.Run("sleep"), "r-xp 7 /usr/bin/sleep", "rwxp 0 ") }},
		{Name: "heap", Hits: 1, Build: func(w *World) { mapped(w, w.Run("sleep"), "rwxp 0 [heap]") }},
		{Name: "executable stack", Hits: 1, Severity: threats.Low, Build: func(w *World) { mapped(w, w.Run("old"), "rwxp 0 [stack]") }},
		{Name: "beside an executable stack", Hits: 1, Evidence: "200000-210000 rwxp", Build: func(w *World) { mapped(w, w.Run("old"), "rwxp 0 [stack]", "rwxp 0 ") }},
		{Name: "a name is not enough", Hits: 3, Build: func(w *World) {
			for _, x := range []string{"/tmp/x/java", "/dev/shm/qemu-x", "/var/lib/.x/node"} {
				mapped(w, w.Run(x), "rwxp 0 ")
			}
		}},
		{Name: "a removed one is not installed", Hits: 1, Severity: threats.Low, Build: func(w *World) { mapped(w, w.Run("java", Deleted()), "rwxp 0 ") }},
		{Name: "in a home", Hits: 1, Severity: threats.Low, Build: func(w *World) { mapped(w, w.Run("/home/u/.nvm/versions/node/v22/bin/node"), "rwxp 0 ") }},
		{Name: "writable or executable", Build: func(w *World) { mapped(w, w.Run("sleep"), "r-xp 0 ", "rw-p 0 ", "r-xp 0 [vdso]", "--xp 0 [vsyscall]") }},
		{Name: "of a file", Build: func(w *World) { mapped(w, w.Run("sleep"), "rwxp 7 /usr/lib/x.so") }},
		{Name: "run-time compilers", Build: func(w *World) {
			for _, x := range []string{"java", "node", "php-fpm8.4", "qemu-system-x86_64", "/usr/lib/firefox/firefox"} {
				mapped(w, w.Run(x), "rwxp 0 ")
			}
		}},
		{Name: "upgraded", Build: func(w *World) {
			w.File("/usr/bin/java", "new", 0o755)
			mapped(w, w.Run("java", Deleted()), "rwxp 0 ")
		}},
		{Name: "library that compiles", Build: func(w *World) {
			mapped(w, w.Run("/usr/sbin/apache2"), "r-xp 7 /usr/lib/x86_64-linux-gnu/libpcre2-8.so.0.11.2", "rwxp 0 ")
		}},
		{Name: "not read", Build: func(w *World) { mapped(w, w.Run("x"), "rwxp 0 ").Read = 0 }},
	})
}

func TestPreloadEnvironment(t *testing.T) {
	env := func(cmdline string, entries ...string) func(w *World) {
		return func(w *World) { w.Detail(w.Run(cmdline)).Environ = entries }
	}
	Table(t, func() threats.Detector { return preloadEnvironment{} }, []Case{
		{Name: "tmp", Hits: 1, Severity: threats.High, Evidence: "/tmp/n.so", Build: env("sleep 60", "A=b", "LD_PRELOAD=/tmp/n.so")},
		{Name: "the second of two", Hits: 1, Severity: threats.High, Build: env("sleep 60", "LD_PRELOAD=libjemalloc.so.2 /dev/shm/n.so")},
		{Name: "hidden", Hits: 1, Severity: threats.High, Build: env("sleep 60", "LD_PRELOAD=/usr/lib/.x/libjemalloc.so")},
		{Name: "auditor", Hits: 1, Severity: threats.High, Build: env("sleep 60", "LD_AUDIT=/var/tmp/n.so")},
		{Name: "known name in tmp", Hits: 1, Severity: threats.High, Build: env("sleep 60", "LD_PRELOAD=/tmp/libjemalloc.so")},
		{Name: "descriptor", Hits: 1, Severity: threats.High, Build: env("sleep 60", "LD_PRELOAD=/proc/self/fd/3")},
		{Name: "home", Hits: 1, Build: env("sleep 60", "LD_PRELOAD=/home/u/n.so")},
		{Name: "not there", Hits: 1, Build: env("sleep 60", "LD_PRELOAD=/usr/lib/libx.so")},
		{Name: "anybody may change it", Hits: 1, Build: func(w *World) {
			w.File("/usr/lib/libx.so", "", 0o666)
			env("sleep 60", "LD_PRELOAD=/usr/lib/libx.so")(w)
		}},
		{Name: "in a build", Hits: 1, Severity: threats.Low, Build: func(w *World) {
			w.Detail(w.Run("sleep", ChildOf(w.Run("make")))).Environ = []string{"LD_PRELOAD=/tmp/build/x.so"}
		}},
		{Name: "found by the linker", Hits: 1, Severity: threats.Low, Build: env("sleep 60", "LD_PRELOAD=libx.so")},
		{Name: "known", Build: env("sleep 60", "LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2:/usr/libexec/coreutils/libstdbuf.so libfakeroot-sysv.so", "LD_PRELOAD=")},
		{Name: "other variables", Build: env("sleep 60", "LD_LIBRARY_PATH=/tmp", "XLD_PRELOAD=/tmp/x.so", "LD_PRELOAD", "=LD_PRELOAD=/tmp/x")},
		{Name: "not read", Build: func(w *World) {
			d := w.Detail(w.Run("x"))
			d.Environ, d.Read = []string{"LD_PRELOAD=/tmp/x.so"}, 0
		}},
	})
}

func TestForeignMemory(t *testing.T) {
	opens := func(w *World, p, of *process) {
		w.Detail(p).FDs = []metrics.FD{{FD: 3, Target: fmt.Sprintf("/proc/%d/mem", of.Key.PID)}}
	}
	Table(t, func() threats.Detector { return foreignMemory{} }, []Case{
		{Name: "another's", Hits: 1, Evidence: "/usr/sbin/nginx", Build: func(w *World) { opens(w, w.Run("x"), w.Run("/usr/sbin/nginx")) }},
		{Name: "sshd's", Hits: 1, Build: func(w *World) { opens(w, w.Run("x"), w.Run("/usr/sbin/sshd")) }},
		{Name: "gdb in sshd", Hits: 1, Severity: threats.Medium, Build: func(w *World) { opens(w, w.Run("gdb"), w.Run("/usr/sbin/sshd")) }},
		{Name: "gdb from tmp", Hits: 1, Build: func(w *World) { opens(w, w.Run("/tmp/gdb"), w.Run("x")) }},
		{Name: "own child", Hits: 1, Severity: threats.Low, Build: func(w *World) {
			p := w.Run("x")
			opens(w, p, w.Run("y", ChildOf(p)))
		}},
		{Name: "of one that is not seen", Hits: 1, Severity: threats.Medium, Build: func(w *World) {
			w.Detail(w.Run("x")).FDs = []metrics.FD{{FD: 3, Target: "/proc/99999/mem"}}
		}},
		{Name: "gdb from a hidden directory", Hits: 1, Build: func(w *World) { opens(w, w.Run("/var/lib/.x/gdb"), w.Run("x")) }},
		{Name: "a debugger in a home", Hits: 1, Severity: threats.Low, Build: func(w *World) { opens(w, w.Run("/root/go/bin/dlv"), w.Run("app2")) }},
		{Name: "a debugger in a home, in sshd", Hits: 1, Build: func(w *World) { opens(w, w.Run("/root/go/bin/dlv"), w.Run("/usr/sbin/sshd")) }},
		{Name: "debuggers", Build: func(w *World) { opens(w, w.Run("gdb"), w.Run("app")) }},
		{Name: "its own", Build: func(w *World) { p := w.Run("x"); opens(w, p, p) }},
		{Name: "other files", Build: func(w *World) {
			w.Detail(w.Run("x")).FDs = []metrics.FD{{Target: "/proc/1/maps"}, {Target: "/proc/meminfo"}, {Target: "/proc//mem"}, {Target: "/proc/-5/mem"},
				{Target: "/proc/999999999999/mem"}, {Target: "/tmp/proc/1/mem"}, {Target: "socket:[1]"}, {Target: ""}}
		}},
	})
}

func TestReplacedImage(t *testing.T) {
	Table(t, func() threats.Detector { return replacedImage{} }, []Case{
		{Name: "dd", Hits: 1, Severity: threats.High, Build: func(w *World) {
			mapped(w, w.Run("dd"), "r--p 0 ", "r-xp 0 ", "r-xp 9 /usr/lib/libc.so.6", "r-xp 0 [vdso]")
		}},
		{Name: "its data remain", Hits: 1, Severity: threats.High, Build: func(w *World) { mapped(w, w.Run("bash"), "r--p 5 /usr/bin/bash", "r-xp 0 ") }},
		{Name: "packed", Hits: 1, Build: func(w *World) { mapped(w, w.Run("/usr/local/bin/x"), "r-xp 0 ") }},
		{Name: "a name is not enough", Hits: 1, Severity: threats.High, Build: func(w *World) { mapped(w, w.Run("/tmp/node"), "r-xp 0 ") }},
		{Name: "in a home", Hits: 1, Severity: threats.Low, Build: func(w *World) { mapped(w, w.Run("/home/u/.nvm/node"), "r-xp 0 ") }},
		{Name: "as it should be", Build: func(w *World) {
			mapped(w, w.Run("sleep"), "r--p 5 /usr/bin/sleep", "r-xp 5 /usr/bin/sleep", "r-xp 0 ")
		}},
		{Name: "deleted", Build: func(w *World) { mapped(w, w.Run("/usr/bin/x"), "r-xp 5 /usr/bin/x (deleted)") }},
		{Name: "memory below the program", Build: func(w *World) { mapped(w, w.Run("/opt/x"), "r-xp 0 ", "r-xp 5 /opt/x") }},
		{Name: "by another path", Build: func(w *World) {
			p := w.Run("/usr/bin/x")
			mapped(w, p, fmt.Sprintf("r-xp %d /overlay/usr/bin/x", p.ID.ExeInode), "r-xp 0 ")
		}},
		{Name: "has become another program meanwhile", Build: func(w *World) { mapped(w, w.Run("bash"), "r-xp 5 /usr/bin/sleep") }},
		{Name: "huge pages", Build: func(w *World) { mapped(w, w.Run("node"), "r-xp 0 ") }},
		{Name: "cut list, no list", Build: func(w *World) {
			mapped(w, w.Run("x"), "r-xp 0 ").MapsTotal = 20000
			mapped(w, w.Run("y"))
		}},
	})
}
