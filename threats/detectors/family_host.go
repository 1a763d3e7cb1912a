package detectors

import "github.com/smoothtask/smoothtask/threats"

// HostFamily returns the detectors that look at files, accounts, logs and logins.
func HostFamily(o Options) []threats.Detector {
	logins := newLoginWatch(o.Logins, o.Journalctl) // one reading of the logs serves both
	return []threats.Detector{
		&bruteForce{watch: logins},
		&loginAfterFailures{watch: logins},
		&systemTerminal{},
		promiscuous{},
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
		&setuidFiles{},
		sensitiveFiles{},
		&sshWithoutTerminal{},
		&loggingStopped{},
		&historyFiles{},
		historyEnvironment{},
		&logShrinks{},
		&aslr{},
		&firewall{},
	}
}
