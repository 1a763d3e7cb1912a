package threats

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// maxLinks is how many symbolic links one path may lead through, as in
// path_resolution(7).
const maxLinks = 40

// resolve returns the path outside of root that path means inside it: links and
// ".." are followed with root as "/". The last component is followed only when
// asked. Between this look and the use of the result the path can change hands,
// so the caller opens it without following links.
func resolve(root, path string, follow bool) (string, error) {
	done := "" // resolved part, inside the root, without a trailing slash
	rest := strings.Split(path, "/")
	for links := 0; len(rest) > 0; {
		name := rest[0]
		rest = rest[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			if fi, err := os.Lstat(filepath.Join(root, done)); err != nil || !fi.IsDir() {
				return "", syscall.ENOTDIR
			}
			done = done[:max(strings.LastIndexByte(done, '/'), 0)]
			continue
		}
		next := done + "/" + name
		fi, err := os.Lstat(filepath.Join(root, next))
		if err != nil {
			return "", err
		}
		if fi.Mode()&os.ModeSymlink == 0 || len(rest) == 0 && !follow {
			done = next
			continue
		}
		if links++; links > maxLinks {
			return "", syscall.ELOOP
		}
		target, err := os.Readlink(filepath.Join(root, next))
		if err != nil {
			return "", err
		}
		if strings.HasPrefix(target, "/") {
			done = ""
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return filepath.Join(root, done), nil
}
