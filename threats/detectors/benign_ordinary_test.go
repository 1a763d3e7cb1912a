//go:build linux

package detectors

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

func benignShell(b *benign) {
	b.must(`for i in 1 2 3 4; do seq 1 5000 | sort -rn | awk '{s+=$1} END {print s}' | tee sum >/dev/null; sleep 0.5; done`)
}

func benignGo(b *benign) {
	b.need("go")
	b.write("tool/go.mod", "module example.org/tool\n\ngo 1.21\n", 0o644)
	b.write("tool/main.go", "package main\n\nimport (\n\t\"fmt\"\n\t\"time\"\n)\n\nfunc main() {\n\ttime.Sleep(time.Second)\n\tfmt.Println(\"done\")\n}\n", 0o644)
	b.write("tool/main_test.go", "package main\n\nimport (\n\t\"testing\"\n\t\"time\"\n)\n\nfunc TestX(t *testing.T) { time.Sleep(time.Second) }\n", 0o644)
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		b.t.Skipf("go does not work: %v", err)
	}
	env := []string{"GOFLAGS=-mod=mod", "GOPROXY=off", "GOTOOLCHAIN=local", "GOPATH=" + b.dir + "/go", "GOCACHE=" + strings.TrimSpace(string(cache))}
	b.must("cd tool && go build -o tool . && ./tool && go run . && go test ./...", env...)
}

var servedPort = regexp.MustCompile(`127\.0\.0\.1 port (\d+)`)

func benignHTTP(b *benign) {
	b.need("python3")
	j := b.begin("mkdir -p site && cd site && exec python3 -u -m http.server --bind 127.0.0.1 0")
	var port string
	b.watch("the server's port", func() bool {
		if m := servedPort.FindStringSubmatch(j.output()); m != nil {
			port = m[1]
		}
		return port != ""
	})
	b.get(port)
	b.rest(2 * time.Second)
}

func benignPython(b *benign) {
	b.need("python3")
	b.must("python3 -c 'import ctypes, json, mmap, threading, time; time.sleep(3)'")
}

func benignVenv(b *benign) {
	b.need("python3")
	pip := ""
	if os.Getenv("SMOOTHTASK_BENIGN") != "full" {
		pip = "--without-pip " // it takes longest
	}
	if out, status := b.run("python3 -m venv " + pip + "venv"); status != 0 {
		b.t.Skipf("python3 -m venv does not work here: %s", tailOf(out))
	}
	b.must("venv/bin/python -c 'import time; time.sleep(2)' && . venv/bin/activate && python -c 'import venv, time; time.sleep(1)'")
	if pip == "" {
		b.must("venv/bin/python -m pip list && venv/bin/pip --version")
	}
}

func benignTmux(b *benign) {
	b.need("tmux")
	j := b.begin("tmux -S sock -f /dev/null new-session -d 'sleep 300' && tmux -S sock new-window 'sh -c \"while :; do date; sleep 1; done\"' && tmux -S sock ls")
	b.watch("tmux", func() bool { _, ok := j.ended(); return ok })
	if status, _ := j.ended(); status != 0 {
		b.t.Fatalf("tmux: %s", tailOf(j.output()))
	}
	b.rest(2 * time.Second)
	b.must("tmux -S sock kill-server")
}

func benignGit(b *benign) {
	b.need("git")
	env := []string{"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b", "GIT_CONFIG_NOSYSTEM=1"}
	b.write("repo/.git-hook", "#!/bin/sh\nsleep 1\nexit 0\n", 0o755)
	b.must("cd repo && git init -q . && cp .git-hook .git/hooks/pre-commit && seq 1 1000 >f && git add f && git commit -q -m one && git gc -q && git clone -q . ../copy && git log --stat | cat", env...)
}

func benignCron(b *benign) {
	b.write("cron/sh", "#!/bin/sh\ntest -x /bin/true || exit 0\nfind \"$(dirname \"$0\")\" -name '*.log' -mtime +7 | xargs -r ls >/dev/null\nsleep 1\n", 0o755)
	b.write("cron/logs", "#!/bin/sh\ngzip -c /etc/passwd >copy.gz && sleep 1 && rm copy.gz\n", 0o755)
	b.write("cron/bash", "#!/bin/bash\nset -e\ncd \"$(dirname \"$0\")\"\ntar cf - . | wc -c\nsleep 1\n", 0o755)
	run := "for x in cron/*; do $x || exit; done"
	if _, err := exec.LookPath("run-parts"); err == nil {
		run = "cd / && run-parts --report " + b.dir + "/cron"
	}
	b.must("sh -c '"+run+"'", "PATH=/usr/bin:/bin", "SHELL=/bin/sh", "LOGNAME=root")
}

// benignUpgrade replaces a program while it runs, as packages do.
func benignUpgrade(b *benign) {
	b.must(`cp "$(command -v sleep)" resident && { ./resident 4 & sleep 1; cp resident new && mv new resident && wait; }`)
}

func benignUnshare(b *benign) {
	b.need("unshare")
	if out, status := b.run("unshare --fork --pid --mount --uts --ipc --net true"); status != 0 {
		b.t.Skipf("unshare(1) may not make namespaces here: %s", tailOf(out))
	}
	b.must("unshare --fork --pid --mount --mount-proc --uts --ipc --net sh -c 'hostname box; ps ax | sort | wc -l; sleep 2'")
}
