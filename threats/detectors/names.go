package detectors

import (
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// set is a set of names.
type set map[string]struct{}

func (s set) has(name string) bool { _, ok := s[name]; return ok }

// nameSet is a set of names that is asked for each new program, nearly always in
// vain: by the first letter and the length most are told without a look into the
// map.
type nameSet struct {
	set     set
	lengths [32]uint32 // by the low bits of the first byte, a bit for each length
}

func setOf(list string) *nameSet {
	s := &nameSet{set: set{}}
	for _, n := range strings.Fields(list) {
		s.set[n] = struct{}{}
		s.lengths[n[0]&31] |= 1 << min(len(n), 31)
	}
	return s
}

func (s *nameSet) has(name string) bool {
	return name != "" && s.lengths[name[0]&31]&(1<<min(len(name), 31)) != 0 && s.set.has(name)
}

var (
	shells       = setOf("sh bash dash ash zsh ksh ksh93 mksh lksh pdksh posh csh tcsh fish rbash busybox yash es rc nu pwsh")
	interpreters = setOf("python perl ruby php node nodejs lua luajit tclsh awk gawk mawk nawk java deno bun Rscript expect osascript php-cgi")
	webServers   = setOf("nginx apache2 httpd lighttpd caddy h2o tomcat catalina jetty uwsgi gunicorn unicorn puma php-fpm php-cgi openresty traefik haproxy varnishd")
	databases    = setOf("mysqld mariadbd postgres postmaster redis-server valkey-server mongod memcached influxd couchdb beam.smp cassandra elasticsearch opensearch clickhouse-server")
	packagers    = setOf("apt apt-get aptitude dpkg dpkg-deb unattended-upgr unattended-upgrade dnf dnf5 yum rpm zypper pacman apk snap snapd flatpak nix nix-daemon nix-build emerge portage pip pip3 npm yarn pnpm cargo gem composer")
)

// buildTools compile, and run what they compiled.
var buildTools = setOf("go cargo rustc rustdoc make gmake cmake ctest ninja meson gcc g++ cc c++ clang cc1 collect2 ld configure bazel buck mvn gradle ant tsc node-gyp dpkg-buildpackage rpmbuild makepkg debuild sbuild ansible ansible-playbook autoreconf libtool pytest tox")

// base is the last element of a path, without the suffix that the kernel adds
// to a deleted program. "" stays "".
func base(p string) string {
	return p[strings.LastIndexByte(p, '/')+1:]
}

// versionless takes a version off a program name: python3.13 → python,
// php-fpm8.4 → php-fpm, lua5.4 → lua.
func versionless(name string) string {
	n := len(name)
	for n > 0 && (name[n-1] == '.' || '0' <= name[n-1] && name[n-1] <= '9') {
		n--
	}
	if n == 0 {
		return name
	}
	return strings.TrimSuffix(name[:n], "-")
}

// runs reports whether the program is one of the set: by its file or by the name
// it was called with, since sh may be dash and both matter.
func runs(id *metrics.Identity, s *nameSet) bool {
	return named(id.Exe, s) || id.Invoked != id.Exe && named(id.Invoked, s)
}

func named(program string, s *nameSet) bool {
	b := base(program)
	return s.has(b) || s.has(versionless(b))
}

// isShell reports whether the program is a Unix shell. busybox is one only when
// it was called as one.
func isShell(id *metrics.Identity) bool {
	if base(id.Exe) == "busybox" {
		arg, _ := id.Arg(0)
		if b := base(arg); b == "busybox" {
			arg, _ = id.Arg(1)
		}
		b := strings.TrimPrefix(base(arg), "-")
		return b != "busybox" && shells.has(b)
	}
	return runs(id, shells)
}

func isInterpreter(id *metrics.Identity) bool { return runs(id, interpreters) }
func isServer(id *metrics.Identity) bool      { return runs(id, webServers) || runs(id, databases) }
func isPackager(id *metrics.Identity) bool    { return runs(id, packagers) }

// writableRoots are the places where any user may put a program.
var writableRoots = []string{"/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/var/run", "/var/lock"}

// below reports whether path lies below dir.
func below(p, dir string) bool {
	return len(p) > len(dir) && p[len(dir)] == '/' && p[:len(dir)] == dir
}

// writableRoot returns the writable place that holds path, or "".
func writableRoot(p string) string {
	if len(p) < 4 || p[0] != '/' || p[1] != 't' && p[1] != 'v' && p[1] != 'd' && p[1] != 'r' {
		return ""
	}
	for _, r := range writableRoots {
		if below(p, r) {
			return r
		}
	}
	return ""
}

// hiddenElement returns the first element of the path that begins with a dot,
// or "".
func hiddenElement(p string) string {
	for {
		i := strings.Index(p, "/.")
		if i < 0 {
			return ""
		}
		e, _, _ := strings.Cut(p[i+1:], "/")
		if e != "." && e != ".." {
			return e
		}
		p = p[i+1+len(e):]
	}
}

// homeDots are hidden directories in which users and tools keep programs.
var homeDots = setOf(".cache .config .local .npm .nvm .volta .bun .deno .cargo .rustup .pyenv .rbenv .rvm .asdf .sdkman .jenv .goenv .nodenv .gvm .go .gradle .m2 .ivy2 .sbt .dotnet .nuget .vscode .vscode-server .vscode-server-insiders .cursor .cursor-server .windsurf-server .jetbrains .idea .android .pub-cache .conda .mamba .virtualenvs .venv .venvs .tox .nox .pnpm .pnpm-store .yarn .gem .bundle .opam .ghcup .cabal .stack .julia .juliaup .mix .elixir .krew .kube .docker .minikube .arkade .tfenv .pulumi .fly .nix-profile .nix .linuxbrew .steam .wine .var .snap .linkerd2 .ollama .platformio .esp-idf .espressif .foundry .solana .git .jenkins .actions-runner .mount_ .build")

// ownHidden reports whether the first hidden directory on the path is one of
// those that tools are known to use, below a home or a project.
func ownHidden(p string) bool {
	e := hiddenElement(p)
	return homeDots.has(e) || strings.HasPrefix(e, ".mount_")
}

// keepWorst appends f, unless dst has a finding about the same subject from start
// on: then the one that weighs more stays. One process with ten listeners is one
// finding.
func keepWorst(dst []threats.Finding, start int, f threats.Finding) []threats.Finding {
	for i := start; i < len(dst); i++ {
		if dst[i].Subject == f.Subject {
			if f.Severity > dst[i].Severity {
				dst[i] = f
			}
			return dst
		}
	}
	return append(dst, f)
}

// commandLine is the arguments for a reader, joined by blanks.
func commandLine(id *metrics.Identity) string {
	return strings.ReplaceAll(strings.TrimSuffix(id.Cmdline, "\x00"), "\x00", " ")
}
