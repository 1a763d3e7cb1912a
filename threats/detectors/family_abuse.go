package detectors

import "github.com/smoothtask/smoothtask/threats"

// abuseFamily looks at the use of the machine for others.
func abuseFamily(Options) []threats.Detector {
	return []threats.Detector{
		newSustainedCPU(),
		newForkStorm(),
		&msrWrites{},
	}
}
