package threats

import "github.com/smoothtask/smoothtask/metrics"

const (
	screenFrom  = 256  // processes that wait, from which screening pays for being loaded
	screenBatch = 2048 // processes offered to one task; the budget ends it
	screenTurn  = 256  // the same, of those that have been checked before
	screenOnce  = 64   // processes in one call
	screenTasks = 8    // that the first pass is spread over
)

// screening says of many processes which ones deserve a deep look. It is begun when
// more processes wait than can be looked at in a few cycles, and then kept.
type screening struct {
	question metrics.Question // of all detectors
	useless  bool             // some detector does not say what it looks for
	begun    bool
	busy     bool // a call is on, or hangs
	broken   bool // it does not work on this machine
}

func (s *screening) add(info *Info) {
	s.useless = s.useless || info.Ask.Wanted() == 0
	s.question.Add(&info.Ask)
}

// usable reports whether new processes are screened, given how many wait.
func (s *screening) usable(e *Engine, waiting int) bool {
	if e.opt.Screener == nil || s.useless || s.busy || s.broken {
		return false
	}
	s.begun = s.begun || waiting >= screenFrom
	return s.begun
}

// screen screens some processes and returns those that deserve a look; false when
// the task has been given up or screening does not work.
func (q *deepQueue) screen(e *Engine, n uint64, keys []metrics.ProcKey) (look []deepWish, ok bool) {
	if !q.begin(n, metrics.ProcKey{}) {
		return nil, false
	}
	q.mu.Lock()
	q.screening.busy = true
	q.mu.Unlock()
	var traits [screenOnce]metrics.Traits
	err := e.opt.Screener.Screen(e.ctx, &q.screening.question, keys, traits[:len(keys)])
	q.mu.Lock()
	defer q.mu.Unlock()
	q.screening.busy = false
	q.screening.broken = err != nil && e.ctx.Err() == nil
	if err != nil || q.task != n {
		return nil, false
	}
	for i, k := range keys {
		w := deepWish{k, q.worth(traits[i])}
		if w.parts != 0 {
			look = append(look, w)
		}
		q.done = append(q.done, deepLook{key: k, wish: w.parts})
	}
	return look, true
}

// worth are the parts that deserve a look in a process with the traits.
func (q *deepQueue) worth(t metrics.Traits) (p metrics.Parts) {
	for _, r := range q.rs {
		if r.info.Ask.Wanted()&t != 0 {
			p |= r.info.Parts
		}
	}
	return p
}
