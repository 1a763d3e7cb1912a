//go:build !linux || !(amd64 || arm64)

package bpf

import (
	"context"
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
	metrics.Shrinker
	metrics.HiddenReporter
	metrics.LossReporter
	metrics.Closer
}

// New returns ErrUnsupported on this system.
func New(Options) (*Source, error) {
	return nil, fmt.Errorf("%w on %s/%s: they need Linux on amd64 or arm64", ErrUnsupported, runtime.GOOS, runtime.GOARCH)
}

// Watch does nothing.
func (*Source) Watch([]int32) {}

// SocketOwners cannot be made on this system.
type SocketOwners struct {
	metrics.Closer
	metrics.LossReporter
}

// NewSocketOwners returns ErrUnsupported on this system.
func NewSocketOwners() (*SocketOwners, error) {
	_, err := New(Options{})
	return nil, err
}

// Owners finds nothing.
func (*SocketOwners) Owners(_ context.Context, _ []uint64, dst []Owner) ([]Owner, error) {
	return dst, ErrUnsupported
}

// Screener cannot look at anything on this system.
type Screener struct{}

// NewScreener makes a Screener that only fails.
func NewScreener() *Screener { return &Screener{} }

// Screen returns ErrUnsupported on this system.
func (*Screener) Screen(context.Context, *metrics.Question, []metrics.ProcKey, []metrics.Traits) error {
	return ErrUnsupported
}

// Close has nothing to do.
func (*Screener) Close() error { return nil }

// ProgramIDs is empty: nothing was loaded.
func (*Screener) ProgramIDs() []uint32 { return nil }

// ProgramIDs is empty: nothing was loaded.
func (*Source) ProgramIDs() []uint32 { return nil }

// ProgramIDs is empty: nothing was loaded.
func (*SocketOwners) ProgramIDs() []uint32 { return nil }

// ListPrograms returns ErrUnsupported on this system.
func ListPrograms([]uint32) ([]metrics.BPFProgram, error) { return nil, ErrUnsupported }
