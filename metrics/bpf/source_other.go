//go:build !linux || !(amd64 || arm64)

package bpf

import (
	"fmt"
	"runtime"

	"github.com/smoothtask/smoothtask/metrics"
)

// Source cannot be made on this system.
type Source struct {
	metrics.ProcessSource
	metrics.GapReporter
	metrics.Noter
	metrics.CacheReporter
	metrics.HiddenReporter
	metrics.Closer
}

// New returns ErrUnsupported on this system.
func New(Options) (*Source, error) {
	return nil, fmt.Errorf("%w on %s/%s: they need Linux on amd64 or arm64", ErrUnsupported, runtime.GOOS, runtime.GOARCH)
}
