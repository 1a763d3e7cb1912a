package screen

import (
	"io"
	"testing"
	"time"
)

// The size of each picture is told, and no other bytes are among them.
func TestEachPictureIsTold(t *testing.T) {
	shown := make(chan int, 10)
	term := NewTerminal(io.Discard, TerminalOptions{Shown: func(n int) { shown <- n }})
	defer term.Close(time.Second)
	term.Open()
	var g Grid
	g.Resize(20, 2)
	p := &Palette{}
	before, _ := term.Written()
	for _, text := range []string{"one", "another"} {
		g.Text(0, 0, 20, text, 0)
		term.Show(&g, p, true)
		select {
		case n := <-shown:
			if after, _ := term.Written(); n < len(text) || uint64(n) != after-before {
				t.Errorf("%d bytes for %q, and %d were written", n, text, after-before)
			}
			before, _ = term.Written()
		case <-time.After(10 * time.Second):
			t.Fatalf("%q is not shown", text)
		}
	}
}
