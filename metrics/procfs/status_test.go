//go:build linux

package procfs

import (
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

const statusText = "Name:\tcat\\nUid:\nUmask:\t0022\nState:\tR (running)\nTgid:\t42\nPid:\t42\nPPid:\t7\nTracerPid:\t99\n" +
	"Uid:\t1000\t0\t1\t2\nGid:\t100\t5\t6\t7\nFDSize:\t256\nGroups:\t4 24 27 \nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n" +
	"VmSwap:\t       4 kB\nThreads:\t3\nCapInh:\t0000000000000001\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000000400\n" +
	"CapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000002\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n" +
	"voluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t545\n"

func TestParseStatus(t *testing.T) {
	var st Status
	if !parseStatus([]byte(statusText), &st) {
		t.Fatal("refused")
	}
	want := Status{UID: 1000, EUID: 0, SavedUID: 1, FSUID: 2, GID: 100, EGID: 5, TracerPID: 99, Threads: 3,
		Security: metrics.Security{CapInheritable: 1, CapPermitted: 0x1ffffffffff, CapEffective: 0x400,
			CapBounding: 0x1ffffffffff, CapAmbient: 2, NoNewPrivs: true},
		Seccomp: 2, VoluntarySwitches: 150, InvoluntarySwitches: 545,
		RSSBytes: 1 << 20, PeakRSSBytes: 2 << 20, SwapBytes: 4096, hasSwitches: true, hasSeccomp: true}
	if st != want {
		t.Errorf("got %+v\nwant %+v", st, want)
	}
	if !parseStatus([]byte("Uid:\t1\t1\t1\t1\nCapEff:\t0\n"), &st) || st.known()&(metrics.HasSecurity|metrics.HasSeccomp) != metrics.HasSecurity {
		t.Errorf("of a kernel without seccomp it knows %b", st.known())
	}
	for _, bad := range []string{"", "Uid:\n", "Uid:\t1\t2\n", "Name:\tx\n", "no colon\n"} {
		if parseStatus([]byte(bad), &st) {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func FuzzParseStatus(f *testing.F) {
	f.Add([]byte(statusText))
	f.Add([]byte("Uid:\t1\t2\t3\t4"))
	f.Add([]byte("Uid:\t-1\t2\t3\t4\nCapEff:\tzz"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var st, again Status
		if parseStatus(b, &st) != parseStatus(b, &again) || st != again {
			t.Error("two answers for one text")
		}
	})
}
