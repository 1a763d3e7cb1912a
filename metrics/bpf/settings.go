//go:build linux && (amd64 || arm64)

package bpf

import "bytes"

// settings are beginnings of entries to look for in environments.
type settings struct {
	first   [256]bool // bytes with which one begins
	entries [][]byte
}

func newSettings(list []string) (s settings) {
	for _, e := range list {
		if e != "" {
			s.first[e[0]] = true
			s.entries = append(s.entries, []byte(e))
		}
	}
	return s
}

// in reports whether an environment, its entries ended by NUL, has one of them.
func (s *settings) in(environ []byte) bool {
	for len(environ) > 0 {
		if s.first[environ[0]] {
			for _, e := range s.entries {
				if bytes.HasPrefix(environ, e) {
					return true
				}
			}
		}
		end := bytes.IndexByte(environ, 0)
		if end < 0 {
			return false
		}
		environ = environ[end+1:]
	}
	return false
}
