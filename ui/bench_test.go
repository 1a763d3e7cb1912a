package ui

import (
	"testing"

	"github.com/smoothtask/smoothtask/monitor"
)

// BenchmarkView10000 draws each view of a machine with 10,000 processes and
// 20,000 sockets on a terminal of 200×50.
func BenchmarkView10000(b *testing.B) {
	r := newRobot(b, 10000, 200, 50, nil)
	r.frames(3)
	for i, v := range r.m.views {
		r.m.visit(i)
		b.Run(v.name(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.m.View()
			}
		})
	}
	r.m.visit(processView)
	toggleTree(r.m)
	b.Run("Tree", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r.m.View()
		}
	})
	r.press("H")
	r.frames(2)
	b.Run("Threads", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r.m.View()
		}
	})
}

// BenchmarkUpdateFrame10000 takes a frame of 10,000 processes: what is new, what
// is gone, filter and order.
func BenchmarkUpdateFrame10000(b *testing.B) {
	for _, bc := range []struct {
		name, filter string
		view         int
		keys         []string
	}{{"Overview", "", overviewView, nil}, {"Processes", "", processView, nil}, {"Filter", "cpu>1 or user=anna", processView, nil},
		{"Tree", "", processView, []string{"t"}}, {"Threads", "", processView, []string{"H"}}, {"Network", "", networkView, nil}} {
		b.Run(bc.name, func(b *testing.B) {
			r := newRobot(b, 10000, 200, 50, nil)
			r.mc.jitter = 1
			frames := [2]*monitor.Frame{r.mc.frame(), r.mc.frame()}
			r.m.visit(bc.view)
			r.send(frameMsg{frames[0]})
			r.m.View()
			r.press(bc.keys...)
			r.m.queries[bc.view].set(bc.filter)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r.m.Update(frameMsg{frames[i%2]})
			}
		})
	}
}

// Drawing must not make garbage in proportion to what is on the machine: with
// ten times the processes it allocates the same.
func TestDrawingAllocatesLittle(t *testing.T) {
	for _, view := range []int{overviewView, processView, networkView, threatView, cgroupView} {
		r := newRobot(t, 3000, 200, 50, nil)
		r.frames(3)
		r.m.visit(view)
		r.m.paint()
		if n := testing.AllocsPerRun(20, r.m.paint); n > 60 {
			t.Errorf("%s: %v allocations", r.m.views[view].name(), n)
		}
	}
}
