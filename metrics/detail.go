package metrics

import (
	"context"
	"time"
)

// Parts chooses what an Inspector reads of one process. Each costs system calls
// of its own and some can block in the kernel.
type Parts uint32

// The parts of a Detail.
const (
	PartEnviron Parts = 1 << iota
	PartFDs
	PartMaps
	PartLimits
	PartMemory // exact memory, from smaps_rollup
	PartThreads
	PartHash // SHA-256 of the program file; slow, cached by content
	PartNamespaces

	PartsAll = PartEnviron | PartFDs | PartMaps | PartLimits | PartMemory | PartThreads | PartHash | PartNamespaces
)

// Inspector reads the dear details of one process. Inspect verifies that the
// process is still the one of the key; a process that is gone gives
// ErrVanished. What is denied is listed in Detail.Gaps.
type Inspector interface {
	Inspect(ctx context.Context, key ProcKey, parts Parts) (*Detail, error)
}

// Detail is what was read of one process at one moment. Read says which parts
// are filled. The reader owns it.
type Detail struct {
	Key  ProcKey
	At   time.Time
	Read Parts
	Gaps []Gap // one for each part that was asked for and not read, in the order of the parts

	Environ      []string // KEY=value; hostile, and full of secrets
	EnvironBytes int      // size of the environment; 0 with PartEnviron read: truly empty

	FDs      []FD
	FDsTotal int // more than len(FDs) when the list was cut

	Maps      []Mapping
	MapsTotal int

	Limits  []Limit
	Memory  ExactMemory
	Threads []Thread
	SHA256  string            // lower-case hex
	Links   map[string]string // namespace name to link text: net → net:[4026531840]
}

// FD is one open file descriptor.
type FD struct {
	FD     int32
	Target string // link text: a path, socket:[123], pipe:[5], anon_inode:[eventpoll]; hostile
	Inode  uint64 // of a socket or pipe, from the link text
}

// Mapping is one line of proc_pid_maps(5).
type Mapping struct {
	Start, End uint64
	Perms      [4]byte // rwxp or s, '-' where not
	Offset     uint64
	Dev        uint64 // as stat(2) gives st_dev; 0 for anonymous memory
	Inode      uint64
	Path       string // file, [heap], [stack], [anon:…]; "" for anonymous; hostile
}

// Limit is one resource limit of getrlimit(2); Unlimited is the largest uint64.
type Limit struct {
	Name, Unit string
	Soft, Hard uint64
}

// ExactMemory is from smaps_rollup, in bytes.
type ExactMemory struct{ RSS, PSS, Shared, Private, Swap, SwapPSS, Anonymous, Locked uint64 }

// Thread is one thread of a process.
type Thread struct {
	TID   int32
	Comm  string
	State byte
	CPUNS uint64
}
