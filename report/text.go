package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/internal/safetext"
	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/threats"
)

// topProcesses is how many processes a text report lists by CPU and by memory.
const topProcesses = 12

// Text writes the frame for reading, on a terminal or on paper.
func Text(out io.Writer, f *monitor.Frame, o Options) error {
	b := bufio.NewWriter(out)
	p := &page{w: b, o: &o}
	p.machine(f)
	p.kpis(f.Self)
	p.findings(f)
	p.processes(f)
	p.listeners(f)
	p.unavailable(f)
	return b.Flush()
}

type page struct {
	w *bufio.Writer
	o *Options
}

func (p *page) line(format string, args ...any) { fmt.Fprintf(p.w, format+"\n", args...) }

// head writes the title of a section.
func (p *page) head(format string, args ...any) {
	p.line("")
	p.line("%s", p.paint("1", fmt.Sprintf(format, args...)))
}

// paint wraps text in an SGR sequence where colour is wanted.
func (p *page) paint(sgr, text string) string {
	if !p.o.Color {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

func (p *page) mark(ok bool) string {
	switch {
	case ok && p.o.ASCII:
		return p.paint("32", "ok")
	case ok:
		return p.paint("32", "✓")
	case p.o.ASCII:
		return p.paint("31", "MISSED")
	}
	return p.paint("31", "✗")
}

func (p *page) machine(f *monitor.Frame) {
	s := &f.Snapshot.System
	h := &s.Host
	p.line("%s  %s", p.paint("1", safetext.Clean(h.Name)), f.At.Format(time.RFC3339))
	p.line("%s %s, %s %s, %d cores, up %s", safetext.Clean(h.Platform), safetext.Clean(h.PlatformVersion),
		safetext.Clean(h.Kernel), h.Arch, len(s.CPU.Cores), Duration(f.Snapshot.Uptime))
	p.line("")
	c, m := &f.Snapshot.Counts, &s.Memory
	p.line("cpu      %s busy (user %.1f, system %.1f, iowait %.1f, steal %.1f)%s", percent(f.Rates.CPU.Busy),
		f.Rates.CPU.User, f.Rates.CPU.System, f.Rates.CPU.IOWait, f.Rates.CPU.Steal, since(f))
	p.line("load     %.2f %.2f %.2f", s.Load.One, s.Load.Five, s.Load.Fifteen)
	p.line("memory   %s of %s used, %s available", Bytes(m.Used), Bytes(m.Total), Bytes(m.Available))
	if m.SwapTotal > 0 {
		p.line("swap     %s of %s used", Bytes(m.SwapUsed), Bytes(m.SwapTotal))
	}
	if q := &s.Pressure; q.Have {
		p.line("pressure cpu %.1f%%, memory %.1f%%, io %.1f%% (some, 10 s)", q.CPUSome.Avg10, q.MemorySome.Avg10, q.IOSome.Avg10)
	}
	p.line("tasks    %d processes, %d threads, %d running, %d blocked, %d zombie", c.Processes, c.Threads, c.Running, c.Blocked, c.Zombie)
	for _, d := range s.Disks {
		note := ""
		if d.Stuck {
			note = ", does not answer"
		}
		p.line("disk     %s  %s of %s used, %s%s", safetext.Clean(d.Mount), Bytes(d.Used), Bytes(d.Total), safetext.Clean(d.Type), note)
	}
	for i, n := range s.Networks {
		if !n.Loopback && i < len(f.Rates.Networks) {
			p.line("network  %s  in %s/s, out %s/s", safetext.Clean(n.Name), Bytes(uint64(f.Rates.Networks[i].RxBps)), Bytes(uint64(f.Rates.Networks[i].TxBps)))
		}
	}
}

func since(f *monitor.Frame) string {
	if f.Rates.Over == 0 {
		return ", since boot"
	}
	return fmt.Sprintf(", over %.1f s", f.Rates.Over.Seconds())
}

func (p *page) kpis(s *monitor.Self) {
	p.head("OWN COST")
	p.line("%-8s %9s %9s %9s %9s %9s", "", "last", "p50", "p95", "max", "goal")
	for i := range s.KPIs {
		k := &s.KPIs[i]
		if !k.Known {
			p.line("%-8s %9s", k.Name, "unknown")
			continue
		}
		goal, mark := "-", ""
		if k.Goal > 0 {
			goal, mark = fmt.Sprintf("%g", k.Goal), p.mark(k.Met)
		}
		p.line("%-8s %9.2f %9.2f %9.2f %9.2f %9s %-7s %s", k.Name, k.Last, k.P50, k.P95, k.Max, goal, k.Unit, mark)
	}
	for _, d := range s.Diagnosis {
		p.line("  %s", safetext.Clean(d))
	}
}

var severityColor = [...]string{"36", "36", "33", "31", "1;31"}

func (p *page) findings(f *monitor.Frame) {
	r := f.Threats
	c := &r.Coverage
	p.head("FINDINGS  (%s)", c)
	shown := 0
	for i := range r.Findings {
		if !p.o.finding(i) || r.Findings[i].SuppressedBy != "" {
			continue
		}
		p.finding(&r.Findings[i], f.At)
		shown++
	}
	if shown == 0 {
		p.line("none")
	}
	if r.Suppressed > 0 {
		p.line("%d suppressed by allow entries", r.Suppressed)
	}
	for _, e := range r.Errors {
		p.line("error: %s", safetext.Clean(e))
	}
	if r.Baseline != "" {
		p.head("CHANGES SINCE %s", safetext.Clean(r.Baseline))
		if len(r.Changes) == 0 {
			p.line("none")
		}
		for _, ch := range r.Changes {
			p.line("%-8s %-9s %s  %s", ch.Op, ch.Kind, safetext.Clean(ch.Name), safetext.Clean(ch.Is))
		}
	}
}

func (p *page) finding(f *threats.Finding, now time.Time) {
	p.line("%s %s  [%s]", p.paint(severityColor[min(f.Severity, threats.Critical)], fmt.Sprintf("%-13s", f.Severity)),
		safetext.Clean(f.Title), f.Info.ID)
	if q := f.Process; q != nil && q.ID != nil {
		p.line("    process   %d %s (%s)  %s", q.Key.PID, safetext.Clean(q.ID.Comm), safetext.Clean(q.ID.User), p.cut(commandLine(q.ID), 40))
	}
	for _, e := range f.Evidence {
		p.line("    evidence  %s at %s: %s", e.What, safetext.Clean(e.Where), p.cut(e.Value, 40))
	}
	p.parts(f.Parts)
	if len(f.Info.Techniques) > 0 {
		p.line("    attack    %s", strings.Join(f.Info.Techniques, ", "))
	}
	p.line("    why       %s", f.Info.Why)
	for _, n := range f.Info.Next {
		p.line("    next      %s", n)
	}
}

func (p *page) processes(f *monitor.Frame) {
	procs, rates := f.Snapshot.Processes, f.Rates.Processes
	order := make([]int, 0, len(procs))
	for i := range procs {
		if p.o.process(i) {
			order = append(order, i)
		}
	}
	show := func(title string, less func(a, b int) int) {
		p.head("%s", title)
		p.line("%7s %-12s %7s %9s %8s  %s", "PID", "USER", "CPU%", "RSS", "TIME", "COMMAND")
		slices.SortStableFunc(order, less)
		for _, i := range order[:min(topProcesses, len(order))] {
			q := &procs[i]
			p.line("%7d %s %7.1f %9s %8s  %s", q.Key.PID, safetext.Fit(q.ID.User, 12), rates[i].CPU, Bytes(q.RSSBytes),
				Duration(time.Duration(q.CPUNS())), p.cut(commandLine(q.ID), 51))
		}
	}
	show("PROCESSES BY CPU", func(a, b int) int { return compare(rates[b].CPU, rates[a].CPU) })
	show("PROCESSES BY MEMORY", func(a, b int) int { return compare(procs[b].RSSBytes, procs[a].RSSBytes) })
}

func compare[T float32 | uint64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// cut makes a text fit behind the used columns of the page.
func (p *page) cut(s string, used int) string {
	s = safetext.Clean(s)
	if width := p.o.Width - used; p.o.Width > 0 && safetext.Width(s) > width {
		return strings.TrimRight(safetext.Fit(s, max(width, 8)), " ")
	}
	return s
}

// commandLine is what a process was started with, or its name in brackets.
func commandLine(id *metrics.Identity) string {
	if id.Cmdline == "" {
		return "[" + id.Comm + "]"
	}
	return strings.ReplaceAll(strings.TrimRight(id.Cmdline, "\x00"), "\x00", " ")
}

// listeners shows the TCP and UDP sockets that wait for others.
func (p *page) listeners(f *monitor.Frame) {
	p.head("LISTENERS")
	p.line("%-5s %-30s %8s %-12s %s", "PROTO", "ADDRESS", "PID", "USER", "PROGRAM")
	n, rest := 0, 0
	for i := range f.Snapshot.Sockets {
		s := &f.Snapshot.Sockets[i]
		if !s.Inet() || !s.Listening() || !p.o.socket(i) {
			continue
		}
		if n++; n > 50 {
			rest++
			continue
		}
		pid, user, program := "?", "", ""
		if q := f.Snapshot.Lookup(s.Owner); q != nil && s.Owner.PID != 0 {
			pid, user, program = fmt.Sprint(q.Key.PID), q.ID.User, commandLine(q.ID)
		}
		p.line("%-5s %-30s %8s %s %s", s.Proto, s.Local(), pid, safetext.Fit(user, 12), p.cut(program, 60))
	}
	switch {
	case n == 0:
		p.line("none")
	case rest > 0:
		p.line("and %d more", rest)
	}
}

func (p *page) unavailable(f *monitor.Frame) {
	if len(f.Snapshot.Gaps) == 0 && len(f.Threats.Coverage.Unavailable) == 0 {
		return
	}
	p.head("NOT AVAILABLE")
	for _, g := range f.Snapshot.Gaps {
		p.line("%s: %s%s", safetext.Clean(g.What), safetext.Clean(g.Why), needs(g.Needs))
	}
	for _, u := range f.Threats.Coverage.Unavailable {
		p.line("%s: %s%s", u.Detector, safetext.Clean(u.Why), needs(u.Needs))
	}
}

func needs(s string) string {
	if s == "" {
		return ""
	}
	return " (needs " + safetext.Clean(s) + ")"
}

func percent(v float32) string { return fmt.Sprintf("%.1f%%", v) }

// parts lists the signals of a joined finding; equal ones, of several processes,
// are one line.
func (p *page) parts(list []threats.Part) {
	count := make(map[string]int)
	for i := range list {
		count[list[i].Title+list[i].Detector]++
	}
	for i := range list {
		q := &list[i]
		n := count[q.Title+q.Detector]
		switch {
		case n == 1:
			p.line("    part      %s  [%s]", safetext.Clean(q.Title), q.Detector)
		case n > 1:
			p.line("    part      %s, %d times  [%s]", safetext.Clean(q.Title), n, q.Detector)
		}
		count[q.Title+q.Detector] = 0
	}
}
