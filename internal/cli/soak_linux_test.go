package cli

import (
	"fmt"
	"math"
	"net"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/config"
)

const (
	shortSoak = 400 // cycles without SMOOTHTASK_SOAK
	longSoak  = 10_000
	churned   = 8 // children and connections alive at any time

	// maxSlope is the growth of memory, in MB over 10,000 cycles, that a long run may
	// not exceed beyond its own error: 10,000 cycles are three hours at one a second,
	// so it is 5 MB in a month at most.
	maxSlope = 0.02
)

// TestSoak runs cycles without a pause while processes and connections come and
// go. SMOOTHTASK_SOAK gives the number of cycles: from 10,000 on, the slope of the
// resident memory is judged too, and that of its anonymous part, which pages of the
// program that come and go do not blur. Below, what is allocated once and for all
// would drown it, and the heap is judged instead.
func TestSoak(t *testing.T) {
	cycles := shortSoak
	if v := os.Getenv("SMOOTHTASK_SOAK"); v != "" {
		var err error
		if cycles, err = strconv.Atoi(v); err != nil || cycles < shortSoak {
			t.Fatalf("SMOOTHTASK_SOAK=%q: give a number of cycles, at least %d", v, shortSoak)
		}
	}
	for _, source := range []string{"auto", "procfs"} {
		t.Run(source, func(t *testing.T) { soak(t, source, cycles) })
	}
}

func soak(t *testing.T, source string, cycles int) {
	rate := runtime.MemProfileRate
	profileOnDemand(nil) // as the program does: the table of the profile becomes resident page by page
	defer func() { runtime.MemProfileRate = rate }()
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	c := config.Default()
	c.Monitor.Source = source
	c.Monitor.History = time.Duration(cycles/5) * c.Monitor.Interval // full when the measured part begins
	c.Performance.CacheTTLSeconds = 10                               // so that caches turn over
	c.Goals = config.Goals{}                                         // cycles without a pause would have the governor save
	m, err := build(&c, purpose{deadline: onceDeadline})
	if err != nil {
		t.Fatal(err)
	}
	if name := m.sources.processes.Name(); source == "auto" && name == "procfs" {
		if err := m.close(); err != nil {
			t.Error(err)
		}
		t.Skip("auto is procfs here, which has a run of its own")
	}
	churn := newChurn(t)
	processes, done := 0, 0
	var memory tender // as the live monitor does, after so many cycles
	run := func(n int, each func(i int, rss, anon float64)) {
		for i := range n {
			churn.step(t)
			frame, err := m.monitor.Cycle(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			processes = len(frame.Snapshot.Processes)
			rss := mb(frame.Self.Runtime.RSSBytes)
			each(i, rss, rss-sharedMemory(t))
			frame.Release()
			if done++; tendsAfter(done, c.Monitor.Interval) {
				memory.tend()
			}
		}
	}
	warm := cycles / 5
	start := time.Now()
	run(warm, func(int, float64, float64) {})
	heapBefore, goroutinesWarm, filesWarm := liveHeap(), runtime.NumGoroutine(), openFiles(t)
	processesWarm := processes

	// Means of blocks: within a block the memory goes up and down with the
	// collector, so that neighbours are not independent, and the error of a line
	// through them would be far too small.
	measured := cycles - warm
	const blocks = 40
	var x, rss, anon, n [blocks]float64
	run(measured, func(i int, r, a float64) {
		b := i * blocks / measured
		x[b], rss[b], anon[b], n[b] = x[b]+float64(i), rss[b]+r, anon[b]+a, n[b]+1
	})
	for b := range n {
		x[b], rss[b], anon[b] = x[b]/n[b]/10_000, rss[b]/n[b], anon[b]/n[b]
	}
	heapAfter, goroutinesNow, filesNow := liveHeap(), runtime.NumGoroutine(), openFiles(t)
	took := time.Since(start)
	churn.end()
	if err := m.close(); err != nil {
		t.Error(err)
	}
	goroutinesEnd := eventually(runtime.NumGoroutine, goroutines)
	filesEnd := eventually(func() int { return openFiles(t) }, files)

	t.Logf("%d cycles in %s, %d children, %d connections", cycles, took.Round(time.Second), churn.forked, churn.dialled)
	for _, m := range []struct {
		what string
		y    []float64
	}{{"resident memory", rss[:]}, {"its anonymous part", anon[:]}} {
		slope, se := trend(x[:], m.y)
		q := func(i int) float64 { return mean(m.y[i*blocks/4 : (i+1)*blocks/4]) }
		t.Logf("%s: slope %+.3f ± %.3f MB over 10,000 cycles (standard error), in four parts %.2f, %.2f, %.2f, %.2f MB",
			m.what, slope, se, q(0), q(1), q(2), q(3))
		if cycles >= longSoak && slope-3*se > maxSlope {
			t.Errorf("%s grows by %.3f ± %.3f MB over 10,000 cycles", m.what, slope, se)
		}
	}
	t.Logf("live heap: %.2f → %.2f MB, with %d → %d processes", heapBefore, heapAfter, processesWarm, processes)
	t.Logf("goroutines: %d before, %d warm, %d at the end, %d after", goroutines, goroutinesWarm, goroutinesNow, goroutinesEnd)
	t.Logf("descriptors: %d before, %d warm, %d at the end, %d after", files, filesWarm, filesNow, filesEnd)

	// Other work on the machine adds processes of its own, a few kB each.
	if heapAfter > heapBefore+8+0.005*float64(max(processes-processesWarm, 0)) {
		t.Errorf("the live heap grew from %.1f to %.1f MB", heapBefore, heapAfter)
	}
	if goroutinesNow > goroutinesWarm+blockingTasks+runtime.GOMAXPROCS(0) {
		t.Errorf("goroutines grew from %d to %d", goroutinesWarm, goroutinesNow)
	}
	if filesNow > filesWarm+2*blockingTasks {
		t.Errorf("descriptors grew from %d to %d", filesWarm, filesNow)
	}
	if goroutinesEnd > goroutines {
		t.Errorf("%d goroutines are left, there were %d", goroutinesEnd, goroutines)
	}
	if filesEnd > files {
		t.Errorf("%d descriptors are left, there were %d", filesEnd, files)
	}
}

// churn makes processes and connections come and go, without goroutines and
// without garbage worth speaking of.
type churn struct {
	listener        *net.TCPListener
	children        [churned]int
	conns           [churned][2]*net.TCPConn
	forked, dialled int
}

func newChurn(t *testing.T) *churn {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread() // the parent whose death would end the children is a thread
	c := &churn{listener: l}
	t.Cleanup(c.end)
	return c
}

// step ends the oldest child and the oldest connection, and makes new ones.
func (c *churn) step(t *testing.T) {
	i := c.forked % churned
	c.reap(i)
	pid, err := syscall.ForkExec("/bin/sleep", []string{"sleep", fmt.Sprintf("86400.%d", c.forked)},
		&syscall.ProcAttr{Dir: "/", Sys: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}})
	if err != nil {
		t.Fatal(err)
	}
	c.children[i] = pid
	c.forked++
	out, err := net.DialTCP("tcp", nil, c.listener.Addr().(*net.TCPAddr))
	if err != nil {
		t.Fatal(err)
	}
	in, err := c.listener.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	c.conns[i] = [2]*net.TCPConn{out, in}
	c.dialled++
}

