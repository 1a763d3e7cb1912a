package indicators

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func has(s *Set, addr string) bool {
	_, ok := s.Address(netip.MustParseAddr(addr), 0)
	return ok
}

func TestSetFollowsItsFiles(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	write(t, a, "192.0.2.1\n")
	write(t, b, "198.51.100.1\n"+sumA+"\n")
	later := func() time.Time { return time.Now().Add(time.Hour) } // so that every file has settled
	s, err := Open([]string{a, b}, Options{Now: later})
	if err != nil {
		t.Fatal(err)
	}
	if all, hashes := s.Len(); all != 3 || hashes != 1 || !has(s, "192.0.2.1") || !has(s, "198.51.100.1") {
		t.Errorf("%d indicators, %d hashes", all, hashes)
	}
	if m, ok := s.Hash(sumA); !ok || m.File != b || m.Line != 2 {
		t.Errorf("%+v, %v", m, ok)
	}
	v := s.Version()
	write(t, a, "192.0.2.2\n")
	s.Refresh()
	if has(s, "192.0.2.1") || !has(s, "192.0.2.2") || !has(s, "198.51.100.1") || s.Version() == v {
		t.Error("the change of one file is not seen")
	}

	write(t, a, "192.0.2.3\nrubbish\n")
	s.Refresh()
	if !has(s, "192.0.2.2") || has(s, "192.0.2.3") {
		t.Error("a broken file did not keep its last good list")
	}
	if e := s.Errors(); len(e) != 1 || !strings.Contains(e[0], a+":2: found \"rubbish\"") {
		t.Errorf("errors %q", e)
	}
	if err := os.Remove(a); err != nil {
		t.Fatal(err)
	}
	s.Refresh()
	if e := s.Errors(); !has(s, "192.0.2.2") || len(e) != 1 || !strings.Contains(e[0], "no such file") {
		t.Errorf("after the file went: errors %q", e)
	}
	v = s.Version()
	s.Refresh()
	if s.Version() != v {
		t.Error("a new version, though nothing changed")
	}
	write(t, a, "192.0.2.4\n")
	s.Refresh()
	if len(s.Errors()) != 0 || !has(s, "192.0.2.4") {
		t.Errorf("after it came back: errors %q", s.Errors())
	}
}

func TestAChangeThatTheClockDoesNotShow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list")
	now := time.Now()
	s, _ := Open([]string{path}, Options{Now: func() time.Time { return now }})
	set := func(text string) {
		write(t, path, text)
		if err := os.Chtimes(path, now, now); err != nil {
			t.Fatal(err)
		}
		s.Refresh()
	}
	set("192.0.2.1")
	set("192.0.2.2") // the same size, inode and time
	if !has(s, "192.0.2.2") {
		t.Error("the second change within one tick is missed")
	}
	now = now.Add(time.Minute)
	s.Refresh()
	v := s.Version()
	s.Refresh()
	if s.Version() != v {
		t.Error("a file that has settled is read again")
	}
}

func TestPollLooksInTheBackground(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list")
	s, err := Open([]string{path}, Options{Every: 10 * time.Millisecond})
	if err == nil {
		t.Error("a missing file is no error at the start")
	}
	write(t, path, "192.0.2.1\n")
	for end := time.Now().Add(30 * time.Second); !has(s, "192.0.2.1"); time.Sleep(10 * time.Millisecond) {
		if s.Poll(); time.Now().After(end) {
			t.Fatal("never read")
		}
	}
	for s.busy.Load() {
		time.Sleep(time.Millisecond)
	}
}

func TestOddFiles(t *testing.T) {
	dir := t.TempDir()
	fifo, big, null := filepath.Join(dir, "fifo"), filepath.Join(dir, "big"), "/dev/null"
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, big, strings.Repeat("192.0.2.1\n", 100))
	for path, want := range map[string]string{fifo: "not a regular file", dir: "not a regular file", null: "not a regular file", big: "larger than 500 bytes"} {
		s, err := Open([]string{path}, Options{MaxBytes: 500})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
		if n, _ := s.Len(); n != 0 {
			t.Errorf("%s: %d indicators", path, n)
		}
	}
}

func TestNoSet(t *testing.T) {
	var s *Set
	s.Poll()
	if has(s, "192.0.2.1") || s.Version() != 0 || s.Errors() != nil || s.Bytes() != 0 {
		t.Error("a nil Set is not empty")
	}
	if _, ok := s.Hash(sumA); ok {
		t.Error("a nil Set knows a sum")
	}
	if _, ok := s.Hash(sumA + sumA); ok {
		t.Error("two sums are one")
	}
	if _, ok := s.Address(netip.Addr{}, 0); ok {
		t.Error("no address matches")
	}
}

// crowd is a list of n indicators at random: addresses of both families,
// networks and sums.
func crowd(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for i := range n {
		switch v := r.Uint32() | 1<<24; {
		case i%10 == 7:
			fmt.Fprintf(&b, "2001:db8:%x:%x::/64,note\n", v>>16, v&0xffff)
		case i%10 == 8:
			fmt.Fprintf(&b, "%d.%d.%d.0/24,note\n", v>>24, v>>16&255, v>>8&255)
		case i%10 == 9:
			fmt.Fprintf(&b, "%016x%016x%016x%016x,note\n", r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64())
		default:
			fmt.Fprintf(&b, "%d.%d.%d.%d,note\n", v>>24, v>>16&255, v>>8&255, v&255)
		}
	}
	return b.String()
}

const many = 100_000

func crowded(tb testing.TB) *Set {
	path := filepath.Join(tb.TempDir(), "list")
	write(tb, path, crowd(many))
	s, err := Open([]string{path}, Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestManyIndicatorsTakeLittleMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := crowded(t)
	runtime.GC()
	runtime.ReadMemStats(&after)
	took := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("%d indicators take %d bytes, estimated as %d", many, took, s.Bytes())
	if took > 200*many || s.Bytes() < took/2 || s.Bytes() > took*2 {
		t.Errorf("%d bytes, estimated as %d", took, s.Bytes())
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	s := crowded(t)
	miss := netip.MustParseAddr("10.1.2.3")
	if n := testing.AllocsPerRun(100, func() {
		s.Address(miss, 443)
		s.Hash(sumA)
		s.Poll()
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAddress100k(b *testing.B) {
	s := crowded(b)
	r := rand.New(rand.NewPCG(3, 4))
	addrs := make([]netip.Addr, 4096)
	for i := range addrs {
		v := r.Uint32()
		addrs[i] = netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.Address(addrs[i%len(addrs)], 443)
	}
}

func BenchmarkHash100k(b *testing.B) {
	s := crowded(b)
	b.ReportAllocs()
	for b.Loop() {
		s.Hash(sumA)
	}
}

func BenchmarkLoad100k(b *testing.B) {
	text := crowd(many)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := parse("list", strings.NewReader(text), many); err != nil {
			b.Fatal(err)
		}
	}
}
