package detectors

import (
	"path"
	"slices"
	"strings"

	"github.com/smoothtask/smoothtask/threats"
)

// Where logrotate(8) is told what to do.
const (
	logrotateFile = "/etc/logrotate.conf"
	logrotateDir  = "/etc/logrotate.d"
)

const maxOldDirs = 32

// oldDirs are the directories to which logrotate moves the logs of a directory, by
// the olddir lines of its configuration.
func oldDirs(files *threats.Files, logs string) (dirs []string) {
	configs := []string{logrotateFile}
	list, _, _ := files.ReadDir(logrotateDir, maxStartNames) // it need not be there
	for _, e := range list {
		configs = append(configs, path.Join(logrotateDir, e.Name))
	}
	for _, c := range configs {
		found, _, _ := threats.Fact(files, "olddir", c, maxStartFile, func(data []byte, _ threats.FileInfo) []string { return parseOldDirs(string(data)) })
		for _, dir := range found {
			if !path.IsAbs(dir) {
				dir = path.Join(logs, dir)
			}
			if !slices.Contains(dirs, dir) && len(dirs) < maxOldDirs {
				dirs = append(dirs, dir)
			}
		}
	}
	return dirs
}

func parseOldDirs(text string) (dirs []string) {
	for line := range strings.Lines(text) {
		if w := strings.Fields(line); len(w) == 2 && w[0] == "olddir" && len(dirs) < maxOldDirs {
			dirs = append(dirs, strings.Clone(path.Clean(strings.Trim(w[1], `"'`))))
		}
	}
	return dirs
}
