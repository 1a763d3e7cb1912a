package detectors

import (
	"fmt"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// miningPool finds connections of miners with their pools.
type miningPool struct {
	traffic *traffic
	busy    map[metrics.ProcKey]time.Time // since when who is connected to a pool's port uses a processor
}

var miningPoolInfo = &threats.Info{
	ID: "network.mining-pool", Number: 34,
	Title:    "Miner is connected to its pool",
	Severity: threats.High, Confidence: threats.Strong, Cost: threats.State,
	Techniques: []string{"T1496.001", "T1071"},
	Needs:      metrics.TraceFiles, NeedsFor: theirSockets,
	Includes: []string{"abuse.miner-command-line"},
	Why: "Mining for others is what most intrusions into servers end in. " +
		"The arguments of a miner together with a connection show that it is at work and where the coins go.",
	FalsePositives: "A port alone proves nothing. A program that is connected to a port which pools use, and that keeps a processor busy for a minute, counts as medium: " +
		"it may be any client of a service on such a port. A machine that is meant to mine should allow its miner.",
	Next: []string{
		"Block the pool's address, then end the process and what restarts it.",
		"Look at how it is started: cron, systemd units, the parent.",
		"Look for the way in: other programs of the same user, and the age of its files.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1496/001/"},
}

// poolPorts are ports that mining pools offer and few others use.
var poolPorts = map[uint16]bool{2020: true, 3032: true, 3333: true, 3334: true, 3335: true, 3336: true, 3357: true, 4444: true, 5555: true, 6666: true, 7777: true, 8333: true, 8899: true,
	9999: true, 10001: true, 10128: true, 10191: true, 10300: true, 10343: true, 11111: true, 12222: true, 13333: true, 13531: true, 14433: true, 14444: true,
	17777: true, 18081: true, 20128: true, 20535: true, 20555: true, 33333: true, 45560: true, 45700: true, 55555: true}

const (
	poolCPU   = 70 // percent of one processor
	poolFor   = time.Minute
	maxMiners = 256
)

func (*miningPool) Info() *threats.Info { return miningPoolInfo }

func (d *miningPool) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	t, start := d.traffic.look(in), len(dst)
	t.suspects.each(in, suspectMiner, func(i, n int32) {
		s := in.Socket(n)
		if !talking(s) || !t.outgoing(s) {
			return
		}
		p := in.Process(i)
		what, value, _, _ := weighMiner(p.ID)
		dst = keepWorst(dst, start, in.OnProcess(i, miningPoolInfo).
			With("connection", "sock_diag", connectionText(s)).
			With(what, threats.Proc(p.Key.PID, "cmdline"), value).To(s.Remote().Addr()))
	})
	if in.Rates == nil {
		return dst
	}
	d.watch(in, t)
	for k, since := range d.busy {
		i := in.Find(k.PID)
		if i < 0 || in.Process(i).Key != k || in.Rates.Processes[i].CPU < poolCPU {
			delete(d.busy, k)
			continue
		}
		if in.Now.Sub(since) < poolFor {
			continue
		}
		s := d.pool(in, t, i)
		if s == nil {
			delete(d.busy, k)
			continue
		}
		dst = keepWorst(dst, start, in.OnProcess(i, miningPoolInfo).As(threats.Medium, threats.Weak).
			Titled("Busy program is connected to a port of mining pools").
			With("connection", "sock_diag", connectionText(s)).To(s.Remote().Addr()).
			With("CPU", threats.Proc(k.PID, "stat"), fmt.Sprintf("%.0f %% of a processor, above %d %% for %s", in.Rates.Processes[i].CPU, poolCPU, in.Now.Sub(since).Round(time.Second))))
	}
	return dst
}

// watch begins to time busy processes that have a connection to such a port.
func (d *miningPool) watch(in *threats.Input, t *traffic) {
	for i := range in.Rates.Processes {
		if in.Rates.Processes[i].CPU < poolCPU {
			continue
		}
		k := in.Snapshot.Processes[i].Key
		if _, known := d.busy[k]; known || len(d.busy) >= maxMiners || d.pool(in, t, int32(i)) == nil {
			continue
		}
		if d.busy == nil {
			d.busy = make(map[metrics.ProcKey]time.Time)
		}
		d.busy[k] = in.Now
	}
}

// pool returns a connection of process i to the Internet on a port of pools.
func (d *miningPool) pool(in *threats.Input, t *traffic, i int32) *metrics.Socket {
	for _, n := range in.Sockets(i) {
		if s := in.Socket(n); poolPorts[s.RemotePort] && s.Proto == metrics.TCP && talking(s) && t.outgoing(s) && distanceOf(s) == outside {
			return s
		}
	}
	return nil
}

// Bytes implements threats.Keeper.
func (d *miningPool) Bytes() int64 { return int64(48 * len(d.busy)) }
