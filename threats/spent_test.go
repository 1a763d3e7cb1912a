package threats_test

import (
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// Work in the background is accounted when it ends; a turn that is still on is told.
func TestBackgroundIsAccounted(t *testing.T) {
	const much = 5 * time.Millisecond
	release := make(chan struct{})
	d := detector("host.slow", threats.Host, func(_ *threats.Input, dst []threats.Finding) []threats.Finding {
		<-release
		for begun, cpu := time.Now(), metrics.ProcessCPU(); time.Since(begun) < much || metrics.ProcessCPU()-cpu < much; {
		}
		return dst
	})
	pool := &goPool{}
	m := start(t, threats.Options{Detectors: []threats.Detector{d}, Submit: pool})
	m.step(time.Second)
	var r *threats.Report
	for end := time.Now().Add(20 * time.Second); r == nil || r.Detectors[0].Busy == 0; time.Sleep(time.Millisecond) {
		if r = m.step(time.Second); time.Now().After(end) {
			t.Fatal("the turn that is on is not told")
		}
	}
	if r.Background != 0 || r.Detectors[0].Runs != 0 {
		t.Errorf("before it ends: background %v, %+v", r.Background, r.Detectors[0])
	}
	close(release)
	pool.wait(t, 0)
	if r = m.step(time.Second); r.Background < much || r.Detectors[0].Busy != 0 || r.Detectors[0].Runs != 1 {
		t.Errorf("after its turn: background %v, %+v", r.Background, r.Detectors[0])
	}
}
