package host

import (
	"context"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// link is what an interface is, beside what it counts.
type link struct {
	up, loopback, promiscuous bool
	addresses                 []string
}

// newInterfaces reads flags and addresses by the interface's name. It is apart
// from the counters because the kernel answers under a lock that changes of the
// network configuration hold for long.
func newInterfaces(links func() (map[string]link, error)) *reader {
	return &reader{name: "interfaces", every: 10 * time.Second,
		read: func(_ context.Context, gaps *gapList) (func(*metrics.System), error) {
			known, err := links()
			if err != nil {
				gaps.add("flags and addresses of interfaces", "listing interfaces: "+err.Error(), "access to route netlink")
				return nothing, nil
			}
			return func(s *metrics.System) { s.Networks = withLinks(s.Networks, known) }, nil
		}}
}

// withLinks returns a copy of the list completed by what is known of each.
func withLinks(list []metrics.Network, known map[string]link) []metrics.Network {
	list = append([]metrics.Network(nil), list...)
	for i := range list {
		if l, ok := known[list[i].Name]; ok {
			list[i].Up, list[i].Loopback, list[i].Promiscuous = l.up, l.loopback, l.promiscuous
			list[i].Addresses = l.addresses
		}
	}
	return list
}
