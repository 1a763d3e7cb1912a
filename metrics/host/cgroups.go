package host

// CgroupOptions sets up NewCgroups.
type CgroupOptions struct {
	Root      string // holds sys/fs/cgroup; "" is "/"
	MaxGroups int    // that are read at most; 0 follows Memory
	Memory    uint64 // that the program may take, bytes; 0 is 512 MB
}
