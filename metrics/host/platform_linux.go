package host

import "github.com/smoothtask/smoothtask/metrics"

// platformReaders are the readers that only this system has, and interfaces.
func platformReaders(root string) []metrics.HostReader {
	return []metrics.HostReader{newInterfaces(links), newPressure(root), newTCP(root)}
}
