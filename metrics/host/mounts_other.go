//go:build !linux

package host

import (
	"context"
	"slices"

	"github.com/shirou/gopsutil/v3/disk"
	"golang.org/x/sys/unix"
)

func usageOf(st *unix.Statfs_t) usage {
	block := uint64(st.Bsize)
	free := uint64(max(int64(st.Bavail), 0)) // may be negative on FreeBSD
	inodesFree := uint64(max(int64(st.Ffree), 0))
	return usage{
		total: st.Blocks * block, used: (st.Blocks - min(st.Bfree, st.Blocks)) * block, free: free * block,
		inodes: st.Files, inodesUsed: st.Files - min(inodesFree, st.Files),
		readOnly: st.Flags&unix.MNT_RDONLY != 0,
	}
}

func mounts(string) ([]mount, error) {
	found, err := disk.PartitionsWithContext(context.Background(), false)
	if err != nil {
		return nil, err
	}
	list := make([]mount, 0, len(found))
	for _, p := range found {
		list = append(list, mount{path: p.Mountpoint, device: p.Device, kind: p.Fstype, readOnly: slices.Contains(p.Opts, "ro")})
	}
	return list, nil
}
