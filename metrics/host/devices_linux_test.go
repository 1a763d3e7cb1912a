package host

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

func TestDiskIOListsDevicesOnce(t *testing.T) {
	line := " 1 0 1 0 0 1 0 1 0 0 1 0\n"
	root := writeTree(t, map[string]string{
		"proc/diskstats": "8 0 sda" + line + "8 1 sda1" + line + "253 0 dm-0" + line + "7 0 loop0" + line +
			"1 0 ram0" + line + "104 0 cciss/c0d0" + line,
		"sys/block/sda/size": "1", "sys/block/dm-0/slaves/sda1/x": "", "sys/block/loop0/size": "0",
		"sys/block/cciss!c0d0/size": "1",
	})
	if err := os.MkdirAll(filepath.Join(root, "sys/block/sda/slaves"), 0o755); err != nil {
		t.Fatal(err)
	}
	var s metrics.System
	r := newDiskIO(root)
	for range 2 { // the second time from memory
		readOne(t, r, &s)
		if len(s.DiskIO) != 2 || s.DiskIO[0].Name != "sda" || s.DiskIO[1].Name != "cciss/c0d0" {
			t.Fatalf("%+v", s.DiskIO)
		}
	}
}

func TestDiskIOWithoutSysfs(t *testing.T) {
	root := writeTree(t, map[string]string{"proc/diskstats": "8 0 sda 1 0 1 0 0 1 0 1 0 0 1 0\n"})
	var s metrics.System
	if readOne(t, newDiskIO(root), &s); len(s.DiskIO) != 1 {
		t.Errorf("%+v", s.DiskIO)
	}
}

func TestPressureSwitchedOff(t *testing.T) {
	root := writeTree(t, map[string]string{"proc/pressure/memory": "some avg10=1.50 avg60=0.00 avg300=0.00 total=9\nfull avg10=0.50 avg60=0.00 avg300=0.00 total=3\n"})
	var s metrics.System
	if gaps := readOne(t, newPressure(root), &s); len(gaps) != 0 || !s.Pressure.Have || s.Pressure.MemoryFull.TotalMicros != 3 {
		t.Errorf("with one resource: %+v, gaps %v", s.Pressure, gaps)
	}
	if err := os.RemoveAll(filepath.Join(root, "proc/pressure")); err != nil {
		t.Fatal(err)
	}
	if gaps := readOne(t, newPressure(root), &s); len(gaps) != 1 || s.Pressure.Have {
		t.Errorf("without: %+v, gaps %v", s.Pressure, gaps)
	}
}

func TestUsersFromLogind(t *testing.T) {
	root := writeTree(t, map[string]string{
		"run/systemd/sessions/3": "USER=alice\nTTY=pts/0\nCLASS=user\nREALTIME=1\n",
		"run/systemd/sessions/4": "USER=gdm\nCLASS=greeter\n",
	})
	var s metrics.System
	if gaps := readOne(t, newUsers(root), &s); len(gaps) != 0 || len(s.Users) != 1 || s.Users[0].Name != "alice" {
		t.Errorf("%+v, gaps %v", s.Users, gaps)
	}
}

func TestSensors(t *testing.T) {
	root := writeTree(t, map[string]string{
		"sys/class/hwmon/hwmon0/name": "coretemp\n", "sys/class/hwmon/hwmon0/temp1_input": "45500\n",
		"sys/class/hwmon/hwmon0/temp1_label": "Core 0\n", "sys/class/hwmon/hwmon0/temp1_max": "80000\n",
		"sys/class/hwmon/hwmon0/temp1_crit": "100000\n",
		"sys/class/hwmon/hwmon1/name":       "broken\n", "sys/class/hwmon/hwmon1/temp1_input": "no number\n",
	})
	var s metrics.System
	gaps := readOne(t, newSensors(root), &s)
	want := metrics.Sensor{Name: "coretemp_core_0", Celsius: 45.5, High: 80, Critical: 100}
	if len(s.Sensors) != 1 || s.Sensors[0] != want || len(gaps) != 1 {
		t.Errorf("%+v, gaps %v", s.Sensors, gaps)
	}
}

// TestReadersReuseMemory holds the readers of every cycle that we parse ourselves
// to what they publish: no allocation for each line of a file.
func TestReadersReuseMemory(t *testing.T) {
	for _, r := range []*reader{newCPU("/"), newLoad("/"), newPressure("/"), newTCP("/"), newDiskIO("/")} {
		if _, err := r.Read(t.Context()); err != nil {
			t.Fatal(err)
		}
		n := testing.AllocsPerRun(20, func() {
			if _, err := r.Read(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
		if n > 12 {
			t.Errorf("%s: %v allocations", r.Name(), n)
		}
	}
}
