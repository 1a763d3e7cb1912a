package detectors

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// connects has a process begin n connections, to addresses that to makes of their
// number.
func (f *film) connects(p *metrics.Process, n int, state metrics.SocketState, to func(i int) string) (list []*metrics.Socket) {
	for i := range n {
		s := f.TCP(p, fmt.Sprintf("10.0.0.1:%d", 33000+len(f.ended)+i), to(i), 5+int32(i))
		s.State = state
		list = append(list, s)
	}
	return list
}

func ports(host string, first int) func(i int) string {
	return func(i int) string { return fmt.Sprintf("%s:%d", host, first+i) }
}

func hosts(port int) func(i int) string {
	return func(i int) string { return fmt.Sprintf("10.0.9.%d:%d", 1+i, port) }
}

func TestFanOut(t *testing.T) {
	for _, c := range []struct {
		name     string
		cmdline  string
		n        int
		to       func(i int) string
		state    metrics.SocketState
		hits     int
		severity threats.Severity
	}{
		{"ports of a host", "/opt/x", 20, ports("10.0.0.9", 1), metrics.Established, 1, threats.Medium},
		{"ports that do not answer", "/usr/bin/python3 x.py", 20, ports("10.0.0.9", 40000), metrics.SynSent, 1, threats.Medium},
		{"ports of the machine itself", "/opt/x", 20, ports("127.0.0.1", 1), metrics.Established, 1, threats.Low},
		{"ports chosen at random", "/opt/x", 20, ports("10.0.0.9", 40000), metrics.Established, 1, threats.Low},
		{"a worm on ssh", "/opt/x", 40, hosts(22), metrics.Established, 1, threats.Medium},
		{"many hosts, none answers", "/opt/x", 40, hosts(8000), metrics.SynSent, 1, threats.Medium},
		{"many hosts on any port", "/opt/x", 60, hosts(8000), metrics.Established, 1, threats.Low},
		{"monitoring of machines that are down", "/usr/bin/prometheus", 40, hosts(9100), metrics.SynSent, 1, threats.Low},
		{"a name is not enough", "/tmp/prometheus", 20, ports("10.0.0.9", 1), metrics.Established, 1, threats.Medium},
		{"monitoring", "/usr/bin/prometheus", 60, hosts(9100), metrics.Established, 0, 0},
		{"a proxy to many ports", "/usr/sbin/haproxy", 60, ports("10.0.0.9", 8000), metrics.Established, 0, 0},
		{"a browser", "/opt/x", 60, hosts(443), metrics.Established, 0, 0},
		{"a few hosts on ssh", "/opt/x", 10, hosts(22), metrics.Established, 0, 0},
		{"one port again and again", "/opt/x", 100, func(int) string { return "10.0.0.9:8000" }, metrics.Established, 0, 0},
		{"a few ports", "/opt/x", 12, ports("10.0.0.9", 1), metrics.Established, 0, 0},
		{"FTP", "/opt/x", 30, func(i int) string { return fmt.Sprintf("10.0.0.9:%d", 21+i*1900) }, metrics.Established, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFilm(t, &fanOut{traffic: &traffic{}})
			p := f.Run(c.cmdline)
			f.Listen(f.Run("nginx"), "0.0.0.0:80")
			want(t, f.after(time.Second), 0, 0)
			f.connects(p, c.n, c.state, c.to)
			f.after(time.Second)
			want(t, f.after(4*time.Second), c.hits, c.severity)
			want(t, f.after(2*time.Minute), 0, 0)
		})
	}
}

func TestFanOutIsNotOfTheFirstLook(t *testing.T) {
	f := newFilm(t, &fanOut{traffic: &traffic{}})
	f.connects(f.Run("/opt/x"), 20, metrics.Established, ports("10.0.0.9", 1))
	want(t, f.after(time.Second), 0, 0) // who knows since when
	want(t, f.after(5*time.Second), 0, 0)
}

func TestFanOutIsNotOfAService(t *testing.T) {
	f := newFilm(t, &fanOut{traffic: &traffic{}})
	p := f.Run("/opt/x")
	f.Listen(p, "0.0.0.0:8000")
	f.after(time.Second)
	for i := range 60 {
		f.TCP(p, "10.0.0.1:8000", fmt.Sprintf("10.0.9.%d:22", i+1), int32(i+5))
	}
	f.after(time.Second)
	want(t, f.after(time.Second), 0, 0)
}

