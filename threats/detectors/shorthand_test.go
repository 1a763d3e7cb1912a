package detectors

import "github.com/smoothtask/smoothtask/metrics"

type (
	process  = metrics.Process
	identity = metrics.Identity
)
