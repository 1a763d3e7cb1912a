package host

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/metrics"
)

const (
	cgroupsEvery   = 2 * time.Second
	cgroupsSeldom  = 30 * time.Second
	cgroupsShare   = 1000 // of the time, at most one part in so many is spent reading
	maxCgroupDepth = 32
	cgroupBytes    = 1024 // about: counters in two snapshots, path and places in maps
)

// cgroupShare is what control groups may take: 2,048 of them where the program may take
// 512 MB.
var cgroupShare = metrics.Share{Part: 256, Bytes: cgroupBytes, Least: 256, Most: 16384}

// NewCgroups returns a reader of all control groups, sorted by path, with every
// counter that the mounted version has. It reads less often where there are so
// many that reading them would take more than a thousandth of one processor.
func NewCgroups(o CgroupOptions) metrics.HostReader {
	if o.Memory == 0 {
		o.Memory = metrics.DefaultMemory
	}
	if o.MaxGroups <= 0 {
		o.MaxGroups = cgroupShare.Entries(o.Memory)
	}
	return &cgroups{
		base:  filepath.Join("/", o.Root, "sys/fs/cgroup"),
		walk:  cgroupWalk{max: o.MaxGroups, known: make(map[string]string), before: make(map[string]string), index: make(map[string]int), dirents: make([]byte, 16<<10)},
		lacks: make(map[controller][]string),
	}
}

type cgroups struct {
	base  string
	walk  cgroupWalk
	took  atomic.Int64
	gaps  gapList
	lacks map[controller][]string // shared by all groups that lack the same
}

func (c *cgroups) Name() string        { return "cgroups" }
func (c *cgroups) Gaps() []metrics.Gap { return c.gaps }

func (c *cgroups) Every() time.Duration {
	return min(max(cgroupsEvery, cgroupsShare*time.Duration(c.took.Load())), cgroupsSeldom)
}

// Caches implements metrics.CacheReporter.
func (c *cgroups) Caches() []metrics.CacheStat {
	s := c.walk.paths
	s.Name, s.Entries, s.Limit = "control groups", len(c.walk.known), c.walk.max
	s.Bytes = int64(s.Entries) * cgroupBytes
	return []metrics.CacheStat{s}
}

func (c *cgroups) Read(ctx context.Context) (func(*metrics.System), error) {
	c.gaps = nil
	at := time.Now()
	version, all := hierarchies(c.base)
	if version == "" {
		c.gaps.add("control groups", "none are mounted on "+c.base, "a mounted cgroup2 file system")
		return func(s *metrics.System) { s.Cgroups, s.CgroupsAt, s.CgroupV = nil, at, "" }, nil
	}
	list, err := c.walk.all(ctx, all)
	if err != nil {
		return nil, fmt.Errorf("reading control groups below %s: %w", c.base, err)
	}
	c.explain(version, list)
	groups := make([]metrics.CgroupStat, len(list))
	for i := range list {
		groups[i] = list[i].CgroupStat
	}
	slices.SortFunc(groups, func(a, b metrics.CgroupStat) int { return cmp.Compare(a.Path, b.Path) })
	c.took.Store(int64(time.Since(at)))
	return func(s *metrics.System) { s.Cgroups, s.CgroupsAt, s.CgroupV = groups, at, version }, nil
}

// explain fills in what each group lacks, and reports what all of them lack.
func (c *cgroups) explain(version string, list []group) {
	common := allControllers
	for i := range list {
		lack := allControllers &^ list[i].have
		switch {
		case list[i].Path != "/":
			common &= lack
		// The root has no files for what the machine has as a whole.
		case version == "v2":
			lack = 0
		default:
			lack &^= hasPids
		}
		list[i].Missing = c.names(lack)
	}
	if common != 0 && len(list) > 1 {
		c.gaps.add("of control groups: "+strings.Join(c.names(common), ", "),
			"no group has the files of these controllers ("+version+")", controllerNeeds[version])
	}
	if c.walk.cut {
		c.gaps.add("control groups", fmt.Sprintf("there are more than %d, or they are nested more than %d deep", c.walk.max, maxCgroupDepth),
			"fewer control groups")
	}
}

var controllerNeeds = map[string]string{
	"v2":     "the controllers in cgroup.subtree_control of the parents",
	"hybrid": "cgroup v2: boot with systemd.unified_cgroup_hierarchy=1",
	"v1":     "cgroup v2: boot with systemd.unified_cgroup_hierarchy=1",
}

// controller is a set of controllers.
type controller uint8

const (
	hasCPU controller = 1 << iota
	hasMemory
	hasIO
	hasPids
	hasPressure

	allControllers = hasCPU | hasMemory | hasIO | hasPids | hasPressure
)

// names lists the controllers of the set; it is shared and immutable.
func (c *cgroups) names(set controller) []string {
	if set == 0 {
		return nil
	}
	names, ok := c.lacks[set]
	if !ok {
		for i, name := range [...]string{"cpu", "memory", "io", "pids", "pressure"} {
			if set&(1<<i) != 0 {
				names = append(names, name)
			}
		}
		c.lacks[set] = names
	}
	return names
}

// hierarchy is one tree of groups, with what to read in each.
type hierarchy struct {
	dir  string
	read []func(*groupFiles, *group)
}

// hierarchies finds the trees in the usual places, cgroups(7), and tells their
// version. Those that come first say what processes a group has.
func hierarchies(base string) (version string, all []hierarchy) {
	if exists(filepath.Join(base, "cgroup.controllers")) {
		return "v2", []hierarchy{{base, []func(*groupFiles, *group){readV2}}}
	}
	unified := filepath.Join(base, "unified")
	if exists(filepath.Join(unified, "cgroup.controllers")) {
		version = "v2"
		all = append(all, hierarchy{unified, []func(*groupFiles, *group){readV2}})
	}
	type root struct{ dev, inode uint64 }
	at := make(map[root]int)
	for _, v1 := range [...]struct {
		name string
		read func(*groupFiles, *group)
	}{
		{"systemd", nil}, {"memory", readMemoryV1}, {"pids", readPidsV1}, {"cpu", readCPUV1},
		{"cpuacct", readCPUAcctV1}, {"blkio", readBlkioV1},
	} {
		var st unix.Stat_t
		dir := filepath.Join(base, v1.name)
		if unix.Stat(filepath.Join(dir, "cgroup.procs"), &st) != nil || unix.Stat(dir, &st) != nil {
			continue
		}
		if version == "v2" {
			version = "hybrid"
		} else if version == "" {
			version = "v1"
		}
		// cpu and cpuacct are often two names of one tree.
		key := root{st.Dev, st.Ino}
		i, known := at[key]
		if !known {
			i = len(all)
			at[key], all = i, append(all, hierarchy{dir: dir})
		}
		if v1.read != nil {
			all[i].read = append(all[i].read, v1.read)
		}
	}
	return version, all
}

func exists(path string) bool {
	var st unix.Stat_t
	return unix.Stat(path, &st) == nil
}
