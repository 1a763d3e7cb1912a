package screen

import (
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// Terminal shows grids on a terminal. Show only copies the grid: a goroutine of
// the terminal writes what changed, the latest grid wins, and a terminal that
// takes nothing holds up nobody. What is written is counted.
type Terminal struct {
	w    io.Writer
	opts TerminalOptions

	mu      sync.Mutex // guards the next picture
	next    Grid
	palette *Palette
	fresh   bool // next was not written yet
	key     bool // and it answers a key

	out  sync.Mutex // held while writing; guards what follows
	diff differ
	buf  []byte
	open bool

	wake, stop, stopped chan struct{}
	once                sync.Once
	bytes, frames       atomic.Uint64
	synchronised        atomic.Bool
}

// TerminalOptions says what the terminal can do and shall do.
type TerminalOptions struct {
	Mouse  bool            // report clicks and the wheel
	Plain  bool            // no sequences but those that move and clear, for TERM=dumb
	Sync   bool            // the terminal is known to have synchronised output, DEC private mode 2026
	Slow   bool            // over a slow line: fewer pictures
	Ask    string          // a question for the terminal, sent once when it is taken
	Shown  func(bytes int) // called for each picture that was written; may be nil
	Failed func(error)     // called when writing fails: the terminal is gone
}

// NewTerminal makes a Terminal that writes to w. It does nothing until Open.
func NewTerminal(w io.Writer, opts TerminalOptions) *Terminal {
	t := &Terminal{w: w, opts: opts,
		wake: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{})}
	t.synchronised.Store(opts.Sync)
	go t.run()
	return t
}

// Written is the number of bytes and of pictures written so far.
func (t *Terminal) Written() (bytes, frames uint64) { return t.bytes.Load(), t.frames.Load() }

// Synchronise says that the terminal understands synchronised output.
func (t *Terminal) Synchronise() { t.synchronised.Store(true) }

// Show has the terminal show the grid, soon; one that answers a key goes before what
// the data change. The grid stays the caller's; the palette must not change any more.
func (t *Terminal) Show(g *Grid, p *Palette, key bool) {
	t.mu.Lock()
	t.next.CopyFrom(g)
	t.palette = p
	t.fresh, t.key = true, t.key || key
	t.mu.Unlock()
	t.signal()
}

func (t *Terminal) signal() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

const (
	enter      = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h" // alternate screen, no cursor, no wrapping, marked pastes
	leave      = "\x1b[m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l"
	enterMouse = "\x1b[?1000h\x1b[?1006h"
	leaveMouse = "\x1b[?1006l\x1b[?1000l"
	beginFrame = "\x1b[?2026h"
	endFrame   = "\x1b[?2026l"
)

// Open takes the terminal: the alternate screen without a cursor.
func (t *Terminal) Open() {
	t.out.Lock()
	defer t.out.Unlock()
	if t.open {
		return
	}
	t.open = true
	t.buf = t.buf[:0]
	if !t.opts.Plain {
		t.buf = append(t.buf, enter...)
		if t.opts.Mouse {
			t.buf = append(t.buf, enterMouse...)
		}
		t.buf = append(t.buf, t.opts.Ask...)
		t.opts.Ask = ""
	}
	t.buf = t.diff.reset(t.buf, 0, 0)
	t.write()
	t.mu.Lock()
	t.fresh = t.next.W > 0
	t.mu.Unlock()
	t.signal()
}

// Release gives the terminal back as it was; Open takes it again.
func (t *Terminal) Release() {
	t.out.Lock()
	defer t.out.Unlock()
	if !t.open {
		return
	}
	t.open = false
	t.buf = t.buf[:0]
	if t.opts.Plain {
		t.buf = append(t.buf, "\x1b[m\x1b[2J\x1b[H"...)
	} else {
		if t.opts.Mouse {
			t.buf = append(t.buf, leaveMouse...)
		}
		t.buf = append(t.buf, leave...)
	}
	t.write()
}

// Redraw forgets what the terminal shows and has it shown anew.
func (t *Terminal) Redraw() {
	t.out.Lock()
	t.diff.shown.Resize(0, 0)
	t.out.Unlock()
}

// Print writes a sequence that changes no cell, such as a copy to the clipboard.
func (t *Terminal) Print(seq string) {
	t.out.Lock()
	defer t.out.Unlock()
	if t.open && !t.opts.Plain {
		t.buf = append(t.buf[:0], seq...)
		t.write()
	}
}

// Close releases the terminal and ends the goroutine. A terminal that takes
// nothing any more is given up after the patience.
func (t *Terminal) Close(patience time.Duration) {
	t.once.Do(func() { close(t.stop) })
	released := make(chan struct{})
	go func() {
		t.Release()
		<-t.stopped
		close(released)
	}()
	select {
	case <-released:
	case <-time.After(patience):
	}
}

func (t *Terminal) run() {
	defer close(t.stopped)
	pace := newPacer(time.Now(), t.opts.Slow)
	for {
		select {
		case <-t.stop:
			return
		case <-t.wake:
		}
		if !t.pause(&pace) {
			return
		}
		if t.flush() {
			pace.spend(time.Now())
		}
	}
}

// pause waits until the newest picture may be sent; false means that it is the end.
func (t *Terminal) pause(pace *pacer) bool {
	for {
		t.mu.Lock()
		key := t.key
		t.mu.Unlock()
		wait := pace.wait(time.Now(), key)
		if wait <= 0 {
			return true
		}
		select {
		case <-t.stop:
			return false
		case <-t.wake: // perhaps for a key
		case <-time.After(wait):
		}
	}
}

// flush writes the newest picture and reports whether anything was sent.
func (t *Terminal) flush() bool {
	t.out.Lock()
	defer t.out.Unlock()
	if !t.open {
		return false
	}
	t.buf = t.buf[:0]
	synchronised := t.synchronised.Load()
	if synchronised {
		t.buf = append(t.buf, beginFrame...)
	}
	empty := len(t.buf)

	t.mu.Lock()
	if !t.fresh {
		t.mu.Unlock()
		return false
	}
	t.fresh, t.key = false, false
	t.buf = t.diff.append(t.buf, &t.next, t.palette)
	t.mu.Unlock()

	if len(t.buf) == empty {
		return false
	}
	if synchronised {
		t.buf = append(t.buf, endFrame...)
	}
	t.frames.Add(1)
	t.write()
	if t.opts.Shown != nil {
		t.opts.Shown(len(t.buf))
	}
	return true
}

func (t *Terminal) write() {
	n, err := t.w.Write(t.buf)
	t.bytes.Add(uint64(n))
	if err != nil && t.opts.Failed != nil {
		t.opts.Failed(err)
	}
}
