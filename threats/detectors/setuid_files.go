package detectors

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// setuidFiles walks the places where any user may write and looks for files that
// give their rights to who runs them.
type setuidFiles struct{ failure string }

var setuidFilesInfo = &threats.Info{
	ID: "persistence.setuid-file", Number: 48,
	Title:    "A setuid file lies where anybody may write",
	Severity: threats.High, Confidence: threats.Strong, Cost: threats.Host,
	Techniques: []string{"T1548.001"},
	Every:      60 * time.Second,
	Needs:      metrics.ReadFiles, NeedsFor: "the directories of other users",
	Why: "A copy of a shell with the setuid bit, or with capabilities, makes root of whoever knows where it lies. " +
		"No software keeps such a file in /tmp.",
	FalsePositives: "Building an image or a chroot below /tmp unpacks a whole system with its sudo and passwd: a file in a bin or lib directory of such a tree " +
		"counts as low.",
	Next: []string{
		"ls -la and file on it; sha256sum it against /bin/bash and other shells.",
		"Look at who owns it and when it was made; at what ran as root at that time.",
		"chmod u-s takes its power away without destroying it.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1548/001/"},
}

// setuidPlaces are writable by all, and not by root alone as the rest of /run.
var setuidPlaces = []string{"/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/user", "/run/lock", "/run/shm", "/var/crash"}

const (
	setuidDepth = 5
	setuidNames = 1024 // in one directory
	setuidTotal = 2048 // files and directories in one look
)

const setuidCut = "there are more files in writable places than are looked at"

func (d *setuidFiles) Info() *threats.Info { return setuidFilesInfo }
func (d *setuidFiles) Failure() string     { return d.failure }

// Detect goes down level by level: what lies near the top is looked at also
// where a deep tree would use up what one look may cost.
func (d *setuidFiles) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	d.failure = ""
	left := setuidTotal
	level := places(in.Files)
	for depth := 0; depth < setuidDepth && len(level) > 0; depth++ {
		var below []string
		for _, dir := range level {
			if left <= 0 {
				d.failure = setuidCut
				return dst
			}
			left-- // an empty directory costs something, too
			dst, below = d.list(in.Files, dir, &left, dst, below)
		}
		level = below
	}
	return dst
}

// places are the directories to begin with. Links are left out: /run/shm may be
// one to /dev/shm.
func places(files *threats.Files) (dirs []string) {
	for _, dir := range setuidPlaces {
		if info, err := files.Lstat(dir); err == nil && info.Directory() {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// list judges the files in one directory and adds those below it to dirs.
func (d *setuidFiles) list(files *threats.Files, dir string, left *int, dst []threats.Finding, dirs []string) ([]threats.Finding, []string) {
	list, more, err := files.StatDir(dir, setuidNames)
	if d.failure == "" {
		d.failure = failureOf(err)
	}
	if more {
		d.failure = "there are more files in " + dir + " than are looked at"
	}
	for _, e := range list {
		name := path.Join(dir, e.Name)
		switch {
		case e.Directory():
			if len(dirs) < setuidTotal {
				dirs = append(dirs, name)
			}
		case e.Regular():
			if *left <= 0 {
				d.failure = setuidCut
				return dst, dirs
			}
			*left--
			if e.Mode&0o111 != 0 {
				dst = d.judge(files, name, e.FileInfo, dst)
			}
		}
	}
	return dst, dirs
}

func (d *setuidFiles) judge(files *threats.Files, name string, info threats.FileInfo, dst []threats.Finding) []threats.Finding {
	f := threats.OnFile(name, setuidFilesInfo)
	if info.Setuid() {
		f = f.With("mode", name, permissions(info))
		if info.Mode&0o4000 == 0 {
			f = f.As(threats.Medium, threats.Moderate).Titled("A setgid file lies where anybody may write")
		} else if info.UID != 0 && info.UID != rootOwner(files) {
			f = f.As(threats.Medium, threats.Moderate) // with the rights of a plain user
		}
	} else if has, err := files.HasCapabilities(name); err == nil && has {
		f = f.With("capabilities", name, "the attribute security.capability is set").Titled("A file with capabilities lies where anybody may write")
	} else {
		return dst
	}
	if inTree(name) {
		f = f.As(threats.Low, threats.Weak)
	}
	return append(dst, f)
}

// inTree reports whether a file lies where a system that was unpacked below a
// writable directory has its programs.
func inTree(name string) bool {
	dirs := strings.Split(path.Dir(name), "/")
	return len(dirs) > 3 && slices.ContainsFunc(dirs[3:], func(d string) bool {
		return d == "bin" || d == "sbin" || d == "lib" || d == "libexec"
	})
}
