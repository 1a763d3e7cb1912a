package detectors

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

const (
	keyOfAnn  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx8p1AA ann@laptop"
	keyOfMall = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMall/AA mallory@box"
)

func TestRootAccounts(t *testing.T) {
	Table(t, func() threats.Detector { return &rootAccounts{} }, []Case{
		{Name: "second root", Hits: 1, About: "toor", Build: file("/etc/passwd", "root:x:0:0::/root:/bin/bash\ntoor:x:0:0::/tmp:/bin/sh\n")},
		{Name: "written as 00", Hits: 1, Build: file("/etc/passwd", "x:x:00:0::/:/bin/sh\n")},
		{Name: "root without a password", Hits: 1, Evidence: "empty", Build: file("/etc/passwd", "root::0:0::/root:/bin/bash\n")},
		{Name: "user without a password", Hits: 1, Severity: threats.Medium, Build: file("/etc/passwd", "ann::1000:1000::/home/ann:/bin/bash\n")},
		{Name: "the usual accounts", Build: file("/etc/passwd", passwdOfTests)},
		{Name: "group 0", Build: file("/etc/passwd", "sync:x:5:0:sync:/sbin:/bin/sync\noperator:x:11:0:operator:/root:/sbin/nologin\n")},
		{Name: "malformed", Build: file("/etc/passwd", "x\n:::\n+::::::\n#toor:x:0:0:::\nx:x:-1:0:::\nx:x:99999999999:0:::\n\xff\x00\n")},
		{Name: "locked by its shell", Build: file("/etc/passwd", "x::1:1::/:/usr/sbin/nologin\n")},
	})
}

func TestAuthorizedKeys(t *testing.T) {
	Table(t, func() threats.Detector { return &authorizedKeys{} }, []Case{
		{Name: "anybody may add", Hits: 1, Severity: threats.High, Build: func(w *World) {
			file("/root/.ssh/authorized_keys", keyOfAnn+"\n")(w)
			w.File("/root/.ssh/authorized_keys", keyOfAnn+"\n", 0o666)
		}},
		{Name: "odd place", Hits: 1, Severity: threats.High, Build: func(w *World) {
			file("/tmp/keys/root", keyOfAnn+"\n")(w)
			w.File("/etc/ssh/sshd_config", "AuthorizedKeysFile .ssh/authorized_keys /tmp/keys/%u\n", 0o644)
		}},
		{Name: "forced command", Hits: 1, Severity: threats.High, Build: file("/root/.ssh/authorized_keys", `restrict,command="/tmp/x a" `+keyOfAnn)},
		{Name: "ordinary", Build: func(w *World) {
			file("/home/ann/.ssh/authorized_keys", "# mine\n"+keyOfAnn+"\n\ncommand=\"/usr/bin/rrsync /srv\",no-pty "+keyOfMall+"\n")(w)
			w.File("/var/www/.ssh/authorized_keys", "", 0o600)
		}},
		{Name: "rubbish", Build: file("/root/.ssh/authorized_keys", "\x00\xff\"\nssh-rsa\nssh-rsa !!!\nssh-\n"+strings.Repeat("a", 100000))},
	})
}

func TestAuthorizedKeysOfAnotherOwner(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give a file away")
	}
	w := New(t)
	file("/root/.ssh/authorized_keys", keyOfAnn)(w)
	if err := os.Chown(filepath.Join(w.Root, "/root/.ssh/authorized_keys"), 33, 33); err != nil {
		t.Fatal(err)
	}
	if got := w.Detect(&authorizedKeys{}); len(got) != 1 || got[0].Severity != threats.High {
		t.Errorf("%s", String(got))
	}
}

func TestAuthorizedKeysChange(t *testing.T) {
	const path = "/home/ann/.ssh/authorized_keys"
	w := New(t)
	file(path, keyOfAnn+"\n")(w)
	got := looks(t, &authorizedKeys{}, w,
		func() { touch(t, w, path) },
		func() { w.File(path, "# a comment\n\n"+keyOfAnn+"\n", 0o600) },
		func() { w.File(path, keyOfAnn+"\n"+keyOfMall+"\n", 0o600) },
		func() {},
		func() { w.File(path, keyOfAnn+"\n", 0o600) },
		func() { w.File("/var/www/.ssh/authorized_keys", keyOfMall+"\n", 0o600) },
	)
	for i, want := range []int{0, 0, 0, 1, 1, 0, 1} {
		if len(got[i]) != want {
			t.Fatalf("look %d: %d findings, want %d:%s", i, len(got[i]), want, String(got[i]))
		}
	}
	for _, i := range []int{3, 4} {
		if s := String(got[i]); got[i][0].Severity != threats.Medium || !strings.Contains(s, "mallory@box") || strings.Contains(s, "ann@laptop") {
			t.Errorf("look %d must name the new key alone:%s", i, s)
		}
	}
	if got[6][0].Severity != threats.High {
		t.Errorf("a key for the account of a service:%s", String(got[6]))
	}
}

