package detectors

import (
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

// packageWindow is how far the change of a file and that of the package database
// may lie apart when both come from one installation.
const packageWindow = 10 * time.Minute

// packageDatabases change whenever the distribution's packages do.
var packageDatabases = []string{
	"/var/lib/dpkg/status", "/var/lib/dpkg/info",
	"/var/lib/rpm/rpmdb.sqlite", "/var/lib/rpm/Packages", "/usr/lib/sysimage/rpm/rpmdb.sqlite",
	"/var/lib/pacman/local", "/lib/apk/db/installed",
}

// systemPackagers install packages of the distribution. Those that also run as
// a service are not among them: they would always be at it.
var systemPackagers = setOf("apt apt-get aptitude dpkg dpkg-deb dnf dnf5 yum rpm zypper pacman apk")

// fromPackage reports whether packages were being installed when the file
// changed. It is asked for changed files only.
func fromPackage(in *threats.Input, info threats.FileInfo) bool {
	for _, db := range packageDatabases {
		if d, err := in.Files.Stat(db); err == nil {
			if apart := time.Duration(d.MTime - info.CTime); apart.Abs() < packageWindow {
				return true
			}
		}
	}
	if in.Now.Sub(time.Unix(0, info.CTime)).Abs() > packageWindow {
		return false
	}
	return packaging(in)
}

// packaging reports whether packages of the distribution are being installed now.
func packaging(in *threats.Input) bool {
	for i := range in.Snapshot.Processes {
		if runs(in.Snapshot.Processes[i].ID, systemPackagers) {
			return true
		}
	}
	return false
}
