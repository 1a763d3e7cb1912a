package threats

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/metrics"
)

// Errors that Files adds to those of the system, wrapped in a *fs.PathError.
var (
	ErrNotRegular   = errors.New("not a regular file")
	ErrNotDirectory = errors.New("not a directory")
	ErrStuck        = errors.New("the file system does not answer; see whether it is mounted from a dead server")
)

const (
	fileTimeout = 2 * time.Second // for one operation; a dead mount never answers
	maxInFlight = 16              // operations at a time, those that hang included
)

// Files reads files of the host below a root directory. Whatever a path holds
// (a symbolic link that leads out of the root or in circles, a FIFO, a device, a
// huge file, a mount that does not answer) a call ends soon, with bounded memory.
//
// Links are resolved as if the root were "/". Paths are absolute within the
// root. Links of /proc that lead to objects rather than paths (PID/exe, PID/root)
// are not followed. A Files may be used by many goroutines.
type Files struct {
	root    string
	timeout time.Duration
	now     func() time.Time
	later   func(task func()) bool // runs a task in the background; nil: Peek waits
	ttl     time.Duration          // an answer of Peek is at most this old

	inFlight atomic.Int32
	stuck    atomic.Uint64

	mu       sync.Mutex
	facts    metrics.Cache[factKey, any]
	peeks    metrics.Cache[string, *peek]
	dir      *os.File              // the root, once it is needed; Linux only
	retained map[*os.File]struct{} // of tails, which hold their logs open between looks
	closed   bool
}

// NewFiles makes a reader of the files below root; "" means "/".
func NewFiles(root string) *Files {
	if root == "" {
		root = "/"
	}
	f := &Files{root: root, timeout: fileTimeout, now: time.Now, ttl: defaultTTL}
	f.bound(metrics.DefaultMemory)
	return f
}

// bound sets how much is kept, in a program that may take so much memory, in bytes.
func (f *Files) bound(memory uint64) {
	f.facts.Limit = factShare.Entries(memory)
	f.peeks.Limit = f.facts.Limit / 4
}

// close gives back the root directory and the logs that tails hold open. Later calls
// fail; those under way end well.
func (f *Files) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	var err error
	for file := range f.retained {
		err = errors.Join(err, file.Close())
	}
	f.retained = nil
	if f.dir != nil {
		err = errors.Join(err, f.dir.Close())
		f.dir = nil
	}
	return err
}

// retain takes note of a file that stays open after the call, to close it at the end.
func (f *Files) retain(file *os.File) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return errors.Join(fs.ErrClosed, file.Close())
	}
	if f.retained == nil {
		f.retained = map[*os.File]struct{}{}
	}
	f.retained[file] = struct{}{}
	return nil
}

// release closes a retained file, unless close has done so.
func (f *Files) release(file *os.File) {
	f.mu.Lock()
	_, open := f.retained[file]
	delete(f.retained, file)
	f.mu.Unlock()
	if open {
		_ = file.Close() // it was only read
	}
}

// Root is the directory below which the files are.
func (f *Files) Root() string { return f.root }

// FileInfo is what stat(2) tells of a file. Times are nanoseconds since 1970.
type FileInfo struct {
	Dev, Inode   uint64
	Mode         uint32 // type and permissions as in st_mode
	UID, GID     uint32
	Nlink        uint64
	Size         int64 // bytes
	MTime, CTime int64
}

// Regular reports whether the file is a regular one.
func (i FileInfo) Regular() bool { return i.Mode&unix.S_IFMT == unix.S_IFREG }

// Directory reports whether the file is a directory.
func (i FileInfo) Directory() bool { return i.Mode&unix.S_IFMT == unix.S_IFDIR }

// Symlink reports whether the file is a symbolic link; only Lstat shows one.
func (i FileInfo) Symlink() bool { return i.Mode&unix.S_IFMT == unix.S_IFLNK }

// Setuid reports whether the file runs with the rights of its owner or group.
func (i FileInfo) Setuid() bool { return i.Regular() && i.Mode&(unix.S_ISUID|unix.S_ISGID) != 0 }

// WorldWritable reports whether anybody may write the file; a sticky directory
// such as /tmp counts as well.
func (i FileInfo) WorldWritable() bool { return !i.Symlink() && i.Mode&unix.S_IWOTH != 0 }

// ModTime is the time of the last change of the content.
func (i FileInfo) ModTime() time.Time { return time.Unix(0, i.MTime) }

func infoOf(st *unix.Stat_t) FileInfo {
	return FileInfo{
		Dev: uint64(st.Dev), Inode: uint64(st.Ino), Mode: uint32(st.Mode),
		UID: st.Uid, GID: st.Gid, Nlink: uint64(st.Nlink), Size: int64(st.Size),
		MTime: st.Mtim.Nano(), CTime: st.Ctim.Nano(),
	}
}

