package metrics

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

func writePasswd(t *testing.T, root, text string) {
	t.Helper()
	path := filepath.Join(root, "etc/passwd")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	// By renaming, as useradd(8) does: the change shows in the inode at once.
	if err := os.WriteFile(path+"+", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+"+", path); err != nil {
		t.Fatal(err)
	}
}

// expire lets the next call look at the file again.
func (u *Users) expire() { u.checked.Store(-int64(usersCheckEvery)) }

func TestUsers(t *testing.T) {
	root := t.TempDir()
	writePasswd(t, root, "root:x:0:0:root:/root:/bin/bash\nwww:x:33:34:web:/var/www:/usr/sbin/nologin\n"+
		"toor:x:0:0::/:/bin/sh\n# a comment\n+::::::\nbroken:x:1\nneg:x:-1:0:::\nbig:x:4294967296:0:::\nroot:x:77:77:again::\n")
	u := NewUsers(root, 512<<20)
	if got := u.Name(0); got != "root" {
		t.Errorf("name of 0: %q, want the first of two", got)
	}
	if got := u.Name(1000); got != "1000" {
		t.Errorf("name of a user without one: %q", got)
	}
	want := Account{Name: "www", UID: 33, GID: 34, Home: "/var/www", Shell: "/usr/sbin/nologin"}
	if got, ok := u.Account(33); !ok || got != want {
		t.Errorf("account of 33: %+v, %v", got, ok)
	}
	if uid, ok := u.Lookup("toor"); !ok || uid != 0 {
		t.Errorf("lookup toor: %d, %v", uid, ok)
	}
	if uid, ok := u.Lookup("root"); !ok || uid != 0 {
		t.Errorf("lookup root: %d, %v, want the first line", uid, ok)
	}
	for _, name := range []string{"broken", "neg", "big", "+", ""} {
		if uid, ok := u.Lookup(name); ok {
			t.Errorf("%q is user %d", name, uid)
		}
	}

	writePasswd(t, root, "admin:x:0:0::/root:/bin/sh\n")
	u.expire()
	if got := u.Name(0); got != "admin" {
		t.Errorf("after the change: %q", got)
	}
	if _, ok := u.Lookup("www"); ok {
		t.Error("a removed user is still known")
	}
	if err := os.Remove(filepath.Join(root, "etc/passwd")); err != nil {
		t.Fatal(err)
	}
	u.expire()
	if got := u.Name(0); got != "0" {
		t.Errorf("after the file went: %q", got)
	}
	writePasswd(t, root, "root:x:0:0::/root:/bin/sh\n")
	u.expire()
	if got := u.Name(0); got != "root" {
		t.Errorf("after it came back: %q", got)
	}
}

func TestUsersLooksSeldom(t *testing.T) {
	root := t.TempDir()
	writePasswd(t, root, "one:x:1:1:::\n")
	u := NewUsers(root, 512<<20)
	writePasswd(t, root, "two:x:1:1:::\n")
	u.checked.Store(1 << 62) // just now, whatever the clock says
	if got := u.Name(1); got != "one" {
		t.Errorf("%q: the file was read again at once", got)
	}
}

func TestUsersUnreadable(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(root, "etc/passwd"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := NewUsers(root, 512<<20).Name(0); got != "0" { // and does not hang
		t.Errorf("name from a FIFO: %q", got)
	}
	if got := NewUsers(filepath.Join(root, "absent"), 0).Name(7); got != "7" {
		t.Errorf("name without a file: %q", got)
	}
}

// Accounts beyond the room appear by number; the first ones stay.
func TestUsersFollowTheMemory(t *testing.T) {
	root := t.TempDir()
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, "u%d:x:%d:1:::\n", i, i)
	}
	writePasswd(t, root, b.String())
	few, many := NewUsers(root, 16<<20), NewUsers(root, 512<<20)
	if got := few.Caches()[0]; got.Entries != accountShare.Least || got.Limit != accountShare.Least || few.Name(4999) != "4999" || few.Name(7) != "u7" {
		t.Errorf("with little memory: %+v", got)
	}
	if got := many.Caches()[0]; got.Entries != 5000 || got.Limit != 32768 || many.Name(4999) != "u4999" {
		t.Errorf("with much memory: %+v", got)
	}
}

func TestUsersConcurrent(t *testing.T) {
	root := t.TempDir()
	writePasswd(t, root, "a:x:1:1:::\n")
	u := NewUsers(root, 512<<20)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				u.expire()
				if got := u.Name(1); got != "a" && got != "b" {
					t.Errorf("name %q", got)
				}
				u.Lookup("a")
			}
		})
	}
	for i := range 20 {
		writePasswd(t, root, fmt.Sprintf("%c:x:1:1:::\n", 'a'+i%2))
	}
	wg.Wait()
}

func FuzzParsePasswd(f *testing.F) {
	for _, s := range []string{"", "root:x:0:0:root:/root:/bin/sh\n", ":::::", "a:b:1:2:c:d:e:f\n", "\n\n", "x:x:99999999999:0:::"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		byUID, byName := parsePasswd(data, 100)
		for uid, a := range byUID {
			if a.UID != uid || a.Name == "" || strings.ContainsAny(a.Name, ":\n") {
				t.Fatalf("uid %d: %+v", uid, a)
			}
		}
		if len(byUID) > len(byName) && len(byName) == 0 {
			t.Fatal("accounts without names")
		}
	})
}
