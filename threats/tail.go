package threats

import (
	"bytes"
	"errors"
	"io"
	"os"
)

const (
	maxLine   = 64 << 10 // bytes; a longer line is left out
	markBytes = 64       // before the offset, to notice that a file was written anew
)

// Tail is a place in a growing log. The zero value with a Path begins Back bytes
// before the end. It holds the file open between looks, so that what was written
// before a rotation is not lost. It is used by one goroutine at a time.
type Tail struct {
	Path   string
	Back   int64 // how much of the past to read at first, bytes
	Record int   // size of a record of a binary log, bytes, up to 32 KB; 0: a log of lines

	file       *os.File
	dev, inode uint64
	offset     int64
	mark       []byte // the bytes before offset
	skip       bool   // inside a line that is too long or was begun before the start
	buf        []byte
}

func (t *Tail) rewind() { t.offset, t.mark, t.skip = 0, t.mark[:0], false }

// Follow calls line for each complete line that was written to the log since the
// last call until about limit bytes are read, and returns how many bytes of the
// current file are still to be read. It goes on in the new file after a rotation
// and from the beginning after a truncation. The slice is valid during the call
// only. A log that does not exist gives an error that is fs.ErrNotExist; Follow
// may be tried again.
func (f *Files) Follow(t *Tail, limit int, line func([]byte)) (behind int64, err error) {
	info, err := f.Stat(t.Path)
	if t.file != nil {
		left, rerr := f.rest(t, limit, line)
		if rerr != nil {
			f.leave(t)
			return 0, rerr
		}
		if err == nil && info.Dev == t.dev && info.Inode == t.inode {
			return max(info.Size-t.offset, 0), nil
		}
		if left <= 0 {
			return info.Size + 1, nil // the old file first
		}
		limit = left
		f.leave(t)
		if err != nil {
			return 0, nil // rotated away, and nothing new yet
		}
	}
	if err != nil {
		return 0, err
	}
	if info, err = f.start(t); err != nil {
		return 0, err
	}
	if _, err = f.rest(t, limit, line); err != nil {
		f.leave(t)
		return 0, err
	}
	return max(info.Size-t.offset, 0), nil
}

// ReadAt returns up to n bytes of the regular file at path from an offset on; fewer
// where it ends. The caller owns the result.
func (f *Files) ReadAt(path string, offset int64, n int) ([]byte, error) {
	return within(f, "read", path, func() ([]byte, error) {
		file, _, err := f.open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		buf := make([]byte, n)
		n, err := file.ReadAt(buf, offset)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return buf[:n], err
	})
}

// leave gives the file of a tail back; the place is kept.
func (f *Files) leave(t *Tail) {
	f.release(t.file)
	t.file = nil
}

// start opens the log and finds the place to go on from.
func (f *Files) start(t *Tail) (FileInfo, error) {
	type opened struct {
		file *os.File
		info FileInfo
	}
	o, err := within(f, "open", t.Path, func() (opened, error) {
		file, info, err := f.open(t.Path)
		return opened{file, info}, err
	})
	if err == nil {
		err = f.retain(o.file)
	}
	if err != nil {
		return o.info, err
	}
	first := t.inode == 0
	same := t.dev == o.info.Dev && t.inode == o.info.Inode
	t.file, t.dev, t.inode = o.file, o.info.Dev, o.info.Inode
	if !same {
		t.rewind()
	}
	if first && o.info.Size > t.Back && t.Record > 0 {
		n := int64(t.Record)
		t.offset = (o.info.Size - t.Back) / n * n
	} else if first && o.info.Size > t.Back {
		// One byte earlier, so that a start right behind a line end loses no line.
		t.offset, t.skip = max(o.info.Size-t.Back-1, 0), true
	}
	return o.info, nil
}

// rest reads on in the open file and returns what is left of limit: 0 or less
// when there may be more to read.
func (f *Files) rest(t *Tail, limit int, line func([]byte)) (int, error) {
	size, err := within(f, "stat", t.Path, func() (int64, error) {
		fi, err := t.file.Stat()
		if err != nil {
			return 0, err
		}
		return fi.Size(), nil
	})
	if err != nil {
		return limit, err
	}
	if size < t.offset || !t.marked() {
		t.rewind()
	}
	for limit > 0 {
		data, err := f.chunk(t)
		if err != nil || len(data) == 0 {
			return limit, err
		}
		used := t.lines(data, line)
		if used == 0 {
			if len(data) < maxLine {
				return limit, nil // a line that is still being written
			}
			t.skip, used = true, len(data)
		}
		t.mark = append(t.mark[:0], data[max(0, used-markBytes):used]...)
		t.offset += int64(used)
		limit -= used
	}
	return limit, nil
}

// chunk reads up to maxLine bytes at the offset into the buffer of t.
func (f *Files) chunk(t *Tail) ([]byte, error) {
	buf, file, at := t.buf, t.file, t.offset
	if buf == nil {
		buf = make([]byte, maxLine)
	}
	t.buf = nil // a read that hangs keeps it
	n, err := within(f, "read", t.Path, func() (int, error) {
		n, err := file.ReadAt(buf, at)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return n, err
	})
	if err != nil {
		return nil, err
	}
	t.buf = buf
	return buf[:n], nil
}

// lines hands out the complete lines, or records, of data and returns how many
// bytes they take.
func (t *Tail) lines(data []byte, line func([]byte)) (used int) {
	for t.Record > 0 {
		if len(data)-used < t.Record {
			return used
		}
		line(data[used : used+t.Record])
		used += t.Record
	}
	for {
		end := bytes.IndexByte(data[used:], '\n')
		if end < 0 {
			if t.skip {
				return len(data)
			}
			return used
		}
		if !t.skip {
			line(bytes.TrimSuffix(data[used:used+end], []byte{'\r'}))
		}
		t.skip = false
		used += end + 1
	}
}

// marked reports whether the bytes before the offset are still those of the last
// look. They are not when the log was truncated and has grown past it since.
func (t *Tail) marked() bool {
	if len(t.mark) == 0 {
		return true
	}
	var now [markBytes]byte
	n, err := t.file.ReadAt(now[:len(t.mark)], t.offset-int64(len(t.mark)))
	if err != nil && !errors.Is(err, io.EOF) {
		return true // the next read tells
	}
	return bytes.Equal(now[:n], t.mark)
}
