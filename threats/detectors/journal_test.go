package detectors

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

// script is a journalctl of sh(1).
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journalctl")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

const entry = `{"__CURSOR":"s=%s","__REALTIME_TIMESTAMP":"1770000000000000","_PID":"7","MESSAGE":"Failed password for root from 8.8.4.4 port 22 ssh2"}`

func TestJournalGoesOnFromTheCursor(t *testing.T) {
	seen := filepath.Join(t.TempDir(), "args")
	j := journal{program: script(t, `echo "$@" >>`+seen+`
echo '`+strings.Replace(entry, "%s", "1", 1)+`'
echo 'no entry'
echo '{"__CURSOR":"s=2","__REALTIME_TIMESTAMP":"1770000000000000","MESSAGE":[70,97,105,108,101,100,255]}'
`)}
	if !j.there(threats.NewFiles(t.TempDir())) {
		t.Fatal("the program is not found")
	}
	now, n := time.Unix(1770000000, 0), 0
	take := func(e *sshEvent) {
		if e.user != "root" || e.pid != 7 || !e.at.Equal(now) {
			t.Errorf("%+v", e)
		}
		n++
	}
	for i := range 2 {
		for end := time.Now().Add(30 * time.Second); n <= i && time.Now().Before(end); {
			if f := j.follow(now.Add(time.Duration(i)*time.Minute), take); f != "" {
				t.Fatal(f)
			}
		}
	}
	args, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(args)), "\n")
	if n != 2 || len(lines) != 2 || !strings.Contains(lines[0], "--since=-1h") || !strings.Contains(lines[1], "--after-cursor=s=2") {
		t.Errorf("%d events, arguments %q", n, lines)
	}
}

func TestJournalSaysWhyItCannotBeRead(t *testing.T) {
	j := journal{program: script(t, "echo No permission >&2; exit 1\n")}
	j.there(threats.NewFiles(t.TempDir()))
	for end := time.Now().Add(30 * time.Second); ; {
		if f := j.follow(time.Now(), func(*sshEvent) {}); strings.Contains(f, "No permission") {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the complaint of journalctl is not told")
		}
	}
}

func TestJournalThatDoesNotEndIsKilled(t *testing.T) {
	j := journal{program: script(t, "exec sleep 300\n")}
	j.there(threats.NewFiles(t.TempDir()))
	start := time.Now()
	for {
		if f := j.follow(start, func(*sshEvent) {}); strings.Contains(f, "did not answer") {
			return
		}
		if time.Since(start) > 60*time.Second {
			t.Fatal("journalctl still runs")
		}
	}
}

func TestNoJournal(t *testing.T) {
	j := journal{program: "-"}
	if j.there(threats.NewFiles(t.TempDir())) {
		t.Error("there is a journal without a program")
	}
}

// TestJournalTakesOverFromAStaleLog: an auth.log that was left behind when the
// machine went over to the journal does not hide what the journal has.
func TestJournalTakesOverFromAStaleLog(t *testing.T) {
	for name, c := range map[string]struct {
		age  time.Duration
		from string
	}{
		"written lately": {time.Hour, "/var/log/auth.log"},
		"left behind":    {48 * time.Hour, "systemd journal, sshd"},
	} {
		t.Run(name, func(t *testing.T) {
			w := New(t)
			authLog("old\n")(w)
			at := Now.Add(-c.age)
			if err := os.Chtimes(filepath.Join(w.Root, "var/log/auth.log"), at, at); err != nil {
				t.Fatal(err)
			}
			watch := newLoginWatch(LoginLimits{}, script(t, "true\n"))
			watch.look(w.Input(), func() {
				if watch.from != c.from || watch.failure != "" {
					t.Errorf("read from %q, failure %q", watch.from, watch.failure)
				}
			})
		})
	}
}
