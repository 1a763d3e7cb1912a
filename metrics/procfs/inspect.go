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

// What an Inspector reads at most of one process.
const (
	inspectFDs     = 4096
	inspectMaps    = 16384
	inspectThreads = 4096
)

// Inspector implements metrics.Inspector over an FS. It is safe for concurrent
// use.
type Inspector struct {
	fs     *FS
	hashes *hashes
}

// NewInspector makes an inspector that remembers the hashes of programs.
func NewInspector(f *FS) *Inspector { return &Inspector{fs: f, hashes: newHashes()} }

// Inspect implements metrics.Inspector. Parts that are denied are left out and
// become Gaps; a reading that ctx ended before it was done does too.
func (i *Inspector) Inspect(ctx context.Context, key metrics.ProcKey, parts metrics.Parts) (*metrics.Detail, error) {
	if err := i.verify(key); err != nil {
		return nil, err
	}
	d := &metrics.Detail{Key: key, At: time.Now()}
	pid := key.PID
	i.part(d, parts, metrics.PartEnviron, "environment", func() (err error) {
		d.Environ, d.EnvironBytes, err = i.fs.ReadEnviron(ctx, pid)
		return err
	})
	i.part(d, parts, metrics.PartFDs, "open files", func() (err error) {
		d.FDs, d.FDsTotal, err = i.fs.ReadFDs(pid, inspectFDs)
		return err
	})
	i.part(d, parts, metrics.PartMaps, "memory maps", func() (err error) {
		d.Maps, d.MapsTotal, err = i.fs.ReadMaps(ctx, pid, inspectMaps)
		return err
	})
	i.part(d, parts, metrics.PartLimits, "limits", func() (err error) {
		d.Limits, err = i.fs.ReadLimits(pid)
		return err
	})
	i.part(d, parts, metrics.PartMemory, "exact memory", func() (err error) {
		d.Memory, err = i.fs.ReadSmapsRollup(ctx, pid)
		return err
	})
	i.part(d, parts, metrics.PartThreads, "threads", func() (err error) {
		d.Threads, err = i.fs.ReadThreads(ctx, pid, inspectThreads)
		return err
	})
	i.part(d, parts, metrics.PartNamespaces, "namespaces", func() (err error) {
		d.Links, err = i.fs.readNamespaceLinks(pid)
		return err
	})
	i.part(d, parts, metrics.PartHash, "hash of the program", func() (err error) {
		d.SHA256, err = i.hashes.program(ctx, i.fs, pid)
		return err
	})
	// Had the pid been given to another process meanwhile, the details would be a mixture.
	if err := i.verify(key); err != nil {
		return nil, err
	}
	return d, nil
}

// part reads one part if it is wanted, and notes whether it was had.
func (i *Inspector) part(d *metrics.Detail, want, part metrics.Parts, what string, read func() error) {
	if want&part == 0 {
		return
	}
	err := read()
	switch {
	case err == nil:
		d.Read |= part
	case errors.Is(err, metrics.ErrVanished):
		// The check at the end tells.
	default:
		g := metrics.Gap{What: fmt.Sprintf("%s of pid %d", what, d.Key.PID), Why: err.Error()}
		if errors.Is(err, fs.ErrPermission) {
			g.Needs = "root or CAP_SYS_PTRACE"
		}
		d.Gaps = append(d.Gaps, g)
	}
}

// verify reports ErrVanished unless the process with the key is there.
func (i *Inspector) verify(key metrics.ProcKey) error {
	st, err := i.fs.ReadStat(key.PID)
	if err != nil {
		return err
	}
	if st.Start != key.Start {
		return fmt.Errorf("pid %d is another process by now: %w", key.PID, metrics.ErrVanished)
	}
	return nil
}

// readNamespaceLinks reads the links below /proc/PID/ns, namespaces(7).
func (f *FS) readNamespaceLinks(pid int32) (map[string]string, error) {
	links := make(map[string]string, 8)
	for _, name := range []string{"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"} {
		link, err := f.readlink(pid, "ns/"+name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		links[name] = link
	}
	return links, nil
}
