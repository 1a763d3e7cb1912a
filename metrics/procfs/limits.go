//go:build linux

package procfs

import (
	"bytes"
	"math"

	"github.com/smoothtask/smoothtask/metrics"
)

// parseLimits parses the table of proc_pid_limits(5). Its columns stand at fixed
// places, which the heading tells: "Limit   Soft Limit   Hard Limit   Units".
func parseLimits(b []byte) []metrics.Limit {
	heading, rest, _ := bytes.Cut(b, []byte("\n"))
	soft, hard := bytes.Index(heading, []byte("Soft Limit")), bytes.Index(heading, []byte("Hard Limit"))
	unit := bytes.Index(heading, []byte("Units"))
	if soft < 0 || hard < soft || unit < hard {
		return nil
	}
	var limits []metrics.Limit
	for line := range bytes.Lines(rest) {
		line = bytes.TrimRight(line, " \n")
		if len(line) <= hard {
			continue
		}
		limits = append(limits, metrics.Limit{
			Name: string(bytes.TrimSpace(line[:soft])),
			Soft: limitValue(line[soft:hard]),
			Hard: limitValue(line[hard:min(unit, len(line))]),
			Unit: string(bytes.TrimSpace(line[min(unit, len(line)):])),
		})
	}
	return limits
}

func limitValue(b []byte) uint64 {
	if bytes.HasPrefix(b, []byte("unlimited")) {
		return math.MaxUint64
	}
	return first(b)
}

// ReadLimits reads /proc/PID/limits.
func (f *FS) ReadLimits(pid int32) ([]metrics.Limit, error) {
	b, _, err := f.slurp(pid, "limits", maxFile)
	if err != nil {
		return nil, err
	}
	limits := parseLimits(b)
	if len(limits) == 0 {
		return nil, malformed(f, pid, "limits")
	}
	return limits, nil
}
