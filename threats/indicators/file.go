package indicators

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// settled is how long before a reading the last change of a file must lie: one
// that is changed twice within a tick of its clock looks the same.
const settled = 2 * time.Second

// file is one file of a Set. Its fields but path belong to who reads files.
type file struct {
	path string
	last fs.FileInfo // when it was read, or failed to be
	sure bool        // last was settled then
	list *list       // the last good one; nil when there never was one
	err  error       // of the last reading
}

// look reads the file when it has changed, and reports whether there is a new
// list or another error.
func (f *file) look(o *Options) (changed bool) {
	info, err := os.Stat(f.path)
	if err == nil && f.last != nil && f.sure && same(info, f.last) {
		return false
	}
	was := f.err
	if err == nil {
		f.last, f.sure = info, o.Now().Sub(info.ModTime()) > settled
		var l *list
		if l, err = read(f.path, o); err == nil {
			f.list, f.err = l, nil
			return true
		}
	} else {
		f.last = nil
	}
	f.err = fmt.Errorf("read indicators: %w", err)
	return was == nil || was.Error() != f.err.Error()
}

func same(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// read reads a regular file of bounded size. It opens without waiting, so that a
// FIFO cannot hold it up.
func read(path string, o *Options) (*list, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("not a regular file")}
	}
	if info.Size() > o.MaxBytes {
		return nil, fmt.Errorf("%s is larger than %d bytes; leave out what is old", path, o.MaxBytes)
	}
	return parse(path, io.LimitReader(f, o.MaxBytes), o.MaxEntries)
}
