//go:build linux

package procfs

import (
	"context"
	"errors"
)

// maxHeld bounds the goroutines, and with them the threads, that readings can
// leave behind in the kernel.
const maxHeld = 16

// ErrHeld says that so many readings are held up in the kernel that no other is
// begun.
var ErrHeld = errors.New("too many readings of /proc are held up in the kernel")

// await runs a reading that the kernel can hold up, and gives up waiting for it
// when ctx ends. A reading given up keeps its goroutine until the kernel lets go;
// ErrHeld comes when too many do.
func await[T any](ctx context.Context, f *FS, read func() (T, error)) (T, error) {
	var zero T
	if err := ctx.Err(); err != nil {
		return zero, err
	}
	if ctx.Done() == nil {
		return read()
	}
	select {
	case f.held <- struct{}{}:
	default:
		return zero, ErrHeld
	}
	type answer struct {
		value T
		err   error
	}
	c := make(chan answer, 1)
	go func() {
		defer func() { <-f.held }()
		v, err := read()
		c <- answer{v, err}
	}()
	select {
	case a := <-c:
		return a.value, a.err
	case <-ctx.Done():
		return zero, ctx.Err()
	}
}
