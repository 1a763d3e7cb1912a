package host

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"time"
)

// bootTime is btime of proc_stat(5), in whole seconds. gopsutil takes the uptime
// instead in what it holds for a container, which differs with each reading.
func bootTime(_ context.Context, root string) time.Time {
	var buf buffer
	b, err := buf.read(filepath.Join(root, "proc/stat"))
	if err != nil {
		return time.Time{}
	}
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		if rest, ok := bytes.CutPrefix(line, []byte("btime ")); ok {
			if n, ok := uintOf(rest); ok && n < 1<<40 {
				return time.Unix(int64(n), 0)
			}
		}
	}
	return time.Time{}
}

// platform is the ID and VERSION_ID of os-release(5).
func platform(_ context.Context, root string) (id, version string) {
	var buf buffer
	for _, path := range [...]string{"etc/os-release", "usr/lib/os-release"} {
		if b, err := buf.read(filepath.Join(root, path)); err == nil {
			return parseOSRelease(b)
		}
	}
	return "", ""
}

func parseOSRelease(b []byte) (id, version string) {
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		key, value, _ := bytes.Cut(line, []byte("="))
		value = value[:min(len(value), 128)]
		switch string(key) {
		case "ID":
			id = strings.Trim(string(value), `"'`)
		case "VERSION_ID":
			version = strings.Trim(string(value), `"'`)
		}
	}
	return id, version
}
