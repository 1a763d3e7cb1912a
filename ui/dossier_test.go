package ui

import (
	"context"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

// The hash of a program is awaited where it will come, and only there: a thread of
// the kernel has no program, and an environment that is denied does not hold it up.
func TestHashIsAwaitedWhereItWillCome(t *testing.T) {
	for _, tc := range []struct {
		name   string
		pid    int
		denied metrics.Parts
		want   string
	}{
		{"program", 1, 0, "e3b0c442"},
		{"thread of the kernel", 2, 0, ""},
		{"environment denied", 1, metrics.PartEnviron, "e3b0c442"},
	} {
		r := newRobot(t, 20, 120, 60, func(o *Options) {
			o.Inspect = func(_ context.Context, k metrics.ProcKey, parts metrics.Parts) (*metrics.Detail, error) {
				d := invented(k, parts)
				d.Read &^= tc.denied
				return d, nil
			}
		})
		r.frames(1)
		r.press("2", "N")
		for range tc.pid - 1 {
			r.press("down")
		}
		r.press("enter")
		if tc.want != "" {
			r.wants(tc.want)
		}
		r.lacks("reading")
	}
}
