//go:build linux && (amd64 || arm64)

package bpf

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"
)

// leastTail is how many bytes a pattern must have after its *.
const leastTail = 4

// hashPattern is the hash by which src/files.h recognises a name that is asked for:
// of its length, its first and its last eight bytes; or, of a pattern with a * at
// the beginning, of the last four.
func hashPattern(pattern string) (uint64, error) {
	if tail, any := strings.CutPrefix(pattern, "*"); any {
		if len(tail) < leastTail {
			return 0, fmt.Errorf("the pattern %q for names of files needs %d bytes after the *", pattern, leastTail)
		}
		return hashName(uint64(binary.LittleEndian.Uint32([]byte(tail[len(tail)-leastTail:])))), nil
	}
	var head, tail [8]byte
	copy(head[:], pattern)
	copy(tail[max(8-len(pattern), 0):], pattern[max(len(pattern)-8, 0):])
	return hashName(binary.LittleEndian.Uint64(head[:]) ^ bits.RotateLeft64(binary.LittleEndian.Uint64(tail[:]), 1) ^ uint64(len(pattern))), nil
}

// hashName is hash_name of src/files.h.
func hashName(word uint64) uint64 { return word * 0x9e3779b97f4a7c15 >> 48 }
