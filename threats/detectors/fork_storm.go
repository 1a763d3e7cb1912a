package detectors

import (
	"strconv"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// forkStorm finds a program that fills the process table with itself.
type forkStorm struct {
	grown int // more processes than before, to look closer

	// The least number of processes in the last one to two windows.
	low, before int
	turn        time.Time

	last metrics.ProcKey // of whom was told, for as long as it is there
}

const (
	stormWindow = 10 * time.Second
	stormGrown  = 500
	stormHigh   = 2000
)

func newForkStorm() *forkStorm { return &forkStorm{grown: stormGrown} }

var forkStormInfo = &threats.Info{
	ID: "abuse.fork-storm", Number: 63,
	Title:    "A program starts itself again and again",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.State,
	Techniques: []string{"T1499"},
	Why: "A process that starts two of itself, which do the same, takes every process id and all memory within seconds; " +
		"then nobody can log in any more. The number of processes of one program rises by hundreds and stays.",
	FalsePositives: "A test tool or a server that opens many workers at once looks alike for a moment. Web and database servers count as low; " +
		"builds start as many processes, but they end.",
	Next: []string{
		"Stop them before killing them, so that none takes the place of another: pkill -STOP, then pkill -KILL, by user and name.",
		"Limit the service or the user: TasksMax= in systemd, pids.max of the control group, nproc in limits.conf.",
		"Look at the oldest of them and its parent for the reason.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1499/"},
}

func (d *forkStorm) Info() *threats.Info { return forkStormInfo }

func (d *forkStorm) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	n := len(in.Snapshot.Processes)
	switch {
	case d.turn.IsZero():
		d.low, d.before, d.turn = n, n, in.Now
	case in.Now.Sub(d.turn) >= 2*stormWindow: // we were asleep: what was is no measure
		d.low, d.before, d.turn = n, n, in.Now
	case in.Now.Sub(d.turn) >= stormWindow:
		d.before, d.low, d.turn = d.low, n, in.Now
	}
	d.low = min(d.low, n)
	if n-min(d.low, d.before) < d.grown {
		return dst
	}
	i, grown := d.culprit(in)
	if i < 0 {
		return dst
	}
	p := in.Process(i)
	d.last = p.Key
	f := in.OnProcess(i, forkStormInfo).
		With("new processes of this program", "/proc", strconv.Itoa(grown)+" within "+(2*stormWindow).String()).
		With("processes in all", "/proc", strconv.Itoa(n)).
		With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe)
	switch {
	case isServer(p.ID):
		f = f.As(threats.Low, threats.Weak)
	case grown >= stormHigh:
		f = f.As(threats.High, threats.Strong)
	}
	return append(dst, f)
}

// culprit is the oldest process of the program of which most are new, and how many
// are; -1 when no program stands out.
func (d *forkStorm) culprit(in *threats.Input) (oldest int32, grown int) {
	type program struct {
		dev, inode uint64
		uid        uint32
	}
	type group struct {
		n     int
		first int32
	}
	groups := map[program]group{}
	procs := in.Snapshot.Processes
	recent := uint64(max(in.Snapshot.Uptime-2*stormWindow, 0) / (time.Second / metrics.TicksPerSecond))
	oldest = -1
	for i := range procs {
		p := &procs[i]
		if p.Key.Start < recent || p.Kthread() || p.ID.ExeInode == 0 {
			continue
		}
		k := program{p.ID.ExeDev, p.ID.ExeInode, p.UID}
		g, known := groups[k]
		if !known || p.Key.Start < procs[g.first].Key.Start {
			g.first = int32(i)
		}
		g.n++
		groups[k] = g
		if g.n > grown {
			grown, oldest = g.n, g.first
		}
	}
	if grown < d.grown*3/4 {
		return -1, 0
	}
	// The oldest of a while ago may count as old by now; it is one storm.
	if j := in.Find(d.last.PID); j >= 0 {
		p, q := in.Process(j), in.Process(oldest)
		if p.Key == d.last && p.UID == q.UID && p.ID.ExeInode == q.ID.ExeInode && p.ID.ExeDev == q.ID.ExeDev {
			oldest = j
		}
	}
	return oldest, grown
}
