package metrics

// DefaultMemory is what the program may take where nobody says, in bytes.
const DefaultMemory = 512 << 20

// Share is what a cache may take of the program's memory.
type Share struct {
	Part        uint64 // one of so many parts
	Bytes       uint64 // that an entry takes, about
	Least, Most int    // entries, however little or much memory there is
}

// Entries is how many entries are kept in a program that may take so much memory, in
// bytes.
func (s Share) Entries(memory uint64) int {
	return int(min(max(memory/s.Part/s.Bytes, uint64(s.Least)), uint64(s.Most)))
}
