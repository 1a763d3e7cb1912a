package host

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

const statText = `cpu  29249 10 21828 282099 1635 20 208 146 30 40
cpu0 13798 0 10258 143087 278 0 43 75 0 0
cpu2 15450 10 11569 139012 1356 20 165 70 30 40
intr 1251385 0 0 1 14
ctxt 2743130
btime 1795412994
processes 60323
procs_running 3
procs_blocked 1
softirq 467662 0 48166
`

func TestParseStat(t *testing.T) {
	want := metrics.CPU{
		Total: metrics.CPUTimes{User: 292.49, Nice: .1, System: 218.28, Idle: 2820.99, IOWait: 16.35, IRQ: .2, SoftIRQ: 2.08, Steal: 1.46, Guest: .3, GuestNice: .4},
		Cores: []metrics.CPUTimes{
			{User: 137.98, System: 102.58, Idle: 1430.87, IOWait: 2.78, SoftIRQ: .43, Steal: .75},
			{User: 154.5, Nice: .1, System: 115.69, Idle: 1390.12, IOWait: 13.56, IRQ: .2, SoftIRQ: 1.65, Steal: .7, Guest: .3, GuestNice: .4},
		},
		ContextSwitches: 2743130, Interrupts: 1251385, Forks: 60323, Running: 3, Blocked: 1,
	}
	if got := parseStat([]byte(statText)); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	// Columns that an old kernel has not are zero.
	if got := parseStat([]byte("cpu 100 0 200\n")); got.Total.User != 1 || got.Total.System != 2 || got.Total.Steal != 0 {
		t.Errorf("short line: %+v", got)
	}
}

func TestParseLoadavg(t *testing.T) {
	load, tasks := parseLoadavg([]byte("0.98 12.06 1.01 2/1234 5678\n"))
	if want := (metrics.Load{One: .98, Five: 12.06, Fifteen: 1.01}); load != want || tasks != 1234 {
		t.Errorf("%+v, %d tasks", load, tasks)
	}
}

func TestParseVmstat(t *testing.T) {
	if in, out := parseVmstat([]byte("nr_free_pages 5\npswpin 12\npswpout 34\npswpinx 9\n")); in != 12 || out != 34 {
		t.Errorf("in %d, out %d", in, out)
	}
}

func TestParsePressure(t *testing.T) {
	var some, full metrics.PSI
	parsePressure([]byte("some avg10=0.46 avg60=1.72 avg300=10.35 total=114260332\nfull avg10=0.10 avg60=0.00 avg300=100.00 total=7\n"), &some, &full)
	if want := (metrics.PSI{Avg10: .46, Avg60: 1.72, Avg300: 10.35, TotalMicros: 114260332}); some != want {
		t.Errorf("some: %+v", some)
	}
	if want := (metrics.PSI{Avg10: .1, Avg300: 100, TotalMicros: 7}); full != want {
		t.Errorf("full: %+v", full)
	}
}

func TestParseSNMP(t *testing.T) {
	var c metrics.TCPCounters
	parseSNMP([]byte("Ip: Forwarding InErrs\nIp: 1 99\n"+
		"Tcp: RtoAlgorithm MaxConn ActiveOpens PassiveOpens AttemptFails InErrs RetransSegs\nTcp: 1 -1 11 12 13 14 15\n"+
		"Udp: InErrors\nUdp: 3\n"), &c)
	parseSNMP([]byte("TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 2 16\n"), &c)
	want := metrics.TCPCounters{ActiveOpens: 11, PassiveOpens: 12, AttemptFails: 13, InErrors: 14, Retransmits: 15, ListenDrops: 16, Have: true}
	if c != want {
		t.Errorf("%+v", c)
	}
}

