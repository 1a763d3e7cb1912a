package metrics

import (
	"testing"
	"time"
)

func TestSlowsOnlyWhatComesMoreOften(t *testing.T) {
	host := func(every time.Duration) HostReader { return &hostReader{every: every} }
	const s = time.Second
	for _, c := range []struct {
		name           string
		o              CollectorOptions
		extras, cycles time.Duration
		want           bool
	}{
		{"sockets of each cycle", CollectorOptions{Sockets: &listing{}}, 5 * s, s, true},
		{"a cycle as long as asked for", CollectorOptions{Sockets: &listing{}}, 5 * s, 5 * s, false},
		{"a longer cycle", CollectorOptions{Sockets: &listing{}}, 5 * s, 10 * s, false},
		{"the cycle after that", CollectorOptions{Sockets: &listing{}}, 5 * s, 4 * s, true},
		{"no sockets", CollectorOptions{}, 5 * s, s, false},
		{"a quick reading", CollectorOptions{Host: []HostReader{host(2 * s)}}, 5 * s, s, true},
		{"a slow reading", CollectorOptions{Host: []HostReader{host(10 * s)}}, 5 * s, s, false},
		{"as slow as asked for", CollectorOptions{Host: []HostReader{host(5 * s)}}, 5 * s, s, false},
		{"one that comes with the same cycle", CollectorOptions{Host: []HostReader{host(4 * s)}}, 5 * s, 3 * s, false},
		{"one of each cycle, which is not held back", CollectorOptions{Host: []HostReader{host(0)}}, 5 * s, s, false},
		{"one of many", CollectorOptions{Host: []HostReader{host(0), host(60 * s), host(2 * s)}}, 5 * s, s, true},
		{"cycles that follow at once", CollectorOptions{Sockets: &listing{}}, 5 * s, 0, true},
	} {
		collector := newTestCollector(&scripted{}, c.o)
		if got := collector.Slows(c.extras, c.cycles); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// What is held back keeps its values, with the time at which they were read.
func TestSlowExtrasKeepTheirAge(t *testing.T) {
	at := time.Unix(1e9, 0)
	c := NewCollector(CollectorOptions{Processes: &scripted{calls: []func([]Process) ([]Process, error){gives(1)}}, Sockets: &listing{},
		Pool: &goPool{}, Deadline: time.Hour, Now: func() time.Time { return at }})
	s := collect(t, c, nil)
	c.SlowExtras(5 * time.Second)
	at = at.Add(time.Second) // this cycle is due from before
	s = collect(t, c, s)
	for read := at; at.Before(read.Add(9 * time.Second)); {
		at = at.Add(time.Second)
		s = collect(t, c, s)
		want := read
		if at.Sub(read) >= 5*time.Second {
			want = read.Add(5 * time.Second)
		}
		if src := s.Sources[1]; len(s.Sockets) != 1 || !s.SocketsAt.Equal(want) || src.Name != "listing" || !src.At.Equal(want) || !s.ProcessesAt.Equal(at) {
			t.Errorf("at %v: %d sockets of %v, processes of %v, source %+v", at, len(s.Sockets), s.SocketsAt, s.ProcessesAt, src)
		}
	}
}
