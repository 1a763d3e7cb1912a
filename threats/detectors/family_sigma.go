package detectors

import "github.com/smoothtask/smoothtask/threats"

// sigmaFamily judges programs, connections and files by Sigma rules. t is shared
// with the detectors of the network.
func sigmaFamily(o Options, t *traffic) []threats.Detector {
	if o.Rules == nil {
		return nil
	}
	return []threats.Detector{
		&sigmaProcess{newRuleBook(o.Rules, sigmaProcessInfo.ID)},
		&sigmaConnection{ruleBook: newRuleBook(o.Rules, sigmaConnectionInfo.ID), traffic: t},
		&sigmaFile{ruleBook: newRuleBook(o.Rules, sigmaFileInfo.ID)},
	}
}
