//go:build linux

package procfs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// Bounds of what an Inspector keeps of one process.
const (
	maxFDs     = 4096
	maxMapping = 20_000
	maxThreads = 4096
)

// Inspector implements metrics.Inspector from /proc. Safe for concurrent use.
type Inspector struct {
	fs     *FS
	hashes hashCache
}

// NewInspector returns an Inspector that reads f, which must outlive it. What it
// remembers is bounded for a program that may take so much memory, in bytes.
func NewInspector(f *FS, memory uint64) *Inspector {
	x := &Inspector{fs: f}
	x.hashes.known.Limit = hashShare.Entries(memory)
	return x
}

// Inspect implements metrics.Inspector. What the kernel holds up until ctx ends
// becomes a Gap, as what it denies.
func (x *Inspector) Inspect(ctx context.Context, key metrics.ProcKey, parts metrics.Parts) (*metrics.Detail, error) {
	if err := x.verify(key); err != nil {
		return nil, err
	}
	d := &metrics.Detail{Key: key, At: time.Now()}
	for part := metrics.Parts(1); part&metrics.PartsAll != 0; part <<= 1 {
		if parts&part == 0 {
			continue
		}
		what, err := x.read(ctx, d, part)
		switch {
		case err == nil:
			d.Read |= part
		case errors.Is(err, metrics.ErrVanished):
			return nil, err
		default:
			d.Gaps = append(d.Gaps, gapOf(what, part, key.PID, err))
		}
	}
	// Had the pid gone to another process meanwhile, this would be its story.
	if err := x.verify(key); err != nil {
		return nil, err
	}
	return d, nil
}

func (x *Inspector) verify(key metrics.ProcKey) error {
	st, err := x.fs.ReadStat(key.PID)
	if err == nil && st.Key() != key {
		err = fmt.Errorf("inspect pid %d: %w", key.PID, metrics.ErrVanished)
	}
	return err
}

// read fills one part of d, and says what it is.
func (x *Inspector) read(ctx context.Context, d *metrics.Detail, part metrics.Parts) (what string, err error) {
	f, pid := x.fs, d.Key.PID
	switch part {
	case metrics.PartEnviron:
		what = "environment"
		d.Environ, d.EnvironBytes, err = f.ReadEnviron(ctx, pid)
	case metrics.PartFDs:
		what = "open files"
		d.FDs, d.FDsTotal, err = f.ReadFDs(pid, maxFDs)
	case metrics.PartMaps:
		what = "memory mappings"
		d.Maps, d.MapsTotal, err = f.ReadMaps(ctx, pid, maxMapping)
	case metrics.PartLimits:
		what = "limits"
		d.Limits, err = f.ReadLimits(pid)
	case metrics.PartMemory:
		what = "exact memory"
		d.Memory, err = f.ReadSmapsRollup(ctx, pid)
	case metrics.PartThreads:
		what = "threads"
		d.Threads, err = f.ReadThreads(ctx, pid, maxThreads)
	case metrics.PartHash:
		what = "hash of the program"
		d.SHA256, err = x.hash(ctx, pid)
	case metrics.PartNamespaces:
		what = "namespaces"
		d.Links, err = f.readNamespaceLinks(pid)
	}
	return what, err
}

func gapOf(what string, part metrics.Parts, pid int32, err error) metrics.Gap {
	g := metrics.Gap{What: fmt.Sprintf("%s of pid %d", what, pid), Why: err.Error()}
	switch {
	case errors.Is(err, fs.ErrPermission):
		g.Needs = needs(metrics.Trace)
		if part&(metrics.PartEnviron|metrics.PartFDs) != 0 {
			g.Needs = needs(metrics.TraceFiles)
		}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, ErrHeld):
		g.Why, g.Needs = "reading it did not end in time: "+err.Error(), "more time, or the process to leave its wait in the kernel"
	}
	return g
}
