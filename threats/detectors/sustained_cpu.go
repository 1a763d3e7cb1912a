package detectors

import (
	"strconv"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// sustainedCPU finds programs that nobody installed, keep a processor busy for
// long, and bear another mark of something dropped: what a miner looks like that
// hides its arguments.
type sustainedCPU struct {
	after time.Duration // how long a process must be busy
	busy  map[metrics.ProcKey]spell
}

// spell is the time in which a process was busy without a longer pause.
type spell struct{ since, last time.Time }

const (
	busyPercent   = 60 // of one core; a miner told to be modest takes that
	busyPause     = 15 * time.Second
	maxSpells     = 1024
	lifetimeShare = 0.8              // of one core since the start
	lifetimeLeast = 10 * time.Minute // before a share of the lifetime means something
)

func newSustainedCPU() *sustainedCPU {
	return &sustainedCPU{after: time.Minute, busy: map[metrics.ProcKey]spell{}}
}

var sustainedCPUInfo = &threats.Info{
	ID: "abuse.sustained-cpu", Number: 62,
	Title:    "Unknown program computes all the time",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.State,
	Techniques: []string{"T1496.001"},
	Needs:      metrics.Trace, NeedsFor: "the programs of other users",
	Includes: []string{"process.writable-directory", "process.writable-script", "process.hidden-program", "process.renamed", "process.deleted", "memory.memfd"},
	Why: "Most intrusions into servers end in somebody else's coins. A miner needs no odd arguments, since they may stand in a file, " +
		"but it needs the processor, and it was put somewhere by somebody who may not install software.",
	FalsePositives: "Load alone proves nothing: a program of the system, or one in a home or an application's directory, is not reported for it. " +
		"It takes a writable or hidden place, a file that was deleted and not replaced by an upgrade, code from memory, or another program's name besides. Builds and tests are left out.",
	Next: []string{
		"Look at the program file and its configuration beside it.",
		"Look at its connections: a miner keeps one to its pool.",
		"Look at what starts it again: cron, systemd units, the parent.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1496/001/"},
}

func (d *sustainedCPU) Info() *threats.Info { return sustainedCPUInfo }
func (d *sustainedCPU) Bytes() int64        { return int64(len(d.busy)) * 96 }

func (d *sustainedCPU) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	procs := in.Snapshot.Processes
	boot := in.Snapshot.System.Host.BootTime
	for i := range procs {
		p := &procs[i]
		since, busy := d.since(in, int32(i)), ""
		switch {
		case !since.IsZero() && in.Now.Sub(since) >= d.after:
			busy = "more than " + strconv.Itoa(busyPercent) + " % of a core for " + in.Now.Sub(since).Round(time.Second).String()
		case p.CPUNS() >= uint64(lifetimeShare*float64(lifetimeLeast)) && !boot.IsZero():
			age := in.Now.Sub(p.Key.StartedAt(boot))
			if age < lifetimeLeast || float64(p.CPUNS()) < lifetimeShare*float64(age) {
				continue
			}
			busy = time.Duration(p.CPUNS()).Round(time.Second).String() + " of CPU time in " + age.Round(time.Second).String()
		default:
			continue
		}
		hard, soft := signs(in, int32(i))
		if len(hard) == 0 {
			continue
		}
		f := in.OnProcess(int32(i), sustainedCPUInfo).With("load", threats.Proc(p.Key.PID, "stat"), busy).
			With("marks", threats.Proc(p.Key.PID, "exe"), strings.Join(append(hard, soft...), ", ")).
			With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe)
		if len(hard)+len(soft) > 1 {
			f = f.As(threats.High, threats.Moderate)
		}
		dst = append(dst, f)
	}
	d.forget(in.Now)
	return dst
}

// since tells from when on process i has been busy; zero when it is not.
func (d *sustainedCPU) since(in *threats.Input, i int32) time.Time {
	if in.Rates == nil || int(i) >= len(in.Rates.Processes) || in.Rates.Processes[i].CPU < busyPercent {
		return time.Time{}
	}
	key := in.Process(i).Key
	s, known := d.busy[key]
	if !known {
		if len(d.busy) >= maxSpells {
			return time.Time{}
		}
		s.since = in.Now
	}
	s.last = in.Now
	d.busy[key] = s
	return s.since
}

// forget ends the spells of processes that rest or have ended.
func (d *sustainedCPU) forget(now time.Time) {
	for key, s := range d.busy {
		if now.Sub(s.last) > busyPause {
			delete(d.busy, key)
		}
	}
}

// signs are the marks of a dropped program: hard ones, and soft ones that healthy
// programs have as well.
func signs(in *threats.Input, i int32) (hard, soft []string) {
	p := in.Process(i)
	if p.Kthread() || p.ID.Exe == "" {
		return nil, nil
	}
	root := writableRoot(p.ID.Exe)
	if root != "" && isBuild(in, i, p.ID.Exe, root) {
		return nil, nil
	}
	if root != "" && !isHomely(p.ID.Exe) {
		hard = append(hard, "in a directory that anybody may write to")
	}
	if s := scriptPath(p.ID); s != "" && writableRoot(s) != "" && !isBuild(in, i, s, writableRoot(s)) {
		hard = append(hard, "script in a directory that anybody may write to")
	}
	if s, _, element := weighHidden(p.ID.Exe); element != "" && s >= threats.Medium {
		hard = append(hard, "in a hidden directory")
	}
	if strings.HasPrefix(p.ID.Exe, "/memfd:") {
		hard = append(hard, "not a file on disk")
	} else if !systemPath(p.ID.Exe) && removed(in, p) {
		hard = append(hard, "deleted")
	}
	if s, ok := weighName(in, p); ok && s >= threats.Medium {
		hard = append(hard, "bears the name of another program")
	}
	if len(hard) == 0 {
		return nil, nil
	}
	if serviceAccounts.has(p.ID.User) {
		soft = append(soft, "runs as "+p.ID.User)
	}
	for _, s := range in.Sockets(i) {
		if sock := in.Socket(s); talking(sock) && threats.Public(sock.Remote().Addr()) {
			soft = append(soft, "connected to "+sock.Remote().String())
			break
		}
	}
	return hard, soft
}
