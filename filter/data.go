package filter

import (
	"slices"
	"strings"
	"unsafe"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// Data holds the rows of one frame for filters to look at, and what joins them:
// the sockets and findings of a process, the owner of a socket. A join is made
// when a filter first asks for it. Data is for one goroutine; its memory is
// reused from frame to frame.
type Data struct {
	snapshot *metrics.Snapshot
	rates    *metrics.Rates
	findings []threats.Finding

	sockets joined // sockets of each process
	suspect joined // findings of each process

	row     row    // the row at hand; here, so that it is not allocated
	scratch []byte // room for a text that is put together
}

// joined lists items by process: first holds the first item of each process and
// next the one after each item, as index+1; 0 is none.
type joined struct {
	made        bool
	first, next []int32
	process     []int32 // of each item, as index+1
}

// Reset takes the rows of another frame. Rates may be nil. The rows are only
// read, and must not change as long as they are here.
func (d *Data) Reset(s *metrics.Snapshot, r *metrics.Rates, findings []threats.Finding) {
	d.snapshot, d.rates, d.findings = s, r, findings
	d.sockets.made, d.suspect.made = false, false
	d.row = row{}
}

// join lists n items by the process that key names.
func (d *Data) join(j *joined, n int, key func(i int) metrics.ProcKey) {
	j.made = true
	j.first = zeroed(j.first, len(d.snapshot.Processes))
	j.next, j.process = zeroed(j.next, n), zeroed(j.process, n)
	for i := n - 1; i >= 0; i-- { // backwards, so that a list is in order
		k := key(i)
		if k.PID <= 0 {
			continue
		}
		p := d.snapshot.Find(k.PID)
		if p < 0 || d.snapshot.Processes[p].Key != k {
			continue
		}
		j.process[i] = int32(p + 1)
		j.next[i], j.first[p] = j.first[p], int32(i+1)
	}
}

func zeroed(s []int32, n int) []int32 {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}

func (d *Data) socketsOf() *joined {
	if !d.sockets.made {
		d.join(&d.sockets, len(d.snapshot.Sockets), func(i int) metrics.ProcKey { return d.snapshot.Sockets[i].Owner })
	}
	return &d.sockets
}

func (d *Data) findingsOf() *joined {
	if !d.suspect.made {
		d.join(&d.suspect, len(d.findings), func(i int) metrics.ProcKey {
			if f := &d.findings[i]; f.Process != nil && f.SuppressedBy == "" && !f.Gone {
				return f.Process.Key
			}
			return metrics.ProcKey{}
		})
	}
	return &d.suspect
}

// owner is the process that holds socket i, or nil.
func (d *Data) owner(i int) *metrics.Process {
	if p := d.socketsOf().process[i]; p > 0 {
		return &d.snapshot.Processes[p-1]
	}
	return nil
}

// rate is what process i did since the last snapshot, or nil.
func (d *Data) rate(i int) *metrics.ProcessRate {
	if d.rates == nil || i >= len(d.rates.Processes) {
		return nil
	}
	return &d.rates.Processes[i]
}

func (d *Data) socketRate(i int) *metrics.SocketRate {
	if d.rates == nil || i >= len(d.rates.Sockets) {
		return nil
	}
	return &d.rates.Sockets[i]
}

// parent is the parent of a process, or nil. A parent that started after its
// child is another process with a reused pid.
func (d *Data) parent(p *metrics.Process) *metrics.Process {
	i := d.snapshot.Find(p.PPID)
	if i < 0 || d.snapshot.Processes[i].Key.Start > p.Key.Start {
		return nil
	}
	return &d.snapshot.Processes[i]
}

// age is the time since the start of a process, in seconds.
func (d *Data) age(k metrics.ProcKey) float64 {
	return d.snapshot.Uptime.Seconds() - float64(k.Start)/metrics.TicksPerSecond
}

// cmdline is a command line with spaces in place of the NULs between arguments.
// The result is valid until the next use of the scratch.
func (d *Data) cmdline(s string) string {
	for s != "" && s[len(s)-1] == 0 {
		s = s[:len(s)-1]
	}
	nul := strings.IndexByte(s, 0)
	if nul < 0 {
		return s
	}
	d.scratch = append(d.scratch[:0], s...)
	for at := nul; nul >= 0; at += nul {
		d.scratch[at] = ' '
		at++
		nul = strings.IndexByte(s[at:], 0)
	}
	return view(d.scratch)
}

// view is b as a string that shares its bytes. It is for tests, which keep
// nothing: b may change afterwards.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
