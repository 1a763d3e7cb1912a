//go:build linux

package procfs

import (
	"bytes"
	"context"
)

// IO is /proc/PID/io, proc_pid_io(5): totals of live and dead threads.
type IO struct {
	ReadBytes, WriteBytes uint64 // from and to storage
	ReadCalls, WriteCalls uint64
}

// parseIO fills io from the text and reports whether all values were there.
func parseIO(b []byte, io *IO) bool {
	*io = IO{}
	found := 0
	for len(b) > 0 {
		line := b
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			line, b = b[:i], b[i+1:]
		} else {
			b = nil
		}
		i := bytes.IndexByte(line, ':')
		if i < 0 {
			continue
		}
		v := first(blank(line[i+1:]))
		switch string(line[:i]) {
		case "syscr":
			io.ReadCalls = v
		case "syscw":
			io.WriteCalls = v
		case "read_bytes":
			io.ReadBytes = v
		case "write_bytes":
			io.WriteBytes = v
		default:
			continue
		}
		found++
	}
	return found == 4
}

// ReadIO reads /proc/PID/io, which waits for an exec of the process to end.
func (f *FS) ReadIO(ctx context.Context, pid int32) (IO, error) {
	return await(ctx, f, func() (IO, error) {
		s := f.take()
		defer f.give(s)
		var io IO
		b, e := s.read(f.dir, s.name(pid, "io"))
		if e != 0 {
			return io, f.fail("read", pid, "io", e)
		}
		if !parseIO(b, &io) {
			return io, malformed(f, pid, "io")
		}
		return io, nil
	})
}
