package detectors

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

const passwdOfTests = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
postgres:x:105:110::/var/lib/postgresql:/bin/bash
ann:x:1000:1000:Ann:/home/ann:/bin/bash
`

// file is a machine with one file and the usual accounts.
func file(path, content string) func(w *World) {
	return func(w *World) {
		w.File("/etc/passwd", passwdOfTests, 0o644)
		for _, home := range []string{"/root", "/home/ann", "/var/www", "/var/lib/postgresql"} {
			w.Dir(home, 0o755)
		}
		w.File(path, content, 0o644)
	}
}

// looks runs one detector over a machine that changes between the looks.
func looks(t *testing.T, d threats.Detector, w *World, steps ...func()) [][]threats.Finding {
	t.Helper()
	var out [][]threats.Finding
	for _, step := range append([]func(){func() {}}, steps...) {
		step()
		w.Now = w.Now.Add(time.Minute)
		found := w.Detect(d)
		for i := range found {
			CheckFinding(t, &found[i])
		}
		out = append(out, found)
	}
	return out
}

func TestChangeIsToldForAnHour(t *testing.T) {
	w := New(t)
	file("/etc/cron.d/job", "0 0 * * * root /usr/bin/job\n")(w)
	d := newCron()
	got := looks(t, d, w,
		func() { touch(t, w, "/etc/cron.d/job") },
		func() { w.File("/etc/cron.d/job", "0 0 * * * root /usr/bin/other\n", 0o644) },
		func() { w.File("/etc/cron.d/second", "0 0 * * * root /usr/bin/job\n", 0o644) },
		func() { w.File("/etc/cron.d/job", "0 0 * * * root /usr/bin/job\n", 0o644) },
		func() { w.Now = w.Now.Add(2 * time.Hour) },
	)
	for i, want := range []int{0, 0, 1, 2, 1, 0} {
		if len(got[i]) != want {
			t.Errorf("look %d: %d findings, want %d:%s", i, len(got[i]), want, String(got[i]))
		}
	}
	if f := got[2][0]; f.Severity != threats.Low || f.Title != "A scheduled job is new or has changed" || !strings.Contains(String(got[2]), "changed in this run") {
		t.Errorf("a change: %q%s", f.Title, String(got[2]))
	}
	if d.Bytes() == 0 {
		t.Error("the memory of the detector is not counted")
	}
}

func TestChangeByPackagesIsInformational(t *testing.T) {
	for name, packages := range map[string]func(w *World){
		"database": func(w *World) { w.File("/var/lib/dpkg/status", "", 0o644) },
		"process":  func(w *World) { w.Run("/usr/bin/dpkg --unpack x.deb") },
	} {
		t.Run(name, func(t *testing.T) {
			w := New(t)
			w.Now = time.Now()
			file("/etc/cron.d/job", "")(w)
			got := looks(t, newCron(), w, func() {
				w.File("/etc/cron.d/new", "0 0 * * * root /usr/bin/job\n", 0o644)
				packages(w)
			})
			if len(got[1]) != 1 || got[1][0].Severity != threats.Informational {
				t.Errorf("%s", String(got[1]))
			}
		})
	}
}

func TestOddAndNewIsStrong(t *testing.T) {
	w := New(t)
	file("/etc/cron.d/job", "")(w)
	got := looks(t, newCron(), w, func() { w.File("/etc/cron.d/new", "* * * * * root /tmp/x\n", 0o644) })
	if f := got[1]; len(f) != 1 || f[0].Severity != threats.High || f[0].Confidence != threats.Strong || f[0].Title != cronInfo.Title {
		t.Errorf("%s", String(f))
	}
}

func TestStartFilesTolerateOddFiles(t *testing.T) {
	w := New(t)
	file("/etc/cron.d/rubbish", strings.Repeat("\x00\xff\n", 100000))(w)
	w.Link("loop", "/etc/cron.d/loop")
	w.Link("/nowhere", "/etc/cron.d/dangling")
	if err := unix.Mkfifo(filepath.Join(w.Root, "etc/cron.d/fifo"), 0o644); err != nil && !errors.Is(err, unix.EPERM) {
		t.Fatal(err)
	}
	for i := range maxStartNames + 5 {
		w.File(fmt.Sprintf("/etc/cron.daily/%d", i), "", 0o644)
	}
	d := newCron()
	if got := w.Detect(d); len(got) != 0 {
		t.Errorf("%s", String(got))
	}
	if !strings.Contains(d.Failure(), "/etc/cron.daily") {
		t.Errorf("a list that was cut must be told: %q", d.Failure())
	}
}

func TestAfterAnIncompleteLookNothingIsNew(t *testing.T) {
	w := New(t)
	file("/etc/cron.d/a", "")(w)
	w.Link("cron.daily", "/etc/cron.daily") // ELOOP
	d := newCron()
	got := looks(t, d, w, func() {
		if d.Failure() == "" {
			t.Error("a directory that cannot be read is not told")
		}
		if err := os.Remove(filepath.Join(w.Root, "etc/cron.daily")); err != nil {
			t.Fatal(err)
		}
		w.File("/etc/cron.daily/old", "", 0o644)
	}, func() { w.File("/etc/cron.daily/new", "", 0o644) })
	if len(got[1]) != 0 || len(got[2]) != 1 {
		t.Errorf("%s\n then %s", String(got[1]), String(got[2]))
	}
}

// TestNobodyBlindsTheRest: what a user can do in his home, or a directory that
// cannot be read, keeps nothing else from being told.
func TestNobodyBlindsTheRest(t *testing.T) {
	for name, disturb := range map[string]func(w *World){
		"nothing": func(*World) {},
		"many files in a home": func(w *World) {
			for i := range 600 {
				w.File(fmt.Sprintf("/home/ann/.config/systemd/user/u%d.service", i), "", 0o644)
			}
		},
		"many directories in a home": func(w *World) {
			for i := range 400 {
				w.File(fmt.Sprintf("/home/ann/.config/systemd/user/u%d.service.d/x.conf", i), "", 0o644)
			}
		},
		"a home that cannot be read":  func(w *World) { w.Link(".config", "/home/ann/.config") }, // ELOOP
		"a place that cannot be read": func(w *World) { w.Link("user", "/etc/systemd/user") },
		"a file that cannot be read":  func(w *World) { w.Link("b.service", "/etc/systemd/system/b.service") },
		"an account without a home":   func(w *World) { must(t, os.RemoveAll(filepath.Join(w.Root, "home/ann"))) },
		"names that come and go":      nil,
	} {
		t.Run(name, func(t *testing.T) {
			w := New(t)
			file("/etc/systemd/system/a.service", "[Service]\nExecStart=/usr/bin/a\n")(w)
			d := newSystemd()
			if disturb != nil {
				disturb(w)
			} else {
				for i := range uint32(maxWatched) {
					if i%100 == 0 {
						w.Detect(d)
					}
					d.seen.see(fmt.Sprint("/home/ann/", i), contentSum{}, w.Now, notPackaged)
				}
			}
			got := looks(t, d, w, func() {}, func() {
				w.File("/etc/systemd/system/evil.service", "[Service]\nExecStart=/usr/bin/evil\n", 0o644)
				w.File("/etc/systemd/system/ssh.service.d/evil.conf", "[Service]\nExecStart=/usr/bin/evil\n", 0o644)
				w.File("/etc/systemd/system-generators/evil", "#!/bin/sh\n/usr/bin/evil\n", 0o755)
				w.File("/home/bob/.config/systemd/user/evil.service", "[Service]\nExecStart=/usr/bin/evil\n", 0o644)
				w.File("/etc/passwd", passwdOfTests+"bob:x:1001:1001::/home/bob:/bin/bash\n", 0o644)
			})
			if len(got[1]) != 0 || len(got[2]) != 4 {
				t.Errorf("before:%s\n then:%s; failure %q", String(got[1]), String(got[2]), d.Failure())
			}
		})
	}
}

func TestHomeThatComesLate(t *testing.T) {
	w := New(t)
	file("/etc/profile.d/a.sh", "")(w)
	home := filepath.Join(w.Root, "home/ann")
	must(t, os.RemoveAll(home))
	w.Link("ann", "/home/ann") // ELOOP, as a dead mount gives EIO
	got := looks(t, newShellStartup(), w, func() {
		w.File("/etc/profile.d/evil.sh", "x\n", 0o644)
	}, func() {
		must(t, os.Remove(home))
		w.File("/home/ann/.bashrc", "x\n", 0o644)
	}, func() {
		w.File("/home/ann/.profile", "x\n", 0o644)
	})
	for i, want := range []int{0, 1, 1, 2} {
		if len(got[i]) != want {
			t.Errorf("look %d: want %d:%s", i, want, String(got[i]))
		}
	}
}

func TestWhatWasHiddenAtFirstIsNotNew(t *testing.T) {
	w := New(t)
	file("/etc/cron.d/a", "")(w)
	w.Link("job", "/etc/cron.d/job") // ELOOP: it is there and cannot be read
	remove := func(name string) { must(t, os.Remove(filepath.Join(w.Root, name))) }
	d := newCron()
	got := looks(t, d, w, func() {
		remove("etc/cron.d/job")
		w.File("/etc/cron.d/job", "", 0o644)
	}, func() {
		remove("etc/passwd") // for a look the homes are not known
		w.Link("passwd", "/etc/passwd")
	}, func() {
		remove("etc/passwd")
		w.File("/etc/passwd", passwdOfTests, 0o644)
		w.File("/etc/cron.d/new", "", 0o644)
	})
	if len(got[1]) != 0 || len(got[2]) != 0 || len(got[3]) != 1 {
		t.Errorf("%s\n then %s\n then %s", String(got[1]), String(got[2]), String(got[3]))
	}
}

// All start-file detectors judge a file that others may write to.
func TestWorldWritableStartFile(t *testing.T) {
	w := New(t)
	file("/etc/cron.d/job", "0 0 * * * root /usr/bin/job\n")(w)
	w.File("/etc/cron.d/job", "0 0 * * * root /usr/bin/job\n", 0o666)
	if got := w.Detect(newCron()); len(got) != 1 || got[0].Severity != threats.Medium {
		t.Errorf("%s", String(got))
	}
}

func TestLinkIntoWritableDirectory(t *testing.T) {
	w := New(t)
	file("/tmp/x.service", "[Service]\nExecStart=/usr/bin/true\n")(w)
	w.Link("/tmp/x.service", "/etc/systemd/system/x.service")
	if got := w.Detect(newSystemd()); len(got) != 1 || got[0].Severity != threats.High {
		t.Errorf("%s", String(got))
	}
}

func touch(t *testing.T, w *World, path string) {
	t.Helper()
	now := time.Now()
	if err := os.Chtimes(filepath.Join(w.Root, path), now, now); err != nil {
		t.Fatal(err)
	}
}
