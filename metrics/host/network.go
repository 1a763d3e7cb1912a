package host

import (
	"context"
	"slices"
	"strings"

	"github.com/shirou/gopsutil/v3/net"

	"github.com/smoothtask/smoothtask/metrics"
)

// maxInterfaces bounds the interfaces that are listed.
const maxInterfaces = 4096

// newNetwork reads the counters of each interface through gopsutil, sorted by name.
func newNetwork(root string) *reader {
	return &reader{name: "network", read: func(ctx context.Context, gaps *gapList) (func(*metrics.System), error) {
		counters, err := net.IOCountersWithContext(below(ctx, root), true)
		if err != nil {
			gaps.add("network counters", "reading interface counters: "+err.Error(), "a readable /proc/net/dev")
			return func(s *metrics.System) { s.Networks = nil }, nil
		}
		list := make([]metrics.Network, 0, len(counters))
		for _, c := range counters[:min(len(counters), maxInterfaces)] {
			list = append(list, metrics.Network{Name: c.Name,
				RxBytes: c.BytesRecv, TxBytes: c.BytesSent, RxPackets: c.PacketsRecv, TxPackets: c.PacketsSent,
				RxErrors: c.Errin, TxErrors: c.Errout, RxDrops: c.Dropin, TxDrops: c.Dropout})
		}
		slices.SortFunc(list, func(a, b metrics.Network) int { return strings.Compare(a.Name, b.Name) })
		return func(s *metrics.System) { s.Networks = list }, nil
	}}
}
