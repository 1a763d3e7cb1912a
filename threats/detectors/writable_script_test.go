package detectors

import (
	"testing"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

func TestWritableScript(t *testing.T) {
	tty := func(p *process) { p.TTY = 0x8801 }
	Table(t, func() threats.Detector { return writableScript{} }, []Case{
		{Name: "shell script in tmp", Hits: 1, Evidence: "/tmp/x.sh", Build: func(w *World) { w.Run("/usr/bin/dash /tmp/x.sh") }},
		{Name: "options before it", Hits: 1, Evidence: "/tmp/x", Build: func(w *World) { w.Run("/usr/bin/bash -e -o pipefail /tmp/x") }},
		{Name: "relative to its directory", Hits: 1, Evidence: "/var/tmp/k/x.py", Build: func(w *World) { w.Run("/usr/bin/python3.13 -u ./x.py", Cwd("/var/tmp/k")) }},
		{Name: "the way leads there", Hits: 1, Evidence: "/tmp/x", Build: func(w *World) { w.Run("/usr/bin/perl /usr/../tmp/x") }},
		{Name: "shared memory", Hits: 1, Severity: threats.High, Build: func(w *World) { w.Run("/usr/bin/perl -w /dev/shm/.x.pl") }},
		{Name: "java archive", Hits: 1, Build: func(w *World) { w.Run("/usr/bin/java -Xmx1g -cp /opt/a -jar /tmp/x.jar") }},
		{Name: "awk program file", Hits: 1, Build: func(w *World) { w.Run("/usr/bin/mawk -f /tmp/x.awk /etc/passwd") }},
		{Name: "at a terminal", Hits: 1, Severity: threats.Low, Build: func(w *World) { w.Run("/usr/bin/bash /tmp/install.sh", tty) }},
		{Name: "from a build", Hits: 1, Severity: threats.Low, Build: func(w *World) { w.Run("/usr/bin/dash /tmp/b/configure", ChildOf(w.Run("make"))) }},
		{Name: "by Packer and Ansible", Hits: 2, Severity: threats.Low, Build: func(w *World) {
			w.Run("/usr/bin/dash /tmp/script_123.sh")
			w.Run("/usr/bin/python3 /tmp/ansible_1/x.py")
		}},
		{Name: "scripts elsewhere", Build: func(w *World) {
			w.Run("/usr/bin/bash /usr/local/bin/x /tmp/argument")
			w.Run("/usr/bin/python3 manage.py", Cwd("/srv/app"))
			w.Run("/usr/bin/python3 -m http.server", Cwd("/tmp"))
			w.Run("/usr/bin/node server.js /tmp/x", Cwd("/srv"))
		}},
		{Name: "code in an argument", Build: func(w *World) {
			w.Run("x", Exe("/usr/bin/bash"), Invoked("/bin/sh"), Argv("sh", "-ec", "cat /tmp/x"))
			w.Run("x", Exe("/usr/bin/perl"), Argv("perl", "-ne", "print", "/tmp/x"))
			w.Run("x", Exe("/usr/bin/python3"), Argv("python3", "-Ic", "open('/tmp/x')"))
			w.Run("x", Exe("/usr/bin/gawk"), Argv("gawk", "{print}", "/tmp/x"))
			w.Run("x", Exe("/usr/bin/php"), Argv("php", "-r", "echo 1;", "/tmp/x"))
		}},
		{Name: "from standard input", Build: func(w *World) {
			w.Run("/usr/bin/bash -s /tmp/x")
			w.Run("/usr/bin/python3 - /tmp/x")
		}},
		{Name: "no interpreter", Build: func(w *World) { w.Run("/usr/bin/tar -xf /tmp/x.tar") }},
		{Name: "supervisors", Build: func(w *World) { w.Run("/bin/sh /run/service/nginx/run"); w.Run("/bin/sh /run/s6-rc/x/run") }},
		{Name: "malformed arguments", Build: func(w *World) {
			w.Run("x", Exe("/usr/bin/bash"), Argv("", "", "-", "/tmp/x"))
			w.Run("x", Exe("/usr/bin/bash"), Argv("bash", "-o"))
			w.Run("x", Exe("/usr/bin/python3"), Argv("python3", "-W"), Cwd("/tmp"))
		}},
	})
}

func TestScriptPath(t *testing.T) {
	for _, c := range []struct{ exe, args, cwd, want string }{
		{"/usr/bin/bash", "bash\x00--rcfile\x00/etc/rc\x00x.sh\x00", "/a", "/a/x.sh"},
		{"/usr/bin/bash", "bash\x00--\x00x.sh\x00", "/a", "/a/x.sh"},
		{"/usr/bin/bash", "-bash\x00", "/a", ""},
		{"/usr/bin/busybox", "busybox\x00sh\x00/x\x00", "/", "/x"},
		{"/usr/bin/busybox", "ash\x00/x\x00", "/", "/x"},
		{"/usr/bin/python3.11", "python3\x00-X\x00dev\x00a/../b.py\x00", "/c", "/c/b.py"},
		{"/usr/bin/python3.11", "python3\x00b.py\x00", "", ""},
		{"/usr/bin/node", "node\x00--require\x00x\x00/s.js\x00", "/", "/s.js"},
		{"/root/.bun/bin/bun", "bun\x00run\x00/s.ts\x00", "/", "/s.ts"},
		{"/usr/bin/perl", "perl\x00-Mstrict\x00-i.bak\x00/s.pl\x00", "/", "/s.pl"},
		{"/usr/bin/java", "java\x00Main\x00/tmp/x\x00", "/", ""},
		{"/usr/bin/php8.4", "php\x00-f\x00/x.php\x00", "/", "/x.php"},
		{"/usr/bin/sleep", "sleep\x00/x\x00", "/", ""},
		{"", "", "", ""},
	} {
		if got := scriptPath(&identity{Exe: c.exe, Cmdline: c.args, Cwd: c.cwd}); got != c.want {
			t.Errorf("%q: script %q, want %q", c.args, got, c.want)
		}
	}
}

func FuzzScriptPath(f *testing.F) {
	f.Add("/usr/bin/bash", "bash\x00-e\x00x\x00", "/a")
	f.Add("/usr/bin/awk", "\x00\x00-f", "")
	f.Add("/usr/bin/php", "php\x00--\x00", "/")
	f.Fuzz(func(t *testing.T, exe, cmdline, cwd string) {
		if got := scriptPath(&identity{Exe: exe, Cmdline: cmdline, Cwd: cwd}); got != "" && got[0] != '/' {
			t.Errorf("%q is not absolute", got)
		}
	})
}
