package host

import "golang.org/x/sys/unix"

// maxFile bounds what is read of one kernel file. The longest are /proc/stat with
// a column for each interrupt and mountinfo on machines with many containers.
const maxFile = 8 << 20

// buffer is reused memory for one kernel file after another.
type buffer struct{ b []byte }

// read returns the content of the file, valid until the next call. os.ReadFile
// would allocate each time, and ask for a size that kernel files do not have.
func (b *buffer) read(path string) ([]byte, error) { return b.readAt(unix.AT_FDCWD, path) }

func (b *buffer) readAt(dir int, path string) ([]byte, error) {
	fd, err := unix.Openat(dir, path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	return b.content(fd, 0)
}

// content reads the open file from its beginning. A first read that brings less
// than whole bytes was all of it.
func (b *buffer) content(fd, whole int) ([]byte, error) {
	if b.b == nil {
		b.b = make([]byte, 1<<10)
	}
	n := 0
	for n < maxFile {
		if n == len(b.b) {
			b.b = append(b.b, make([]byte, len(b.b))...)
		}
		m, err := unix.Pread(fd, b.b[n:], int64(n))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return nil, err
		case m <= 0:
			return b.b[:n], nil
		case n == 0 && m < min(whole, len(b.b)):
			return b.b[:m], nil
		default:
			n += m
		}
	}
	return b.b[:n], nil
}

// cutLine cuts the first line off, without its newline.
func cutLine(b []byte) (line, rest []byte) {
	for i, c := range b {
		if c == '\n' {
			return b[:i], b[i+1:]
		}
	}
	return b, nil
}

// cutField cuts the first word off. It is empty at the end of the text only.
func cutField(b []byte) (field, rest []byte) {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for i, c := range b {
		if c == ' ' || c == '\t' {
			return b[:i], b[i:]
		}
	}
	return b, nil
}

// uintOf parses a decimal number; what is none, or does not fit, is false.
func uintOf(b []byte) (uint64, bool) {
	var n uint64
	for _, c := range b {
		d := uint64(c - '0')
		if c < '0' || c > '9' || n > (1<<64-1-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, len(b) > 0
}

// cutUint cuts the first word off as a number; 0 when it is none.
func cutUint(b []byte) (n uint64, rest []byte) {
	field, rest := cutField(b)
	n, _ = uintOf(field)
	return n, rest
}

// decimalOf parses a number such as 12.34; what is none is 0.
func decimalOf(b []byte) float64 {
	whole, fraction, scale := 0.0, 0.0, 1.0
	i := 0
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		whole = whole*10 + float64(b[i]-'0')
	}
	if i == 0 || i < len(b) && b[i] != '.' {
		return 0
	}
	for i++; i < len(b) && scale < 1e9; i++ {
		if b[i] < '0' || b[i] > '9' {
			return 0
		}
		fraction = fraction*10 + float64(b[i]-'0')
		scale *= 10
	}
	return whole + fraction/scale
}
