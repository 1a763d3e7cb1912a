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

// writeDossier tells all about one process.
func writeDossier(m *Model, w *pageWriter) {
	pg := w.page
	snap := m.frame.Snapshot
	p := snap.Lookup(pg.key)
	if p == nil {
		if pg.last == nil {
			w.text("the process has ended", stBad)
			return
		}
		w.text("the process has ended; this is what was known", stBad)
		p = pg.last
	} else {
		kept := *p
		pg.last = &kept
	}
	pg.title = "Process " + strconv.Itoa(int(p.Key.PID)) + "  " + p.ID.Comm
	dossierIdentity(m, w, p, pg.detail)
	dossierFindings(m, w, p)
	dossierUse(m, w, p, pg.detail)
	dossierPrivileges(w, p)
	dossierAncestry(m, w, p)
	dossierSockets(m, w, p)
	switch {
	case pg.err != "":
		w.section("Details")
		w.text("cannot be read: "+pg.err, stWarn)
	case pg.detail == nil && m.opts.Inspect != nil:
		w.section("Details")
		w.text("reading…", stDim)
	case pg.detail != nil:
		dossierDetail(m, w, pg)
	}
}

func dossierIdentity(m *Model, w *pageWriter, p *metrics.Process, d *metrics.Detail) {
	id := p.ID
	w.section("Identity")
	switch {
	case p.Kthread():
		w.item("program", "none: a thread of the kernel", stDim)
	case id.Exe == "":
		w.item("program", "not known", stFaint)
	default:
		w.item("program", id.Exe, stStrong)
	}
	if p.Deleted() {
		w.item("", "the program file has been deleted", stWarn)
	}
	if id.Invoked != id.Exe {
		w.known("started as", id.Invoked)
	}
	w.item("command line", string(appendCommand(nil, id)), stText)
	w.known("directory", id.Cwd)
	w.item("user", fmt.Sprintf("%s (uid %d, effective %d; gid %d, effective %d)", id.User, p.UID, p.EUID, p.GID, p.EGID), stText)
	began := p.Key.StartedAt(m.frame.Snapshot.At.Add(-m.frame.Snapshot.Uptime))
	w.item("started", m.when(began), stText)
	if id.ExeInode != 0 {
		w.item("file", fmt.Sprintf("mode %04o, device %d:%d, inode %d, links %d", id.ExeMode&0o7777, id.ExeDev>>8&0xfff, id.ExeDev&0xff, id.ExeInode, p.ExeNlink), stDim)
	}
	switch {
	case d != nil && d.SHA256 != "":
		w.item("sha-256", d.SHA256, stText)
	case d != nil && d.Read&metrics.PartHash == 0:
		w.item("sha-256", "reading…", stDim)
	}
	w.known("unit", id.Cgroup.Unit)
	w.known("cgroup", id.Cgroup.Path)
	if id.Cgroup.Container != "" {
		w.item("container", strings.TrimSpace(id.Cgroup.Runtime+" "+id.Cgroup.Container), stAccent)
	}
	w.known("pod", id.Cgroup.Pod)
}

func dossierFindings(m *Model, w *pageWriter, p *metrics.Process) {
	all := m.findingsOf(p.Key)
	if len(all) == 0 {
		return
	}
	w.section("Findings")
	for _, f := range all {
		w.item(f.Severity.String(), f.Title, severityStyle(f.Severity))
	}
}

