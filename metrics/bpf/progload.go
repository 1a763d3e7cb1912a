//go:build linux && (amd64 || arm64)

package bpf

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// progLoadAttr is the part of union bpf_attr for BPF_PROG_LOAD of
// include/uapi/linux/bpf.h that kernels since 5.8 know.
type progLoadAttr struct {
	progType           uint32
	insnCount          uint32
	insns              unsafe.Pointer
	license            unsafe.Pointer
	logLevel, logSize  uint32
	log                unsafe.Pointer
	kernVersion        uint32
	flags              uint32
	name               [16]byte
	ifindex            uint32
	expectedAttachType uint32
	btfFD              uint32
	funcInfoRecSize    uint32
	funcInfo           uint64
	funcInfoCount      uint32
	lineInfoRecSize    uint32
	lineInfo           uint64
	lineInfoCount      uint32
	attachBTFID        uint32
	attachProgFD       uint32
	_                  uint32
}

// loadProgram loads a program that attaches to the kernel type with the id, if it is
// one that attaches.
func loadProgram(p *ebpf.ProgramSpec, code []byte, id uint32) (*ebpf.Program, error) {
	license := append([]byte(p.License), 0)
	attr := progLoadAttr{
		progType:           uint32(p.Type),
		insnCount:          uint32(len(code) / 8),
		insns:              unsafe.Pointer(unsafe.SliceData(code)),
		license:            unsafe.Pointer(unsafe.SliceData(license)),
		flags:              p.Flags,
		expectedAttachType: uint32(p.AttachType),
		attachBTFID:        id,
	}
	copy(attr.name[:len(attr.name)-1], p.Name)
	var fd int
	err := withMemlock(func() (err error) { fd, err = progLoad(&attr); return err })
	if err != nil {
		return nil, refusal(&attr, err)
	}
	return ebpf.NewProgramFromFD(fd)
}

func progLoad(attr *progLoadAttr) (int, error) {
	for {
		fd, _, e := unix.Syscall(unix.SYS_BPF, unix.BPF_PROG_LOAD, uintptr(unsafe.Pointer(attr)), unsafe.Sizeof(*attr))
		runtime.KeepAlive(attr)
		switch e {
		case 0:
			return int(fd), nil
		case unix.EAGAIN, unix.EINTR: // a signal came while the verifier was at work
		default:
			return -1, e
		}
	}
}

// refusal says why the kernel did not take a program, in the verifier's last words.
func refusal(attr *progLoadAttr, err error) error {
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) {
		return privilege(err)
	}
	log := make([]byte, 1<<20)
	attr.log, attr.logSize, attr.logLevel = unsafe.Pointer(unsafe.SliceData(log)), uint32(len(log)), 1
	if fd, again := progLoad(attr); again == nil {
		_ = unix.Close(fd)
	}
	lines := strings.Split(strings.TrimSpace(unix.ByteSliceToString(log)), "\n")
	if len(lines) > 4 {
		lines = lines[len(lines)-4:]
	}
	return fmt.Errorf("%w: this kernel does not take the program: %w: %s", ErrUnsupported, err, strings.Join(lines, "; "))
}

// privilege says what an error of bpf(2) asks for.
func privilege(err error) error {
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, ebpf.ErrNotSupported) && unix.Geteuid() != 0:
		return fmt.Errorf("%w: %w: needs root, or CAP_BPF with CAP_PERFMON", ErrUnsupported, err)
	case errors.Is(err, unix.ENOSYS):
		return fmt.Errorf("%w: the kernel has no bpf(2): needs CONFIG_BPF_SYSCALL", ErrUnsupported)
	}
	return err
}

// withMemlock does what may need more locked memory than the limit allows: kernels
// before 5.11 count programs and maps in it and say EPERM beyond it.
func withMemlock(do func() error) error {
	err := do()
	if !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.ENOMEM) {
		return err
	}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_MEMLOCK, &limit) != nil || limit.Cur == unix.RLIM_INFINITY {
		return err
	}
	if raise := unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}); raise != nil {
		return fmt.Errorf("%w (kernels before 5.11 also need a higher limit of locked memory, ulimit -l; it is %d bytes and cannot be raised: %w)", err, limit.Cur, raise)
	}
	return do()
}
