package ui

import (
	"os"
	"testing"
	"time"

	"github.com/muesli/termenv"
)

func TestEnvironmentTellsWhatTheTerminalCan(t *testing.T) {
	for _, tc := range []struct {
		env  map[string]string
		want terminal
	}{
		{map[string]string{"TERM": "dumb"}, terminal{profile: termenv.Ascii, dumb: true, dark: true}},
		{map[string]string{}, terminal{profile: termenv.Ascii, dumb: true, dark: true}},
		{map[string]string{"TERM": "vt100"}, terminal{profile: termenv.Ascii, dark: true}},
		{map[string]string{"TERM": "linux"}, terminal{profile: termenv.ANSI, dark: true}},
		{map[string]string{"TERM": "xterm"}, terminal{profile: termenv.ANSI, dark: true, asks: true}},
		{map[string]string{"TERM": "xterm-256color", "COLORFGBG": "0;15"}, terminal{profile: termenv.ANSI256}},
		{map[string]string{"TERM": "xterm-256color", "COLORFGBG": "15;default;0"}, terminal{profile: termenv.ANSI256, dark: true}},
		{map[string]string{"TERM": "foot"}, terminal{profile: termenv.ANSI256, dark: true, sync: true, asks: true}},
		{map[string]string{"TERM": "screen"}, terminal{profile: termenv.ANSI256, dark: true}},
	} {
		if got := lookTerminal(func(k string) string { return tc.env[k] }); got != tc.want {
			t.Errorf("%v: %+v, want %+v", tc.env, got, tc.want)
		}
	}
}

func TestBackgroundIsJudgedByItsLuminance(t *testing.T) {
	for s, dark := range map[string]bool{"rgb:0000/0000/0000": true, "rgb:ffff/ffff/ffff": false, "rgb:1e/1e/2e": true, "rgb:fd/f6/e3": false,
		"rgba:ffff/ffff/ffff/ffff": true, "": true, "rgb:": true, "rgb:zz/zz/zz": true, "rgb:ffff/ffff": true} {
		if got := darkColour(s); got != dark {
			t.Errorf("%q: dark %v", s, got)
		}
	}
}

// However an answer is cut, what is left are the keys, in their order.
func TestAnswersAreTakenOutOfTheKeys(t *testing.T) {
	input := "a\x1b]11;rgb:0000/0000/0000\x07b\x1b[?2026;2$yc\x1b[Ad"
	for cut := 0; cut <= len(input); cut++ {
		var replies []reply
		k := &keyboard{answered: func(r reply) { replies = append(replies, r) }, gone: func() {}}
		k.expect(2)
		var got []byte
		for _, part := range []string{input[:cut], input[cut:]} {
			buf := make([]byte, 64)
			n := k.filter(buf, copy(buf, part))
			got = append(got, buf[:n]...)
		}
		// Escape at the end of a read is the key.
		if want := "abc\x1b[Ad"; string(got) != want && cut > 0 && input[cut-1] != 0x1b {
			t.Errorf("cut at %d: keys %q, want %q", cut, got, want)
		} else if string(got) == want && (len(replies) != 2 || !replies[0].background || !replies[1].synchronised) {
			t.Errorf("cut at %d: answers %+v", cut, replies)
		}
	}
}

func TestNothingIsTakenWhenNothingIsExpected(t *testing.T) {
	k := &keyboard{answered: func(reply) { t.Error("an answer") }}
	buf := make([]byte, 64)
	const keys = "\x1b]11;rgb:0000/0000/0000\x07"
	if n := k.filter(buf, copy(buf, keys)); string(buf[:n]) != keys {
		t.Errorf("got %q", buf[:n])
	}
}

func TestEndOfInputEndsTheProgram(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	gone := make(chan struct{})
	k := &keyboard{File: r, gone: func() { close(gone) }}
	_ = w.Close()
	_, _ = k.Read(make([]byte, 8))
	select {
	case <-gone:
	case <-time.After(5 * time.Second):
		t.Error("nobody was told")
	}
}
