package detectors

import "github.com/smoothtask/smoothtask/threats"

// networkFamily looks at sockets, and at what they do over time.
func networkFamily(o Options, t *traffic) []threats.Detector {
	return []threats.Detector{
		&deletedConnection{traffic: t},
		&shellConnection{traffic: t},
		&writableConnection{traffic: t},
		&packetSocket{traffic: t},
		&rawSocket{traffic: t},
		&fanOut{traffic: t},
		&unanswered{traffic: t},
		&kthreadSocket{traffic: t},
		&beacon{traffic: t},
		&firstEgress{traffic: t},
		&newListener{traffic: t},
		&indicatorPeer{traffic: t, lists: o.Indicators},
		&indicatorProgram{lists: o.Indicators, inspect: o.Inspector, eager: o.Eager},
		&miningPool{traffic: t},
	}
}
