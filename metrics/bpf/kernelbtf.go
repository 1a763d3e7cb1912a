//go:build linux && (amd64 || arm64)

package bpf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"
)

// kernelBTF is the kernel's description of its own types, BTF as of
// Documentation/bpf/btf.rst. There are 130,000 of them in 5 MB, and a general
// reader needs 40 ms to index them all. This one finds in a single walk the few
// that are asked for.
type kernelBTF struct {
	types, strings []byte
	unmap          func()
}

// The kinds of include/uapi/linux/btf.h.
const (
	btfInt       = 1
	btfPtr       = 2
	btfArray     = 3
	btfStruct    = 4
	btfUnion     = 5
	btfEnum      = 6
	btfFwd       = 7
	btfTypedef   = 8
	btfVolatile  = 9
	btfConst     = 10
	btfRestrict  = 11
	btfFunc      = 12
	btfFuncProto = 13
	btfVar       = 14
	btfDatasec   = 15
	btfFloat     = 16
	btfDeclTag   = 17
	btfTypeTag   = 18
	btfEnum64    = 19
)

const (
	kernelBTFFile = "/sys/kernel/btf/vmlinux"
	btfMagic      = 0xeb9f
	btfHeaderSize = 24
	btfTypeSize   = 12
)

var errBadBTF = errors.New("malformed BTF")

// openKernelBTF maps the file. It is let go with close.
func openKernelBTF() (*kernelBTF, error) {
	f, err := os.Open(kernelBTFFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	// Kernels before 6.16 cannot map it.
	raw, err := unix.Mmap(int(f.Fd()), 0, int(st.Size()), unix.PROT_READ, unix.MAP_PRIVATE)
	unmap := func() { _ = unix.Munmap(raw) }
	if err != nil {
		unmap = func() {}
		if raw, err = os.ReadFile(kernelBTFFile); err != nil {
			return nil, err
		}
	}
	k, err := parseBTF(raw)
	if err != nil {
		unmap()
		return nil, fmt.Errorf("%s: %w", kernelBTFFile, err)
	}
	k.unmap = unmap
	return k, nil
}

func (k *kernelBTF) close() { k.unmap() }

func parseBTF(raw []byte) (*kernelBTF, error) {
	le := binary.LittleEndian
	if len(raw) < btfHeaderSize || le.Uint16(raw) != btfMagic {
		return nil, errBadBTF
	}
	body := uint64(le.Uint32(raw[4:]))
	typeOff, typeLen := body+uint64(le.Uint32(raw[8:])), uint64(le.Uint32(raw[12:]))
	strOff, strLen := body+uint64(le.Uint32(raw[16:])), uint64(le.Uint32(raw[20:]))
	if body < btfHeaderSize || typeOff+typeLen > uint64(len(raw)) || strOff+strLen > uint64(len(raw)) {
		return nil, errBadBTF
	}
	return &kernelBTF{raw[typeOff:][:typeLen], raw[strOff:][:strLen], func() {}}, nil
}

func (k *kernelBTF) name(off uint32) []byte {
	if uint64(off) >= uint64(len(k.strings)) {
		return nil
	}
	s := k.strings[off:]
	if i := bytes.IndexByte(s, 0); i >= 0 {
		return s[:i]
	}
	return nil
}

// btfType is the fixed part of a type and, in rest, what its kind adds.
type btfType struct {
	name, info, size uint32 // size or the id of another type
	rest             []byte
}

func (t *btfType) kind() int { return int(t.info >> 24 & 0x1f) }
func (t *btfType) vlen() int { return int(t.info & 0xffff) }

// at reads the type at an offset and returns the offset of the next one.
func (k *kernelBTF) at(off int) (btfType, int, error) {
	le := binary.LittleEndian
	if off < 0 || len(k.types)-off < btfTypeSize {
		return btfType{}, 0, errBadBTF
	}
	b := k.types[off:]
	t := btfType{name: le.Uint32(b), info: le.Uint32(b[4:]), size: le.Uint32(b[8:])}
	extra := 0
	switch t.kind() {
	case btfInt, btfVar, btfDeclTag:
		extra = 4
	case btfArray:
		extra = 12
	case btfStruct, btfUnion, btfDatasec, btfEnum64:
		extra = 12 * t.vlen()
	case btfEnum, btfFuncProto:
		extra = 8 * t.vlen()
	case btfPtr, btfFwd, btfTypedef, btfVolatile, btfConst, btfRestrict, btfFunc, btfFloat, btfTypeTag:
	default:
		return btfType{}, 0, fmt.Errorf("%w: kind %d", errBadBTF, t.kind())
	}
	if len(b) < btfTypeSize+extra {
		return btfType{}, 0, errBadBTF
	}
	t.rest = b[btfTypeSize : btfTypeSize+extra]
	return t, off + btfTypeSize + extra, nil
}

// wanted names what is looked for in the kernel's BTF. The ids are set as far as
// they are found; 0 is none.
type wanted struct{ structs, funcs map[string]uint32 }

// note sets the id of a name that is wanted.
func note(ids map[string]uint32, name []byte, id uint32) bool {
	if _, ok := ids[string(name)]; !ok || len(name) == 0 {
		return false
	}
	ids[string(name)] = id
	return true
}

// reduce makes a small BTF with the wanted structs only. Pointers in them lead
// nowhere, since CO-RE looks at the layout of a struct and at what it contains by
// value, and not behind pointers.
func (k *kernelBTF) reduce(w *wanted) (*btf.Spec, error) {
	c, err := k.pick(w)
	if err != nil {
		return nil, err
	}
	return btf.LoadSpecFromReader(bytes.NewReader(c.bytes()))
}

// pick copies the wanted structs and sets the ids of what is wanted.
func (k *kernelBTF) pick(w *wanted) (*btfCopy, error) {
	offsets := make([]uint32, 1, 160_000) // by id; 0 is void
	var roots []uint32
	for off := 0; off < len(k.types); {
		id := uint32(len(offsets))
		offsets = append(offsets, uint32(off))
		t, next, err := k.at(off)
		if err != nil {
			return nil, err
		}
		switch t.kind() {
		case btfStruct:
			if note(w.structs, k.name(t.name), id) {
				roots = append(roots, id)
			}
		case btfFunc:
			note(w.funcs, k.name(t.name), id)
		}
		off = next
	}
	c := btfCopy{from: k, offsets: offsets, ids: make(map[uint32]uint32), strings: []byte{0}, names: make(map[uint32]uint32)}
	for _, id := range roots {
		if _, err := c.add(id, 0); err != nil {
			return nil, err
		}
	}
	return &c, nil
}
