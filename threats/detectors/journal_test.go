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

const entry = `{"__CURSOR":"s=%s","__REALTIME_TIMESTAMP":"1770000000000000","_PID":"7","_UID":"0","_EXE":"/usr/sbin/sshd","MESSAGE":"Failed password for root from 8.8.4.4 port 22 ssh2"}`

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
	if n != 2 || len(lines) != 2 || !strings.Contains(lines[0], "--since=-1h") || !strings.Contains(lines[0], "_UID=0") || !strings.Contains(lines[1], "--after-cursor=s=2") {
		t.Errorf("%d events, arguments %q", n, lines)
	}
}

func TestLongLinesOfTheJournalArePassedOver(t *testing.T) {
	long := `{"__CURSOR":"s=long","__REALTIME_TIMESTAMP":"1","MESSAGE":"\"__CURSOR\":\"x\"` + strings.Repeat("x", journalLine) + `"}` + "\n"
	good := strings.Replace(entry, "%s", "good", 1) + "\n"
	for _, c := range []struct {
		name, text, cursor string
		events             int
		full               bool
	}{
		{"before an entry", long + good, "s=good", 1, false},
		{"at the end", good + long, "s=long", 1, false},
		{"without its end", good + strings.TrimSuffix(long, "\n"), "s=long", 1, false},
		{"spaced", strings.Replace(long, `"__CURSOR":`, `"__CURSOR" : `, 1), "s=long", 0, false},
		{"no entry", strings.Repeat("x", 3*journalLine) + "\n" + good, "s=good", 1, false},
		{"too many", strings.Repeat(long, journalBytes/journalLine+2) + good, "s=long", 0, true},
	} {
		cursor := "s=0"
		events, full := readJournal(strings.NewReader(c.text), &cursor)
		if len(events) != c.events || full != c.full || cursor != c.cursor {
			t.Errorf("%s: %d events, cursor %q, full %v", c.name, len(events), cursor, full)
		}
	}
}

func TestJournalCountsOnlyRootsSSHD(t *testing.T) {
	good := strings.Replace(entry, "%s", "1", 1)
	for name, c := range map[string]struct {
		line string
		want bool
	}{
		"root's":              {good, true},
		"session of 9.8":      {strings.Replace(good, "/usr/sbin/sshd", "/usr/lib/openssh/sshd-session", 1), true},
		"upgraded":            {strings.Replace(good, "/usr/sbin/sshd", "/usr/sbin/sshd (deleted)", 1), true},
		"no program":          {strings.Replace(good, `"_EXE":"/usr/sbin/sshd",`, "", 1), true},
		"another user's":      {strings.Replace(good, `"_UID":"0"`, `"_UID":"1000"`, 1), false},
		"nobody knows whose":  {strings.Replace(good, `"_UID":"0",`, "", 1), false},
		"a copy of logger":    {strings.Replace(good, "/usr/sbin/sshd", "/tmp/sshd", 1), false},
		"a link to a program": {strings.Replace(good, "/usr/sbin/sshd", "/usr/bin/sudo", 1), false},
	} {
		e, cursor, ok := parseJournal([]byte(c.line))
		if ok != c.want || ok && !e.proven || cursor != "s=1" {
			t.Errorf("%s: %v, cursor %q", name, ok, cursor)
		}
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
