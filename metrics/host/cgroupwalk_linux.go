package host

import (
	"bytes"
	"context"
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/metrics"
)

// group is a control group while it is put together from its hierarchies.
type group struct {
	metrics.CgroupStat
	have controller
}

// groupFiles reads the files of one group, relative to its open directory.
type groupFiles struct {
	dir int
	buf buffer
}

func (f *groupFiles) text(name string) ([]byte, bool) {
	b, err := f.buf.readAt(f.dir, name)
	return b, err == nil
}

// number reads a file that holds one number; "max", which is no limit, is 0.
func (f *groupFiles) number(name string) (uint64, bool) {
	b, ok := f.text(name)
	if !ok {
		return 0, false
	}
	line, _ := cutLine(b)
	n, _ := uintOf(line)
	return n, true
}

// cgroupWalk goes through the hierarchies with memory that it keeps.
type cgroupWalk struct {
	max     int
	known   map[string]string // paths of this walk to themselves, to make each string once
	before  map[string]string // those of the walk before
	paths   metrics.CacheStat // hits and misses of before
	index   map[string]int    // where in list a path is
	list    []group
	files   groupFiles
	path    []byte
	names   []byte // of the children still to visit, each ended by a NUL
	dirents []byte
	visits  int // in the hierarchy so far
	cut     bool
}

// all reads the groups of all hierarchies, merged by path. The result is valid
// until the next call.
func (w *cgroupWalk) all(ctx context.Context, trees []hierarchy) ([]group, error) {
	w.cut = false
	w.list = w.list[:0]
	clear(w.index)
	w.known, w.before = w.before, w.known
	clear(w.known)
	for i := range trees {
		fd, err := unix.Open(trees[i].dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil, err
		}
		w.path, w.names, w.visits = append(w.path[:0], '/'), w.names[:0], 0
		err = w.visit(ctx, fd, &trees[i], 0)
		unix.Close(fd)
		if err != nil {
			return nil, err
		}
	}
	return w.list, nil
}

// visit reads the group of the open directory, whose path is w.path, and those
// below it. Groups that vanish meanwhile are no error.
func (w *cgroupWalk) visit(ctx context.Context, fd int, tree *hierarchy, depth int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// Where the list is full, groups that it has may still come.
	if w.visits++; w.visits > 2*w.max {
		w.cut = true
		return nil
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil
	}
	if !w.read(fd, st.Ino, tree) {
		w.cut = true
		return nil
	}
	// A directory has a link from each below it, besides its name and ".".
	if st.Nlink == 2 {
		return nil
	}
	if depth == maxCgroupDepth {
		w.cut = true
		return nil
	}
	first := len(w.names)
	w.children(fd)
	for at := first; at < len(w.names) && w.visits <= 2*w.max; {
		end := at + bytes.IndexByte(w.names[at:], 0)
		name := w.names[at:end]
		at = end + 1
		child, err := unix.Openat(fd, string(name), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			continue
		}
		here := len(w.path)
		if here > 1 {
			w.path = append(w.path, '/')
		}
		w.path = append(w.path, name...)
		err = w.visit(ctx, child, tree, depth+1)
		w.path = w.path[:here]
		unix.Close(child)
		if err != nil {
			return err
		}
	}
	w.names = w.names[:first]
	return nil
}

// read adds what the tree has of the group; false means that the list is full.
func (w *cgroupWalk) read(fd int, inode uint64, tree *hierarchy) bool {
	w.files.dir = fd
	i, ok := w.index[string(w.path)]
	if !ok {
		if len(w.list) == w.max {
			return false
		}
		path, ok := w.before[string(w.path)]
		if ok {
			w.paths.Hits++
		} else {
			w.paths.Misses++
			path = string(w.path)
		}
		w.known[path] = path
		i = len(w.list)
		w.index[path] = i
		w.list = append(w.list, group{CgroupStat: metrics.CgroupStat{ID: inode, Path: path}})
		// Not readable in a group of threads.
		if b, ok := w.files.text("cgroup.procs"); ok {
			w.list[i].Processes = bytes.Count(b, []byte("\n"))
		}
	}
	for _, read := range tree.read {
		read(&w.files, &w.list[i])
	}
	return true
}

// children appends the names of the directories in the open one, as getdents64(2)
// gives them: inode 8, offset 8, length 2, type 1, name.
func (w *cgroupWalk) children(fd int) {
	for {
		n, err := unix.Getdents(fd, w.dirents)
		if err != nil || n <= 0 {
			return
		}
		for b := w.dirents[:n]; len(b) >= 19; {
			size := int(binary.NativeEndian.Uint16(b[16:]))
			if size < 19 || size > len(b) {
				return
			}
			name := b[19:size]
			if end := bytes.IndexByte(name, 0); end >= 0 {
				name = name[:end]
			}
			directory := b[18] == unix.DT_DIR || b[18] == unix.DT_UNKNOWN
			if directory && len(name) > 0 && string(name) != "." && string(name) != ".." {
				w.names = append(append(w.names, name...), 0)
			}
			b = b[size:]
		}
	}
}