// Stat describes the file at path, following links.
func (f *Files) Stat(path string) (FileInfo, error) {
	return within(f, "stat", path, func() (FileInfo, error) { return f.stat(path, true) })
}

// Lstat describes the file at path; a symbolic link is described itself.
func (f *Files) Lstat(path string) (FileInfo, error) {
	return within(f, "lstat", path, func() (FileInfo, error) { return f.stat(path, false) })
}

// Readlink returns the text of the symbolic link at path.
func (f *Files) Readlink(path string) (string, error) {
	return within(f, "readlink", path, func() (string, error) { return f.readlink(path) })
}

// ReadFile returns up to limit bytes from the beginning of the regular file at
// path; a longer file is cut. The caller owns the result.
func (f *Files) ReadFile(path string, limit int) ([]byte, error) {
	return within(f, "read", path, func() ([]byte, error) {
		file, info, err := f.open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return readUpTo(file, info.Size, limit)
	})
}

// readUpTo reads at most limit bytes. size is a hint: files of /proc say 0.
func readUpTo(file *os.File, size int64, limit int) ([]byte, error) {
	buf := make([]byte, 0, min(max(int(min(size, int64(limit))), 512), limit)+1)
	for len(buf) < limit {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := file.Read(buf[len(buf):min(cap(buf), limit)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			return buf, err
		}
	}
	return buf, nil
}

// Entry is one name in a directory. Type holds the type bits only; the type of
// an entry is unknown on some file systems, which fs.ModeIrregular says.
type Entry struct {
	Name string // hostile text
	Type fs.FileMode
}

// ReadDir lists up to limit entries of the directory at path, sorted by name,
// and reports whether there are more.
func (f *Files) ReadDir(path string, limit int) (entries []Entry, more bool, err error) {
	entries, err = within(f, "read", path, func() ([]Entry, error) {
		dir, err := f.openDir(path)
		if err != nil {
			return nil, err
		}
		defer dir.Close()
		list, err := dir.ReadDir(limit + 1)
		if err != nil && err != io.EOF {
			return nil, err
		}
		out := make([]Entry, len(list))
		for i, e := range list {
			out[i] = Entry{e.Name(), e.Type()}
		}
		return out, nil
	})
	if len(entries) > limit {
		entries, more = entries[:limit], true
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name < entries[j].Name })
	return entries, more, err
}

// DirEntry is one name in a directory with what lstat(2) tells of it.
type DirEntry struct {
	Name string // hostile text
	FileInfo
}

// StatDir is ReadDir with what lstat(2) tells of each entry, which costs a tenth of
// asking for one after the other. What vanishes meanwhile is left out.
func (f *Files) StatDir(path string, limit int) (entries []DirEntry, more bool, err error) {
	type listing struct {
		entries []DirEntry
		more    bool
	}
	l, err := within(f, "read", path, func() (l listing, err error) {
		dir, err := f.openDir(path)
		if err != nil {
			return l, err
		}
		defer dir.Close()
		names, err := dir.Readdirnames(limit + 1)
		if err != nil && err != io.EOF {
			return l, err
		}
		l.more = len(names) > limit
		l.entries = make([]DirEntry, 0, len(names))
		for _, name := range names[:min(len(names), limit)] {
			var st unix.Stat_t
			if unix.Fstatat(int(dir.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW) == nil {
				l.entries = append(l.entries, DirEntry{name, infoOf(&st)})
			}
		}
		sort.Slice(l.entries, func(i, j int) bool { return l.entries[i].Name < l.entries[j].Name })
		return l, nil
	})
	return l.entries, l.more, err
}

// within runs fn and waits for it until the deadline. What outlives it goes on
// alone, and its result is dropped; so fn must not share what it writes to.
func within[T any](f *Files, op, path string, fn func() (T, error)) (T, error) {
	type outcome struct {
		v   T
		err error
	}
	var zero T
	if f.inFlight.Add(1) > maxInFlight {
		f.inFlight.Add(-1)
		return zero, &fs.PathError{Op: op, Path: path, Err: ErrStuck}
	}
	done := make(chan outcome, 1)
	go func() {
		defer f.inFlight.Add(-1)
		v, err := fn()
		done <- outcome{v, err}
	}()
	timer := time.NewTimer(f.timeout)
	defer timer.Stop()
	select {
	case o := <-done:
		var pe *fs.PathError
		if errors.As(o.err, &pe) { // the real path would name the root twice
			o.err = pe.Err
		}
		if o.err != nil {
			return o.v, &fs.PathError{Op: op, Path: path, Err: o.err}
		}
		return o.v, nil
	case <-timer.C:
		f.stuck.Add(1)
		return zero, &fs.PathError{Op: op, Path: path, Err: ErrStuck}
	}
}
