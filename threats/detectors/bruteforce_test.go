package detectors

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

// failedLogins are n lines of failed passwords, ending at a time, gap apart.
func failedLogins(n int, end time.Time, gap time.Duration, user, source string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s host sshd[%d]: Failed password for %s from %s port 4%04d ssh2\n",
			end.Add(-time.Duration(n-1-i)*gap).Format(time.Stamp), 1000+i, user, source, i)
	}
	return b.String()
}

func accepted(at time.Time, method, user, source string) string {
	return fmt.Sprintf("%s host sshd[9999]: Accepted %s for %s from %s port 40000 ssh2\n", at.Format(time.RFC3339), method, user, source)
}

func authLog(content string) func(*World) {
	return func(w *World) { w.File("/var/log/auth.log", content, 0o640) }
}

func newBruteForce() *bruteForce { return &bruteForce{watch: newLoginWatch(LoginLimits{}, "-")} }
func newAfterFailures() *loginAfterFailures {
	return &loginAfterFailures{watch: newLoginWatch(LoginLimits{}, "-")}
}

const attacker = "8.8.4.4"

func TestBruteForce(t *testing.T) {
	ago := Now.Add(-time.Minute)
	Table(t, func() threats.Detector { return newBruteForce() }, []Case{
		{Name: "60 in 30 seconds", Hits: 1, About: attacker, Evidence: "60 from", Build: authLog(failedLogins(60, ago, 500*time.Millisecond, "root", attacker))},
		{Name: "25 in 10 minutes", Hits: 1, Build: authLog(failedLogins(25, ago, 24*time.Second, "root", attacker))},
		{Name: "secure, names that do not exist", Hits: 1, Build: func(w *World) {
			w.File("/var/log/secure", failedLogins(60, ago, 100*time.Millisecond, "invalid user admin", attacker), 0o600)
		}},
		{Name: "repeated by rsyslog", Hits: 1, Build: authLog(ago.Format(time.RFC3339) + " host sshd[1]: message repeated 25 times: [ Failed password for root from " + attacker + " port 22 ssh2]\n")},
		{Name: "many sources, one account", Hits: 1, Severity: threats.Low, About: "root", Build: func(w *World) {
			s := ""
			for i := range 8 {
				s += failedLogins(4, ago, time.Second, "root", fmt.Sprintf("8.8.4.%d", i))
			}
			authLog(s)(w)
		}},
		{Name: "private source", Hits: 1, Severity: threats.Low, Build: authLog(failedLogins(70, ago, 100*time.Millisecond, "root", "192.168.1.7"))},
		{Name: "btmp where there is no text", Hits: 1, Evidence: "/var/log/btmp", Build: func(w *World) {
			var b bytes.Buffer
			for range 30 {
				b.Write(utmpOf(goarch, utmpLoginProcess, ago, "ssh:notty", "root", attacker))
			}
			w.File("/var/log/btmp", b.String(), 0o600)
		}},
		{Name: "24 in 10 minutes", Build: authLog(failedLogins(24, ago, 24*time.Second, "root", attacker))},
		{Name: "25 in 11 minutes", Build: authLog(failedLogins(25, ago, 27*time.Second, "root", attacker))},
		{Name: "over since yesterday", Build: authLog(failedLogins(100, Now.Add(-20*time.Hour), time.Second, "root", attacker))},
		{Name: "keys tried one after another", Build: authLog(strings.ReplaceAll(failedLogins(100, ago, time.Second, "root", attacker), "password", "publickey"))},
		{Name: "another program", Build: authLog(strings.ReplaceAll(failedLogins(100, ago, time.Second, "root", attacker), "sshd", "app"))},
		{Name: "three lines about each connection", Build: func(w *World) {
			var b strings.Builder
			for i := range 20 {
				stamp := ago.Format(time.RFC3339)
				fmt.Fprintf(&b, "%s h sshd[%d]: Invalid user x from %s port 1\n%s h sshd[%d]: Failed password for invalid user x from %s port 1 ssh2\n%s h sshd[%d]: Connection closed by invalid user x %s port 1 [preauth]\n",
					stamp, i+1, attacker, stamp, i+1, attacker, stamp, i+1, attacker)
			}
			authLog(b.String())(w)
		}},
		{Name: "rubbish", Build: authLog(strings.Repeat("\x00\xff\xfe\n", 1000) + strings.Repeat("x", 200000) + "\n")},
	})
}