func TestParseDiskstats(t *testing.T) {
	text := "   8       0 sda 100 1 800 50 200 2 1600 60 0 70 110 0 0 0 0\n" +
		"   8       1 sda1 90 1 700 50 190 2 1500 60 0 70 110\n" +
		" 259 0 nvme0n1 1 0 8 0 2 0 16 0 0 5 0\n" +
		"   9 0 short 1 2 3\n"
	got := parseDiskstats([]byte(text), func(name []byte) string {
		if string(name) == "sda1" {
			return ""
		}
		return string(name)
	})
	want := []metrics.DiskIO{
		{Name: "sda", ReadOps: 100, ReadBytes: 800 * 512, WriteOps: 200, WriteBytes: 1600 * 512, BusyMillis: 70},
		{Name: "nvme0n1", ReadOps: 1, ReadBytes: 8 * 512, WriteOps: 2, WriteBytes: 16 * 512, BusyMillis: 5},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestParseMountinfo(t *testing.T) {
	text := `22 27 0:21 / /proc rw,relatime - proc proc rw
23 27 0:22 / /sys rw - sysfs sysfs rw
24 27 0:6 / /dev rw - devtmpfs devtmpfs rw
25 24 0:30 / /dev/shm rw - tmpfs tmpfs rw
27 1 259:1 / / rw,relatime shared:1 master:2 - ext4 /dev/root rw
28 27 259:1 /srv/data /mnt/bind rw - ext4 /dev/root rw
29 27 0:50 / /mnt/my\040share ro,noatime - nfs4 server:/a\040b rw,vers=4.2
30 27 0:51 / /mnt/auto rw - autofs systemd-1 rw
31 27 8:1 / /data rw - xfs /dev/sda1 rw
32 27 8:2 / /data rw - xfs /dev/sda2 ro
33 27 0:60 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw
34 27 0:61 / /proc/scsi ro - tmpfs tmpfs ro
35 27 7:0 / /snap/core/1 ro - squashfs /dev/loop0 ro
36 27 0:62 / /home rw - fuse.sshfs me@host:/ rw
not a line of it
37 27 x:y / /bad rw - ext4 /dev/sdz rw
`
	got := parseMountinfo([]byte(text))
	want := []mount{
		{path: "/", device: "/dev/root", kind: "ext4", id: 259<<8 | 1},
		{path: "/data", device: "/dev/sda2", kind: "xfs", id: 8<<8 | 2},
		{path: "/dev/shm", device: "tmpfs", kind: "tmpfs", id: 30},
		{path: "/home", device: "me@host:/", kind: "fuse.sshfs", id: 62},
		{path: "/mnt/my share", device: "server:/a b", kind: "nfs4", readOnly: true, id: 50},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// utmpRecord builds a record as the C library of the layout would write it.
func utmpRecord(wide bool, kind uint16, user, line, host string, seconds int64) []byte {
	b := make([]byte, 384)
	if wide {
		b = make([]byte, 400)
		binary.NativeEndian.PutUint64(b[344:], uint64(seconds))
	} else {
		binary.NativeEndian.PutUint32(b[340:], uint32(seconds))
	}
	binary.NativeEndian.PutUint16(b, kind)
	copy(b[8:40], line)
	copy(b[44:76], user)
	copy(b[76:332], host)
	return b
}

func TestParseUtmp(t *testing.T) {
	for _, wide := range []bool{false, true} {
		b := bytes.Join([][]byte{
			utmpRecord(wide, 2, "reboot", "~", "6.18", 1),
			utmpRecord(wide, 7, "alice", "pts/0", "192.0.2.1", 1795412994),
			utmpRecord(wide, 8, "", "pts/1", "", 2),
			utmpRecord(wide, 7, strings.Repeat("u", 32), "tty1", "", 3)[:380], // cut short
		}, nil)
		got := parseUtmp(b, wide)
		want := []metrics.User{{Name: "alice", Terminal: "pts/0", Host: "192.0.2.1", Since: time.Unix(1795412994, 0)}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("wide %v: %+v", wide, got)
		}
	}
	full := utmpRecord(false, 7, strings.Repeat("u", 32), strings.Repeat("l", 32), strings.Repeat("h", 256), 1)
	if got := parseUtmp(full, false); len(got) != 1 || len(got[0].Name) != 32 || len(got[0].Host) != 256 {
		t.Errorf("fields without a NUL: %+v", got)
	}
}

func TestParseSession(t *testing.T) {
	text := "# This is private data.\nUID=1000\nUSER=alice\nREMOTE=1\nREMOTE_HOST=192.0.2.1\nTTY=pts/0\nCLASS=user\nREALTIME=1795412994000000\n"
	u, ok := parseSession([]byte(text))
	want := metrics.User{Name: "alice", Terminal: "pts/0", Host: "192.0.2.1", Since: time.Unix(1795412994, 0)}
	if !ok || !reflect.DeepEqual(u, want) {
		t.Errorf("%+v, %v", u, ok)
	}
	for _, other := range []string{"USER=gdm\nCLASS=greeter\n", "CLASS=user\n", ""} {
		if u, ok := parseSession([]byte(other)); ok {
			t.Errorf("%q is a session: %+v", other, u)
		}
	}
}

func TestParseOSRelease(t *testing.T) {
	id, version := parseOSRelease([]byte("PRETTY_NAME=\"Debian\"\nID=debian\nVERSION_ID=\"12\"\nID_LIKE=x\n"))
	if id != "debian" || version != "12" {
		t.Errorf("%q %q", id, version)
	}
}

func TestParseProcessStat(t *testing.T) {
	var m metrics.Process
	text := "42 (a) R (b\n) S 7 42 42 34816 42 4194560 111 0 5 0 10 20 0 0 20 -5 3 0 987654 1000 20 18446744073709551615\n"
	comm, ok := parseProcessStat([]byte(text), &m)
	if !ok || comm != "a) R (b\n" {
		t.Fatalf("name %q, %v", comm, ok)
	}
	if m.State != 'S' || m.PPID != 7 || m.TTY != 34816 || m.Flags != 4194560 || m.MinorFaults != 111 || m.MajorFaults != 5 ||
		m.Nice != -5 || m.Threads != 3 || m.Key.Start != 987654 {
		t.Errorf("%+v", m)
	}
	for _, bad := range []string{"", "1 (x", "1 )x(", "1 (x) S 1 2"} {
		if _, ok := parseProcessStat([]byte(bad), &m); ok {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestParseProcessCgroup(t *testing.T) {
	for text, want := range map[string]string{
		"0::/system.slice/a.service\n":                "/system.slice/a.service",
		"3:cpu,cpuacct:/b\n1:name=systemd:/c\n0::/\n": "/c",
		"4:memory:/m\n3:cpu,cpuacct:/b\n0::/\n":       "/b",
		"4:memory:/m:with:colons\n0::/\n":             "/m:with:colons",
		"9:name=systemd:/\n0::/\n":                    "/",
		"":                                            "",
		"x\n1:cpu\n":                                  "",
	} {
		if got := string(parseProcessCgroup([]byte(text))); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// FuzzParsers feeds the same bytes to every parser: none may panic, hang or
// return more than it was given.
func FuzzParsers(f *testing.F) {
	for _, s := range []string{"", "\n", statText, "0.98 1.06 1.01 2/107 1\n", "some avg10=0.46 total=1\n", "Tcp: A\nTcp: 1\n",
		"   8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n", "36 35 98:0 / /m\\040x rw - ext3 /dev/root rw\n", "8:0 rbytes=1 wbytes=2\n",
		"8:0 Read 1\n", "max 100000\n", "USER=a\nCLASS=user\n", "1 (a) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20\n",
		"1:cpu:/a\n0::/\n", "ID=\"x\"\n", string(utmpRecord(false, 7, "a", "b", "c", 1))} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if c := parseStat(b); len(c.Cores) > len(b) || c.Running < 0 || c.Blocked < 0 {
			t.Fatalf("%+v", c)
		}
		if _, tasks := parseLoadavg(b); tasks < 0 {
			t.Fatalf("%d tasks", tasks)
		}
		parseVmstat(b)
		var p metrics.PSI
		parsePressure(b, &p, &p)
		if p.Avg10 < 0 || p.Avg10 != p.Avg10 {
			t.Fatalf("%+v", p)
		}
		var c metrics.TCPCounters
		parseSNMP(b, &c)
		if n := len(parseDiskstats(b, func(name []byte) string { return string(name) })); n > len(b) {
			t.Fatalf("%d disks", n)
		}
		for _, m := range parseMountinfo(b) {
			if m.path[0] != '/' {
				t.Fatalf("mount %+v", m)
			}
		}
		for _, wide := range []bool{false, true} {
			if n := len(parseUtmp(b, wide)); n > len(b)/384 {
				t.Fatalf("%d sessions", n)
			}
		}
		parseSession(b)
		parseOSRelease(b)
		var m metrics.Process
		parseProcessStat(b, &m)
		if path := parseProcessCgroup(b); len(path) > 0 && path[0] != '/' {
			t.Fatalf("path %q", path)
		}
		var g metrics.CgroupStat
		parseCPUStat(b, &g)
		parseIOStat(b, &g)
		parseBlkio(b)
		keyed(b, "oom_kill")
		if q := parseCPUMax(b); q < 0 || q != q {
			t.Fatalf("quota %v", q)
		}
		parseLinks(b, b)
	})
}
