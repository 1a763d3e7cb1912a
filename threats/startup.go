package threats

import "strings"

// StartupFiles lists the files from which things are started (the persistence
// files of a Baseline) with their hash, mode and owner, below the root, and the
// files and directories that could not be read.
func StartupFiles(f *Files) (files []BaseEntry, unread []string) {
	b := &Baseline{unread: make(map[string]bool)}
	homes := b.accounts(f)
	b.files(f, homes)
	for name := range b.unread {
		if !strings.HasPrefix(name, "/etc/passwd") {
			unread = append(unread, name)
		}
	}
	return b.Files, unread
}
