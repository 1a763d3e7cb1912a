package host

import (
	"context"
	"path/filepath"
	"time"

	"github.com/shirou/gopsutil/v3/common"

	"github.com/smoothtask/smoothtask/metrics"
)

// Options sets up the readers of the machine.
type Options struct {
	// Root is the directory that holds proc, sys, etc, run and var; "" is "/". What
	// the kernel tells by system call (kernel version, interface flags) is of the
	// running machine whatever the root.
	Root string
	// Pool runs what can be held up by a dead file system; nil makes goroutines.
	Pool metrics.Pool
	// StatfsDeadline is how long a reading of disks waits for file systems that do
	// not answer; 0 is half a second.
	StatfsDeadline time.Duration

	statfs statfsFunc // for tests; nil is statfs(2)
}

// Readers returns a reader for each aspect of the machine. Their order matters
// to Apply: interfaces complete what network has set, load what host has.
func Readers(o Options) []metrics.HostReader {
	if o.Root == "" {
		o.Root = "/"
	}
	if o.StatfsDeadline <= 0 {
		o.StatfsDeadline = 500 * time.Millisecond
	}
	if o.statfs == nil {
		o.statfs = statfs
	}
	return append([]metrics.HostReader{
		newHostInfo(o.Root),
		newCPU(o.Root),
		newMemory(o.Root),
		newLoad(o.Root),
		newDisks(o),
		newDiskIO(o.Root),
		newNetwork(o.Root),
		newSensors(o.Root),
		newUsers(o.Root),
	}, platformReaders(o.Root)...)
}

// reader is a metrics.HostReader made of a function. read reports what it could
// not have to gaps, and returns an error only when it has nothing at all.
type reader struct {
	name  string
	every time.Duration
	read  func(ctx context.Context, gaps *gapList) (func(*metrics.System), error)
	close func() error // nil where nothing is held
	gaps  gapList
}

func (r *reader) Name() string         { return r.name }
func (r *reader) Every() time.Duration { return r.every }
func (r *reader) Gaps() []metrics.Gap  { return r.gaps }

func (r *reader) Read(ctx context.Context) (func(*metrics.System), error) {
	r.gaps = nil // not [:0]: the last ones may still be in somebody's hands
	return r.read(ctx, &r.gaps)
}

// Close implements metrics.Closer.
func (r *reader) Close() error {
	if r.close == nil {
		return nil
	}
	return r.close()
}

type gapList []metrics.Gap

func (g *gapList) add(what, why, needs string) {
	*g = append(*g, metrics.Gap{What: what, Why: why, Needs: needs})
}

func nothing(*metrics.System) {}

// below is ctx with the root under which gopsutil is to look. Set even for "/",
// so that HOST_PROC and its like in our environment do not make gopsutil and our
// own readers see different machines.
func below(ctx context.Context, root string) context.Context {
	return context.WithValue(ctx, common.EnvKey, common.EnvMap{
		common.HostProcEnvKey: filepath.Join(root, "proc"),
		common.HostSysEnvKey:  filepath.Join(root, "sys"),
		common.HostEtcEnvKey:  filepath.Join(root, "etc"),
		common.HostVarEnvKey:  filepath.Join(root, "var"),
		common.HostRunEnvKey:  filepath.Join(root, "run"),
		common.HostDevEnvKey:  filepath.Join(root, "dev"),
		common.HostRootEnvKey: root,
	})
}
