package detectors

import "github.com/smoothtask/smoothtask/threats"

// processFamily looks at programs, names and credentials of processes.
func processFamily(Options) []threats.Detector {
	return []threats.Detector{
		writableScript{},
		hiddenProgram{},
		hiddenDirectory{},
		renamed{},
		serverShell{},
		effectiveRoot{},
		setuidProgram{},
		emptyEnvironment{},
		traced{},
		oddName{},
	}
}
