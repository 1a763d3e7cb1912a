package host

// CgroupOptions sets up NewCgroups.
type CgroupOptions struct {
	Root      string // holds sys/fs/cgroup; "" is "/"
	MaxGroups int    // that are read at most; 0 is 2,048
}
