package host

import "github.com/smoothtask/smoothtask/metrics"

// The readers of the controllers of version 1, each in its own hierarchy:
// Documentation/admin-guide/cgroup-v1. There is no pressure in it.

// noLimitV1 is more than any limit in bytes: the kernel shows the largest number
// of whole pages for none.
const noLimitV1 = 1 << 62

func readMemoryV1(f *groupFiles, g *group) {
	n, ok := f.number("memory.usage_in_bytes")
	if !ok {
		return
	}
	g.have |= hasMemory
	g.MemoryBytes = n
	// Of the root the kernel tells page cache and anonymous memory, not what it is
	// charged with (mem_cgroup_usage in mm/memcontrol-v1.c): without the memory of
	// the kernel itself the root would be smaller than what is in it. Only the root
	// has the file cgroup.sane_behavior.
	if g.Path == "/" { // in a container maybe of another group
		if _, root := f.number("cgroup.sane_behavior"); root {
			kernel, _ := f.number("memory.kmem.usage_in_bytes")
			g.MemoryBytes += kernel
		}
	}
	if most, _ := f.number("memory.limit_in_bytes"); most < noLimitV1 {
		g.MemoryMax = most
	}
	g.MemoryPeak, _ = f.number("memory.max_usage_in_bytes")
	// Memory and swap together, where swap is accounted.
	if both, ok := f.number("memory.memsw.usage_in_bytes"); ok && both > n {
		g.SwapBytes = both - n
	}
	if b, ok := f.text("memory.oom_control"); ok {
		g.OOMKills = keyed(b, "oom_kill") // since 4.13
	}
}

func readPidsV1(f *groupFiles, g *group) {
	// The root has none of these files: all tasks are in it.
	if n, ok := f.number("pids.current"); ok {
		g.have |= hasPids
		g.PidsCurrent = n
		g.PidsMax, _ = f.number("pids.max")
	}
}

func readCPUV1(f *groupFiles, g *group) {
	if b, ok := f.text("cpu.stat"); ok {
		g.Throttled = keyed(b, "nr_throttled")
		g.ThrottledMicros = keyed(b, "throttled_time") / 1000
	}
	// -1, which is no number here, is no limit.
	quota, _ := f.number("cpu.cfs_quota_us")
	if period, _ := f.number("cpu.cfs_period_us"); period > 0 {
		g.CPUQuota = float64(quota) / float64(period)
	}
}

func readCPUAcctV1(f *groupFiles, g *group) {
	n, ok := f.number("cpuacct.usage")
	if !ok {
		return
	}
	g.have |= hasCPU
	g.CPUMicros = n / 1000
	if b, ok := f.text("cpuacct.stat"); ok {
		const microsPerTick = 1e6 / metrics.TicksPerSecond
		g.UserMicros = keyed(b, "user") * microsPerTick
		g.SystemMicros = keyed(b, "system") * microsPerTick
	}
}

func readBlkioV1(f *groupFiles, g *group) {
	read, write, ok := f.blkio("blkio.throttle.io_service_bytes")
	if !ok {
		return
	}
	g.have |= hasIO
	g.ReadBytes, g.WriteBytes = read, write
	g.ReadOps, g.WriteOps, _ = f.blkio("blkio.throttle.io_serviced")
}

// blkio reads the file that includes the groups below, or where the kernel has
// none the group's own.
func (f *groupFiles) blkio(name string) (read, write uint64, ok bool) {
	b, ok := f.text(name + "_recursive")
	if !ok {
		b, ok = f.text(name)
	}
	if ok {
		read, write = parseBlkio(b)
	}
	return read, write, ok
}

// parseBlkio adds up the lines of the devices: "8:0 Read 123", "8:0 Write 45".
func parseBlkio(b []byte) (read, write uint64) {
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		_, line = cutField(line)
		kind, line := cutField(line)
		n, _ := cutUint(line)
		switch string(kind) {
		case "Read":
			read += n
		case "Write":
			write += n
		}
	}
	return read, write
}
