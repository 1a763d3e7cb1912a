package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// systemPath is where the administrator puts settings for all users.
const systemPath = "/etc/smoothtask/config.toml"

// maxFile bounds a configuration file in bytes.
const maxFile = 1 << 20

// Load reads the settings from the file at path, or from the first that exists
// of the user's and the system's, or takes the defaults. It returns Errors when
// something in the file is wrong; a file that cannot be read is an error too.
// Passed over is one that is missing or in a folder that is closed to the user,
// such as the home of root for a service account. getenv is os.Getenv.
func Load(path string, getenv func(string) string) (Config, Origins, error) {
	if path != "" {
		return loadFile(path)
	}
	return loadFirst(append(userPaths(getenv), systemPath))
}

// UserPath is the file for the user's own settings, whether or not it exists;
// "" when the environment names no home.
func UserPath(getenv func(string) string) string {
	if paths := userPaths(getenv); len(paths) > 0 {
		return paths[0]
	}
	return ""
}

// userPaths follows the XDG base directory specification: a relative
// XDG_CONFIG_HOME does not count.
func userPaths(getenv func(string) string) []string {
	var dirs []string
	if dir := getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		dirs = append(dirs, dir)
	}
	if home := getenv("HOME"); filepath.IsAbs(home) {
		dirs = append(dirs, filepath.Join(home, ".config"))
	}
	for i, dir := range dirs {
		dirs[i] = filepath.Join(dir, "smoothtask", "config.toml")
	}
	return dirs
}

func loadFirst(paths []string) (Config, Origins, error) {
	var closed []string
	for _, path := range paths {
		c, o, err := loadFile(path)
		switch {
		case outOfReach(err):
			closed = append(closed, path)
		case !errors.Is(err, fs.ErrNotExist):
			o.Closed = closed
			return c, o, err
		}
	}
	return Default(), Origins{Closed: closed}, nil
}

// outOfReach tells that nobody can say whether there is a file: a folder on the
// way to it is closed to the user, or no folder (a home of /dev/null).
func outOfReach(err error) bool {
	var at *fs.PathError
	return errors.As(err, &at) && at.Op == "stat" &&
		(errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOTDIR))
}

func loadFile(path string) (Config, Origins, error) {
	data, err := readFile(path)
	if err != nil {
		return Config{}, Origins{}, fmt.Errorf("cannot read the configuration: %w", err)
	}
	return parse(path, data)
}

// readFile reads a regular file: a FIFO or device could block or never end.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: larger than %d bytes", path, maxFile)
	}
	return data, nil
}

// parse applies a file to the defaults.
func parse(path string, data []byte) (Config, Origins, error) {
	c := Default()
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // some editors begin a file with a byte order mark
	doc, err := parseDocument(data)
	if err != nil {
		if e := (*Error)(nil); errors.As(err, &e) {
			e.File = path
			return c, Origins{}, Errors{e}
		}
		return c, Origins{}, err
	}
	o := Origins{File: path, at: doc.at}
	a := applier{config: &c, origins: o}
	a.table("", doc.tree)
	return c, o, append(a.errs, c.problems(o)...).sorted()
}

// Validate checks all settings, also those that flags have changed. It returns
// Errors, or nil.
func (c *Config) Validate(o Origins) error { return c.problems(o).sorted() }

func (c *Config) problems(o Origins) (errs Errors) {
	add := func(e *Error) { errs = append(errs, o.Error(e.Key, e.Found, e.Allowed)) }
	for i := range settings {
		if s := &settings[i]; !s.valid(c) {
			add(&Error{Key: s.key, Found: describe(s.get(c)), Allowed: s.allowed})
		}
	}
	for _, e := range c.together() {
		add(e)
	}
	for i := range c.Threats.Allow {
		for _, e := range c.Threats.Allow[i].problems(element("threats.allow", i)) {
			add(e)
		}
	}
	return errs
}

// sorted brings errors into the order of the file; nil when there are none.
func (es Errors) sorted() error {
	slices.SortStableFunc(es, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), strings.Compare(a.Key, b.Key))
	})
	if len(es) == 0 {
		return nil
	}
	return es
}
