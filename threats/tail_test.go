package threats

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestReadAt(t *testing.T) {
	l := newLogger(t, 0)
	l.write("0123456789")
	for _, c := range []struct {
		offset int64
		n      int
		want   string
	}{{0, 4, "0123"}, {6, 4, "6789"}, {8, 4, "89"}, {20, 4, ""}} {
		if got, err := l.f.ReadAt("/log", c.offset, c.n); err != nil || string(got) != c.want {
			t.Errorf("%d bytes from %d: %q, %v", c.n, c.offset, got, err)
		}
	}
	if _, err := l.f.ReadAt("/none", 0, 4); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a log that is not there: %v", err)
	}
	if _, err := l.f.ReadAt("/", 0, 4); !errors.Is(err, ErrNotRegular) {
		t.Errorf("a directory: %v", err)
	}
}

type logger struct {
	t    *testing.T
	path string
	f    *Files
	tail *Tail
}

func newLogger(t *testing.T, back int64) *logger {
	root := t.TempDir()
	l := &logger{t, root + "/log", NewFiles(root), &Tail{Path: "/log", Back: back}}
	t.Cleanup(func() { must(t, l.f.close()) })
	return l
}

func (l *logger) write(s string) {
	file, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	must(l.t, err)
	_, err = file.WriteString(s)
	must(l.t, err)
	must(l.t, file.Close())
}

func (l *logger) look(want string) {
	l.t.Helper()
	var got []string
	if _, err := l.f.Follow(l.tail, 1<<20, func(b []byte) { got = append(got, string(b)) }); err != nil {
		l.t.Fatal(err)
	}
	if s := strings.Join(got, ","); s != want {
		l.t.Errorf("read %q, want %q", s, want)
	}
}

func TestFollowAcrossRotationAndTruncation(t *testing.T) {
	l := newLogger(t, 6)
	l.write("old1\nold2\nold3\n")
	l.look("old3") // old2 was begun before the last 6 bytes
	l.look("")
	l.write("a\nb")
	l.look("a")
	l.write("c\r\n")
	l.look("bc")

	l.write("last\n") // then rotated by renaming
	must(t, os.Rename(l.path, l.path+".1"))
	l.look("last")
	l.look0NotExist()
	l.write("new1\nnew2\n")
	l.look("new1,new2")

	must(t, os.Truncate(l.path, 0)) // rotated by copytruncate
	l.write("t\n")
	l.look("t")
	must(t, os.Truncate(l.path, 0))
	l.write("longer than before\n")
	l.look("longer than before")

	l.write("tail\n") // renamed and made anew between two looks
	must(t, os.Rename(l.path, l.path+".2"))
	l.write("head\n")
	l.look("tail,head")
}

func (l *logger) look0NotExist() {
	l.t.Helper()
	if _, err := l.f.Follow(l.tail, 100, func([]byte) {}); !errors.Is(err, fs.ErrNotExist) {
		l.t.Errorf("a missing log: %v", err)
	}
}

func TestFollowIsBounded(t *testing.T) {
	l := newLogger(t, 1<<30)
	for i := range 30 {
		l.write(fmt.Sprintf("%d%s\n", i, strings.Repeat("x", 10_000)))
	}
	n, looks := 0, 0
	for {
		looks++
		behind, err := l.f.Follow(l.tail, 100_000, func([]byte) { n++ })
		must(t, err)
		if behind == 0 {
			break
		}
	}
	if n != 30 || looks < 2 || looks > 4 {
		t.Errorf("%d lines in %d looks", n, looks)
	}
	l.write(strings.Repeat("\x00\xff", maxLine) + "\nafter\n")
	l.look("after") // the line of rubbish was too long
}

func TestFollowOfASparseGigabyteEnds(t *testing.T) {
	l := newLogger(t, 1000)
	l.write("x\n")
	must(t, os.Truncate(l.path, 1<<30))
	l.write("\nend\n")
	l.look("end")
}

func TestFollowRefusesWhatIsNoFile(t *testing.T) {
	f, _ := tree(t)
	for _, path := range []string{"/fifo", "/etc", "/loop"} {
		if _, err := f.Follow(&Tail{Path: path}, 100, func([]byte) {}); err == nil {
			t.Errorf("%s was followed", path)
		}
	}
}

func TestFollowRecords(t *testing.T) {
	root := t.TempDir()
	f, log := NewFiles(root), &Tail{Path: "/btmp", Record: 4, Back: 9}
	defer f.close()
	var got []string
	look := func(content string, want ...string) {
		t.Helper()
		must(t, os.WriteFile(root+"/btmp", []byte(content), 0o600))
		got = got[:0]
		if _, err := f.Follow(log, 1<<20, func(b []byte) { got = append(got, string(b)) }); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	look("aaaabbb\ncccc\n\n\n\nee", "cccc", "\n\n\n\n") // begins at a record, though the last is not complete
	look("aaaabbb\ncccc\n\n\n\neeeef", "eeee")
	look("gggg", "gggg") // written anew
}

// A log that a tail holds open ends with the files, as does what a look that is still
// on opens after that.
func TestClosedFilesLeaveNoLogOpen(t *testing.T) {
	l := newLogger(t, 0)
	l.write("a\n")
	l.look("")
	file := l.tail.file
	must(t, l.f.close())
	if _, err := file.Stat(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("the log is still open: %v", err)
	}
	for range 2 {
		if _, err := l.f.Follow(l.tail, 1<<20, func([]byte) {}); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("follow after the end: %v, want %v", err, fs.ErrClosed)
		}
	}
	file, _, err := NewFiles(l.f.root).open("/log")
	must(t, err)
	if err := l.f.retain(file); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a log that was being opened: %v, want %v", err, fs.ErrClosed)
	}
	if _, err := file.Stat(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("it stays open: %v", err)
	}
}
