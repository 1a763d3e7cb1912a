package sigma

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// Source is a place with rule files.
type Source struct {
	fsys fs.FS  // of embedded rules
	path string // a directory or file, or the name of the embedded rules
}

// Path is a directory, of which all *.yml and *.yaml files at any depth are
// read, or a single file. Hidden directories are left out.
func Path(path string) Source { return Source{path: path} }

// Embedded is a file system within the program; name stands for it in messages.
func Embedded(name string, fsys fs.FS) Source { return Source{fsys: fsys, path: name} }

// maxFiles bounds the rule files of one source.
const maxFiles = 20000

// Library reads the rules of some sources, and reads again what has changed. It
// is not safe for use by several goroutines at once; its Sets are.
type Library struct {
	options Options
	sources []Source
	names   *names
	files   map[string]*cached

	loaded   bool
	listed   map[string][]*found // by source, its files at the last load
	unlisted []Problem           // sources that could not be listed at the last load
}

// cached is a file as it was last read.
type cached struct {
	info fs.FileInfo // nil for embedded files, which do not change
	file *file
}

// NewLibrary returns a library of the sources. Of two rules with the same id the
// one from the earlier source stays and the other is a problem, unless that is
// an embedded one: so embedded rules that come last can be replaced.
func NewLibrary(options Options, sources ...Source) *Library {
	return &Library{options: options, sources: sources, names: newNames(),
		files: make(map[string]*cached), listed: make(map[string][]*found)}
}

// Load reads all sources once.
func Load(options Options, sources ...Source) *Set {
	set, _ := NewLibrary(options, sources...).Load()
	return set
}

// found is a rule file that a source holds now.
type found struct {
	source Source
	name   string // for messages, and within the source's file system
	inner  string
	info   fs.FileInfo
	had    *cached // as it was last read; nil at first
	now    *cached
}

// Load reads the files that are new or have changed since the last call and
// makes a Set of all. changed is false when there were none, and the set is nil
// then. Nothing is fatal: what could not be read is among the set's Problems.
// Where a file that was good before has an error now, the rules read then stay.
func (l *Library) Load() (set *Set, changed bool) {
	var list []*found
	var problems []Problem
	for _, s := range l.sources {
		files, err := s.list()
		if err != nil {
			problems = append(problems, Problem{File: s.path, What: "cannot be read: " + reason(err), Mend: "check the path and its permissions"})
			files = l.listed[s.path] // what was read before stays
		}
		l.listed[s.path] = files
		list = append(list, files...)
	}
	changed = !l.loaded || !slices.Equal(problems, l.unlisted)
	l.loaded, l.unlisted = true, problems
	names := make(map[string]bool, len(list))
	var stale []*found
	for _, f := range list {
		if names[f.name] { // two sources overlap
			f.now = &cached{file: &file{}}
			continue
		}
		names[f.name] = true
		f.had = l.files[f.name]
		if f.now = f.had; f.had == nil || !same(f.had.info, f.info) {
			stale = append(stale, f)
			changed = true
		}
	}
	for name := range l.files {
		if !names[name] {
			delete(l.files, name)
			changed = true
		}
	}
	if !changed {
		return nil, false
	}
	l.read(stale)
	all := []*file{{problems: problems}}
	for _, f := range list {
		if names[f.name] {
			l.files[f.name] = f.now
			all = append(all, f.now.file)
			names[f.name] = false
		}
	}
	return newSet(l.names, l.options, all), true
}

// same reports whether a file is unchanged as far as its entry tells.
func same(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// read parses files on all processors.
func (l *Library) read(stale []*found) {
	next := make(chan *found)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(stale), 4) {
		wg.Go(func() {
			p := parser{names: l.names, placeholders: l.options.Placeholders, regexes: make(map[string]*regexp.Regexp)}
			for f := range next {
				f.now = f.read(&p)
			}
		})
	}
	for _, f := range stale {
		next <- f
	}
	close(next)
	wg.Wait()
}

// read parses one file. After an error, the rules that were good before stay.
func (f *found) read(p *parser) *cached {
	var parsed *file
	if data, err := f.data(); err != nil {
		parsed = &file{errors: 1, problems: []Problem{{File: f.name, What: "cannot be read: " + reason(err), Mend: "check its permissions"}}}
	} else {
		parsed = p.parseFile(f.name, data)
	}
	if parsed.errors > 0 && f.had != nil && len(f.had.file.rules)+len(f.had.file.filters) > 0 {
		for i := range parsed.problems {
			if q := &parsed.problems[i]; !q.Note {
				q.Mend += " (until then the rules read before stay in force)"
			}
		}
		parsed.rules, parsed.filters = f.had.file.rules, f.had.file.filters
	}
	parsed.embedded = f.source.fsys != nil
	return &cached{info: f.info, file: parsed}
}

func (f *found) data() ([]byte, error) {
	var r io.ReadCloser
	var err error
	if f.source.fsys != nil {
		r, err = f.source.fsys.Open(f.inner)
	} else {
		r, err = os.Open(f.name)
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	size := int64(0)
	if f.info != nil {
		size = f.info.Size()
	}
	data := bytes.NewBuffer(make([]byte, 0, min(size, MaxFileBytes)+bytes.MinRead))
	_, err = data.ReadFrom(io.LimitReader(r, MaxFileBytes+1))
	return data.Bytes(), err
}

// list finds the source's rule files in lexical order.
func (s Source) list() ([]*found, error) {
	if s.fsys != nil {
		return s.listEmbedded()
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return nil, errors.New("neither a file nor a directory")
		}
		return []*found{{source: s, name: s.path, info: info}}, nil
	}
	var list []*found
	err = filepath.WalkDir(s.path, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == s.path:
			return err
		case err != nil: // vanished, or a directory that is closed to us
			return nil
		case d.IsDir() && name != s.path && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() || !isRuleFile(name):
			return nil
		case len(list) >= maxFiles:
			return fmt.Errorf("it holds more than %d rule files", maxFiles)
		}
		// Follows links, as a mounted configuration map consists of them.
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			list = append(list, &found{source: s, name: name, info: info})
		}
		return nil
	})
	return list, err
}

func (s Source) listEmbedded() ([]*found, error) {
	var list []*found
	err := fs.WalkDir(s.fsys, ".", func(inner string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && isRuleFile(inner) {
			list = append(list, &found{source: s, name: path.Join(s.path, inner), inner: inner})
		}
		return err
	})
	return list, err
}

func isRuleFile(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".yml" || ext == ".yaml"
}

// reason is an error without the operation and path, which the message has.
func reason(err error) string {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err.Error()
	}
	return err.Error()
}