// reap ends what is at a place. The connection is reset, so that it leaves no
// TIME_WAIT behind.
func (c *churn) reap(i int) {
	if pid := c.children[i]; pid != 0 {
		_ = syscall.Kill(pid, syscall.SIGKILL)
		_, _ = syscall.Wait4(pid, nil, 0, nil)
		c.children[i] = 0
	}
	for _, conn := range c.conns[i] {
		if conn != nil {
			_ = conn.SetLinger(0)
			_ = conn.Close()
		}
	}
	c.conns[i] = [2]*net.TCPConn{}
}

func (c *churn) end() {
	for i := range churned {
		c.reap(i)
	}
	_ = c.listener.Close()
}

// trend is the slope of the line of least squares through the points, and its
// standard error.
func trend(x, y []float64) (slope, se float64) {
	n := float64(len(x))
	var mx, my, sxx, sxy, rss float64
	for i := range x {
		mx, my = mx+x[i]/n, my+y[i]/n
	}
	for i := range x {
		sxx += (x[i] - mx) * (x[i] - mx)
		sxy += (x[i] - mx) * (y[i] - my)
	}
	slope = sxy / sxx
	for i := range x {
		d := y[i] - my - slope*(x[i]-mx)
		rss += d * d
	}
	return slope, math.Sqrt(rss / (n - 2) / sxx)
}

func mean(list []float64) (m float64) {
	for _, v := range list {
		m += v / float64(len(list))
	}
	return m
}

func TestTrend(t *testing.T) {
	// Residuals of ±1 around 3 + 2x; the error by hand: sqrt(4/2/5).
	slope, se := trend([]float64{0, 1, 2, 3}, []float64{4, 4, 6, 10})
	if math.Abs(slope-2) > 1e-9 || math.Abs(se-math.Sqrt(0.4)) > 1e-9 {
		t.Errorf("slope %v, error %v", slope, se)
	}
}

// sharedMemory is the part of the resident memory that files lie behind, in MB: the
// third value of /proc/self/statm, proc_pid_statm(5).
func sharedMemory(t *testing.T) float64 {
	t.Helper()
	fd, err := syscall.Open("/proc/self/statm", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	var buf [128]byte
	n, err := syscall.Read(fd, buf[:])
	if err != nil {
		t.Fatal(err)
	}
	var size, resident, shared uint64
	if _, err := fmt.Sscan(string(buf[:n]), &size, &resident, &shared); err != nil {
		t.Fatalf("/proc/self/statm: %q: %v", buf[:n], err)
	}
	return mb(shared * uint64(os.Getpagesize()))
}

// liveHeap is what is reachable, in MB.
func liveHeap() float64 {
	var st runtime.MemStats
	runtime.GC()
	runtime.GC() // the first one moves pooled objects to where the second frees them
	runtime.ReadMemStats(&st)
	return mb(st.HeapAlloc)
}

func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list) - 1 // one of them read the directory
}

// eventually waits until a count is at most want, and returns it.
func eventually(count func() int, want int) int {
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if n := count(); n <= want || time.Now().After(end) {
			return n
		}
	}
}
