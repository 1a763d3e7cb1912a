//go:build linux

package procfs

import (
	"bytes"
	"context"
)

// maxEnviron bounds the bytes of an environment that are kept.
const maxEnviron = 256 << 10

// ReadEnviron reads /proc/PID/environ, proc_pid_environ(5): the environment that
// the program was started with, and the bytes of it that were there, at most
// 256 KiB. Kernel threads and zombies have none.
func (f *FS) ReadEnviron(ctx context.Context, pid int32) (env []string, size int, err error) {
	b, err := await(ctx, f, func() ([]byte, error) {
		b, _, err := f.slurp(pid, "environ", maxEnviron)
		return b, err
	})
	return splitEnviron(b), len(b), err
}

// splitEnviron splits at the NULs that end each entry. Bytes after the last one,
// which a cut leaves, are an entry too; the padding of a program that wrote over
// its environment is none.
func splitEnviron(b []byte) []string {
	var env []string
	for entry := range bytes.SplitSeq(b, []byte{0}) {
		if len(entry) > 0 {
			env = append(env, string(entry))
		}
	}
	return env
}