func dossierUse(m *Model, w *pageWriter, p *metrics.Process, d *metrics.Detail) {
	w.section("Use")
	var r metrics.ProcessRate
	if i := m.frame.Snapshot.Find(p.Key.PID); i >= 0 && i < len(m.frame.Rates.Processes) {
		r = m.frame.Rates.Processes[i]
	}
	b := append(appendPercent(nil, float64(r.CPU)), "% of one core, "...)
	b = append(appendCPUTime(b, p.UserNS), " user and "...)
	b = append(appendCPUTime(b, p.SystemNS), " system so far"...)
	w.item("cpu", string(b), stText)
	b = appendBytes(append(b[:0], "resident "...), float64(p.RSSBytes))
	b = appendBytes(append(b, ", address space "...), float64(p.VirtualBytes))
	w.item("memory", string(b), stText)
	if d != nil && d.Read&metrics.PartMemory != 0 && d.Memory != (metrics.ExactMemory{}) {
		e := &d.Memory
		b = appendBytes(append(b[:0], "PSS "...), float64(e.PSS))
		b = appendBytes(append(b, ", private "...), float64(e.Private))
		b = appendBytes(append(b, ", shared "...), float64(e.Shared))
		b = appendBytes(append(b, ", swapped "...), float64(e.Swap))
		b = appendBytes(append(b, ", locked "...), float64(e.Locked))
		w.item("exactly", string(b), stText)
	}
	if p.Has(metrics.HasIO) {
		b = appendRate(append(b[:0], "read "...), float64(r.ReadBps))
		b = appendRate(append(b, ", written "...), float64(r.WriteBps))
		b = appendBytes(append(b, "; in all "...), float64(p.ReadBytes))
		b = appendBytes(append(b, " and "...), float64(p.WriteBytes))
		w.item("storage", string(b), stText)
	}
	if p.Has(metrics.HasNet) {
		b = appendRate(append(b[:0], "received "...), float64(r.RxBps))
		b = appendRate(append(b, ", sent "...), float64(r.TxBps))
		w.item("network", string(b), stText)
	}
	w.item("state", fmt.Sprintf("%c, nice %d, %d threads", p.State, p.Nice, p.Threads), stText)
}

func dossierPrivileges(w *pageWriter, p *metrics.Process) {
	w.section("Privileges")
	if s := p.Security; s != nil {
		w.item("capabilities", capabilities(s.CapEffective), stText)
		if s.CapPermitted != s.CapEffective {
			w.item("permitted", capabilities(s.CapPermitted), stText)
		}
		if s.CapAmbient != 0 {
			w.item("ambient", capabilities(s.CapAmbient), stWarn)
		}
		if s.CapInheritable != 0 {
			w.item("inheritable", capabilities(s.CapInheritable), stText)
		}
		if s.NoNewPrivs {
			w.item("new privileges", "refused (no_new_privs)", stText)
		}
		w.item("seccomp", [...]string{"off", "strict", "filter"}[min(p.Seccomp, 2)], stText)
	} else {
		w.item("capabilities", "not known", stFaint)
	}
	if p.TracerPID != 0 {
		w.item("traced by", strconv.Itoa(int(p.TracerPID)), stWarn)
	}
	n := p.ID.Namespaces
	var parts []string
	for _, ns := range [...]struct {
		name string
		id   uint32
	}{{"mnt", n.Mnt}, {"pid", n.Pid}, {"net", n.Net}, {"user", n.User}, {"uts", n.UTS}, {"ipc", n.IPC}, {"cgroup", n.Cgroup}} {
		if ns.id != 0 {
			parts = append(parts, ns.name+" "+strconv.FormatUint(uint64(ns.id), 10))
		}
	}
	w.known("namespaces", strings.Join(parts, ", "))
}

func dossierAncestry(m *Model, w *pageWriter, p *metrics.Process) {
	snap := m.frame.Snapshot
	for n := range 32 {
		i := snap.Find(p.PPID)
		if i < 0 || snap.Processes[i].Key.Start > p.Key.Start || &snap.Processes[i] == p {
			return
		}
		p = &snap.Processes[i]
		if n == 0 {
			w.section("Ancestors")
		}
		w.item(strconv.Itoa(int(p.Key.PID)), p.ID.User+"  "+string(appendCommand(nil, p.ID)), stText)
	}
}

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
			w.item(l.Name, "soft "+limit(l.Soft)+", hard "+limit(l.Hard)+" "+l.Unit, stText)
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
			text := g.Why
			if g.Needs != "" {
				text += "; needs " + g.Needs
			}
			w.item(g.What, text, stWarn)
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
		text := fmt.Sprintf("%s in %d", g.name, g.n)
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

func limit(v uint64) string {
	if v == math.MaxUint64 {
		return "unlimited"
	}
	return strconv.FormatUint(v, 10)
}
