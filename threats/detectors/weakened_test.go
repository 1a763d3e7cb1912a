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

func TestLoggingStopped(t *testing.T) {
	enabled := func(w *World, unit string) {
		w.Link("/usr/lib/systemd/system/"+unit, "/etc/systemd/system/multi-user.target.wants/"+unit)
	}
	Table(t, func() threats.Detector { return &loggingStopped{} }, []Case{
		{Name: "enabled and not running", Hits: 1, Severity: threats.Low, About: "auditd", Build: func(w *World) { enabled(w, "auditd.service") }},
		{Name: "running", Build: func(w *World) {
			enabled(w, "rsyslog.service")
			w.Run("/usr/sbin/rsyslogd -n")
			enabled(w, "crowdsec.service")
			w.Run("/usr/bin/other", InUnit("crowdsec.service"))
		}},
		{Name: "not enabled"},
		{Name: "masked", Build: func(w *World) {
			enabled(w, "auditd.service")
			w.Link("/dev/null", "/etc/systemd/system/auditd.service")
		}},
		{Name: "another unit", Build: func(w *World) { enabled(w, "nginx.service") }},
	})
}

func TestLoggingStoppedMeanwhile(t *testing.T) {
	for _, c := range []struct {
		name string
		gone []string // what runs in the later looks instead
		want int
	}{{"stopped", nil, 1}, {"upgraded", []string{"/usr/bin/dpkg -i x"}, 0}, {"restarted", []string{"/usr/sbin/rsyslogd -n"}, 0}} {
		t.Run(c.name, func(t *testing.T) {
			d := &loggingStopped{}
			world := func(run ...string) *World {
				w := New(t)
				w.Link("/usr/lib/systemd/system/rsyslog.service", "/etc/systemd/system/multi-user.target.wants/rsyslog.service")
				for _, r := range run {
					w.Run(r)
				}
				return w
			}
			if got := world("/usr/sbin/rsyslogd -n").Detect(d); len(got) != 0 {
				t.Fatalf("%s", String(got))
			}
			w := world(c.gone...)
			if got := w.Detect(d); len(got) != 0 {
				t.Errorf("told at once:%s", String(got))
			}
			w.Now = w.Now.Add(time.Minute)
			got := w.Detect(d)
			if len(got) != c.want || c.want == 1 && got[0].Severity != threats.High {
				t.Errorf("after a minute:%s", String(got))
			}
		})
	}
}

func TestHistoryFiles(t *testing.T) {
	Table(t, func() threats.Detector { return &historyFiles{} }, []Case{
		{Name: "link", Hits: 1, About: "/root/.bash_history", Build: func(w *World) {
			file("/etc/hosts", "")(w)
			w.Link("/dev/null", "/root/.bash_history")
		}},
		{Name: "bashrc", Hits: 1, Build: file("/home/ann/.bashrc", "export HISTFILE=/dev/null\n")},
		{Name: "unset", Hits: 1, Build: file("/etc/profile.d/x.sh", "#!/bin/sh\n[ -n \"$PS1\" ] && unset HISTFILE HISTSIZE\n")},
		{Name: "switched off", Hits: 1, Build: file("/root/.profile", "set +o history; HISTSIZE=0\n")},
		{Name: "ordinary", Build: func(w *World) {
			file("/home/ann/.bashrc", "HISTCONTROL=ignoreboth\nHISTSIZE=1000\nHISTFILESIZE=2000\n# unset HISTFILE\necho HISTFILE=/dev/null2\n")(w)
			w.File("/home/ann/.bash_history", "unset HISTFILE\n", 0o600)
			w.Link("/home/ann/.bash_history", "/root/.bash_history")
		}},
	})
}

