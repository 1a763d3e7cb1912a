package metrics

// Cgroup tells where a process belongs, as far as its cgroup path says.
type Cgroup struct {
	Path      string // in the unified hierarchy, else in the v1 hierarchy of systemd or cpu; hostile text
	Unit      string // systemd unit: nginx.service, session-3.scope
	Slice     string // systemd slice: system.slice
	Container string // full id where visible
	Runtime   string // docker, containerd, crio, podman, lxc, nspawn; "" when unknown
	Pod       string // Kubernetes pod uid
}

// CgroupStat is the state of one control group. Counters are totals since the
// group was made. Missing names the controllers whose files are not there.
type CgroupStat struct {
	ID        uint64 // inode of the directory
	Path      string
	Processes int // in the group itself

	CPUMicros, UserMicros, SystemMicros uint64
	Throttled                           uint64 // periods in which the limit was hit
	ThrottledMicros                     uint64
	CPUQuota                            float64 // cores; 0 is no limit

	MemoryBytes, MemoryMax, MemoryPeak, SwapBytes uint64 // MemoryMax 0 is no limit
	OOMKills                                      uint64

	ReadBytes, WriteBytes, ReadOps, WriteOps uint64
	PidsCurrent, PidsMax                     uint64 // PidsMax 0 is no limit
	Pressure                                 Pressure
	Missing                                  []string
}
