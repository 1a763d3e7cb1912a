package detectors

import (
	"cmp"
	"slices"

	"github.com/smoothtask/smoothtask/threats"
)

// Options are what the detectors can be told.
type Options struct{}

// All returns a new detector of each kind, in the order of the catalogue.
func All(o Options) []threats.Detector {
	list := []threats.Detector{
		// process
		kthreadMasquerade{},
		writableDirectory{},
		// memory
		memfd{},
		deletedProgram{},
		// network
		stdioSocket{},
		stdioInherited{},
		writableListener{},
		// persistence
		&ldPreloadFile{},
		// abuse
		minerCommandLine{},
	}
	slices.SortStableFunc(list, func(a, b threats.Detector) int { return cmp.Compare(a.Info().Number, b.Info().Number) })
	return list
}
