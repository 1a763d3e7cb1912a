package metrics

import (
	"testing"
	"time"
)

func TestRestFollowsChange(t *testing.T) {
	rest := Rest(0, 10, 40, false)
	for _, step := range []struct {
		changed bool
		want    time.Duration
	}{{false, 15}, {false, 22}, {false, 33}, {false, 40}, {false, 40}, {true, 10}, {false, 15}} {
		if rest = Rest(rest, 10, 40, step.changed); rest != step.want {
			t.Errorf("%d, want %d", rest, step.want)
		}
	}
	if got := Rest(0, 10, 4, true); got != 4 {
		t.Errorf("%d is above the most", got)
	}
}
