//go:build linux

package netlink

import (
	"bytes"
	"context"
	"fmt"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// procReader reads the files of /proc/net below an open directory.
type procReader struct {
	dir  int
	path []byte
	buf  []byte
	name func(s *metrics.Socket, b []byte) string
}

// read appends a socket for each line of the file that parse understands. After
// an error dst is as it was.
func (p *procReader) read(ctx context.Context, file string, proto metrics.Proto, parse lineParser, dst []metrics.Socket) ([]metrics.Socket, error) {
	begin := len(dst)
	p.path = append(append(p.path[:0], file...), 0)
	fd, err := openat(p.dir, p.path, unix.O_RDONLY)
	if err != nil {
		return dst, fmt.Errorf("open /proc/%s: %w", file, err)
	}
	defer unix.Close(fd)
	if p.buf == nil {
		p.buf = make([]byte, receiveSize)
	}
	kept := 0 // bytes of a line whose end has not been read
	for {
		if err := ctx.Err(); err != nil {
			return dst[:begin], err
		}
		n, err := unix.Read(fd, p.buf[kept:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return dst[:begin], fmt.Errorf("read /proc/%s: %w", file, err)
		}
		data := p.buf[:kept+n]
		for {
			line, rest, found := bytes.Cut(data, newline)
			if !found {
				break
			}
			dst = p.line(line, proto, parse, dst)
			data = rest
		}
		if n == 0 {
			return p.line(data, proto, parse, dst), nil
		}
		if len(data) == len(p.buf) {
			data = data[:0] // no line of the kernel is that long
		}
		kept = copy(p.buf, data)
	}
}

var newline = []byte{'\n'}

func (p *procReader) line(line []byte, proto metrics.Proto, parse lineParser, dst []metrics.Socket) []metrics.Socket {
	dst = append(dst, metrics.Socket{Proto: proto, FD: -1})
	s := &dst[len(dst)-1]
	name, ok := parse(line, s)
	if !ok {
		return dst[:len(dst)-1]
	}
	if name != nil {
		s.Name = p.name(s, name)
	}
	return dst
}
