//go:build linux

package procfs

import (
	"bytes"
	"context"
	"strings"

	"golang.org/x/sys/unix"
)

// Mount is one line of /proc/PID/mountinfo, proc_pid_mountinfo(5). The texts are
// without the kernel's escapes, and hostile.
type Mount struct {
	ID, Parent   int
	Dev          uint64 // as stat(2) gives st_dev
	Root         string // the directory in the file system that is mounted
	Point        string // where, below the process's root
	Options      string // of this mount: rw,nosuid
	Type, Source string
	Super        string // options of the file system
}

// parseMount parses ID PARENT MAJOR:MINOR ROOT POINT OPTIONS TAGS… - TYPE SOURCE SUPER.
func parseMount(line []byte) (Mount, bool) {
	front, back, ok := bytes.Cut(line, []byte(" - "))
	f, g := bytes.Split(front, []byte(" ")), bytes.SplitN(back, []byte(" "), 3)
	if !ok || len(f) < 6 || len(g) < 3 {
		return Mount{}, false
	}
	major, minor, ok := bytes.Cut(f[2], []byte(":"))
	if !ok {
		return Mount{}, false
	}
	return Mount{
		ID: int(first(f[0])), Parent: int(first(f[1])),
		Dev:  unix.Mkdev(uint32(first(major)), uint32(first(minor))),
		Root: octal(f[3]), Point: octal(f[4]), Options: octal(f[5]),
		Type: octal(g[0]), Source: octal(g[1]), Super: octal(g[2]),
	}, true
}

// octal undoes the escapes of space, tab, newline, backslash and #: \040.
func octal(b []byte) string {
	if bytes.IndexByte(b, '\\') < 0 {
		return string(b)
	}
	var out strings.Builder
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+3 < len(b) && isOctal(b[i+1]) && isOctal(b[i+2]) && isOctal(b[i+3]) {
			out.WriteByte((b[i+1]-'0')<<6 | (b[i+2]-'0')<<3 | (b[i+3] - '0'))
			i += 3
			continue
		}
		out.WriteByte(b[i])
	}
	return out.String()
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }

// ReadMounts reads the mounts that a process sees, up to limit.
func (f *FS) ReadMounts(ctx context.Context, pid int32, limit int) ([]Mount, error) {
	b, err := await(ctx, f, func() ([]byte, error) {
		b, _, err := f.slurp(pid, "mountinfo", maxFile)
		return b, err
	})
	var mounts []Mount
	for line := range bytes.Lines(b) {
		if m, ok := parseMount(bytes.TrimSuffix(line, []byte("\n"))); ok && len(mounts) < limit {
			mounts = append(mounts, m)
		}
	}
	return mounts, err
}
