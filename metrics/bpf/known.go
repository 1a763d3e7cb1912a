//go:build linux && (amd64 || arm64)

package bpf

import (
	"hash/maphash"
	"unsafe"

	"github.com/smoothtask/smoothtask/metrics"
)

// known is what a Source remembers of a process from one reading to the next: 256
// bytes, a size for which the runtime wastes none.
type known struct {
	proc      metrics.Process // as last published
	start     uint64          // ns since boot
	image     uint64          // hash of the image; 0 is none
	exe       *shared[exeKey]
	dir       *shared[taskPlace]
	group     *shared[uint64]
	rssParts  int32 // pages
	cmd       cmdState
	exited    bool // a zombie: its image is the last one it had
	published bool // proc.ID was in the result of an earlier reading
	retries   int8 // how often the path of the program may be asked for again
}

// ask asks for the command line of the image.
func (k *known) ask() ask { return ask{k.proc.Key.PID, k.start, k.proc.ExecID} }

// cmdState says how far the command line of an image is known.
type cmdState uint8

const (
	cmdWanted cmdState = iota
	cmdAsked
	cmdRead
	cmdFailed
)

// meet brings in line with a new record what does not change often, and reports
// whether the identity must be made or mended. old tells that the process was there
// in the last reading.
func (k *known) meet(r *taskProcess, old bool) (changed bool) {
	k.exited = r.HasMemory == 0 && r.Flags&metrics.FlagKthread == 0
	if k.exe != nil && k.exe.key != (exeKey{r.Image.Exe, r.Image.ExeInode}) {
		k.exe = nil
	}
	if k.group != nil && k.group.key != r.Image.CssSet {
		k.group = nil
	}
	if k.dir != nil && k.dir.key != r.Cwd {
		k.dir = nil
	}
	if old && k.exited {
		// The kernel has released what the image was read from.
		k.published, k.retries = k.proc.ID != nil, 0
		return k.proc.ID == nil
	}
	if k.proc.ExecID != r.Image.ExecId {
		k.proc.ID, k.cmd, k.rssParts, k.retries = nil, cmdWanted, 0, 0
	}
	k.published = k.proc.ID != nil
	image := hashImage(&r.Image)
	changed = k.proc.ID == nil || k.image != image
	k.image = image
	return changed
}

// hold notes that the process still has what it shares with others.
func (k *known) hold(cycle uint32) {
	k.exe.hold(cycle)
	k.group.hold(cycle)
	k.dir.hold(cycle)
}

// resident is the number of resident pages: what the processors have in common
// and the parts of each, which are not read every time.
func (k *known) resident(r *taskProcess) uint64 {
	if r.Have&uint8(taskHaveHAVE_RSS_PARTS) != 0 {
		k.rssParts = int32(r.RssParts)
	}
	return uint64(max(0, r.RssCommon+int64(k.rssParts)))
}

var imageSeed = maphash.MakeSeed()

// hashImage is never 0. The struct has no padding.
func hashImage(image *taskImage) uint64 {
	return maphash.Bytes(imageSeed, unsafe.Slice((*byte)(unsafe.Pointer(image)), unsafe.Sizeof(*image))) | 1
}
