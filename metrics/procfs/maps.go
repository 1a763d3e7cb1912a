//go:build linux

package procfs

import (
	"bytes"
	"context"

	"github.com/smoothtask/smoothtask/metrics"
	"golang.org/x/sys/unix"
)

// maxMaps bounds the bytes of a maps file that are read: about 80,000 mappings,
// more than the kernel's usual limit of 65,530.
const maxMaps = 8 << 20

// ReadMaps reads up to limit mappings of /proc/PID/maps, proc_pid_maps(5), and
// tells how many there are. Kernel threads and zombies have none.
func (f *FS) ReadMaps(ctx context.Context, pid int32, limit int) (maps []metrics.Mapping, total int, err error) {
	b, err := await(ctx, f, func() ([]byte, error) {
		b, _, err := f.slurp(pid, "maps", maxMaps)
		return b, err
	})
	for line := range bytes.Lines(b) {
		m, ok := parseMapping(bytes.TrimSuffix(line, []byte("\n")))
		if !ok {
			continue
		}
		if total++; len(maps) < limit {
			maps = append(maps, m)
		}
	}
	return maps, total, err
}

// parseMapping parses a line START-END PERMS OFFSET MAJOR:MINOR INODE   PATH. The
// path is as the kernel writes it, with newlines as \012 and the mark of a deleted
// file.
func parseMapping(b []byte) (metrics.Mapping, bool) {
	var m metrics.Mapping
	start, b, ok1 := hexField(b, '-')
	end, b, ok2 := hexField(b, ' ')
	if !ok1 || !ok2 || len(b) < 5 || b[4] != ' ' {
		return m, false
	}
	copy(m.Perms[:], b)
	offset, b, ok1 := hexField(b[5:], ' ')
	major, b, ok2 := hexField(b, ':')
	minor, b, ok3 := hexField(b, ' ')
	if !ok1 || !ok2 || !ok3 {
		return m, false
	}
	inode, rest := decimal(b)
	if len(rest) == len(b) {
		return m, false
	}
	m.Start, m.End, m.Offset, m.Inode = start, end, offset, inode
	m.Dev = unix.Mkdev(uint32(major), uint32(minor))
	m.Path = string(blank(rest))
	return m, true
}

// hexField parses a number that ends with the separator and returns what follows.
func hexField(b []byte, separator byte) (uint64, []byte, bool) {
	i := bytes.IndexByte(b, separator)
	if i < 1 || i > 16 {
		return 0, nil, false
	}
	return hexadecimal(b[:i]), b[i+1:], true
}