func TestHistoryEnvironment(t *testing.T) {
	shell := func(env string, changes ...Change) func(w *World) {
		return func(w *World) { w.Detail(w.Run("/bin/bash", changes...)).Environ = []string{"PATH=/bin", env} }
	}
	Table(t, func() threats.Detector { return historyEnvironment{} }, []Case{
		{Name: "to /dev/null", Hits: 1, Evidence: "HISTFILE=/dev/null", Build: shell("HISTFILE=/dev/null", onTerminal())},
		{Name: "size", Hits: 1, Build: shell("HISTSIZE=0", onTerminal())},
		{Name: "ordinary", Build: shell("HISTSIZE=1000", onTerminal())},
		{Name: "no terminal", Build: shell("HISTFILE=/dev/null")},
		{Name: "no shell", Build: func(w *World) {
			w.Detail(w.Run("sleep 60", onTerminal())).Environ = []string{"HISTFILE=/dev/null"}
		}},
	})
}

func TestLogShrinks(t *testing.T) {
	const log = "/var/log/auth.log"
	for _, c := range []struct {
		name   string
		change func(w *World)
		want   threats.Severity
		title  string // "" nothing
	}{
		{"emptied", func(w *World) { truncate(t, w, log, 0) }, threats.High, "A log was emptied"},
		{"shorter", func(w *World) { truncate(t, w, log, 500) }, threats.High, logShrinksInfo.Title},
		{"other log", func(w *World) { truncate(t, w, "/var/log/syslog", 0) }, threats.Medium, "A log was emptied"},
		{"grown", func(w *World) { truncate(t, w, log, 2000) }, 0, ""},
		{"rotated by renaming", func(w *World) {
			must(t, os.Rename(filepath.Join(w.Root, log), filepath.Join(w.Root, log+".1")))
			w.File(log, "new\n", 0o640)
		}, 0, ""},
		{"rotated by copying", func(w *World) {
			w.File(log+".1", strings.Repeat("x", 1000), 0o640)
			truncate(t, w, log, 0)
		}, 0, ""},
		{"emptied and grown again", func(w *World) { w.File(log, strings.Repeat("y", 1500), 0o640) }, threats.High, logShrinksInfo.Title},
		{"a line taken out and grown again", func(w *World) { w.File(log, strings.Repeat("x", 990)+"new\n"+strings.Repeat("x", 500), 0o640) }, threats.High, logShrinksInfo.Title},
		{"lastlog is written in place", func(w *World) { w.File(lastlog, strings.Repeat("y", 1000), 0o640) }, 0, ""},
		{"grown", func(w *World) { w.File(log, strings.Repeat("x", 1000)+"new\n", 0o640) }, 0, ""},
		{"copied and grown again", func(w *World) {
			w.File(log+".1", strings.Repeat("x", 1000), 0o640)
			w.File(log, strings.Repeat("y", 1500), 0o640)
		}, 0, ""},
		{"rotated by copying into an olddir", func(w *World) {
			w.File(logrotateFile, "weekly\nolddir archive\n", 0o644)
			w.File("/var/log/archive/auth.log-20260302", strings.Repeat("x", 1000), 0o640)
			truncate(t, w, log, 0)
		}, 0, ""},
		{"of one log alone", func(w *World) {
			w.File(logrotateDir+"/rsyslog", "/var/log/auth.log {\n\tcopytruncate\n\tolddir \"/srv/old\"\n}\n", 0o644)
			w.File("/srv/old/auth.log.1", strings.Repeat("x", 1000), 0o640)
			truncate(t, w, log, 0)
		}, 0, ""},
		{"an olddir without a copy", func(w *World) {
			w.File(logrotateFile, "olddir /srv/old\n", 0o644)
			truncate(t, w, log, 0)
		}, threats.High, "A log was emptied"},
		{"removed", func(w *World) { must(t, os.Remove(filepath.Join(w.Root, log))) }, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := New(t)
			w.Now = time.Now()
			w.File(log, strings.Repeat("x", 1000), 0o640)
			w.File("/var/log/syslog", strings.Repeat("x", 1000), 0o640)
			w.File(lastlog, strings.Repeat("x", 1000), 0o640)
			got := looks(t, &logShrinks{}, w, func() { c.change(w) }, func() {}, func() { w.Now = w.Now.Add(2 * time.Hour) })
			if len(got[0]) != 0 || len(got[3]) != 0 {
				t.Errorf("before:%s\n after hours:%s", String(got[0]), String(got[3]))
			}
			for _, g := range got[1:3] {
				if c.title == "" && len(g) != 0 || c.title != "" && (len(g) != 1 || g[0].Severity != c.want || g[0].Title != c.title) {
					t.Errorf("want %q:%s", c.title, String(g))
				}
			}
		})
	}
	CheckInfo(t, logShrinksInfo)
}

