package host

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

const (
	sectorBytes    = 512 // of /proc/diskstats, whatever the device's own is
	maxDevices     = 4096
	devicesRecheck = time.Minute
)

// newDiskIO reads /proc/diskstats itself: gopsutil opens the udev record of each
// device besides, every time, for serial numbers.
//
// It lists whole devices that do I/O of their own. Partitions, and devices made of
// others (LVM, RAID, dm-crypt), would count the same I/O again, so that the sum
// over the list would be wrong.
func newDiskIO(root string) *reader {
	file := &kernelFile{path: filepath.Join(root, "proc/diskstats")}
	d := devices{block: filepath.Join(root, "sys/block")}
	return &reader{name: "diskio", close: file.close, read: func(context.Context, *gapList) (func(*metrics.System), error) {
		b, err := file.read()
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file.path, err)
		}
		list := parseDiskstats(b, d.wanted)
		return func(s *metrics.System) { s.DiskIO = list }, nil
	}}
}

// parseDiskstats reads the lines of Documentation/admin-guide/iostats.rst: major,
// minor, name, reads, merged, sectors, ms; writes, merged, sectors, ms; in flight,
// busy ms, and more. Names that wanted gives as "" are left out.
func parseDiskstats(b []byte, wanted func(name []byte) string) []metrics.DiskIO {
	list := make([]metrics.DiskIO, 0, 8)
	for len(b) > 0 && len(list) < maxDevices {
		var line, name []byte
		line, b = cutLine(b)
		_, line = cutField(line)
		_, line = cutField(line)
		name, line = cutField(line)
		var column [10]uint64
		for i := range column {
			if len(line) == 0 {
				name = nil // cut short
			}
			column[i], line = cutUint(line)
		}
		if len(name) == 0 {
			continue
		}
		if name := wanted(name); name != "" {
			list = append(list, metrics.DiskIO{Name: name,
				ReadOps: column[0], ReadBytes: column[2] * sectorBytes,
				WriteOps: column[4], WriteBytes: column[6] * sectorBytes,
				BusyMillis: column[9]})
		}
	}
	return list
}

// devices remembers what sysfs says of block devices.
type devices struct {
	block  string // the directory /sys/block
	read   time.Time
	listed map[string]string // name to name, or to "" for one that is left out
}

// wanted returns the name as a string if the device is to be listed, else "".
func (d *devices) wanted(name []byte) string {
	if len(d.listed) >= maxDevices || time.Since(d.read) > devicesRecheck {
		d.listed, d.read = make(map[string]string), time.Now()
	}
	known, ok := d.listed[string(name)]
	if !ok {
		s := string(name)
		if d.own(s) {
			known = s
		}
		d.listed[s] = known
	}
	return known
}

// own reports whether the device does I/O of its own.
func (d *devices) own(name string) bool {
	if strings.HasPrefix(name, "ram") || strings.HasPrefix(name, "loop") || strings.HasPrefix(name, "zram") {
		return false // memory, or files of a file system whose device counts them
	}
	if _, err := os.Stat(d.block); err != nil {
		return true // no sysfs to ask
	}
	// In names, sysfs writes ! for a slash: cciss!c0d0.
	dir := filepath.Join(d.block, strings.ReplaceAll(name, "/", "!"))
	if _, err := os.Stat(dir); err != nil {
		return false // a partition: it is below its device
	}
	slaves, err := os.ReadDir(filepath.Join(dir, "slaves"))
	return err != nil || len(slaves) == 0
}
