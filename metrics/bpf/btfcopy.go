//go:build linux && (amd64 || arm64)

package bpf

import (
	"encoding/binary"
	"fmt"
)

// btfCopy collects types of one BTF in another, with new ids.
type btfCopy struct {
	from    *kernelBTF
	offsets []uint32          // of the types to copy from, by id
	ids     map[uint32]uint32 // old to new
	types   [][]byte
	strings []byte
	names   map[uint32]uint32 // old offset to new
}

// maxBTFDepth bounds how deep structs lie in one another.
const maxBTFDepth = 64

// add copies a type and what it contains by value, and returns its new id.
func (c *btfCopy) add(id uint32, depth int) (uint32, error) {
	if id == 0 {
		return 0, nil
	}
	if n, ok := c.ids[id]; ok {
		return n, nil
	}
	if int64(id) >= int64(len(c.offsets)) || depth > maxBTFDepth {
		return 0, fmt.Errorf("%w: type %d", errBadBTF, id)
	}
	t, _, err := c.from.at(int(c.offsets[id]))
	if err != nil {
		return 0, err
	}
	n := uint32(len(c.types) + 1)
	c.ids[id] = n
	le := binary.LittleEndian
	b := make([]byte, btfTypeSize, btfTypeSize+len(t.rest))
	b = append(b, t.rest...)
	c.types = append(c.types, b) // holds its place in the order of ids
	le.PutUint32(b, c.name(t.name))
	le.PutUint32(b[4:], t.info)
	le.PutUint32(b[8:], t.size)

	child := func(at int) error {
		id, err := c.add(le.Uint32(b[at:]), depth+1)
		le.PutUint32(b[at:], id)
		return err
	}
	switch t.kind() {
	case btfStruct, btfUnion:
		for at := btfTypeSize; at < len(b); at += 12 {
			le.PutUint32(b[at:], c.name(le.Uint32(b[at:])))
			if err := child(at + 4); err != nil {
				return 0, err
			}
		}
	case btfArray:
		if err := child(btfTypeSize); err != nil {
			return 0, err
		}
		return n, child(btfTypeSize + 4)
	case btfEnum:
		for at := btfTypeSize; at < len(b); at += 8 {
			le.PutUint32(b[at:], c.name(le.Uint32(b[at:])))
		}
	case btfEnum64:
		for at := btfTypeSize; at < len(b); at += 12 {
			le.PutUint32(b[at:], c.name(le.Uint32(b[at:])))
		}
	case btfTypedef, btfVolatile, btfConst, btfRestrict, btfTypeTag:
		return n, child(8)
	case btfPtr:
		le.PutUint32(b[8:], 0)
	case btfInt, btfFloat, btfFwd:
	default:
		return 0, fmt.Errorf("%w: kind %d within a struct", errBadBTF, t.kind())
	}
	return n, nil
}

func (c *btfCopy) name(old uint32) uint32 {
	if old == 0 {
		return 0
	}
	if n, ok := c.names[old]; ok {
		return n
	}
	n := uint32(len(c.strings))
	c.strings = append(append(c.strings, c.from.name(old)...), 0)
	c.names[old] = n
	return n
}

// bytes is the whole, as a file would hold it.
func (c *btfCopy) bytes() []byte {
	size := 0
	for _, t := range c.types {
		size += len(t)
	}
	le := binary.LittleEndian
	b := make([]byte, 0, btfHeaderSize+size+len(c.strings))
	b = le.AppendUint16(b, btfMagic)
	b = append(b, 1, 0) // version, flags
	for _, n := range []int{btfHeaderSize, 0, size, size, len(c.strings)} {
		b = le.AppendUint32(b, uint32(n))
	}
	for _, t := range c.types {
		b = append(b, t...)
	}
	return append(b, c.strings...)
}
