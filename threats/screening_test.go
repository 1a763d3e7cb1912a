package threats_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

// screener clears all processes but some.
type screener struct {
	mu     sync.Mutex
	traits map[int32]metrics.Traits
	seen   map[int32]int
	asked  metrics.Question
	delay  time.Duration
	err    error
	block  chan struct{} // not nil: each call waits for it
}

func (s *screener) Screen(_ context.Context, q *metrics.Question, keys []metrics.ProcKey, dst []metrics.Traits) error {
	if s.block != nil {
		<-s.block
	}
	time.Sleep(s.delay)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = *q
	for i, k := range keys {
		s.seen[k.PID]++
		dst[i] = s.traits[k.PID]
	}
	return s.err
}

func (s *screener) screened() (once, again int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.seen {
		if once++; n > 1 {
			again++
		}
	}
	return once, again
}

// asking is a Deep detector that reads some parts of processes with a trait.
func asking(id string, parts metrics.Parts, ask metrics.Question) *fake {
	d := deepDetector(id)
	d.info.Parts, d.info.Ask = parts, ask
	return d
}

// crowded is a machine of n processes, of which one is evil.
func crowded(t *testing.T, n int, o threats.Options) *machine {
	m := start(t, o)
	for pid := int32(1000); pid < int32(1000+n); pid++ {
		m.Run("p", PID(pid))
	}
	return m
}

func TestScreeningSparesDeepLooks(t *testing.T) {
	const n = 10_000
	insp, screen := &inspector{}, &screener{traits: map[int32]metrics.Traits{7000: metrics.WritableCode, 7001: metrics.NamedSetting, 900: metrics.NetworkStdio}, seen: map[int32]int{}}
	m := crowded(t, n, threats.Options{
		Detectors: []threats.Detector{
			asking("a.maps", metrics.PartMaps, metrics.Question{Traits: metrics.WritableCode}),
			asking("a.environ", metrics.PartEnviron, metrics.Question{Environ: []string{"A="}}),
			named("a.state", threats.State, "suspect"),
		},
		Inspector: insp, Screener: screen, DeepBudget: time.Minute,
	})
	m.Run("evil", PID(900))
	m.Run("suspect", PID(901))
	r, cycles := m.step(time.Second), 1
	for last := r.Coverage.DeepQueue + 1; r.Coverage.Checked < 3; cycles++ {
		once, _ := screen.screened()
		if q := r.Coverage.DeepQueue; q >= last || q < n-once {
			t.Errorf("cycle %d: %d processes wait, after %d, and %d have been screened", cycles, q, last, once)
		}
		if cycles == 10 {
			t.Fatalf("after 10 cycles %+v", r.Coverage)
		}
		last = r.Coverage.DeepQueue
		r = m.step(time.Second)
	}
	if r.Coverage.DeepQueue != 0 {
		t.Errorf("the first pass has ended, but %d processes wait", r.Coverage.DeepQueue)
	}
	if got := insp.looked(); !slices.Equal(got, []int32{901, 7000, 7001}) {
		t.Errorf("looked at %v, want the suspect and the two with traits that were asked for", got)
	}
	if once, again := screen.screened(); once != n+2 || again != 0 {
		t.Errorf("%d screened in the first pass, %d of them twice", once, again)
	}
	if screen.asked.Wanted() != metrics.WritableCode|metrics.NamedSetting || !slices.Equal(screen.asked.Environ, []string{"A="}) {
		t.Errorf("asked for %+v", screen.asked)
	}
	for range 80 {
		m.step(2 * time.Second)
	}
	if once, again := screen.screened(); once < n || again < n {
		t.Errorf("%d screened, %d again: processes must be screened again in turns", once, again)
	}
}

