package threats_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

func TestPanicIsContained(t *testing.T) {
	bad := detector("bad.identity", threats.Identity, nil)
	bad.detect = func(in *threats.Input, dst []threats.Finding) []threats.Finding {
		for _, i := range in.Look {
			switch in.Process(i).ID.Comm {
			case "hostile":
				panic("bad name")
			case "evil":
				dst = append(dst, in.OnProcess(i, &bad.info))
			}
		}
		return dst
	}
	always := detector("bad.state", threats.State, func(in *threats.Input, dst []threats.Finding) []threats.Finding {
		_ = in.Process(1 << 30)
		return dst
	})
	m := start(t, threats.Options{Detectors: []threats.Detector{bad, always, named("good.identity", threats.Identity, "evil")}})
	m.Run("evil", PID(300))
	m.Run("hostile", PID(400))
	m.Run("evil", PID(500))
	r := m.step(time.Second)
	expect(t, r, "bad.identity/high bad.identity/high") // two independent signals each
	for i := range r.Findings {
		if len(r.Findings[i].Parts) != 2 { // good.identity found each as well
			t.Errorf("parts %+v", r.Findings[i].Parts)
		}
	}
	if s := r.Detectors[0]; s.Errors != 2 || !strings.Contains(s.LastErr, "bad name") || !strings.Contains(s.LastErr, "pid 400") || !strings.Contains(s.LastErr, "panic_test.go:") {
		t.Errorf("stat %+v", s)
	}
	if len(r.Errors) != 2 || !strings.Contains(r.Errors[1], "bad.state panicked") {
		t.Errorf("errors %q", r.Errors)
	}
	for range 100 {
		r = m.step(time.Second)
	}
	if n := r.Detectors[1].Errors; n < 4 || n > 9 {
		t.Errorf("a detector that always panics ran %d times in 100 s; its pauses must grow", n)
	}
	if r.Detectors[2].Errors != 0 {
		t.Error("a good detector has errors")
	}
}

func TestIdentityDetectorThatFailsCatchesUp(t *testing.T) {
	broken := true
	d := detector("a.b", threats.Identity, nil)
	d.detect = func(in *threats.Input, dst []threats.Finding) []threats.Finding {
		if broken {
			panic("broken")
		}
		for _, i := range in.Look {
			dst = append(dst, in.OnProcess(i, &d.info))
		}
		return dst
	}
	m := start(t, threats.Options{Detectors: []threats.Detector{d}})
	for i := range 50 {
		m.Run(fmt.Sprint("p", i))
	}
	r := m.step(time.Second)
	if n := r.Detectors[0].Errors; n == 0 || n > 12 {
		t.Errorf("%d panics over 52 processes", n)
	}
	broken = false
	for range 10 {
		r = m.step(time.Second)
	}
	if n := r.Detectors[0].Findings; n != 52 {
		t.Errorf("%d of 52 processes judged after the recovery", n)
	}
}
