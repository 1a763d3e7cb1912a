package detectors

import "github.com/smoothtask/smoothtask/threats"

// memoryFamily looks at what is in the memory of processes, and who looks into it.
func memoryFamily(Options) []threats.Detector {
	return []threats.Detector{
		deletedCode{},
		rwxMemory{},
		preloadEnvironment{},
		foreignMemory{},
		replacedImage{},
	}
}
