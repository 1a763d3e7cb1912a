package threats

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func tree(t *testing.T) (*Files, string) {
	root := t.TempDir()
	must(t, os.MkdirAll(root+"/etc/dir", 0o755))
	must(t, os.WriteFile(root+"/etc/passwd", []byte("root:x:0:0\n"), 0o644))
	must(t, os.Symlink("/etc/passwd", root+"/absolute"))
	must(t, os.Symlink("../../../../../etc/passwd", root+"/etc/dir/dots"))
	must(t, os.Symlink("loop", root+"/loop"))
	must(t, os.Symlink("/nowhere", root+"/dangling"))
	must(t, os.Symlink("etc", root+"/conf"))
	must(t, unix.Mkfifo(root+"/fifo", 0o644))
	return NewFiles(root), root
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadFileStaysInsideTheRoot(t *testing.T) {
	f, root := tree(t)
	for _, path := range []string{"/etc/passwd", "/absolute", "/etc/dir/dots", "/conf/passwd", "/../../etc/passwd", "/etc/./dir/../passwd"} {
		data, err := f.ReadFile(path, 1000)
		if err != nil || string(data) != "root:x:0:0\n" {
			t.Errorf("ReadFile(%s) = %q, %v", path, data, err)
		}
		real, err := resolve(root, path, true)
		if err != nil || real != root+"/etc/passwd" {
			t.Errorf("resolve(%s) = %s, %v", path, real, err)
		}
	}
	if data, err := f.ReadFile("/etc/passwd", 4); string(data) != "root" || err != nil {
		t.Errorf("a longer file must be cut: %q, %v", data, err)
	}
}

func TestFilesRefuse(t *testing.T) {
	f, root := tree(t)
	for path, want := range map[string]error{
		"/loop": syscall.ELOOP, "/dangling": fs.ErrNotExist, "/none": fs.ErrNotExist,
		"/fifo": ErrNotRegular, "/etc": ErrNotRegular,
	} {
		if _, err := f.ReadFile(path, 10); !errors.Is(err, want) {
			t.Errorf("ReadFile(%s): %v, want %v", path, err, want)
		}
		if want == ErrNotRegular {
			continue
		}
		if _, err := resolve(root, path, true); !errors.Is(err, want) {
			t.Errorf("resolve(%s): %v, want %v", path, err, want)
		}
	}
	if _, _, err := f.ReadDir("/etc/passwd", 10); err == nil {
		t.Error("ReadDir of a file succeeded")
	}
	if _, _, err := f.ReadDir("/fifo", 10); err == nil {
		t.Error("ReadDir of a FIFO succeeded")
	}
	dev := NewFiles("/dev")
	if _, err := dev.ReadFile("/zero", 10); !errors.Is(err, ErrNotRegular) {
		t.Errorf("a device: %v", err)
	}
	var pe *fs.PathError
	if _, err := f.Stat("/none"); !errors.As(err, &pe) || pe.Path != "/none" {
		t.Errorf("the error must name the path inside the root: %v", err)
	}
}

func TestStat(t *testing.T) {
	f, root := tree(t)
	must(t, os.Chmod(root+"/etc/passwd", 0o666|fs.ModeSetuid))
	i, err := f.Stat("/absolute")
	if err != nil || !i.Regular() || i.Size != 11 || !i.Setuid() || !i.WorldWritable() || i.Nlink != 1 {
		t.Errorf("Stat = %+v, %v", i, err)
	}
	if time.Since(i.ModTime()) > time.Minute {
		t.Errorf("ModTime = %v", i.ModTime())
	}
	if i, err := f.Lstat("/loop"); err != nil || !i.Symlink() || i.WorldWritable() {
		t.Errorf("Lstat = %+v, %v", i, err)
	}
	if s, err := f.Readlink("/dangling"); s != "/nowhere" || err != nil {
		t.Errorf("Readlink = %q, %v", s, err)
	}
	if i, err := f.Stat("/fifo"); err != nil || i.Regular() || i.Directory() {
		t.Errorf("Stat of a FIFO = %+v, %v", i, err)
	}
}

func TestReadDirIsBounded(t *testing.T) {
	f, root := tree(t)
	for i := range 20 {
		must(t, os.WriteFile(fmt.Sprintf("%s/etc/dir/f%02d", root, i), nil, 0o644))
	}
	list, more, err := f.ReadDir("/etc/dir", 30)
	if err != nil || more || len(list) != 21 || list[0].Name != "dots" || list[0].Type != fs.ModeSymlink || list[1].Name != "f00" {
		t.Errorf("ReadDir = %v, %v, %v", list, more, err)
	}
	if list, more, err = f.ReadDir("/etc/dir", 5); len(list) != 5 || !more || err != nil {
		t.Errorf("ReadDir of 5 = %v, %v, %v", list, more, err)
	}
}

func TestStatDirAgreesWithLstat(t *testing.T) {
	root := t.TempDir()
	for i := range 5 {
		if err := os.WriteFile(filepath.Join(root, strconv.Itoa(i)), make([]byte, i), fs.FileMode(0o600+i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink("1", filepath.Join(root, "5")), os.Mkdir(filepath.Join(root, "6"), 0o700)); err != nil {
		t.Fatal(err)
	}
	f := NewFiles(root)
	for _, limit := range []int{3, 7, 100} {
		list, more, err := f.StatDir("/", limit)
		if err != nil || len(list) != min(limit, 7) || more != (limit < 7) {
			t.Fatalf("limit %d: %d entries, more %v, %v", limit, len(list), more, err)
		}
		for _, e := range list {
			if want, err := f.Lstat("/" + e.Name); err != nil || e.FileInfo != want {
				t.Errorf("%s: %+v, lstat tells %+v, %v", e.Name, e.FileInfo, want, err)
			}
		}
	}
	if _, _, err := f.StatDir("/1", 9); !errors.Is(err, ErrNotDirectory) {
		t.Errorf("of a file: %v", err)
	}
}

// After Close nothing can be read, and a call that is on does not see another
// file in the place of the root.
func TestFilesClose(t *testing.T) {
	f := NewFiles(t.TempDir())
	if _, err := f.Stat("/"); err != nil {
		t.Fatal(err)
	}
	if err := f.close(); err != nil {
		t.Error(err)
	}
	if runtime.GOOS == "linux" {
		if _, err := f.Stat("/"); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("after it was closed: %v", err)
		}
	}
}

func TestFilesGiveUpOnAStuckFileSystem(t *testing.T) {
	f := NewFiles(t.TempDir())
	f.timeout = 10 * time.Millisecond
	hold := make(chan struct{})
	defer close(hold)
	for i := range maxInFlight + 3 {
		_, err := within(f, "read", "/mnt/dead", func() (int, error) { <-hold; return 0, nil })
		if !errors.Is(err, ErrStuck) {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	if n := f.inFlight.Load(); n != maxInFlight {
		t.Errorf("%d operations hang, want %d at most", n, maxInFlight)
	}
}

func age(t testing.TB, path string) { // past the time in which facts are not kept
	t.Helper()
	var st unix.Stat_t
	must(t, unix.Stat(path, &st))
	for time.Since(time.Unix(0, st.Ctim.Nano())) < 2*settled {
		time.Sleep(settled)
	}
}

func TestFactIsComputedOncePerContent(t *testing.T) {
	f, root := tree(t)
	calls := 0
	size := func() int {
		n, _, err := Fact(f, "size", "/etc/passwd", 1000, func(data []byte, _ FileInfo) int { calls++; return len(data) })
		must(t, err)
		return n
	}
	age(t, root+"/etc/passwd")
	for range 3 {
		if n := size(); n != 11 {
			t.Errorf("size %d", n)
		}
	}
	if calls != 1 {
		t.Errorf("parsed %d times", calls)
	}
	sum, _, err := f.Hash("/etc/passwd", 1<<20)
	must(t, err)
	must(t, os.WriteFile(root+"/etc/passwd", []byte("root:x:0:1\n"), 0o644))
	if n := size(); n != 11 || calls != 2 {
		t.Errorf("a new content of the same size: %d, parsed %d times", n, calls)
	}
	if sum2, _, err := f.Hash("/etc/passwd", 1<<20); err != nil || sum2 == sum || len(sum2) != 64 {
		t.Errorf("hash %s, then %s, %v", sum, sum2, err)
	}
	must(t, os.Chtimes(root+"/etc/passwd", time.Unix(1, 0), time.Unix(1, 0)))
	if size(); calls != 3 {
		t.Errorf("setting mtime back must not hide a change")
	}
}

func TestFactsAreBounded(t *testing.T) {
	f := NewFiles("")
	limit := f.facts.Limit
	for i := range 3 * limit {
		f.facts.Put(factKey{inode: uint64(i)}, i)
		if _, ok := f.facts.Get(factKey{inode: 0}); !ok {
			t.Fatalf("a fact in use was dropped at %d", i)
		}
	}
	if n := f.facts.Len(); n > limit {
		t.Errorf("%d facts", n)
	}
}

// How much is kept follows the memory that the program may take.
func TestFactsFollowTheMemoryLimit(t *testing.T) {
	for mb, want := range map[uint64]int{16: factShare.Least, 64: factShare.Least, 128: 1024, 512: 4096, 1024: 8192, 1 << 20: factShare.Most} {
		e := New(Options{Memory: mb << 20})
		if got := e.files.facts.Limit; got != want || e.files.peeks.Limit != want/4 {
			t.Errorf("%d MB: %d facts and %d answers, want %d", mb, got, e.files.peeks.Limit, want)
		}
		if b := uint64(want * factBytes * 5 / 4); b > mb<<20/16 {
			t.Errorf("%d MB: %d bytes for facts", mb, b)
		}
		e.Close()
	}
}

func TestPeekDoesNotWait(t *testing.T) {
	f, _ := tree(t)
	var tasks []func()
	f.later = func(task func()) bool { tasks = append(tasks, task); return true }
	for range 3 {
		if _, _, known := f.Peek("/etc/passwd"); known {
			t.Fatal("known before anybody looked")
		}
	}
	if len(tasks) != 1 {
		t.Fatalf("%d tasks for one path", len(tasks))
	}
	tasks[0]()
	if info, err, known := f.Peek("/etc/passwd"); !known || err != nil || info.Size != 11 {
		t.Errorf("Peek = %+v, %v, %v", info, err, known)
	}
	now := time.Now().Add(time.Minute)
	f.now = func() time.Time { return now }
	if _, _, known := f.Peek("/etc/passwd"); !known || len(tasks) != 2 {
		t.Error("an old answer must stay while a new one is fetched")
	}
	if c := f.Caches()[1]; c.Hits != 1 || c.Misses != 2 || c.Entries != 1 || c.Bytes == 0 {
		t.Errorf("%+v", c)
	}
}

// The less a file changes, the longer its answer holds, up to the time to live.
func TestPeekFollowsHowOftenAFileChanges(t *testing.T) {
	f, root := tree(t)
	now := time.Now()
	f.now, f.ttl = func() time.Time { return now }, time.Minute
	looks := func(d time.Duration) int {
		before := f.Caches()[1].Misses
		for end := now.Add(d); now.Before(end); now = now.Add(time.Second) {
			f.Peek("/etc/passwd")
		}
		return int(f.Caches()[1].Misses - before)
	}
	looks(10 * time.Minute)
	if n := looks(10 * time.Minute); n < 9 || n > 10 {
		t.Errorf("%d looks in ten minutes at a file that does not change", n)
	}
	must(t, os.Remove(root+"/etc/passwd"))
	for gone := now; ; now = now.Add(time.Second) {
		if _, err, _ := f.Peek("/etc/passwd"); err != nil {
			break
		}
		if now.Sub(gone) > f.ttl+time.Second {
			t.Fatal("the file is gone for longer than the time to live")
		}
	}
	if n := looks(30 * time.Second); n < 2 {
		t.Errorf("%d looks in half a minute at a file that has just changed", n)
	}
}

func TestPeeksAreBounded(t *testing.T) {
	f, _ := tree(t)
	f.later = func(func()) bool { return false }
	for i := range 3 * f.peeks.Limit {
		f.Peek("/etc/passwd")
		f.Peek("/etc/" + strconv.Itoa(i))
		if _, ok := f.peeks.Peek("/etc/passwd"); !ok {
			t.Fatalf("an answer in use was dropped at %d", i)
		}
	}
	if n := f.peeks.Len(); n > f.peeks.Limit {
		t.Errorf("%d answers", n)
	}
}

func TestResolveAgreesWithTheKernel(t *testing.T) {
	f, root := tree(t)
	must(t, os.Symlink("../conf/./dir//../../absolute", root+"/etc/zigzag"))
	for _, path := range []string{"/etc/zigzag", "/conf/dir/dots", "//etc//passwd", "/", "/..", "/conf", "/etc/zigzag/x", "/absolute/..", "/loop/x"} {
		info, kerr := f.Stat(path)
		real, err := resolve(root, filepath.ToSlash(path), true)
		var st unix.Stat_t
		if err == nil {
			err = unix.Lstat(real, &st)
		}
		if (kerr == nil) != (err == nil) || err == nil && uint64(st.Ino) != info.Inode {
			t.Errorf("%s: kernel %v, walk %s %v", path, kerr, real, err)
		}
	}
}
