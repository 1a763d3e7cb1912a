package detectors

import (
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

// beat has connections begin after each of the gaps, in seconds, each closed
// before the next, and returns what is found at the end.
func beat(f *film, p *metrics.Process, remote string, state metrics.SocketState, gaps ...int) (got []threats.Finding) {
	f.T.Helper()
	f.Listen(f.Run("nginx"), "0.0.0.0:80")
	f.after(time.Second)
	for _, gap := range gaps {
		for range gap - 1 {
			f.after(time.Second)
		}
		s := f.TCP(p, "10.0.0.1:40000", remote, 5)
		s.State = state
		if state == metrics.TimeWait {
			s.Inode = 0
		}
		got = f.after(time.Second)
		f.end(s)
	}
	return got
}

func every(seconds, n int) []int {
	gaps := make([]int, n)
	for i := range gaps {
		gaps[i] = seconds
	}
	return gaps
}

func TestBeacon(t *testing.T) {
	for _, c := range []struct {
		name     string
		cmdline  string // "" is nobody
		remote   string
		gaps     []int
		hits     int
		severity threats.Severity
	}{
		{"ten seconds", "/usr/bin/python3 x.py", "8.8.4.4:443", every(10, 9), 1, threats.Low},
		{"from tmp", "/tmp/x", "8.8.4.4:443", every(10, 9), 1, threats.Medium},
		{"a shell", "bash", "8.8.4.4:443", every(30, 8), 1, threats.Medium},
		{"nobody saw the owner", "", "8.8.4.4:443", every(60, 8), 1, threats.Low},
		{"a little jitter", "/opt/x", "8.8.4.4:443", []int{20, 21, 20, 19, 20, 20, 21, 20, 19}, 1, threats.Low},
		{"too few", "/opt/x", "8.8.4.4:443", every(10, 7), 0, 0},
		{"irregular", "/opt/x", "8.8.4.4:443", []int{10, 25, 7, 40, 12, 9, 31, 18, 22, 5}, 0, 0},
		{"all the time", "/opt/x", "8.8.4.4:443", every(3, 20), 0, 0},
		{"in the house", "/opt/x", "10.0.0.9:443", every(10, 9), 0, 0},
		{"a monitoring agent", "/usr/sbin/zabbix_agentd", "8.8.4.4:443", every(10, 9), 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFilm(t, &beacon{traffic: &traffic{}})
			var p *metrics.Process
			state := metrics.TimeWait
			if c.cmdline != "" {
				p, state = f.Run(c.cmdline), metrics.Established
			}
			got := beat(f, p, c.remote, state, c.gaps...)
			want(t, got, c.hits, c.severity)
			if c.hits > 0 && !strings.Contains(String(got), c.remote) {
				t.Errorf("evidence:%s", String(got))
			}
			want(t, f.after(10*time.Minute), 0, 0) // the rhythm has ended
		})
	}
}

// TestBeaconOfANewProcessEachTime: cron and curl make a rhythm that no process has.
func TestBeaconOfANewProcessEachTime(t *testing.T) {
	for _, c := range []struct {
		name     string
		exe      string
		stays    bool // the processes live on
		several  bool // a few that stay take turns with the first
		hits     int
		severity threats.Severity
	}{
		{"curl", "/usr/bin/curl", false, false, 1, threats.Low},
		{"from tmp", "/tmp/x", false, false, 1, threats.Medium},
		{"that stays", "/opt/x", true, false, 1, threats.Low},
		{"an agent", "/usr/sbin/zabbix_agentd", true, false, 0, 0},
		{"an agent that has ended", "/usr/sbin/zabbix_agentd", false, false, 0, 0},
		{"one process is told once", "/opt/x", true, true, 1, threats.Low},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFilm(t, &beacon{traffic: &traffic{}})
			f.Listen(f.Run("nginx"), "0.0.0.0:80")
			f.after(time.Second)
			var p *process
			var got []threats.Finding
			for n := range 10 {
				if n == 0 || !c.several {
					p = f.Run(c.exe, PID(int32(3000+n)))
				}
				s := f.TCP(p, here, public, 5)
				f.after(time.Second)
				f.end(s)
				if !c.stays {
					p.Key.PID += 5000 // as if it had ended
				}
				got = f.after(29 * time.Second)
			}
			want(t, got, c.hits, c.severity)
			if named := strings.Contains(String(got), "in another process"); c.hits > 0 && named == c.several {
				t.Errorf("evidence:%s", String(got))
			}
		})
	}
}

func TestRhythmForgets(t *testing.T) {
	r := &rhythm{connects: 1}
	step := func(gap float64) { r.connects++; r.step(gap) }
	for range 20 {
		step(100)
		step(700)
	}
	if r.steady() {
		t.Errorf("gaps that differ are steady: variation %.2f", r.variation())
	}
	for range 120 {
		step(300)
	}
	if !r.steady() || r.interval() < 29*time.Second || r.interval() > 31*time.Second {
		t.Errorf("every %s, variation %.2f", r.interval(), r.variation())
	}
}

func TestFirstEgress(t *testing.T) {
	d := &firstEgress{traffic: &traffic{}}
	f := newFilm(t, d)
	p := f.Run("/usr/sbin/cups-like", Age(5*time.Hour))
	young := f.Run("/opt/young", Age(time.Minute))
	f.Listen(f.Run("nginx"), "0.0.0.0:80")
	f.after(time.Second)
	send := func(p *metrics.Process, local, remote string, bytes uint64) *metrics.Socket {
		s := f.TCP(p, local, remote, 5)
		s.HasInfo, s.TxBytes = true, bytes
		p.NetTxBytes += bytes
		return s
	}
	send(young, "10.0.0.1:40000", "8.8.4.4:443", 2<<20)
	want(t, f.after(time.Second), 0, 0) // not silent for long
	for range 12 {
		f.after(time.Minute)
	}
	send(f.Run("/opt/inside", Age(5*time.Hour)), "10.0.0.1:40001", "10.0.0.9:443", 2<<20)
	want(t, f.after(time.Second), 0, 0) // within the house
	s := send(p, "10.0.0.1:40002", "8.8.4.4:443", 1000)
	want(t, f.after(time.Second), 0, 0) // little
	s.TxBytes, p.NetTxBytes = 3<<20, 3<<20
	want(t, f.after(time.Second), 1, threats.Low)
	want(t, f.after(20*time.Minute), 0, 0) // an event, not a state

	q := f.Run("bash", Age(5*time.Hour))
	f.after(time.Second)
	s = send(q, "10.0.0.1:40003", "8.8.4.4:443", 0)
	want(t, f.after(time.Second), 0, 0)
	s.TxBytes, q.NetTxBytes = 3<<20, 3<<20
	want(t, f.after(time.Second), 1, threats.Medium)
}

func TestFirstEgressIsNotAnAnswer(t *testing.T) {
	f := newFilm(t, &firstEgress{traffic: &traffic{}})
	p := f.Run("/usr/sbin/nginx", Age(5*time.Hour))
	f.Listen(p, "0.0.0.0:443")
	f.after(time.Second)
	f.after(20 * time.Minute)
	s := f.TCP(p, "10.0.0.1:443", "8.8.4.4:50000", 9)
	s.HasInfo, s.TxBytes, p.NetTxBytes = true, 5<<20, 5<<20
	want(t, f.after(time.Second), 0, 0)
}
