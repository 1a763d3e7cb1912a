//go:build linux

package procfs

import (
	"bytes"
	"context"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

const tick = uint64(time.Second / metrics.TicksPerSecond)

// ReadThreads reads up to limit threads of a process from /proc/PID/task, by rising
// id. A thread that ends meanwhile is left out.
func (f *FS) ReadThreads(ctx context.Context, pid int32, limit int) ([]metrics.Thread, error) {
	s := f.take()
	defer f.give(s)
	dir, e := openat(f.dir, s.name(pid, "task"), unix.O_RDONLY|unix.O_DIRECTORY)
	if e != 0 {
		return nil, f.fail("open", pid, "task", e)
	}
	defer unix.Close(dir)
	var ids []int32
	for len(ids) < limit {
		n, err := unix.Getdents(dir, s.buf[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, f.fail("list", pid, "task", errno(err))
		}
		if n == 0 {
			break
		}
		ids = appendNumbers(ids, s.buf[:n])
	}
	var threads []metrics.Thread
	for _, tid := range ids[:min(len(ids), limit)] {
		if err := ctx.Err(); err != nil {
			return threads, err
		}
		b, e := s.read(dir, s.sub(".", tid, "stat"))
		var st Stat
		if e != 0 || !parseStat(b, &st) {
			continue
		}
		if escaped(st.Comm) {
			st.Comm = s.plainComm(bytes.Clone(st.Comm), dir, s.sub(".", tid, "comm"))
		}
		threads = append(threads, metrics.Thread{
			TID: tid, Comm: string(st.Comm), State: st.State, CPUNS: (st.UserTicks + st.SystemTicks) * tick,
		})
	}
	return threads, nil
}