func TestFanOutWithLateOwners(t *testing.T) {
	f := newFilm(t, &fanOut{traffic: &traffic{}})
	p := f.Run("/opt/x")
	f.Listen(p, "0.0.0.0:8000")
	f.after(time.Second)
	list := f.connects(nil, 20, metrics.Established, ports("10.0.0.9", 1))
	want(t, f.after(time.Second), 0, 0)
	for _, s := range list {
		s.Owner = p.Key
	}
	want(t, f.after(time.Second), 1, threats.Medium)
}

func TestUnanswered(t *testing.T) {
	d := &unanswered{traffic: &traffic{}}
	f := newFilm(t, d)
	p, bad := f.Run("/opt/x"), f.Run("/tmp/x")
	f.connects(p, 12, metrics.SynSent, hosts(443)) // also of the first look
	want(t, f.after(time.Second), 0, 0)
	want(t, f.after(4*time.Second), 1, threats.Low)
	want(t, f.after(2*time.Minute), 0, 0)
	list := f.connects(bad, 12, metrics.SynSent, hosts(80))
	f.after(time.Second)
	want(t, f.after(4*time.Second), 1, threats.Medium)
	for _, s := range list {
		f.end(s)
	}
	f.after(2 * time.Minute)
	list = f.connects(bad, 12, metrics.SynSent, hosts(81))
	f.after(time.Second)
	for _, s := range list {
		s.State = metrics.Established
	}
	want(t, f.after(4*time.Second), 0, 0)
}

func TestFailedAttemptsOfTheMachine(t *testing.T) {
	d := &unanswered{traffic: &traffic{}}
	f := newFilm(t, d)
	f.Listen(f.Run("nginx"), "0.0.0.0:80")
	f.System.TCP = metrics.TCPCounters{Have: true, AttemptFails: 100_000}
	want(t, f.after(time.Second), 0, 0)
	f.System.TCP.AttemptFails += 1000
	want(t, f.after(2*time.Second), 1, threats.Low)
	want(t, f.after(70*time.Second), 0, 0)
	for range 30 { // ten a second are no burst within half a minute
		f.System.TCP.AttemptFails += 5
		want(t, f.after(time.Second), 0, 0)
	}
	f.System.TCP.AttemptFails = 7 // started anew
	want(t, f.after(time.Second), 0, 0)
}

// TestReachIsThatOfAPlainCount compares the reach of random connects with sets.
func TestReachIsThatOfAPlainCount(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		var h history
		who := &talker{dirty: true}
		type target struct {
			ip   [16]byte
			port uint16
		}
		targets, alive := map[target]bool{}, map[target]bool{}
		byHost, byPort := map[[16]byte]map[uint16]bool{}, map[uint16]map[[16]byte]bool{}
		spread := 1 + r.IntN(40)
		for range r.IntN(maxRecent) {
			c := connect{port: uint16(r.IntN(spread)), fate: uint8(r.IntN(3)), ip: [16]byte{15: byte(r.IntN(spread))}}
			who.recent = append(who.recent, c)
			k := target{c.ip, c.port}
			targets[k] = true
			alive[k] = alive[k] || c.fate != fateUnanswered
			if byHost[c.ip] == nil {
				byHost[c.ip] = map[uint16]bool{}
			}
			if byPort[c.port] == nil {
				byPort[c.port] = map[[16]byte]bool{}
			}
			byHost[c.ip][c.port], byPort[c.port][c.ip] = true, true
		}
		got := *h.spread(who)
		if got.targets == 0 { // the sketch saw too little to count
			if len(targets) > leastTargets+4 {
				t.Fatalf("%d targets are not counted", len(targets))
			}
			continue
		}
		ports, hosts, dead := 0, 0, 0
		for _, m := range byHost {
			ports = max(ports, len(m))
		}
		for _, m := range byPort {
			hosts = max(hosts, len(m))
		}
		for _, a := range alive {
			if !a {
				dead++
			}
		}
		if got.targets != len(targets) || got.ports != ports || got.hosts != hosts || got.dead != dead || got.anywhere != len(byHost) {
			t.Fatalf("%+v, want %d targets, %d ports, %d hosts, %d dead, %d anywhere", got, len(targets), ports, hosts, dead, len(byHost))
		}
	}
}
