//go:build !linux

package host

import "net"

// links asks the net package. That an interface is promiscuous it does not tell.
func links() (map[string]link, error) {
	list, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	known := make(map[string]link)
	for _, i := range list[:min(len(list), maxInterfaces)] {
		l := link{up: i.Flags&net.FlagUp != 0, loopback: i.Flags&net.FlagLoopback != 0}
		addresses, _ := i.Addrs()
		for _, a := range addresses {
			l.addresses = append(l.addresses, a.String())
		}
		known[i.Name] = l
	}
	return known, nil
}
