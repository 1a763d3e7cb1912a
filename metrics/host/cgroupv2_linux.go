package host

import (
	"bytes"

	"github.com/smoothtask/smoothtask/metrics"
)

// readV2 reads the files of Documentation/admin-guide/cgroup-v2.rst. Counters of
// a group include those below it.
func readV2(f *groupFiles, g *group) {
	if b, ok := f.text("cpu.stat"); ok {
		g.have |= hasCPU
		parseCPUStat(b, &g.CgroupStat)
	}
	if b, ok := f.text("cpu.max"); ok {
		g.CPUQuota = parseCPUMax(b)
	}
	if n, ok := f.number("memory.current"); ok {
		g.have |= hasMemory
		g.MemoryBytes = n
		g.MemoryMax, _ = f.number("memory.max")
		g.MemoryPeak, _ = f.number("memory.peak") // since 5.19
		g.SwapBytes, _ = f.number("memory.swap.current")
		if b, ok := f.text("memory.events"); ok {
			g.OOMKills = keyed(b, "oom_kill")
		}
	}
	if b, ok := f.text("io.stat"); ok {
		g.have |= hasIO
		parseIOStat(b, &g.CgroupStat)
	}
	if n, ok := f.number("pids.current"); ok {
		g.have |= hasPids
		g.PidsCurrent = n
		g.PidsMax, _ = f.number("pids.max")
	}
	err := readPressure(&g.Pressure, func(resource int) ([]byte, error) {
		return f.buf.readAt(f.dir, pressureFiles[resource])
	})
	if err == nil {
		g.have |= hasPressure
	}
}

// pressureFiles are in the order of readPressure.
var pressureFiles = [...]string{"cpu.pressure", "memory.pressure", "io.pressure"}

// parseCPUStat reads lines of a key and a number. Without the cpu controller the
// times alone are there.
func parseCPUStat(b []byte, s *metrics.CgroupStat) {
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		key, line := cutField(line)
		n, _ := cutUint(line)
		switch string(key) {
		case "usage_usec":
			s.CPUMicros = n
		case "user_usec":
			s.UserMicros = n
		case "system_usec":
			s.SystemMicros = n
		case "nr_throttled":
			s.Throttled = n
		case "throttled_usec":
			s.ThrottledMicros = n
		}
	}
}

// parseCPUMax reads "QUOTA PERIOD", both in microseconds, as processors; "max" is 0.
func parseCPUMax(b []byte) float64 {
	line, _ := cutLine(b)
	quota, line := cutUint(line)
	period, _ := cutUint(line)
	if period == 0 {
		return 0
	}
	return float64(quota) / float64(period)
}

// parseIOStat adds up the lines of the devices: 8:0 rbytes=1 wbytes=2 rios=3 wios=4.
func parseIOStat(b []byte, s *metrics.CgroupStat) {
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		for len(line) > 0 {
			var field []byte
			field, line = cutField(line)
			key, value, _ := bytes.Cut(field, []byte("="))
			n, _ := uintOf(value)
			switch string(key) {
			case "rbytes":
				s.ReadBytes += n
			case "wbytes":
				s.WriteBytes += n
			case "rios":
				s.ReadOps += n
			case "wios":
				s.WriteOps += n
			}
		}
	}
}

// keyed is the number behind the key in lines of a key and a number.
func keyed(b []byte, want string) uint64 {
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		if key, rest := cutField(line); string(key) == want {
			n, _ := cutUint(rest)
			return n
		}
	}
	return 0
}
