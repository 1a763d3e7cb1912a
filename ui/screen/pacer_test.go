package screen

import (
	"testing"
	"time"
)

func TestPacerGivesAtMostTenInAnySecond(t *testing.T) {
	now := time.Unix(0, 0)
	p := newPacer(now, false)
	var sent []time.Time
	for now.Before(time.Unix(5, 0)) {
		if p.wait(now) == 0 {
			p.spend(now)
			sent = append(sent, now)
		}
		now = now.Add(time.Millisecond)
	}
	for i := range sent {
		if i >= 10 && sent[i].Sub(sent[i-10]) < time.Second {
			t.Fatalf("11 pictures within %v", sent[i].Sub(sent[i-10]))
		}
	}
	if len(sent) < 35 {
		t.Errorf("only %d pictures in 5 s of constant change", len(sent))
	}
}

func TestPacerAnswersAKeyAtOnceAfterData(t *testing.T) {
	now := time.Unix(0, 0)
	p := newPacer(now, false)
	p.spend(now)
	p.spend(now)
	if w := p.wait(now); w != 0 {
		t.Errorf("the key waits %v", w)
	}
}
