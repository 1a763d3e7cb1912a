package detectors

import "github.com/smoothtask/smoothtask/threats"

// HostFamily returns the detectors that look at files, accounts, logs and logins.
func HostFamily(o Options) []threats.Detector {
	return []threats.Detector{
		&rootAccounts{},
		&authorizedKeys{},
		newCron(),
		newSystemd(),
		newShellStartup(),
		newPAM(),
		newSudoers(),
		newUdev(),
		newMotd(),
		newAutostart(),
		newPackageHooks(),
		newGitHooks(),
		newPythonStartup(),
		&accountChanges{},
	}
}
