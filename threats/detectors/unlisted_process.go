package detectors

import (
	"bytes"
	"path"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// unlistedProcess finds hidden processes without eBPF: what takes names out of
// the listing of /proc seldom takes the way by number too. It tries the numbers
// a few thousand at a time, round and round.
type unlistedProcess struct {
	eager bool
	wait  time.Duration // before the second look
	found map[int32]metrics.ProcKey
	next  int32 // pid at which the round goes on
	top   int32 // the highest pid that was seen to be in use
	list  func(in *threats.Input) map[int32]bool
}

var unlistedProcessInfo = &threats.Info{
	ID: "rootkit.unlisted-process", Number: 50,
	Title:    "Process can be reached by its number but is not listed",
	Severity: threats.Critical, Confidence: threats.Strong, Cost: threats.Host,
	Techniques: []string{"T1014"},
	Every:      2 * time.Second,
	Includes:   []string{"rootkit.hidden-process"},
	Why:        hiddenProcessInfo.Why,
	FalsePositives: "Threads can be reached by number as well and are known by the id of their process. A process that has just begun or ended is looked at again a second later. " +
		"Where eBPF lists the tasks of the kernel, this is not needed and rests.",
	Next:       hiddenProcessInfo.Next,
	References: hiddenProcessInfo.References,
}

const (
	probeBudget  = 10 * time.Millisecond // of a turn; a thousand numbers take about one
	eagerBudget  = time.Second           // of the one turn for a single report
	probeStep    = 512                   // numbers between two looks at the clock
	maxCandidate = 64
	maxListed    = 1 << 17
)

func newUnlistedProcess(eager bool) *unlistedProcess {
	return &unlistedProcess{eager: eager, wait: time.Second, list: listProc}
}

func (*unlistedProcess) Info() *threats.Info { return unlistedProcessInfo }

func (d *unlistedProcess) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	if byKernel(in.Snapshot) || len(in.Snapshot.Processes) == 0 {
		d.found = nil
		return dst
	}
	suspects := d.probe(in)
	for pid := range d.found {
		suspects = append(suspects, pid)
	}
	if len(suspects) == 0 {
		return dst
	}
	time.Sleep(d.wait) // in the background; what has just begun is listed by then
	listed := d.list(in)
	if listed == nil {
		return dst
	}
	was := d.found
	d.found = map[int32]metrics.ProcKey{}
	for _, pid := range suspects {
		key, comm, ok := processAt(in.Files, pid)
		if !ok || listed[pid] {
			continue
		}
		if k, known := was[pid]; known && k != key {
			continue // another process by now
		}
		d.found[pid] = key
		dst = append(dst, onKey(in, key, comm, unlistedProcessInfo).
			With("reached by number", threats.Proc(pid, "status"), comm+" (pid "+strconv.Itoa(int(pid))+")").
			With("missing from", "/proc", "not listed"))
	}
	return dst
}

// byKernel reports whether the processes come from the kernel's own list.
func byKernel(s *metrics.Snapshot) bool {
	for i := range s.Sources {
		if s.Sources[i].Name == "ebpf" {
			return s.Sources[i].Err == ""
		}
	}
	return false
}

// probe tries the next numbers and returns those of processes that the snapshot
// does not have.
func (d *unlistedProcess) probe(in *threats.Input) (suspects []int32) {
	procs := in.Snapshot.Processes
	d.top = max(d.top, procs[len(procs)-1].Key.PID, lastPID(in.Files))
	dir := path.Join(in.Files.Root(), "proc")
	end := time.Now().Add(probeBudget)
	if d.eager {
		end = end.Add(eagerBudget)
	}
	// Who began after the snapshot cannot be in it; the next round sees to him.
	young := max(in.Snapshot.Uptime-time.Second, 0) / (time.Second / metrics.TicksPerSecond)
	var st unix.Stat_t
	for range d.top {
		if d.next++; d.next > d.top {
			d.next = 1
		}
		if d.next%probeStep == 0 && time.Now().After(end) || len(suspects) == maxCandidate {
			break
		}
		pid := d.next
		if _, known := d.found[pid]; known || in.Find(pid) >= 0 || unix.Lstat(dir+"/"+strconv.Itoa(int(pid)), &st) != nil {
			continue
		}
		if key, _, ok := processAt(in.Files, pid); ok && key.Start < uint64(young) {
			suspects = append(suspects, pid)
		}
	}
	return suspects
}

// lastPID is the number that the kernel gave out last, proc_loadavg(5).
func lastPID(files *threats.Files) int32 {
	data, err := files.ReadFile("/proc/loadavg", 256)
	if err != nil {
		return 0
	}
	data = bytes.TrimSpace(data)
	n, err := strconv.ParseInt(string(data[bytes.LastIndexByte(data, ' ')+1:]), 10, 32)
	if err != nil || n < 0 || n > 1<<22 { // PID_MAX_LIMIT of include/linux/threads.h
		return 0
	}
	return int32(n)
}

// processAt reads who is at /proc/PID; false for a thread and for nobody.
func processAt(files *threats.Files, pid int32) (key metrics.ProcKey, comm string, ok bool) {
	status, err := files.ReadFile(threats.Proc(pid, "status"), 4096)
	if err != nil {
		return key, "", false
	}
	tgid := false
	for line := range bytes.Lines(status) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch string(name) {
		case "Name":
			comm = string(bytes.TrimSpace(value))
		case "Tgid":
			tgid = string(bytes.TrimSpace(value)) == strconv.Itoa(int(pid))
		}
	}
	stat, err := files.ReadFile(threats.Proc(pid, "stat"), 4096)
	if err != nil || !tgid {
		return key, "", false
	}
	// Fields are counted from behind the name, which may hold anything: the start
	// time is the 22nd, the state the 3rd.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 20 {
		return key, "", false
	}
	start, err := strconv.ParseUint(string(fields[19]), 10, 64)
	return metrics.ProcKey{PID: pid, Start: start}, comm, err == nil
}

// listProc lists /proc; nil when that cannot be done to the end.
func listProc(in *threats.Input) map[int32]bool {
	entries, more, err := in.Files.ReadDir("/proc", maxListed)
	if err != nil || more {
		return nil
	}
	listed := make(map[int32]bool, len(entries))
	for _, e := range entries {
		if n, err := strconv.ParseInt(e.Name, 10, 32); err == nil {
			listed[int32(n)] = true
		}
	}
	return listed
}

// onKey begins a finding about a process that may be in no list.
func onKey(in *threats.Input, k metrics.ProcKey, comm string, info *threats.Info) threats.Finding {
	if i := in.Find(k.PID); i >= 0 && in.Process(i).Key == k {
		return in.OnProcess(i, info)
	}
	f := threats.OnHost(comm, info)
	f.Subject.Kind, f.Subject.Key = threats.SubjectProcess, k
	return f
}
