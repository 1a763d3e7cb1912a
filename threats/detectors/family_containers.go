package detectors

import "github.com/smoothtask/smoothtask/threats"

// containerFamily looks at what containers may do to the host, and what they run.
func containerFamily(Options) []threats.Detector {
	return []threats.Detector{
		&escapeSetting{},
		fullCapabilities{},
		&hostAccess{},
		containerDrift{},
	}
}