// What the screening leaves is looked at by those whose traits they are, and what
// they find holds until the trait is gone.
func TestScreeningLeavesALook(t *testing.T) {
	insp, screen := &inspector{}, &screener{traits: map[int32]metrics.Traits{}, seen: map[int32]int{}}
	m := crowded(t, 600, threats.Options{
		Detectors: []threats.Detector{
			asking("a.maps", metrics.PartMaps, metrics.Question{Traits: metrics.WritableCode}),
			asking("a.files", metrics.PartFDs, metrics.Question{Files: []string{"mem"}}),
		},
		Inspector: insp, Screener: screen, DeepBudget: time.Minute,
	})
	m.step(time.Second)
	m.step(time.Second)
	m.Run("evil", PID(2000))
	screen.traits[2000] = metrics.WritableCode
	m.step(time.Second)
	r := m.step(time.Second)
	expect(t, r, "a.maps/medium")
	screen.traits[2000] = 0
	for range 20 {
		r = m.step(10 * time.Second)
	}
	if live := slices.ContainsFunc(r.Findings, func(f threats.Finding) bool { return !f.Gone }); live {
		t.Errorf("the trait has gone, and the finding stays: %s", ids(r))
	}
}

func TestScreeningStaysWithinTheBudget(t *testing.T) {
	screen := &screener{traits: map[int32]metrics.Traits{}, seen: map[int32]int{}, delay: 15 * time.Millisecond}
	m := crowded(t, 1000, threats.Options{
		Detectors: []threats.Detector{asking("a.deep", metrics.PartMaps, metrics.Question{Traits: metrics.WritableCode})},
		Inspector: &inspector{}, Screener: screen, DeepBudget: 20 * time.Millisecond,
	})
	m.step(time.Second)
	once, _ := screen.screened()
	if once == 0 || once > 3*64 {
		t.Errorf("%d processes screened in the first pass, 64 in 15 ms, in twice the budget of 20 ms", once)
	}
	for end := time.Now().Add(time.Minute); m.step(time.Second).Coverage.Checked == 0; {
		if time.Now().After(end) {
			t.Fatal("the first pass does not end")
		}
	}
	_, before := screen.screened()
	for end := time.Now().Add(time.Minute); ; {
		m.step(30 * time.Second)
		_, again := screen.screened()
		if again > before+2*64 {
			t.Errorf("%d processes screened again, 64 in 15 ms, in a budget of 20 ms", again-before)
		}
		if again > before {
			break
		}
		if time.Now().After(end) {
			t.Fatal("processes are not screened again")
		}
	}
}

func TestWithoutScreening(t *testing.T) {
	for name, c := range map[string]struct {
		screen *screener
		ask    metrics.Question
	}{
		"does not work":   {&screener{err: errors.New("no eBPF")}, metrics.Question{Traits: metrics.WritableCode}},
		"cannot be asked": {&screener{}, metrics.Question{}},
		"does not end":    {&screener{block: make(chan struct{})}, metrics.Question{Traits: metrics.WritableCode}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.screen.seen = map[int32]int{}
			pool := &goPool{}
			m := crowded(t, 600, threats.Options{
				Detectors: []threats.Detector{asking("a.deep", metrics.PartMaps, c.ask)},
				Inspector: &inspector{}, Screener: c.screen, DeepBudget: time.Minute, Submit: pool,
			})
			m.Run("evil", PID(5000))
			hung := false
			for end := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
				r := m.step(time.Second)
				u := r.Coverage.Unavailable
				hung = hung || len(u) == 1 && strings.Contains(u[0].Why, "screening")
				if strings.Contains(ids(r), "a.deep/medium") && r.Coverage.DeepQueue == 0 && r.Coverage.Checked == 1 {
					break
				}
				if time.Now().After(end) {
					t.Fatalf("%s, %+v", ids(r), r.Coverage)
				}
			}
			if c.screen.block != nil {
				if !hung {
					t.Error("nothing told of a screening that hangs")
				}
				close(c.screen.block)
			}
			pool.wait(t, 0)
		})
	}
}

// A single report screens at once.
func TestScreeningForASingleReport(t *testing.T) {
	screen := &screener{traits: map[int32]metrics.Traits{3999: metrics.WritableCode}, seen: map[int32]int{}}
	m := crowded(t, 5000, threats.Options{
		Detectors: []threats.Detector{asking("a.deep", metrics.PartMaps, metrics.Question{Traits: metrics.WritableCode})},
		Inspector: &inspector{}, Screener: screen, DeepBudget: time.Minute, Eager: true,
	})
	m.step(time.Second)
	if r := m.step(time.Second); r.Coverage.Checked != 1 || r.Coverage.DeepQueue != 0 {
		t.Errorf("%+v", r.Coverage)
	}
}
