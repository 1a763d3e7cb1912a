package host

import (
	"errors"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// kernelFile is a file of the kernel that is read in every cycle: kept open,
// reading it costs half.
type kernelFile struct {
	path string
	open bool
	fd   int
	buf  buffer
}

// wholeBelow is a number of bytes below which one read(2) has brought all of a
// file without longer lines: the kernel stops before the end only where the next
// line does not fit into the rest of a page, seq_read_iter in fs/seq_file.c.
const wholeBelow = 2 << 10

// read returns the content, valid until the next call.
func (f *kernelFile) read() ([]byte, error) {
	if !f.open {
		fd, err := unix.Open(f.path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
		if err != nil {
			return nil, err
		}
		f.fd, f.open = fd, true
	}
	b, err := f.buf.content(f.fd, wholeBelow)
	if err != nil {
		f.close()
	}
	return b, err
}

func (f *kernelFile) close() error {
	if !f.open {
		return nil
	}
	f.open = false
	return unix.Close(f.fd)
}

// kernelFiles are several that are read together.
type kernelFiles []kernelFile

func keptFiles(dir string, names ...string) kernelFiles {
	files := make(kernelFiles, len(names))
	for i, name := range names {
		files[i].path = filepath.Join(dir, name)
	}
	return files
}

func (files kernelFiles) close() error {
	var err error
	for i := range files {
		err = errors.Join(err, files[i].close())
	}
	return err
}
