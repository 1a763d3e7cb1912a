package metrics

// Loss is how often something was missed, or had to be read anew because it could
// have been, since the start.
type Loss struct {
	What  string
	Count uint64
}

// LossReporter is implemented by whatever can miss something. It may be asked at any
// time, also while it is at work.
type LossReporter interface{ Losses() []Loss }

// Traffic is what came over sockets of our own by calls that proc_pid_io(5) does not
// count, since the start.
type Traffic struct{ Calls, Bytes uint64 }

// TrafficReporter is implemented by who has such sockets. It may be asked at any time.
type TrafficReporter interface{ Traffic() Traffic }
