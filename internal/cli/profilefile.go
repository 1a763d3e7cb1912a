package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
)

// profileFile is what a profile is written to. What is or becomes a regular file is
// written beside it and put in its place when it is complete; a pipe or a device is
// written as the profile comes. It remembers its first error, since those who write
// profiles do not tell.
type profileFile struct {
	file  *os.File
	final string // what file is renamed to; "" when it is written in place
	lent  bool   // a standard stream, which others still write to
	err   error
}

func newProfileFile(path string) (*profileFile, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return besideFile(path, nil)
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, &fs.PathError{Op: "open", Path: path, Err: syscall.EISDIR}
	}
	for _, stream := range []*os.File{os.Stdout, os.Stderr} {
		if own, err := stream.Stat(); err == nil && os.SameFile(info, own) {
			return &profileFile{file: stream, lent: true}, nil
		}
	}
	if info.Mode().IsRegular() {
		return besideFile(path, info)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0) // a FIFO that nobody reads would wait
	if errors.Is(err, syscall.ENXIO) {
		err = errors.New("nobody reads from it")
	}
	if err != nil {
		return nil, err
	}
	return &profileFile{file: f}, nil
}

// besideFile makes a file in the directory of the one that it is to replace, with
// its mode; old is nil where there is none.
func besideFile(path string, old fs.FileInfo) (*profileFile, error) {
	if old != nil {
		f, err := os.OpenFile(path, os.O_WRONLY, 0) // a directory says nothing of who may write the file
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			return nil, err
		}
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return nil, err
		}
	}
	dir, base := filepath.Split(path)
	for {
		name := filepath.Join(dir, fmt.Sprintf(".%s.%08x", base, rand.Uint32()))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil && old != nil {
			if err = f.Chmod(old.Mode().Perm()); err != nil {
				err = errors.Join(err, f.Close(), os.Remove(name))
			}
		}
		if err != nil {
			return nil, err
		}
		return &profileFile{file: f, final: path}, nil
	}
}

func (f *profileFile) Write(b []byte) (int, error) {
	n, err := f.file.Write(b)
	if f.err == nil {
		f.err = err
	}
	return n, err
}

// close puts the file in its place when it is to be kept and nothing has failed,
// neither in writing it nor, as the caller knows, in making the profile.
func (f *profileFile) close(keep bool, failed error) error {
	err := f.err
	if err == nil {
		err = failed
	}
	if f.lent {
		return err
	}
	if err == nil && keep && f.final != "" {
		err = f.file.Sync()
	}
	err = errors.Join(err, f.file.Close())
	switch {
	case f.final == "":
		return err
	case err != nil || !keep:
		return errors.Join(err, os.Remove(f.file.Name()))
	}
	return os.Rename(f.file.Name(), f.final)
}
