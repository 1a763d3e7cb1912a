package detectors

import (
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// serverShell finds shells that a web, application or database server started.
type serverShell struct{}

var serverShellInfo = &threats.Info{
	ID: "process.server-shell", Number: 7,
	Title:    "A server started a shell",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Identity,
	Techniques: []string{"T1505.003", "T1190", "T1059.004"},
	Why: "A server answers requests; it has little use for a shell. Web shells, command injection and exploited databases all end in one, " +
		"running as the server's user.",
	FalsePositives: "Log pipes of Apache, mail from PHP, PostgreSQL's archive_command, disk checks of RabbitMQ and health checks are shells too. " +
		"Commands known for that count as low, as does a shell of an application server; " +
		"one of a server that is used with scripts counts as medium. Words of an attack (downloads, /dev/tcp, an interactive shell) make each high. " +
		"Shells started below a terminal session, a package manager or cron are left out.",
	Next: []string{
		"Read the server's access log at the time when the shell started.",
		"Look at what the shell has started since, and at its connections.",
		"Look for files that changed below the server's document root.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1505/003/"},
}

// serverKind is how odd a shell below a server is.
type serverKind uint8

const (
	notServer serverKind = iota
	appServer            // runs an application that may call anything
	scripted             // is made to run programs: CGI, archive commands
	closed               // never starts a shell
)

var (
	closedServers = setOf("nginx openresty haproxy varnishd traefik caddy h2o memcached redis-server valkey-server mysqld mariadbd mongod clickhouse-server influxd")
	appServers    = setOf("uwsgi gunicorn unicorn puma beam.smp couchdb uvicorn hypercorn celery waitress-serve passenger")
	javaServers   = []string{"org.apache.catalina", "org.eclipse.jetty", "org.jboss", "weblogic.Server", "org.elasticsearch", "org.opensearch", "org.apache.cassandra", "org.apache.solr", "org.apache.activemq", "com.ibm.ws"}
)

// kindOfServer tells what kind of server a program is.
func kindOfServer(id *metrics.Identity) serverKind {
	switch {
	case runs(id, appServers):
		return appServer
	case runs(id, closedServers):
		return closed
	case isServer(id):
		return scripted
	}
	b := base(id.Exe)
	if b == "java" {
		for _, class := range javaServers {
			if strings.Contains(id.Cmdline, class) {
				return scripted
			}
		}
	} else if interpreters.has(versionless(b)) {
		if script, ok := id.Arg(1); ok && appServers.has(base(script)) {
			return appServer
		}
	}
	return notServer
}

// boundaries end the search for a server above a shell: what they start has a
// reason of its own.
var boundaries = setOf("sshd sshd-session login su sudo doas cron crond atd anacron systemd systemd-executor init tmux screen containerd-shim containerd-shim-runc-v2 runc crun conmon docker podman gitlab-runner consul run-parts agetty supervisord runsv s6-supervise monit")

// serverChores are commands that servers run through a shell in health.
var serverChores = []string{"rotatelogs", "cronolog", "sendmail", "/usr/lib/sendmail", "logger", "multilog", "modsec", "pgbackrest", "wal-g", "wal-e", "barman", "pg_", "repmgr", "patroni", "archive_command", "pg_wal", "cp ", "test ! -f", "test -f", "rsync", "/bin/true", "df ", "memsup", "disksup", "erl_child", "inet_gethost", "convert ", "magick ", "gs ", "ffmpeg", "exiftool", "wkhtmlto", "identify ", "which ", "command -v", "stty ", "tput ", "locale", "getconf", "ldconfig", "/sbin/ldconfig", "gcc ", "uname -p", "healthcheck", "git "}

// attackWords stand in commands that hardly any server runs in health.
var attackWords = []string{"/dev/tcp/", "/dev/udp/", "curl ", "wget ", "base64 -d", "base64 --decode", "| sh", "|sh", "| bash", "|bash", "bash -i", "sh -i", "mkfifo", "nc -", "ncat ", "socat ", "whoami", "/etc/passwd", "/etc/shadow", "chmod +x", "chmod 777", "/dev/shm/", "pty.spawn", "python -c", "python3 -c", "perl -e", "nohup ", "crontab ", "uname -a", "$IFS", "${IFS}", "xmrig", "authorized_keys", "history -c", "ld.so.preload"}

func (serverShell) Info() *threats.Info { return serverShellInfo }

func (serverShell) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	for _, i := range in.Look {
		p := in.Process(i)
		if p.PPID <= 2 || !isShell(p.ID) {
			continue
		}
		j, kind := serverAbove(in, i)
		if kind == notServer {
			continue
		}
		s, c, word := weighServerShell(p.ID, kind)
		f := in.OnProcess(i, serverShellInfo).As(s, c).
			With("command", threats.Proc(p.Key.PID, "cmdline"), commandLine(p.ID)).
			With("server", threats.Proc(in.Process(j).Key.PID, "exe"), in.Process(j).ID.Exe)
		if word != "" {
			f = f.With("word of an attack", threats.Proc(p.Key.PID, "cmdline"), word)
		}
		dst = append(dst, f)
	}
	return dst
}

// serverAbove finds the server that a shell comes from. Another shell in between
// is the one to tell of.
func serverAbove(in *threats.Input, i int32) (server int32, kind serverKind) {
	n := 0
	in.Ancestors(i, func(j int32) bool {
		q := in.Process(j)
		if n++; n > 4 || q.Key.PID == 1 || isShell(q.ID) {
			return false
		}
		if kind = kindOfServer(q.ID); kind != notServer {
			server = j
			return false
		}
		return !runs(q.ID, boundaries) && !isPackager(q.ID)
	})
	return server, kind
}

func weighServerShell(id *metrics.Identity, kind serverKind) (s threats.Severity, c threats.Confidence, word string) {
	command := commandLine(id)
	for _, w := range attackWords {
		if strings.Contains(command, w) {
			return threats.High, threats.Strong, w
		}
	}
	flag, ok := id.Arg(1)
	if !ok || flag == "-i" || flag == "-p" || flag == "-l" {
		if kind == appServer {
			return threats.Medium, threats.Weak, ""
		}
		return threats.High, threats.Moderate, ""
	}
	if kind != closed {
		for _, w := range serverChores {
			if strings.Contains(command, w) {
				return threats.Low, threats.Weak, ""
			}
		}
	}
	switch kind {
	case closed:
		return threats.High, threats.Moderate, ""
	case appServer:
		return threats.Low, threats.Weak, ""
	}
	return threats.Medium, threats.Moderate, ""
}
