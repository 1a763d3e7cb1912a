package host

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/metrics"
)

// sessions reads utmp(5), and where there is none, as on systems that have given
// it up for its 32-bit times, the records of systemd-logind. gopsutil knows utmp
// only, and takes the layout of x86 for that of arm64.
func sessions(_ context.Context, root string) ([]metrics.User, error) {
	var buf buffer
	b, err := buf.read(filepath.Join(root, "run/utmp"))
	if errors.Is(err, fs.ErrNotExist) {
		if list, logindErr := logind(filepath.Join(root, "run/systemd/sessions")); logindErr == nil {
			return list, nil
		}
	}
	if err != nil {
		return nil, &os.PathError{Op: "read", Path: "/run/utmp", Err: err}
	}
	return parseUtmp(b, runtime.GOARCH == "arm64"), nil
}

// utmpLayout is where glibc's struct utmp has its fields. Its session and time are
// 32 bits wide where a 32-bit mode of the processor had them so, which arm64 had not.
type utmpLayout struct{ size, seconds, secondsBytes int }

const (
	utmpUser     = 7 // USER_PROCESS, a session; others are boots, gettys and ends
	utmpLineAt   = 8
	utmpUserAt   = 44
	utmpHostAt   = 76
	utmpHostEnds = 332
)

func parseUtmp(b []byte, wide bool) []metrics.User {
	layout := utmpLayout{384, 340, 4}
	if wide {
		layout = utmpLayout{400, 344, 8}
	}
	var list []metrics.User
	for ; len(b) >= layout.size && len(list) < maxSessions; b = b[layout.size:] {
		if binary.NativeEndian.Uint16(b) != utmpUser {
			continue
		}
		seconds := int64(binary.NativeEndian.Uint32(b[layout.seconds:]))
		if layout.secondsBytes == 8 {
			seconds = int64(binary.NativeEndian.Uint64(b[layout.seconds:]))
		}
		list = append(list, metrics.User{
			Name:     unix.ByteSliceToString(b[utmpUserAt : utmpUserAt+32]),
			Terminal: unix.ByteSliceToString(b[utmpLineAt : utmpLineAt+32]),
			Host:     unix.ByteSliceToString(b[utmpHostAt:utmpHostEnds]),
			Since:    time.Unix(seconds, 0),
		})
	}
	return list
}

// logind reads the files in /run/systemd/sessions, one a session, with lines as
// USER=name. The sessions of services and of the greeter are left out, as who(1) does.
func logind(dir string) ([]metrics.User, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []metrics.User
	var buf buffer
	for _, e := range entries[:min(len(entries), 2*maxSessions)] {
		if !e.Type().IsRegular() { // beside each there is a FIFO, NAME.ref
			continue
		}
		if b, err := buf.read(filepath.Join(dir, e.Name())); err == nil {
			if u, ok := parseSession(b); ok && len(list) < maxSessions {
				list = append(list, u)
			}
		}
	}
	return list, nil
}

func parseSession(b []byte) (u metrics.User, ok bool) {
	class := ""
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		key, value, _ := bytes.Cut(line, []byte("="))
		text := string(value[:min(len(value), 256)])
		switch string(key) {
		case "USER":
			u.Name = text
		case "TTY":
			u.Terminal = text
		case "REMOTE_HOST":
			u.Host = text
		case "CLASS":
			class = text
		case "REALTIME":
			if micros, err := strconv.ParseInt(text, 10, 64); err == nil {
				u.Since = time.UnixMicro(micros)
			}
		}
	}
	return u, class == "user" && u.Name != ""
}
