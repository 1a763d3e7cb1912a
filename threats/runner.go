package threats

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

const (
	maxPause    = time.Hour
	maxEvidence = 16 // pieces in one finding
	maxPerRun   = 1024
	maxStrikes  = 8 // panics in a row on one process after another
)

// runner guards one detector: it catches panics, keeps time and pauses a
// detector that panics again and again.
type runner struct {
	d    Detector
	info *Info

	mu       sync.Mutex // for what background work shares with reports
	stat     DetectorStat
	complete bool          // a first complete pass has ended
	paused   time.Time     // not before then
	strikes  int           // panics since the last good run
	left     int           // findings left out of the last run
	failure  string        // why it could not look, the last time
	found    []Finding     // of a Host detector, from its last turn
	started  time.Time     // of the turn of a Host detector that is still on; zero otherwise
	next     time.Time     // when a Host detector is due
	rest     time.Duration // between two turns of one that does not say; adapts
	version  uint64        // of the rules by which a Renewer judged
	missed   bool          // an Identity detector has processes to catch up on
}

func newRunner(d Detector) *runner {
	info := d.Info()
	return &runner{d: d, info: info, stat: DetectorStat{ID: info.ID, Cost: info.Cost}}
}

// run appends to dst what the detector finds; after a panic dst is as before.
func (r *runner) run(in *Input, dst []Finding) []Finding {
	if r.held(in.Now) {
		return dst
	}
	dst, ok := r.try(in, dst)
	r.mu.Lock()
	r.complete = r.complete || ok
	r.mu.Unlock()
	return dst
}

// judge is run for Identity detectors: one process on which the detector panics
// does not spoil the verdict on the others.
func (r *runner) judge(in *Input) (found []Finding) {
	if len(in.Look) == 0 && !r.missed {
		return nil
	}
	if r.held(in.Now) {
		r.missed = r.missed || len(in.Look) > 0
		return nil
	}
	look := in.Look
	if r.missed {
		all := make([]int32, len(in.Snapshot.Processes))
		for i := range all {
			all[i] = int32(i)
		}
		in.Look, r.missed = all, false
	}
	found, ok := r.try(in, nil)
	if !ok && len(in.Look) > 1 && !r.held(in.Now) {
		rest := in.Look
		for i := range rest {
			in.Look = rest[i : i+1]
			if found, ok = r.try(in, found); !ok && r.held(in.Now) {
				r.missed = true
				break
			}
		}
	}
	in.Look = look
	r.mu.Lock()
	r.complete = true
	r.mu.Unlock()
	return found
}

func (r *runner) held(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return now.Before(r.paused)
}

// try calls the detector once.
func (r *runner) try(in *Input, dst []Finding) (out []Finding, ok bool) {
	start, n := time.Now(), len(dst)
	defer func() {
		took := time.Since(start)
		var why any
		if !ok {
			why = recover()
			clear(out[min(n, len(out)):])
			out = dst[:n]
		}
		r.note(in, took, out[n:], ok, why)
	}()
	out = r.d.Detect(in, dst)
	left := max(len(out)-n-maxPerRun, 0)
	if left > 0 { // the heaviest stay
		slices.SortStableFunc(out[n:], func(a, b Finding) int { return cmp.Compare(b.Severity, a.Severity) })
		clear(out[n+maxPerRun:])
	}
	out = out[:len(out)-left]
	for i := n; i < len(out); i++ {
		r.finish(&out[i])
	}
	r.mu.Lock()
	r.left = left
	r.mu.Unlock()
	return out, true
}

// finish fills in and bounds what the detector left open.
func (r *runner) finish(f *Finding) {
	if f.Info == nil {
		f.Info = r.info
	}
	if f.Title == "" {
		f.Title = f.Info.Title
	}
	if f.Confidence == Weak {
		f.Severity = min(f.Severity, Medium)
	}
	f.Subject.Name = Cut(f.Subject.Name)
	f.Evidence = f.Evidence[:min(len(f.Evidence), maxEvidence)]
	for i := range f.Evidence {
		if len(f.Evidence[i].Value) > MaxEvidence {
			f.Evidence[i].Value = Cut(f.Evidence[i].Value)
		}
	}
}

func (r *runner) note(in *Input, took time.Duration, found []Finding, ok bool, why any) {
	failure := ""
	if f, is := r.d.(Failer); is && ok {
		failure = f.Failure()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failure = failure
	r.stat.Runs++
	r.stat.Took = took
	r.stat.Total += took
	r.stat.LastRun = in.Now
	if ok {
		r.strikes = 0
		return
	}
	r.stat.Errors++
	r.stat.LastErr = fmt.Sprintf("%s panicked: %v", r.info.ID, why) + where(debug.Stack())
	if len(in.Look) == 1 {
		r.stat.LastErr += fmt.Sprintf(" (looking at pid %d)", in.Process(in.Look[0]).Key.PID)
	}
	r.stat.LastErr = Cut(r.stat.LastErr)
	allowed := 1
	if r.info.Cost == Identity {
		allowed = maxStrikes
	}
	if r.strikes++; r.strikes > allowed {
		r.paused = in.Now.Add(min(time.Second<<min(r.strikes-allowed, 20), maxPause))
	}
}

// where finds the line that panicked in a stack: the first call below the
// runtime's that handle the panic.
func where(stack []byte) string {
	_, after, ok := strings.Cut(string(stack), "\npanic(")
	if !ok {
		return ""
	}
	lines := strings.Split(after, "\n")
	for _, l := range lines[min(2, len(lines)):] {
		if strings.HasPrefix(l, "\t") && !strings.Contains(l, "/runtime/") {
			at, _, _ := strings.Cut(strings.TrimSpace(l), " ")
			return " at " + at[strings.LastIndexByte(at, '/')+1:]
		}
	}
	return ""
}

// results are what a Host detector found in its last turn.
func (r *runner) results() []Finding {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.found
}

// deepParts is what a set of Deep detectors wants to see.
func deepParts(rs []*runner) (p metrics.Parts) {
	for _, r := range rs {
		p |= r.info.Parts
	}
	return p
}
