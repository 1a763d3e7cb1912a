package cli

import (
	"net"

	"github.com/smoothtask/smoothtask/monitor"
)

// countedListener counts what goes over its connections.
type countedListener struct {
	net.Listener
	meter *monitor.Meter
}

func (l countedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return countedConn{c, l.meter}, nil
}

type countedConn struct {
	net.Conn
	meter *monitor.Meter
}

func (c countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.meter.AddNetwork(n)
	return n, err
}

func (c countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.meter.AddNetwork(n)
	return n, err
}
