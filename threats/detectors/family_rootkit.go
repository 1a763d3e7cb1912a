package detectors

import "github.com/smoothtask/smoothtask/threats"

// rootkitFamily compares what the kernel tells in one way with what it tells in
// another.
func rootkitFamily(o Options) []threats.Detector {
	return []threats.Detector{
		hiddenProcess{},
		newUnlistedProcess(o.Eager),
		&missingParent{},
		&procMount{},
		&kernelTaint{},
		newModuleListing(),
		&bpfPrograms{read: o.BPFPrograms},
		&unaccountedCPU{},
	}
}
