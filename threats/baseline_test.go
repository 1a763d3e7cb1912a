package threats_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

func settled(t *testing.T) *World {
	w := New(t)
	w.System.Host.Name = "alpha"
	w.File("/etc/passwd", "root:x:0:0::/root:/bin/bash\nalice:x:1000:1000::/home/alice:/bin/sh\nbroken line\n", 0o644)
	w.File("/etc/group", "sudo:x:27:alice\nusers:x:100:alice,bob\n", 0o644)
	w.File("/etc/crontab", "# nothing\n", 0o644)
	w.File("/etc/systemd/system/app.service", "[Service]\nExecStart=/opt/app\n", 0o644)
	w.Link("/dev/null", "/etc/systemd/system/masked.service")
	w.File("/home/alice/.ssh/authorized_keys", "ssh-ed25519 AAAA\n", 0o600)
	w.File("/proc/modules", "ext4 1 2 - Live 0x0\n", 0o444)
	w.File("/usr/sbin/sshd", "the ssh server", 0o755)
	w.Listen(w.Run("/usr/sbin/sshd"), "0.0.0.0:22")
	w.UDP(w.Run("/usr/bin/dig"), "0.0.0.0:40000", "", 3) // a client that asks; not a service
	return w
}

func capture(w *World) *threats.Baseline {
	return threats.Capture(w.Snapshot(), threats.NewFiles(w.Root))
}

// reread sends a baseline through its file.
func reread(t *testing.T, b *threats.Baseline) *threats.Baseline {
	var buf bytes.Buffer
	if err := b.Write(&buf); err != nil {
		t.Fatal(err)
	}
	b, err := threats.ReadBaseline(&buf, "b.json")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func changes(list []threats.Change) string {
	var out []string
	for _, c := range list {
		out = append(out, c.Op+" "+c.Kind+" "+c.Name)
	}
	return strings.Join(out, "; ")
}

func TestBaselineFindsWhatChanged(t *testing.T) {
	w := settled(t)
	base := reread(t, capture(w))
	if got := changes(base.Diff(capture(w))); got != "" {
		t.Fatalf("nothing changed, yet: %s", got)
	}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Listen(w.Run("/opt/new", User("alice", 1000)), "0.0.0.0:4444")
	w.Run("/usr/bin/dash", ChildOf(w.Run("bash", User("alice", 1000))))
	w.File("/etc/passwd", "root:x:0:0::/root:/bin/bash\nalice:x:0:1000::/home/alice:/bin/sh\n", 0o644)
	w.File("/etc/group", "sudo:x:27:alice,mallory\nusers:x:100:\n", 0o644)
	must(os.Remove(w.Root + "/etc/crontab"))
	w.File("/etc/systemd/system/app.service", "[Service]\nExecStart=/tmp/x\n", 0o644)
	w.File("/etc/cron.d/x", "* * * * * root /tmp/x\n", 0o644)
	w.File("/home/alice/.ssh/authorized_keys", "ssh-ed25519 AAAA\nssh-ed25519 BBBB\n", 0o600)
	w.File("/proc/modules", "ext4 1 2 - Live 0x0\nrootkit 1 0 - Live 0x0 (OE)\n", 0o444)
	w.File("/usr/sbin/sshd", "another ssh server", 0o755)
	now := capture(w)
	want := "added listener tcp 0.0.0.0:4444; added program /usr/bin/dash; changed program /usr/sbin/sshd; " +
		"added file /etc/cron.d/x; removed file /etc/crontab; changed unit /etc/systemd/system/app.service; " +
		"changed file /home/alice/.ssh/authorized_keys; added module rootkit; changed account alice; changed account group sudo"
	if got := changes(base.Diff(now)); got != want {
		t.Errorf("changes\n%s\nwant\n%s", got, want)
	}
	if got := changes(reread(t, now).Diff(capture(settled(t)))); !strings.Contains(got, "removed module rootkit") || strings.Contains(got, "removed program") {
		t.Errorf("the other way round: %s", got)
	}
}

func TestTouchIsNoChange(t *testing.T) {
	w := settled(t)
	base := capture(w)
	keys := w.Root + "/home/alice/.ssh/authorized_keys"
	if err := os.Chtimes(keys, time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := changes(base.Diff(capture(w))); got != "" {
		t.Errorf("a touch: %s", got)
	}
	if err := os.Chmod(keys, 0o666); err != nil {
		t.Fatal(err)
	}
	if got := changes(base.Diff(capture(w))); got != "changed file /home/alice/.ssh/authorized_keys" {
		t.Errorf("a mode: %q", got)
	}
}

func TestWhatCannotBeReadIsNoChange(t *testing.T) {
	w := settled(t)
	base := capture(w)
	for _, path := range []string{"/etc/passwd", "/etc/crontab", "/home/alice/.ssh/authorized_keys", "/etc/systemd/system", "/proc/modules"} {
		real := filepath.Join(w.Root, path)
		if err := os.RemoveAll(real); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Base(path), real); err != nil { // an error on every look
			t.Fatal(err)
		}
	}
	if got := changes(base.Diff(capture(w))); got != "" {
		t.Errorf("changes: %s", got)
	}
}

func TestReadBaselineSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "b.json:1:"},
		{"not json", "b.json:1:"},
		{"{\"version\": 1,\n\"listeners\": [\n{\"name\" 5}]}", "b.json:3:"},
		{"{\"version\": 1,\n\"listeners\": \"x\"}", "b.json:2:"},
		{"{\"host\": \"a\",\n\n\"version\": 7}", "b.json:3: version 7 is not known"},
		{"{\"version\": \"one\"}", "b.json:1:"},
		{"{}", "no baseline"},
		{"[]", "b.json:1:"},
	} {
		_, err := threats.ReadBaseline(strings.NewReader(c.text), "b.json")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		}
	}
}

