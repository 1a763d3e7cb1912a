package monitor

import "testing"

func TestSelfIO(t *testing.T) {
	var u Usage
	const file = "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\ncancelled_write_bytes: 7\n"
	if !parseSelfIO([]byte(file), &u) || u != (Usage{ReadBytes: 1, WriteBytes: 2, ReadCalls: 3, WriteCalls: 4, DiskReadBytes: 5, DiskWriteBytes: 6}) {
		t.Errorf("%+v", u)
	}
	for _, bad := range []string{"", "rchar: x\n", "rchar 1\nwchar: 2\n", file[:20]} {
		if parseSelfIO([]byte(bad), &Usage{}) {
			t.Errorf("%q is complete", bad)
		}
	}
}
