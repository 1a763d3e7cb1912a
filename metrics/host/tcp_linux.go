package host

import (
	"bytes"
	"context"
	"path/filepath"

	"github.com/smoothtask/smoothtask/metrics"
)

// newTCP reads /proc/net/snmp and /proc/net/netstat, of which gopsutil knows the
// first only.
func newTCP(root string) *reader {
	files := keptFiles(filepath.Join(root, "proc/net"), "snmp", "netstat")
	return &reader{name: "tcp", close: files.close, read: func(_ context.Context, gaps *gapList) (func(*metrics.System), error) {
		var c metrics.TCPCounters
		for i := range files {
			b, err := files[i].read()
			if err != nil {
				gaps.add("TCP counters", "reading "+files[i].path+": "+err.Error(), "a readable /proc/net")
				continue
			}
			parseSNMP(b, &c)
		}
		return func(s *metrics.System) { s.TCP = c }, nil
	}}
}

// parseSNMP takes the counters that we show from pairs of lines, the names and
// the values: "Tcp: RtoAlgorithm …" and "Tcp: 1 …".
func parseSNMP(b []byte, c *metrics.TCPCounters) {
	for len(b) > 0 {
		var names, values []byte
		names, b = cutLine(b)
		group, names := cutField(names)
		if string(group) != "Tcp:" && string(group) != "TcpExt:" {
			continue
		}
		values, b = cutLine(b)
		again, values := cutField(values)
		if !bytes.Equal(group, again) {
			continue
		}
		for len(names) > 0 {
			var name []byte
			var n uint64
			name, names = cutField(names)
			n, values = cutUint(values)
			if dst := counter(c, name); dst != nil {
				*dst = n
				c.Have = true
			}
		}
	}
}

func counter(c *metrics.TCPCounters, name []byte) *uint64 {
	switch string(name) {
	case "ActiveOpens":
		return &c.ActiveOpens
	case "PassiveOpens":
		return &c.PassiveOpens
	case "AttemptFails":
		return &c.AttemptFails
	case "RetransSegs":
		return &c.Retransmits
	case "InErrs":
		return &c.InErrors
	case "ListenDrops":
		return &c.ListenDrops
	}
	return nil
}
