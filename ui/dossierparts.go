package ui

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/ui/screen"
)

// maxListed bounds the sockets, files and mappings that a dossier lists.
const maxListed = 500

func dossierSockets(m *Model, w *pageWriter, p *metrics.Process) {
	n := 0
	for i := range m.frame.Snapshot.Sockets {
		s := &m.frame.Snapshot.Sockets[i]
		if s.Owner != p.Key {
			continue
		}
		if n == 0 {
			w.section("Sockets")
		}
		if n++; n > maxListed {
			continue
		}
		b := append([]byte(s.State.String()), ' ')
		if s.Proto == metrics.Unix {
			b = append(b, s.Name...)
		} else {
			b = append(appendAddress(b, s, false), ':')
			b = append(appendPort(b, s.LocalPort), ' ')
			if !s.Listening() {
				b = append(append(b, m.sym.arrow...), ' ')
				b = append(appendAddress(b, s, true), ':')
				b = appendPort(b, s.RemotePort)
			}
		}
		if s.HasInfo && !s.Listening() {
			b = appendBytes(append(b, "  in "...), float64(s.RxBytes))
			b = appendBytes(append(b, " out "...), float64(s.TxBytes))
		}
		w.item(s.Proto.String(), string(b), socketStyle(s))
	}
	if n > maxListed {
		w.text(fmt.Sprintf("and %d more", n-maxListed), stDim)
	}
}

// dossierDetail writes what was read for this page.
func dossierDetail(m *Model, w *pageWriter, pg *page) {
	d := pg.detail
	if len(d.FDs) > 0 {
		w.section(fmt.Sprintf("Open files (%d)", max(d.FDsTotal, len(d.FDs))))
		for i, f := range d.FDs {
			if i == maxListed {
				w.text(fmt.Sprintf("and %d more", max(d.FDsTotal, len(d.FDs))-i), stDim)
				break
			}
			st := stText
			if !strings.HasPrefix(f.Target, "/") {
				st = stDim
			}
			w.item(strconv.Itoa(int(f.FD)), f.Target+peerOf(m, f), st)
		}
	}
	if d.Read&metrics.PartThreads != 0 && len(d.Threads) > 0 {
		w.section(fmt.Sprintf("Threads (%d)", len(d.Threads)))
		for i, t := range d.Threads {
			if i == maxListed {
				w.text(fmt.Sprintf("and %d more", len(d.Threads)-i), stDim)
				break
			}
			w.item(strconv.Itoa(int(t.TID)), fmt.Sprintf("%c %s  %s", t.State, appendCPUTime(nil, t.CPUNS), t.Comm), stText)
		}
	}
	dossierMaps(w, d)
	if len(d.Limits) > 0 {
		w.section("Limits")
		for _, l := range d.Limits {
			w.item(l.Name, "soft "+limit(l.Soft, l.Unit)+", hard "+limit(l.Hard, l.Unit), stText)
		}
	}
	if d.Read&metrics.PartEnviron != 0 {
		w.section("Environment")
		if !pg.reveal && len(d.Environ) > 0 {
			w.text(revealHint, stDim)
		}
		for _, e := range d.Environ {
			name, value, _ := strings.Cut(e, "=")
			st := stText
			if !pg.reveal && secret(name, value) {
				value, st = "********", stFaint
			}
			w.item(name, value, st)
		}
	}
	if len(d.Gaps) > 0 {
		w.section("What could not be read")
		for _, g := range d.Gaps {
			w.item(g.What, m.opts.because(g.Why, g.Needs), stWarn)
		}
	}
}

const revealHint = "values that look like secrets are hidden; e shows them"

// peerOf tells where a socket descriptor leads.
func peerOf(m *Model, f metrics.FD) string {
	if f.Inode == 0 || !strings.HasPrefix(f.Target, "socket:") {
		return ""
	}
	for i := range m.frame.Snapshot.Sockets {
		if s := &m.frame.Snapshot.Sockets[i]; s.Inode == f.Inode {
			b := append([]byte("  "), s.Proto.String()...)
			if s.Proto == metrics.Unix {
				return string(append(append(b, ' '), s.Name...))
			}
			b = append(appendAddress(append(b, ' '), s, false), ':')
			b = appendPort(b, s.LocalPort)
			if !s.Listening() {
				b = append(append(append(b, ' '), m.sym.arrow...), ' ')
				b = append(appendAddress(b, s, true), ':')
				b = appendPort(b, s.RemotePort)
			}
			return string(b)
		}
	}
	return ""
}

// dossierMaps groups the mappings by what they map.
func dossierMaps(w *pageWriter, d *metrics.Detail) {
	if len(d.Maps) == 0 {
		return
	}
	type group struct {
		name    string
		n       int
		bytes   uint64
		x, wx   bool
		ordinal int
	}
	var all []*group
	by := map[string]*group{}
	for _, mp := range d.Maps {
		name := mp.Path
		if name == "" {
			name = "(anonymous)"
		}
		g := by[name]
		if g == nil {
			g = &group{name: name, ordinal: len(all)}
			by[name], all = g, append(all, g)
		}
		g.n++
		g.bytes += mp.End - mp.Start
		x := mp.Perms[2] == 'x'
		g.x = g.x || x
		g.wx = g.wx || x && mp.Perms[1] == 'w'
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].bytes > all[j].bytes })
	w.section(fmt.Sprintf("Memory maps (%d in %d groups)", max(d.MapsTotal, len(d.Maps)), len(all)))
	for i, g := range all {
		if i == maxListed {
			w.text(fmt.Sprintf("and %d more", len(all)-i), stDim)
			return
		}
		var st screen.Style = stText
		text := g.name
		if g.n > 1 {
			text += fmt.Sprintf(" (%d mappings)", g.n)
		}
		switch {
		case g.wx:
			text, st = text+"  writable and executable", stWarn
		case g.x && !strings.HasPrefix(g.name, "/") && g.name != "[vdso]" && g.name != "[vsyscall]":
			text, st = text+"  executable", stWarn
		case g.x:
			text += "  executable"
		}
		w.item(string(appendBytes(nil, float64(g.bytes))), text, st)
	}
}

// limit writes a limit with its unit.
func limit(v uint64, unit string) string {
	switch {
	case v == math.MaxUint64:
		return "unlimited"
	case unit == "bytes":
		return string(appendBytes(nil, float64(v)))
	}
	return strings.TrimSpace(strconv.FormatUint(v, 10) + " " + unit)
}
