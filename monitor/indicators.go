package monitor

// Indicator describes one figure of the own cost that is kept over a sliding window.
type Indicator struct {
	Name  string
	Unit  string // ms, MB, %, B, B/s, calls/s; "" is a count
	About string
}

// Places of the indicators in Indicators: those of Self.KPIs, then of Self.Extra.
const (
	collectTime = iota
	detectTime
	residentMemory
	ownCPU
	ioCalls
	renderTime
	frameBytes
	gcPause
	heapMemory
	goroutines
	eventsLost
	firstFlow // of those that IO.flows gives, in its order
)

const indicatorCount = len(Indicators)

// Indicators are all indicators, in their order. The screen and all reports show each
// of them: what is added here is added there.
var Indicators = [...]Indicator{
	collectTime:    {KPICollect, "ms", "time to collect"},
	detectTime:     {KPIDetect, "ms", "time to find threats"},
	residentMemory: {KPIRSS, "MB", "resident memory; max is the peak since the start"},
	ownCPU:         {KPICPU, "%", "user and system time over a minute, of one core"},
	ioCalls:        {KPIIO, "calls/s", "own read and write calls, those of netlink included"},
	renderTime:     {"render", "ms", "time to draw the screen"},
	frameBytes:     {"frame_bytes", "B", "bytes to the terminal for one picture"},
	gcPause:        {"gc_pause", "ms", "pauses of garbage collection"},
	heapMemory:     {"heap", "MB", "objects on the heap"},
	goroutines:     {"goroutines", "", "goroutines"},
	eventsLost:     {"events_lost", "", "events lost since the start"},
	firstFlow:      {"read_calls", "calls/s", "read calls, proc_pid_io(5)"},
	{"write_calls", "calls/s", "write calls"},
	{"read", "B/s", "bytes read by system calls"},
	{"write", "B/s", "bytes written by system calls"},
	{"disk_read", "B/s", "bytes fetched from storage"},
	{"disk_write", "B/s", "bytes sent to storage"},
	{"terminal", "B/s", "bytes to the terminal"},
	{"network", "B/s", "bytes received and sent by own servers"},
	{"netlink_calls", "calls/s", "answers received from the kernel by sockets"},
	{"netlink", "B/s", "bytes of these answers"},
}

// flows are the rates in the order of their indicators.
func (io *IO) flows() [indicatorCount - firstFlow]float64 {
	return [...]float64{io.ReadCallsPS, io.WriteCallsPS, io.ReadBps, io.WriteBps,
		io.DiskReadBps, io.DiskWriteBps, io.TerminalBps, io.NetworkBps, io.NetlinkCallsPS, io.NetlinkBps}
}
