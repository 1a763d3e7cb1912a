package detectors

import (
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/sigma"
)

// RuleCosts appends what the rules of a set have cost so far, but for those that were
// never evaluated in full. A rule for events of all kinds goes to the detector of
// programs, which has by far the most.
func RuleCosts(set *sigma.Set, dst []threats.RuleCost) []threats.RuleCost {
	for _, e := range set.Entries() {
		took := e.Stats().Time
		if took == 0 {
			continue
		}
		detector := sigmaProcessInfo.ID
		switch set.Category(e.Logsource.Category) {
		case sigma.NetworkConnection:
			detector = sigmaConnectionInfo.ID
		case sigma.FileEvent:
			detector = sigmaFileInfo.ID
		}
		dst = append(dst, threats.RuleCost{ID: e.ID, Title: sigma.Printable(e.Title), Detector: detector, Time: took})
	}
	return dst
}