func TestReportComparesWithTheBaseline(t *testing.T) {
	w := settled(t)
	e := threats.New(threats.Options{Root: w.Root, Baseline: capture(w), BaselineFile: "b.json"})
	defer e.Close()
	step := func(d time.Duration) *threats.Report {
		w.Now = w.Now.Add(d)
		return e.Analyse(t.Context(), w.Snapshot(), nil, nil)
	}
	step(time.Second)
	if r := step(time.Second); r.Baseline != "b.json" || len(r.Changes) != 0 {
		t.Errorf("baseline %q, changes %s", r.Baseline, changes(r.Changes))
	}
	w.Listen(w.Run("/opt/new", User("alice", 1000)), "0.0.0.0:4444")
	step(11 * time.Second)
	since := w.Now
	step(11 * time.Second)
	step(11 * time.Second)
	r := step(time.Second)
	if changes(r.Changes) != "added listener tcp 0.0.0.0:4444" || !r.Changes[0].Since.Equal(since) {
		t.Errorf("changes %+v, since %s", r.Changes, since)
	}
	e.SetBaseline(nil, "")
	if r := step(time.Second); r.Changes != nil || r.Baseline != "" {
		t.Errorf("without a baseline: %+v", r.Changes)
	}
}

func TestCaptureOfHostileNames(t *testing.T) {
	w := New(t)
	w.Run("/tmp/" + strings.Repeat("x", 2000))
	w.File("/etc/cron.d/"+strings.Repeat("\xff", 200), "", 0o644)
	w.Socket(w.Run("y"), metrics.Socket{Proto: metrics.Unix, State: metrics.Listen, Name: "\x1b[2J"})
	b := reread(t, capture(w))
	for _, p := range b.Programs {
		if len(p.Name) > threats.MaxEvidence {
			t.Errorf("name of %d bytes", len(p.Name))
		}
	}
	if len(b.Files) != 1 || len(b.Listeners) != 0 {
		t.Errorf("%+v", b)
	}
}

func FuzzReadBaseline(f *testing.F) {
	f.Add([]byte(`{"version":1,"listeners":[{"name":"tcp 0.0.0.0:22","is":"x"}]}`))
	f.Add([]byte(`{"version":1,"files":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := threats.ReadBaseline(bytes.NewReader(data), "b.json")
		if err != nil {
			if !strings.Contains(err.Error(), "b.json") {
				t.Errorf("error without the file: %v", err)
			}
			return
		}
		if c := b.Diff(b); len(c) != 0 {
			t.Errorf("differs from itself: %v", c)
		}
	})
}

// What a user's session starts is part of a baseline, and a directory that is too
// large is no change as a whole.
func TestBaselineOfHomesAndLargeDirectories(t *testing.T) {
	w := settled(t)
	base := reread(t, capture(w))
	w.File("/home/alice/.config/autostart/x.desktop", "[Desktop Entry]\nExec=/tmp/x\n", 0o644)
	w.File("/home/alice/.config/systemd/user/default.target.wants/x.service", "[Service]\nExecStart=/tmp/x\n", 0o644)
	w.File("/etc/systemd/system-generators/x", "#!/bin/sh\n", 0o755)
	want := "added unit /etc/systemd/system-generators/x; added file /home/alice/.config/autostart/x.desktop; " +
		"added unit /home/alice/.config/systemd/user/default.target.wants/x.service"
	if got := changes(base.Diff(capture(w))); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	base = reread(t, capture(w))
	for i := range 4200 {
		if err := os.WriteFile(filepath.Join(w.Root, "/home/alice/.config/autostart", fmt.Sprintf("a%d.desktop", i)), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := changes(base.Diff(capture(w))); got != "" {
		t.Errorf("of a directory that is too large: %.300s", got)
	}
}