func FuzzOldDirs(f *testing.F) {
	f.Add("weekly\nolddir /var/log/old\n/var/log/x {\n  olddir \"../y\"\n}\n")
	f.Add(strings.Repeat("olddir x\n", 100))
	f.Fuzz(func(t *testing.T, text string) {
		if dirs := parseOldDirs(text); len(dirs) > maxOldDirs {
			t.Errorf("%d directories", len(dirs))
		}
	})
}

func truncate(t *testing.T, w *World, path string, size int64) {
	t.Helper()
	must(t, os.Truncate(filepath.Join(w.Root, path), size))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestASLR(t *testing.T) {
	value := func(s string) func(w *World) { return func(w *World) { w.File(aslrPath, s, 0o644) } }
	Table(t, func() threats.Detector { return &aslr{} }, []Case{
		{Name: "off", Hits: 1, Build: value("0\n")},
		{Name: "in part", Hits: 1, Severity: threats.Low, Build: value("1\n")},
		{Name: "on", Build: value("2\n")},
		{Name: "rubbish", Build: value("\x00\xff")},
		{Name: "empty", Build: value("")},
	})
}

const (
	rulesLoaded = "nft_ct 24576 3 - Live 0x0\nnf_tables 311296 41 nft_ct,nft_limit, Live 0x0\next4 1024 2 - Live 0x0\n"
	rulesGone   = "nft_ct 24576 0 - Live 0x0\nnf_tables 311296 2 nft_ct,nft_limit, Live 0x0\next4 1024 2 - Live 0x0\n"
)

func TestFirewall(t *testing.T) {
	Table(t, func() threats.Detector { return &firewall{} }, []Case{
		{Name: "ufw without rules", Hits: 1, Build: func(w *World) {
			w.File("/proc/modules", rulesGone, 0o444)
			w.File(ufwPath, "# x\nENABLED=yes\n", 0o644)
		}},
		{Name: "no firewall is meant to be", Build: func(w *World) { w.File("/proc/modules", rulesGone, 0o444) }},
		{Name: "ufw is off", Build: func(w *World) {
			w.File("/proc/modules", rulesGone, 0o444)
			w.File(ufwPath, "ENABLED=no\n", 0o644)
		}},
		{Name: "rules", Build: func(w *World) {
			w.File("/proc/modules", rulesLoaded, 0o444)
			w.File(ufwPath, "ENABLED=yes\n", 0o644)
		}},
		{Name: "built in", Build: func(w *World) {
			w.File("/proc/modules", "ext4 1024 2 - Live 0x0\n", 0o444)
			w.File(ufwPath, "ENABLED=yes\n", 0o644)
		}},
		{Name: "not counted", Build: func(w *World) {
			w.File("/proc/modules", "nf_tables 311296 - - Live 0x0\nnft_ct\n\x00\n", 0o444)
			w.File(ufwPath, "ENABLED=yes\n", 0o644)
		}},
	})
}

func TestFirewallEmptied(t *testing.T) {
	w := New(t)
	modules := func(s string) func() { return func() { w.File("/proc/modules", s, 0o644) } }
	modules(rulesLoaded)()
	got := looks(t, &firewall{}, w, modules(rulesGone), func() {}, modules(rulesLoaded))
	for i, want := range []int{0, 0, 1, 0} {
		if len(got[i]) != want {
			t.Errorf("look %d: want %d:%s", i, want, String(got[i]))
		}
	}
}
