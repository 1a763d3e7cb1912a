package detectors

import "github.com/smoothtask/smoothtask/threats"

// networkFamily looks at sockets, and at what they do over time.
func networkFamily(o Options, t *traffic) []threats.Detector {
	budget := o.HashBudget
	if budget <= 0 {
		budget = defaultHashing
	}
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
		&indicatorProgram{lists: o.Indicators, inspect: o.Inspector, budget: budget},
		&miningPool{traffic: t},
	}
}
