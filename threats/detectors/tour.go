package detectors

import (
	"errors"
	"io/fs"
	"path"

	"github.com/smoothtask/smoothtask/threats"
)

// startOwner says who should own a file.
type startOwner bool

const (
	ownedByRoot startOwner = true
	ownedByUser startOwner = false
)

type startFile struct {
	path, target string // target of a symbolic link; "" of other files
	owner        startOwner
}

// tour collects the files to look at.
type tour struct {
	files    *threats.Files
	found    []startFile
	listed   set
	home     string         // whose files are being collected; "" those of the system
	spent    map[string]int // files and directories, by home
	users    int            // of these, in all homes
	problem  string         // the first
	unseen   []string       // files and directories of which not all was seen
	homeless bool           // the homes are not known
}

func newTour(files *threats.Files) *tour {
	return &tour{files: files, listed: set{}, spent: map[string]int{}}
}

// note takes note of what could not be looked at. What is not there, and what
// is no file, is no problem.
func (t *tour) note(name string, err error) {
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, threats.ErrNotRegular) && !errors.Is(err, threats.ErrNotDirectory) {
		t.miss(name, "cannot look at all: "+err.Error())
	}
}

// miss takes note that not all of a file or directory is seen.
func (t *tour) miss(name, problem string) {
	t.unseen = append(t.unseen, name)
	if t.problem == "" {
		t.problem = problem
	}
}

// pay takes one file or directory from what may be looked at: that of the system
// and that of each home are apart, so that nobody uses up what is for others.
func (t *tour) pay() bool {
	switch n := t.spent[t.home]; {
	case t.home == "" && n >= maxStartFiles, t.home != "" && (n >= maxHomeFiles || t.users >= maxStartFiles):
		return false
	case t.home != "":
		t.users++
	}
	t.spent[t.home]++
	return true
}

func (t *tour) add(s startFile) {
	switch {
	case t.listed.has(s.path):
	case !t.pay():
		t.miss(s.path, "there are more files than are looked at")
	default:
		t.listed[s.path] = struct{}{}
		t.found = append(t.found, s)
	}
}

// file adds files that need not exist.
func (t *tour) file(owner startOwner, paths ...string) {
	for _, p := range paths {
		t.add(startFile{path: p, owner: owner})
	}
}

// list reads a directory.
func (t *tour) list(dir string, limit int) []threats.Entry {
	list, more, err := t.files.ReadDir(dir, limit)
	t.note(dir, err)
	if more {
		t.miss(dir, "there are more files in "+dir+" than are looked at")
	}
	return list
}

// dir adds the files in a directory and, down to a depth, in those below it that
// keep accepts. A nil keep accepts all.
func (t *tour) dir(owner startOwner, dir string, depth int, keep func(name string) bool) {
	for _, e := range t.list(dir, maxStartNames) {
		name := path.Join(dir, e.Name)
		switch {
		case e.Type.IsDir():
			if depth < 2 {
				continue
			}
			if !t.pay() {
				t.miss(dir, "there are more directories in "+dir+" than are looked at")
				return
			}
			t.dir(owner, name, depth-1, keep)
		case keep != nil && !keep(e.Name):
		case e.Type&fs.ModeSymlink != 0:
			if target, err := t.files.Readlink(name); err == nil && target != "/dev/null" {
				t.add(startFile{name, target, owner})
			}
		case e.Type.IsRegular() || e.Type&fs.ModeIrregular != 0:
			t.add(startFile{path: name, owner: owner})
		}
	}
}

// eachHome calls visit for each account with a home directory; what it adds is
// counted for that home.
func (t *tour) eachHome(visit func(a *account)) {
	homes, err := homesOf(t.files)
	if t.note("/etc/passwd", err); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.homeless = true
	}
	for i := range homes {
		t.home = homes[i].home
		visit(&homes[i])
	}
	t.home = ""
}

// homes adds files below each home directory.
func (t *tour) homes(names ...string) {
	t.eachHome(func(a *account) {
		if _, err := t.files.Stat(a.home); err != nil { // asking for each file of a dead mount takes seconds
			t.note(a.home, err)
			return
		}
		for _, n := range names {
			t.file(ownedByUser, path.Join(a.home, n))
		}
	})
}

// homeDirs adds the files in a directory below each home directory.
func (t *tour) homeDirs(name string, depth int, keep func(string) bool) {
	t.eachHome(func(a *account) { t.dir(ownedByUser, path.Join(a.home, name), depth, keep) })
}
