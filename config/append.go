package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"
)

// AppendAllow adds an entry at the end of the configuration file, which is made
// when it is missing. What stood in the file stays as it was, to the byte, with
// its mode and owner; it is replaced in one step, so that nobody reads half of
// it. A file that would not load afterwards is left alone.
func AppendAllow(path string, a Allow) error {
	if err := a.check(); err != nil {
		return err
	}
	// The file behind a symbolic link is the one to replace, not the link.
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	old, err := readFile(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return fmt.Errorf("cannot add to the configuration: %w", err)
	}
	text := append([]byte(nil), old...)
	if n := len(text); n > 0 && text[n-1] != '\n' {
		text = append(text, '\n')
	}
	if len(text) > 0 {
		text = append(text, '\n')
	}
	text = append(text, a.TOML()...)
	if _, _, err := parse(path, text); err != nil {
		return fmt.Errorf("cannot add to %s, it would not load: %w", path, err)
	}
	if missing {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("cannot make the directory of the configuration: %w", err)
		}
	}
	if err := replaceFile(path, text); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	return nil
}

// check refuses an entry that Load would not accept, and text that TOML cannot
// hold.
func (a *Allow) check() error {
	if bad := a.problems("threats.allow"); len(bad) > 0 {
		return Errors(bad)
	}
	for i := range allowSettings {
		s := &allowSettings[i]
		v := s.get(a)
		if text, ok := v.(string); ok && !utf8.ValidString(text) {
			return &Error{Key: s.key, Found: describe(text), Allowed: "text that is valid UTF-8"}
		}
		if !s.put(a, v) {
			return &Error{Key: s.key, Found: describe(v), Allowed: s.allowed}
		}
	}
	return nil
}

// replaceFile writes beside the file and renames over it.
func replaceFile(path string, text []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // fails after the rename, as it should
	_, err = tmp.Write(text)
	if info, statErr := os.Stat(path); err == nil && statErr == nil {
		err = keepOwner(tmp, info)
		if err == nil {
			err = tmp.Chmod(info.Mode().Perm())
		}
	}
	if err == nil {
		err = tmp.Sync()
	}
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
