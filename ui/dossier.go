package ui

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
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
	dossierIdentity(m, w, p)
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

func dossierIdentity(m *Model, w *pageWriter, p *metrics.Process) {
	id, d := p.ID, w.page.detail
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
	w.item("command line", wholeCommand(id), stText)
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
	case w.page.hashing:
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
		b = appendBytes(b[:0], float64(e.PSS))
		b = appendBytes(append(b, ", private "...), float64(e.Private))
		b = appendBytes(append(b, ", shared "...), float64(e.Shared))
		b = appendBytes(append(b, ", swapped "...), float64(e.Swap))
		b = appendBytes(append(b, ", locked "...), float64(e.Locked))
		w.item("PSS", string(b), stText)
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
	w.item("state", fmt.Sprintf("%s, nice %d, %s", stateName(p.State), p.Nice, many(int(p.Threads), "thread", "threads")), stText)
}

// stateName is the letter of a state of proc_pid_stat(5), in words.
func stateName(s byte) string {
	name, ok := map[byte]string{'R': "running", 'S': "sleeping", 'D': "waiting for I/O", 'T': "stopped", 't': "stopped by a tracer",
		'Z': "ended, not collected by its parent", 'X': "dead", 'I': "idle", 'P': "parked"}[s]
	if !ok {
		name = "unknown"
	}
	return name + " (" + string(rune(s)) + ")"
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
	} else {
		w.item("capabilities", "not known", stFaint)
	}
	if p.Has(metrics.HasSeccomp) {
		w.item("seccomp", [...]string{"off", "strict", "filter"}[min(p.Seccomp, 2)], stText)
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
