package detectors

import "github.com/smoothtask/smoothtask/threats"

// Options are what the detectors can be told.
type Options struct{}

// All returns a new detector of each kind, in the order of the catalogue.
func All(o Options) []threats.Detector {
	return []threats.Detector{}
}
