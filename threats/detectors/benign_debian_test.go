//go:build linux

package detectors

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"time"
)

// install installs packages of Debian unless the program is there. Their services
// are not started: invoke-rc.d(8) starts nothing in runlevel 1.
func (b *benign) install(program string, packages ...string) {
	b.t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if found, _ := filepath.Glob(program); len(found) > 0 {
		return
	}
	b.needApt()
	out, status := b.run("apt-get install -y -q --no-install-recommends "+strings.Join(packages, " "), "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1")
	if status != 0 {
		b.t.Skipf("%s cannot be installed: %s", strings.Join(packages, " "), tailOf(out))
	}
}

func (b *benign) needApt() {
	b.t.Helper()
	b.need("apt-get")
	if os.Geteuid() != 0 {
		b.t.Skip("only root may install packages")
	}
}

// account skips the part unless the user exists, and gives it the directory.
func (b *benign) account(name string) {
	b.t.Helper()
	if _, err := user.Lookup(name); err != nil {
		b.t.Skipf("there is no user %s: %v", name, err)
	}
	if out, err := exec.Command("chown", name, b.dir).CombinedOutput(); err != nil {
		b.t.Skipf("cannot give a directory to %s: %s", name, out)
	}
}

func benignReinstall(b *benign) {
	b.needApt()
	out, status := b.run("apt-get install -y -q --reinstall hostname", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1")
	if status != 0 {
		b.t.Skipf("apt-get cannot reinstall a package: %s", tailOf(out))
	}
}

func benignNPM(b *benign) {
	b.install("npm", "npm")
	b.need("npm", "node")
	b.write("library/package.json", `{"name":"library","version":"1.0.0","main":"index.js","scripts":{"install":"node index.js"}}`, 0o644)
	b.write("library/index.js", "setTimeout(() => {}, 1000)\n", 0o644)
	b.must("mkdir app && cd app && npm init -y && npm install --offline --no-audit --no-fund ../library && npm pkg set scripts.start='node -e \"setTimeout(()=>{},1500)\"' && npm start",
		"npm_config_update_notifier=false")
}

func benignPostgres(b *benign) {
	b.install("/usr/lib/postgresql/*/bin/postgres", "postgresql")
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		b.t.Skip("the server of PostgreSQL is not installed")
	}
	b.need("setpriv", "psql")
	b.account("postgres")
	bin := filepath.Dir(found[len(found)-1])
	as := "setpriv --reuid=postgres --regid=postgres --init-groups "
	b.must(as + "mkdir data archive && " + as + bin + "/initdb -D data -A trust >/dev/null")
	port := b.freePort()
	j := b.begin("exec " + as + bin + "/postgres -D data -p " + port + " -k " + b.dir + " -c listen_addresses=127.0.0.1 -c archive_mode=on -c archive_command='test ! -f " +
		b.dir + "/archive/%f && cp %p " + b.dir + "/archive/%f'")
	b.answers(j, port)
	sql := "psql -X -q -h 127.0.0.1 -p " + port + " -U postgres -c "
	b.must(sql + `"create table t as select g, md5(g::text) m from generate_series(1, 200000) g; create index on t (m); select pg_switch_wal()" && ` +
		sql + `"set jit=on; set jit_above_cost=0; select count(*), max(m) from t" && ` + sql + `"select pg_sleep(2)"`)
}

func benignRedis(b *benign) {
	b.install("redis-server", "redis-server")
	b.need("redis-server", "redis-cli")
	port := b.freePort()
	j := b.begin("exec redis-server --port " + port + " --bind 127.0.0.1 --dir " + b.dir)
	b.answers(j, port)
	cli := "redis-cli -p " + port + " "
	b.must(cli + "set a b && " + cli + "eval 'return redis.call(\"get\", \"a\")' 0 && " + cli + "bgsave && sleep 2 && " + cli + "get a")
}

func benignNginx(b *benign) {
	b.install("/usr/sbin/nginx", "nginx-light")
	port := b.freePort()
	b.write("www/index.html", "<p>hello</p>\n", 0o644)
	conf := b.write("nginx.conf", "daemon off; error_log "+b.dir+"/error.log; pid "+b.dir+"/nginx.pid;\nworker_processes 2;\nevents {}\nhttp { access_log off; client_body_temp_path "+
		b.dir+"/body; proxy_temp_path "+b.dir+"/proxy; fastcgi_temp_path "+b.dir+"/fcgi; uwsgi_temp_path "+b.dir+"/uwsgi; scgi_temp_path "+b.dir+
		"/scgi;\nserver { listen 127.0.0.1:"+port+"; root "+b.dir+"/www; location ~ ^/(a|b)+$ { return 200; } } }\n", 0o644)
	j := b.begin("exec /usr/sbin/nginx -p " + b.dir + " -c " + conf)
	b.answers(j, port)
	for range 20 {
		b.get(port)
	}
	b.rest(2 * time.Second)
}

func benignSSH(b *benign) {
	b.install("/usr/sbin/sshd", "openssh-server", "openssh-client")
	b.need("/usr/sbin/sshd", "ssh", "ssh-keygen")
	if os.Geteuid() != 0 {
		b.t.Skip("only root may let root in")
	}
	if err := os.Mkdir("/run/sshd", 0o755); err == nil { // the unit of the service would make it
		b.t.Cleanup(func() { os.Remove("/run/sshd") })
	}
	b.must("ssh-keygen -q -t ed25519 -N '' -f host && ssh-keygen -q -t ed25519 -N '' -f key && cp key.pub keys && chmod 600 keys")
	port := b.freePort()
	conf := b.write("sshd_config", "ListenAddress 127.0.0.1\nPort "+port+"\nHostKey "+b.dir+"/host\nAuthorizedKeysFile "+b.dir+"/keys\nPidFile none\nStrictModes no\n"+
		"UsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nSubsystem sftp internal-sftp\n", 0o600)
	j := b.begin("exec /usr/sbin/sshd -D -e -f " + conf)
	b.answers(j, port)
	ssh := "ssh -F none -i key -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -p " + port + " root@127.0.0.1 "
	if out, status := b.run(ssh + "true"); status != 0 {
		b.t.Skipf("root may not log in with a key here: %s%s", tailOf(out), tailOf(j.output()))
	}
	b.must(ssh + "'sleep 2; cat /etc/passwd | wc -l' && " + ssh + "-tt 'bash -lc \"sleep 2\"' && (echo 'sleep 2; date'; sleep 1) | " + ssh)
}

func benignBwrap(b *benign) {
	b.install("bwrap", "bubblewrap")
	b.need("bwrap")
	box := "bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --unshare-all --die-with-parent --clearenv "
	if out, status := b.run(box + "/bin/true"); status != 0 {
		b.t.Skipf("bwrap does not work here: %s", tailOf(out))
	}
	b.must(box + "/bin/sh -c 'ls / | sort; sleep 2'")
}