func TestBruteForceLimitsCanBeSet(t *testing.T) {
	w := New(t)
	authLog(failedLogins(5, Now.Add(-time.Minute), time.Second, "root", attacker))(w)
	d := &bruteForce{watch: newLoginWatch(LoginLimits{Fast: Rate{5, 10 * time.Second}}, "-")}
	if got := w.Detect(d); len(got) != 1 {
		t.Errorf("%s", String(got))
	}
}

func TestLoginAfterFailures(t *testing.T) {
	ago := Now.Add(-10 * time.Minute)
	Table(t, func() threats.Detector { return newAfterFailures() }, []Case{
		{Name: "password", Hits: 1, Evidence: "root by password", About: attacker, Build: authLog(failedLogins(30, ago, time.Minute/2, "root", attacker) + accepted(ago.Add(time.Minute), "password", "root", attacker))},
		{Name: "another user, hours ago", Hits: 1, Build: authLog(failedLogins(30, ago.Add(-9*time.Hour), time.Second, "root", attacker) + accepted(ago.Add(-9*time.Hour+time.Minute), "password", "ann", attacker))},
		{Name: "key", Hits: 1, Severity: threats.Medium, Build: authLog(failedLogins(30, ago, time.Second, "root", attacker) + accepted(ago.Add(time.Minute), "publickey", "ann", attacker))},
		{Name: "private", Hits: 1, Severity: threats.Medium, Build: authLog(failedLogins(30, ago, time.Second, "root", "10.0.0.5") + accepted(ago.Add(time.Minute), "password", "ann", "10.0.0.5"))},
		{Name: "wtmp", Hits: 1, Build: func(w *World) {
			w.File("/var/log/btmp", strings.Repeat(string(utmpOf(goarch, utmpLoginProcess, ago, "ssh:notty", "root", attacker)), 30), 0o600)
			w.File("/var/log/wtmp", string(utmpOf(goarch, utmpUserProcess, ago.Add(time.Second), "pts/0", "root", attacker)), 0o600)
		}},
		{Name: "24 failures", Build: authLog(failedLogins(24, ago, time.Second, "root", attacker) + accepted(ago.Add(time.Minute), "password", "root", attacker))},
		{Name: "from another source", Build: authLog(failedLogins(99, ago, time.Second, "root", attacker) + accepted(ago.Add(time.Minute), "password", "root", "8.8.8.8"))},
		{Name: "before the failures", Build: authLog(accepted(ago.Add(-time.Hour), "password", "root", attacker) + failedLogins(99, ago, time.Second, "root", attacker))},
		{Name: "hours after them", Build: authLog(failedLogins(99, ago.Add(-3*time.Hour), time.Second, "root", attacker) + accepted(ago, "password", "root", attacker))},
	})
}

// TestBtmpBesideATextLog: the same failures stand in both and count once; a text
// log that was left behind does not hide what btmp has.
func TestBtmpBesideATextLog(t *testing.T) {
	for name, c := range map[string]struct {
		age  time.Duration // of the text log
		text int           // failures in it
		hits int
	}{
		"written to":  {time.Minute, 20, 0},
		"left behind": {48 * time.Hour, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := New(t)
			ago := Now.Add(-2 * time.Minute)
			authLog(failedLogins(c.text, ago, time.Second, "root", attacker) + "\n")(w)
			at := Now.Add(-c.age)
			must(t, os.Chtimes(filepath.Join(w.Root, "var/log/auth.log"), at, at))
			w.File("/var/log/btmp", strings.Repeat(string(utmpOf(goarch, utmpLoginProcess, ago, "ssh:notty", "root", attacker)), 30), 0o600)
			if got := w.Detect(newBruteForce()); len(got) != c.hits {
				t.Errorf("%d findings, want %d:%s", len(got), c.hits, String(got))
			}
		})
	}
}

