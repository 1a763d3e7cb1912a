package detectors

import (
	"cmp"
	"slices"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/indicators"
)

// Options are what the detectors can be told.
type Options struct {
	Rules RuleSource // of Sigma rules; nil: none

	Indicators *indicators.Set   // the operator's lists; nil: none
	Inspector  metrics.Inspector // hashes programs for Indicators; nil: programs are not looked up
	Eager      bool              // for a single report: each turn goes on until all is looked at

	BPFPrograms func() ([]metrics.BPFProgram, error) // those in the kernel; nil where they cannot be listed

	Logins     LoginLimits // for guessed passwords
	Journalctl string      // path of journalctl(1), read where there are no text logs; "" looks for it in PATH, "-" does without
}

// All returns a new detector of each kind, in the order of the catalogue.
func All(o Options) []threats.Detector {
	shared := &traffic{} // one pass over the sockets serves all that look at them
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
	list = append(list, processFamily(o)...)
	list = append(list, memoryFamily(o)...)
	list = append(list, containerFamily(o)...)
	list = append(list, abuseFamily(o)...)
	list = append(list, HostFamily(o)...)
	list = append(list, sigmaFamily(o, shared)...)
	list = append(list, networkFamily(o, shared)...)
	list = append(list, rootkitFamily(o)...)
	slices.SortStableFunc(list, func(a, b threats.Detector) int { return cmp.Compare(a.Info().Number, b.Info().Number) })
	return list
}
