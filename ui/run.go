package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/term"

	"github.com/smoothtask/smoothtask/ui/screen"
)

// program is the model on a real terminal: it shows what the model paints, and
// leaves everything else to it.
type program struct {
	*Model
	term  *screen.Terminal
	crash *error // what ended it, where that was a fault of ours
}

// Update passes the message on and shows the picture.
func (p program) Update(msg tea.Msg) (_ tea.Model, c tea.Cmd) {
	defer func() {
		if r := recover(); r != nil {
			*p.crash = fmt.Errorf("the screen failed: %v\n%s", r, debug.Stack())
			c = tea.Quit
		}
	}()
	switch msg := msg.(type) {
	case redrawMsg:
		p.term.Redraw()
	case copyMsg:
		p.term.Print(msg.sequence())
	}
	_, c = p.Model.Update(msg)
	p.show(isKey(msg))
	return p, c
}

// isKey reports whether somebody waits for the answer to a message.
func isKey(msg tea.Msg) bool {
	switch msg.(type) {
	case tea.KeyMsg, tea.MouseMsg:
		return true
	}
	return false
}

func (p program) show(key bool) {
	began := time.Now()
	p.paint()
	p.term.Show(&p.grid, p.palette, key)
	if p.opts.Meter != nil {
		p.opts.Meter.AddRender(time.Since(began))
	}
}

// View is empty: the terminal shows the grid itself.
func (p program) View() string { return "" }

// counter counts the bytes that go to the terminal.
type counter struct {
	w     io.Writer
	count func(n int)
}

func (c counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.count(n)
	return n, err
}

// patience is how long a terminal that takes nothing is waited for at the end.
const patience = 300 * time.Millisecond

// ErrNoTerminal says that there is no terminal to show anything on.
var ErrNoTerminal = errors.New("standard output is no terminal")

// Run shows the screen until the operator quits, the context ends, or the
// terminal is gone; none of these is an error.
func Run(ctx context.Context, o Options) error {
	in, out, err := o.files()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(ended)
	go func() {
		select {
		case <-ended:
			cancel()
		case <-ctx.Done():
		}
	}()

	known := lookTerminal(o.getenv)
	o.ASCII = o.ASCII || known.dumb
	m := New(o)
	m.setProfile(known.profile)
	m.setBackground(known.dark)

	var w io.Writer = out
	var shown func(int)
	if o.Meter != nil {
		w, shown = counter{out, o.Meter.AddTerminal}, o.Meter.AddPicture
	}
	asks := known.asks && byBackground(m.opts.Theme) && !o.NoColor
	to := screen.TerminalOptions{Mouse: o.Mouse, Plain: known.dumb, Sync: known.sync, Slow: o.Remote, Shown: shown, Failed: func(error) { cancel() }}
	if asks {
		to.Ask = questions
	}
	t := screen.NewTerminal(w, to)
	var prog *tea.Program
	keys := &keyboard{File: in, gone: cancel, answered: func(r reply) {
		if r.synchronised {
			t.Synchronise()
		}
		if r.background {
			go prog.Send(backgroundMsg{r.dark})
		}
	}}
	if asks {
		keys.expect(2)
	}
	// Without a renderer of its own Bubble Tea leaves the terminal alone: its mode
	// and its size are ours to keep.
	cooked, err := term.MakeRaw(in.Fd())
	if err != nil {
		return fmt.Errorf("taking the terminal: %w", err)
	}
	restore := func() { _ = term.Restore(in.Fd(), cooked) }
	defer restore()
	m.Update(size(out))

	var crash error
	picture := program{m, t, &crash}
	// Its signal handler could be left waiting to deliver a signal to a loop that has
	// already ended, and the end would wait for it: signals end the context instead.
	prog = tea.NewProgram(picture, tea.WithInput(keys), tea.WithOutput(out), tea.WithoutRenderer(), tea.WithoutSignalHandler(),
		tea.WithFilter(func(_ tea.Model, msg tea.Msg) tea.Msg {
			switch msg.(type) {
			case tea.SuspendMsg:
				t.Release()
				restore()
			case tea.ResumeMsg:
				_, _ = term.MakeRaw(in.Fd())
				t.Open()
				return size(out)
			}
			return msg
		}))
	defer context.AfterFunc(ctx, prog.Quit)()
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	defer signal.Stop(resized)
	go func() {
		for {
			select {
			case <-resized:
				prog.Send(size(out))
			case <-ctx.Done():
				return
			}
		}
	}()

	t.Open()
	picture.show(true)
	_, err = prog.Run()
	keys.settle(patience)
	t.Close(patience)
	restore()
	_ = m.remember() // without it the next run begins as the first one did
	switch {
	case crash != nil:
		return crash
	case errors.Is(err, tea.ErrProgramPanic),
		err != nil && !errors.Is(err, tea.ErrInterrupted) && ctx.Err() == nil:
		return fmt.Errorf("showing the screen: %w", err)
	}
	return nil
}

// size asks the terminal for its size; one that does not know has the usual.
func size(out *os.File) tea.WindowSizeMsg {
	w, h, err := term.GetSize(out.Fd())
	if err != nil || w <= 0 || h <= 0 {
		w, h = 80, 24
	}
	return tea.WindowSizeMsg{Width: w, Height: h}
}

// files are the terminal to read from and to write to.
func (o *Options) files() (in, out *os.File, err error) {
	in, out = o.Input, o.Output
	if out == nil {
		out = os.Stdout
	}
	if !term.IsTerminal(out.Fd()) {
		return nil, nil, ErrNoTerminal
	}
	if in == nil {
		in = os.Stdin
	}
	if !term.IsTerminal(in.Fd()) { // something is piped in: the keys come from the terminal
		if in, err = os.Open("/dev/tty"); err != nil {
			return nil, nil, fmt.Errorf("no terminal to read keys from: %w", err)
		}
	}
	return in, out, nil
}

func (o *Options) getenv(name string) string {
	if o.Getenv != nil {
		return o.Getenv(name)
	}
	return os.Getenv(name)
}
