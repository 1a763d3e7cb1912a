package detectors

import (
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

func TestStdioSocket(t *testing.T) {
	Table(t, func() threats.Detector { return stdioSocket{} }, []Case{
		{Name: "reverse shell to the Internet", Hits: 1, Severity: threats.Critical, Evidence: "socket:[", Build: func(w *World) {
			w.TCP(w.Run("bash -i"), "10.0.0.1:40000", "8.8.4.4:4444", 0)
		}},
		{Name: "reverse shell in the house", Hits: 1, Severity: threats.High, Build: func(w *World) {
			w.TCP(w.Run("sh", Exe("/usr/bin/dash")), "127.0.0.1:40000", "127.0.0.1:4444", 1)
		}},
		{Name: "Python", Hits: 1, Build: func(w *World) {
			w.TCP(w.Run("/usr/bin/python3.13 x.py"), "10.0.0.1:40000", "10.0.0.2:4444", 0)
		}},
		{Name: "no interpreter", Hits: 1, Severity: threats.Medium, Build: func(w *World) {
			w.TCP(w.Run("/opt/x"), "10.0.0.1:40000", "10.0.0.2:4444", 2)
		}},
		{Name: "UDP", Hits: 1, Build: func(w *World) {
			w.UDP(w.Run("bash"), "10.0.0.1:40000", "10.0.0.2:53", 0)
		}},
		{Name: "the whole tree is one", Hits: 1, Evidence: "sleep (", Build: func(w *World) {
			sh := w.Run("bash", PID(200))
			w.TCP(sh, "10.0.0.1:40000", "10.0.0.2:4444", 0).Holders = 3
			w.TCP(sh, "10.0.0.1:40001", "10.0.0.2:4445", 1)
			w.Run("sleep 60", PID(201), ChildOf(sh))
		}},
		{Name: "a service on descriptor 3", Build: func(w *World) { w.TCP(w.Run("bash"), "10.0.0.1:80", "8.8.4.4:4444", 3) }},
		{Name: "a listener on standard input, for inetd", Build: func(w *World) {
			w.Listen(w.Run("/usr/sbin/tftpd"), "0.0.0.0:69").FD = 0
		}},
		{Name: "descriptor unknown", Build: func(w *World) { w.TCP(w.Run("bash"), "10.0.0.1:80", "8.8.4.4:4444", -1) }},
		{Name: "journal of systemd", Build: func(w *World) {
			w.Socket(w.Run("bash"), metrics.Socket{Proto: metrics.Unix, State: metrics.Established, FD: 1, Name: "/run/systemd/journal/stdout"})
		}},
		{Name: "inetd and xinetd", Build: func(w *World) {
			w.TCP(w.Run("/bin/sh -c backup", ChildOf(w.Run("/usr/sbin/xinetd"))), "10.0.0.1:80", "8.8.4.4:4444", 0)
		}},
		{Name: "ssh server, a new connection", Build: func(w *World) {
			w.TCP(w.Run("/usr/sbin/sshd -D -R", ChildOf(w.Run("/usr/sbin/sshd -D"))), "10.0.0.1:22", "8.8.4.4:4444", 0)
		}},
		{Name: "its name in tmp", Hits: 1, Severity: threats.Medium, Build: func(w *World) {
			w.TCP(w.Run("/tmp/sshd", ChildOf(w.Run("/tmp/sshd"))), "10.0.0.1:22", "8.8.4.4:4444", 0)
		}},
		{Name: "systemd, a unit for each connection", Build: func(w *World) {
			w.TCP(w.Run("bash", InUnit("check@3-10.0.0.1:6556-10.0.0.9:40000.service")), "10.0.0.1:6556", "10.0.0.9:40000", 0)
		}},
	})
}

func TestStdioInherited(t *testing.T) {
	shellOf := func(w *World, fd int32) (server, shell *metrics.Process, s *metrics.Socket) {
		server = w.Run("/usr/sbin/nginx", PID(200))
		shell = w.Run("sh -i", PID(201), ChildOf(server))
		s = w.TCP(server, "10.0.0.1:80", "8.8.4.4:5555", fd)
		w.Detail(shell).FDs = []metrics.FD{{FD: 0, Inode: s.Inode}, {FD: 1, Inode: s.Inode}, {FD: 5, Inode: 9}}
		return server, shell, s
	}
	Table(t, func() threats.Detector { return stdioInherited{} }, []Case{
		{Name: "an exploited server's shell", Hits: 1, Severity: threats.Critical, About: "sh", Build: func(w *World) { shellOf(w, 12) }},
		{Name: "the server's owner has it as standard input too", Build: func(w *World) { shellOf(w, 0) }},
		{Name: "not as standard input", Build: func(w *World) {
			_, sh, s := shellOf(w, 12)
			w.Detail(sh).FDs = []metrics.FD{{FD: 7, Inode: s.Inode}}
		}},
		{Name: "a pipe", Build: func(w *World) {
			w.Detail(w.Run("sh")).FDs = []metrics.FD{{FD: 0, Target: "pipe:[77]", Inode: 77}}
		}},
		{Name: "git daemon", Build: func(w *World) {
			_, sh, _ := shellOf(w, 12)
			sh.PPID = w.Run("/usr/lib/git-core/git-daemon").Key.PID
		}},
	})
}

func TestSuperserverIsNotFoundInANameThatOnlyHasAnAt(t *testing.T) {
	w := New(t)
	p := w.Run("bash", InUnit("user@1000.service"))
	w.TCP(p, "10.0.0.1:1", "10.0.0.2:2", 0)
	if got := w.Detect(stdioSocket{}); len(got) != 1 || !strings.Contains(String(got), "10.0.0.2:2") {
		t.Errorf("findings:%s", String(got))
	}
}
