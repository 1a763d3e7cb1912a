package ui

import (
	"io"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/ui/screen"
)

// A second's change must be light on the line: on average 2 KB on 80×24 and 6 KB
// on 200×50, with 10,000 processes of which 200 change their CPU all the time.
func TestFramesAreLightOnTheWire(t *testing.T) {
	for _, tc := range []struct{ w, h, limit int }{{80, 24, 2048}, {200, 50, 6144}} {
		for _, scene := range []struct {
			view int
			key  string
		}{{view: overviewView}, {view: processView}, {view: processView, key: "H"}, {view: networkView}, {view: performanceView}} {
			view := scene.view
			clock := testStart
			r := newRobot(t, 10000, tc.w, tc.h, func(o *Options) { o.Now = func() time.Time { return clock } })
			r.mc.jitter = 1
			r.m.visit(view)
			r.frames(2)
			term := screen.NewTerminal(io.Discard, screen.TerminalOptions{})
			term.Open()
			show := func() {
				r.m.paint()
				_, before := term.Written()
				term.Show(&r.m.grid, r.m.palette, false)
				for end := time.Now().Add(deadline); ; time.Sleep(time.Millisecond) {
					if _, frames := term.Written(); frames > before {
						return
					}
					if time.Now().After(end) {
						t.Fatal("the terminal shows nothing")
					}
				}
			}
			show()
			if scene.key != "" {
				r.press(scene.key)
				r.frames(1)
				show()
			}
			first, _ := term.Written()
			const n = 4
			for range n {
				clock = clock.Add(time.Second)
				r.frames(1)
				show()
			}
			last, _ := term.Written()
			if per := int(last-first) / n; per > tc.limit {
				t.Errorf("%s at %dx%d: %d bytes a frame, want at most %d", r.m.views[view].name(), tc.w, tc.h, per, tc.limit)
			} else {
				t.Logf("%s at %dx%d: %d bytes a frame", r.m.views[view].name(), tc.w, tc.h, per)
			}
			term.Close(time.Second)
		}
	}
}
