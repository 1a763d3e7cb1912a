package threats

import "strings"

// StartupFiles lists the files from which things are started (the persistence
// files of a Baseline) with their hash, mode and owner, below the root. complete
// is false when some could not be read.
func StartupFiles(f *Files) (files []BaseEntry, complete bool) {
	b := &Baseline{unread: make(map[string]bool)}
	homes := b.accounts(f)
	b.files(f, homes)
	for name := range b.unread {
		if !strings.HasPrefix(name, "/etc/passwd") {
			return b.Files, false
		}
	}
	return b.Files, true
}
