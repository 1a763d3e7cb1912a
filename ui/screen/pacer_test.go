package screen

import (
	"testing"
	"time"
)

func TestPacerGivesAtMostTenInAnySecond(t *testing.T) {
	for _, slow := range []bool{false, true} {
		atMostTen(t, slow)
	}
}

func atMostTen(t *testing.T, slow bool) {
	now := time.Unix(0, 0)
	p := newPacer(now, slow)
	var sent []time.Time
	for now.Before(time.Unix(5, 0)) {
		if p.wait(now, true) == 0 {
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
	if len(sent) < 20 {
		t.Errorf("slow %v: only %d pictures in 5 s of constant change", slow, len(sent))
	}
}

func TestPacerAnswersAKeyAtOnceAfterData(t *testing.T) {
	now := time.Unix(0, 0)
	p := newPacer(now, false)
	p.spend(now)
	p.spend(now)
	if w := p.wait(now, true); w != 0 {
		t.Errorf("the key waits %v", w)
	}
}

// Constant change of the data leaves a picture for keys, however fast the data come.
func TestPacerKeepsOneForKeys(t *testing.T) {
	for _, slow := range []bool{false, true} {
		now := time.Unix(0, 0)
		p := newPacer(now, slow)
		data := 0
		for range 5000 {
			if p.wait(now, false) == 0 {
				p.spend(now)
				data++
			}
			if w := p.wait(now, true); w != 0 {
				t.Fatalf("slow %v: a key after %d pictures of data waits %v", slow, data, w)
			}
			now = now.Add(time.Millisecond)
		}
		if data < 20 {
			t.Errorf("slow %v: only %d pictures of data in 5 s", slow, data)
		}
	}
}

// Keys that come one by one are answered at once also on a slow line.
func TestPacerAnswersKeysOneByOne(t *testing.T) {
	for _, slow := range []bool{false, true} {
		now := time.Unix(0, 0)
		p := newPacer(now, slow)
		for i := range 40 {
			if w := p.wait(now, true); w != 0 {
				t.Fatalf("slow %v: key %d waits %v", slow, i, w)
			}
			p.spend(now)
			now = now.Add(280 * time.Millisecond)
		}
	}
}