func TestAuthorizedKeysBesideAHomeThatCannotBeRead(t *testing.T) {
	w := New(t)
	file("/root/.ssh/authorized_keys", keyOfAnn+"\n")(w)
	w.Link(".ssh", "/home/ann/.ssh") // ELOOP, as a dead FUSE mount gives EIO
	d := &authorizedKeys{}
	got := looks(t, d, w, func() { w.File("/var/www/.ssh/authorized_keys", keyOfMall+"\n", 0o600) }, func() {
		must(t, os.Remove(filepath.Join(w.Root, "home/ann/.ssh")))
		w.File("/home/ann/.ssh/authorized_keys", keyOfAnn+"\n", 0o600)
	})
	if len(got[0]) != 0 || len(got[1]) != 1 || len(got[2]) != 1 || got[2][0].Severity != threats.High {
		t.Errorf("%s\n then %s; failure %q", String(got[1]), String(got[2]), d.Failure())
	}
}

func TestAccountChanges(t *testing.T) {
	const shadow = "root:*:1::::::\nwww-data:*:1::::::\nann:$y$j9T$abc:1::::::\n"
	base := func(w *World) {
		file("/etc/passwd", passwdOfTests)(w)
		w.File("/etc/group", "sudo:x:27:ann\nusers:x:100:\n", 0o644)
		w.File("/etc/shadow", shadow, 0o600)
	}
	for _, c := range []struct {
		name     string
		change   func(w *World)
		severity threats.Severity
		title    string // "" nothing
	}{
		{"added", func(w *World) { w.File("/etc/passwd", passwdOfTests+"eve:x:1001:1001::/home/eve:/bin/bash\n", 0o644) }, threats.Medium, "An account was added"},
		{"service added", func(w *World) {
			w.File("/etc/passwd", passwdOfTests+"redis:x:110:110::/var/lib/redis:/usr/sbin/nologin\n", 0o644)
		}, threats.Low, "An account was added"},
		{"service got a shell", func(w *World) {
			w.File("/etc/passwd", strings.Replace(passwdOfTests, "/var/www:/usr/sbin/nologin", "/var/www:/bin/bash", 1), 0o644)
		}, threats.High, "The account of a service got a shell"},
		{"became root", func(w *World) {
			w.File("/etc/passwd", strings.Replace(passwdOfTests, "ann:x:1000", "ann:x:0", 1), 0o644)
		}, threats.High, "An account was changed"},
		{"joined sudo", func(w *World) { w.File("/etc/group", "sudo:x:27:ann,eve\n", 0o644) }, threats.Medium, "An account joined a group of administrators"},
		{"service got a password", func(w *World) {
			w.File("/etc/shadow", strings.Replace(shadow, "www-data:*", "www-data:$y$j9T$xyz", 1), 0o600)
		}, threats.High, "The account of a service got a password"},
		{"password changed", func(w *World) { w.File("/etc/shadow", strings.Replace(shadow, "abc", "xyz", 1), 0o600) }, threats.Low, "A password was changed"},
		{"password emptied", func(w *World) { w.File("/etc/shadow", strings.Replace(shadow, "$y$j9T$abc", "", 1), 0o600) }, threats.Medium, "An account needs no password"},
		{"nothing", func(w *World) { touch(t, w, "/etc/passwd") }, 0, ""},
		{"joined a plain group", func(w *World) { w.File("/etc/group", "sudo:x:27:ann\nusers:x:100:ann\n", 0o644) }, 0, ""},
		{"locked in another way", func(w *World) { w.File("/etc/shadow", strings.Replace(shadow, "www-data:*", "www-data:!", 1), 0o600) }, 0, ""},
		{"age of a password", func(w *World) { w.File("/etc/shadow", strings.Replace(shadow, ":1:", ":2:", 3), 0o600) }, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := New(t)
			base(w)
			got := looks(t, &accountChanges{}, w, func() { c.change(w) })
			if len(got[0]) != 0 {
				t.Fatalf("the first look:%s", String(got[0]))
			}
			if c.title == "" {
				if len(got[1]) != 0 {
					t.Errorf("%s", String(got[1]))
				}
				return
			}
			if len(got[1]) != 1 || got[1][0].Title != c.title || got[1][0].Severity != c.severity {
				t.Errorf("want %s %q:%s", c.severity, c.title, String(got[1]))
			}
			if strings.Contains(String(got[1]), "$y$") {
				t.Error("the hash of a password is evidence")
			}
		})
	}
	CheckInfo(t, accountChangesInfo)
}