// TestTextLogIsNotBelievedBlindly: syslog(3) takes lines from anybody.
func TestTextLogIsNotBelievedBlindly(t *testing.T) {
	ago := Now.Add(-10 * time.Minute)
	login := accepted(ago.Add(time.Minute), "password", "root", attacker)
	for _, c := range []struct {
		name       string
		line       string
		run        string
		changes    []Change
		hits       int
		confidence threats.Confidence
	}{
		{"the session is still there", login, "/usr/sbin/sshd", nil, 1, threats.Strong},
		{"it has ended", login, "", nil, 1, threats.Moderate},
		{"another program of root's", login, "/usr/bin/sshd-like", nil, 1, threats.Moderate},
		{"another user's process", login, "/tmp/sshd", []Change{User("ann", 1000)}, 0, 0},
		{"a process that came later", login, "/tmp/sshd", []Change{User("ann", 1000), Age(time.Minute)}, 1, threats.Moderate},
		{"of another machine", strings.Replace(login, " host ", " other ", 1), "/tmp/sshd", []Change{User("ann", 1000)}, 1, threats.Moderate},
		{"no pid: logger -t sshd", strings.Replace(login, "sshd[9999]", "sshd", 1), "", nil, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := New(t)
			w.System.Host.Name = "host"
			authLog(failedLogins(30, ago, time.Second, "root", attacker) + c.line)(w)
			if c.run != "" {
				w.Run(c.run, append([]Change{PID(9999)}, c.changes...)...)
			}
			got := w.Detect(newAfterFailures())
			want(t, got, c.hits, threats.High)
			if c.hits > 0 && got[0].Confidence != c.confidence {
				t.Errorf("confidence %s, want %s", got[0].Confidence, c.confidence)
			}
		})
	}
}

// One reading of the log serves both detectors; rotation and truncation lose
// nothing and count nothing twice.
func TestLoginWatchFollows(t *testing.T) {
	w := New(t)
	logins := newLoginWatch(LoginLimits{}, "-")
	brute, after := &bruteForce{watch: logins}, &loginAfterFailures{watch: logins}
	files := threats.NewFiles(w.Root)
	log := filepath.Join(w.Root, "var/log/auth.log")
	at := w.Now
	look := func(content string, wantBrute, wantAfter int) {
		t.Helper()
		f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		f.WriteString(content)
		f.Close()
		at = at.Add(loginEvery)
		in := threats.NewInput(at, w.Snapshot(), nil, nil, files)
		if got := brute.Detect(in, nil); len(got) != wantBrute {
			t.Errorf("%d attacks, want %d:%s", len(got), wantBrute, String(got))
		}
		if got := after.Detect(in, nil); len(got) != wantAfter {
			t.Errorf("%d logins, want %d:%s", len(got), wantAfter, String(got))
		}
	}
	w.Dir("/var/log", 0o755)
	look(failedLogins(10, at, 0, "root", attacker), 0, 0)
	look("", 0, 0)
	look(failedLogins(10, at, 0, "root", attacker), 0, 0)
	if err := os.Rename(log, log+".1"); err != nil {
		t.Fatal(err)
	}
	look(failedLogins(4, at, 0, "root", attacker), 0, 0)
	if err := os.Truncate(log, 0); err != nil {
		t.Fatal(err)
	}
	look(failedLogins(1, at, 0, "root", attacker), 1, 0)
	look(accepted(at, "password", "root", attacker), 1, 1)
	at = at.Add(2 * time.Hour)
	look("", 0, 1)
	at = at.Add(24 * time.Hour)
	look("", 0, 0)
}

func TestLoginWatchStartsNearTheEndOfABigLog(t *testing.T) {
	w := New(t)
	authLog("")(w)
	log := filepath.Join(w.Root, "var/log/auth.log")
	if err := os.Truncate(log, 1<<30); err != nil { // sparse
		t.Skipf("cannot make a big file: %v", err)
	}
	f, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString("\n" + failedLogins(60, Now.Add(-time.Minute), 0, "root", attacker))
	f.Close()
	if got := w.Detect(newBruteForce()); len(got) != 1 {
		t.Errorf("%s", String(got))
	}
}

func TestLoginWatchIsBounded(t *testing.T) {
	d := newBruteForce()
	d.watch.last = Now
	for i := range 3 * maxSources {
		source := fmt.Sprintf("8.%d.%d.1", i/200, i%200)
		for range 30 {
			e, ok := parseSSHD([]byte("Failed password for invalid user u" + fmt.Sprint(i) + " from " + source + " port 1 ssh2"))
			if !ok {
				t.Fatal("not parsed")
			}
			e.at = Now.Add(time.Duration(i) * time.Millisecond)
			d.watch.take(&e)
		}
	}
	if len(d.watch.sources) > maxSources || len(d.watch.users) > maxUsers {
		t.Errorf("%d sources, %d users", len(d.watch.sources), len(d.watch.users))
	}
	if n := d.Bytes(); n > 2<<20 {
		t.Errorf("%d KB", n>>10)
	}
	if got := d.Detect(threats.NewInput(Now, New(t).Snapshot(), nil, nil, nil), nil); len(got) != maxAttacks {
		t.Errorf("%d attacks are told", len(got))
	}
}
