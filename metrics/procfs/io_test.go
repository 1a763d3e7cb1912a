//go:build linux

package procfs

import "testing"

const ioText = "rchar: 323934931\nwchar: 323929600\nsyscr: 632687\nsyscw: 632675\nread_bytes: 4096\nwrite_bytes: 323932160\ncancelled_write_bytes: 7\n"

func TestParseIO(t *testing.T) {
	var io IO
	want := IO{ReadBytes: 4096, WriteBytes: 323932160, ReadCalls: 632687, WriteCalls: 632675}
	if !parseIO([]byte(ioText), &io) || io != want {
		t.Errorf("got %+v, want %+v", io, want)
	}
	if parseIO([]byte("syscr: 1\nsyscw: 2\n"), &io) {
		t.Error("half a file was accepted")
	}
}

func FuzzParseIO(f *testing.F) {
	f.Add([]byte(ioText))
	f.Add([]byte("syscr:"))
	f.Fuzz(func(_ *testing.T, b []byte) {
		var io IO
		parseIO(b, &io)
	})
}
