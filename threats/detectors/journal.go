package detectors

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

const (
	journalEvery    = 15 * time.Second // a process is started for each look
	journalDeadline = 5 * time.Second
	journalWait     = 1500 * time.Millisecond // how long a look waits; what comes later is for the next
	journalBytes    = 8 << 20                 // of output, in one run
	journalLine     = 64 << 10
)

// journal follows the messages of sshd in the systemd journal by running
// journalctl(1) from where it ended the last time. It runs in the background and
// is killed when it takes too long.
type journal struct {
	program string // path of journalctl; "" looks for it in PATH, "-" does without

	searched bool
	found    bool
	named    bool // somebody said which program it is
	next     time.Time

	mu      sync.Mutex
	busy    chan struct{} // closed when the run ends; nil when none is on
	cursor  string
	events  []sshEvent
	failure string
}

// journald is where systemd-journald listens, systemd-journald.service(8).
const journald = "/run/systemd/journal"

// there reports whether there is a journalctl, and, unless one was named, a
// journal that is written: a container may have the program without it.
func (j *journal) there(files *threats.Files) bool {
	if !j.searched {
		j.searched, j.named = true, j.program != ""
		path, err := exec.LookPath(cmp.Or(j.program, "journalctl"))
		j.program, j.found = path, err == nil
	}
	if !j.found || j.named {
		return j.found
	}
	_, err := files.Stat(journald)
	return err == nil && files.Root() == "/"
}

// follow calls take for what was written since the last call, and returns why
// the journal could not be read, or "".
func (j *journal) follow(now time.Time, take func(*sshEvent)) string {
	j.mu.Lock()
	if j.busy == nil && !now.Before(j.next) {
		j.next = now.Add(journalEvery)
		j.busy = make(chan struct{})
		go j.run(j.cursor, j.busy)
	}
	busy := j.busy
	j.mu.Unlock()
	if busy != nil {
		timer := time.NewTimer(journalWait)
		defer timer.Stop()
		select {
		case <-busy:
		case <-timer.C:
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range j.events {
		take(&j.events[i])
	}
	j.events = nil
	return j.failure
}

// run reads what follows the cursor. The fields that begin with an underscore
// are the journal's own and cannot be forged by who writes a message; but anybody
// may name a program sshd, so that only what root's wrote is asked for.
func (j *journal) run(cursor string, done chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), journalDeadline)
	defer cancel()
	args := []string{"--output=json", "--output-fields=MESSAGE,_PID,_UID,_EXE", "--no-pager", "--quiet"}
	if cursor != "" {
		args = append(args, "--after-cursor="+cursor)
	} else {
		args = append(args, "--since=-1h", "--lines=5000")
	}
	args = append(args, "_COMM=sshd", "_COMM=sshd-session", "_COMM=sshd-auth", "_UID=0")
	cmd := exec.CommandContext(ctx, j.program, args...)
	cmd.Env = []string{"LC_ALL=C", "PATH=/usr/bin:/bin"}
	cmd.WaitDelay = time.Second
	var complaint bytes.Buffer
	cmd.Stderr = &limited{&complaint, 1024}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	var events []sshEvent
	full := false
	if err == nil {
		events, full = readJournal(out, &cursor)
		if full {
			cancel() // the rest in the next run
		}
		err = cmd.Wait()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.busy, j.cursor = nil, cursor
	j.events = append(j.events, events...)
	j.failure = ""
	switch {
	case err == nil || full:
	case ctx.Err() == context.DeadlineExceeded:
		j.failure = "journalctl did not answer within " + journalDeadline.String() + "; see whether the journal is damaged: journalctl --verify"
	default:
		j.failure = "cannot read the journal: " + err.Error() + ": " + string(bytes.TrimSpace(complaint.Bytes()))
	}
	close(done)
}

// readJournal reads entries, one a line, until the end or until there are enough,
// and moves the cursor on. A line that is too long is passed over.
func readJournal(r io.Reader, cursor *string) (events []sshEvent, full bool) {
	lines := bufio.NewReaderSize(r, journalLine)
	for read := 0; read <= journalBytes; {
		line, err := lines.ReadSlice('\n')
		read += len(line)
		e, at, ok := sshEvent{}, "", false
		if errors.Is(err, bufio.ErrBufferFull) {
			at = cursorOf(line)
			for errors.Is(err, bufio.ErrBufferFull) {
				line, err = lines.ReadSlice('\n')
				read += len(line)
			}
		} else {
			e, at, ok = parseJournal(line)
		}
		if at != "" {
			*cursor = at
		}
		if ok {
			events = append(events, e)
		}
		if err != nil {
			return events, false
		}
	}
	return events, true
}

// cursorOf finds the cursor in the beginning of an entry; "" when it is not there.
// Within a value the quotes would be escaped.
func cursorOf(line []byte) string {
	_, rest, found := bytes.Cut(line, []byte(`"__CURSOR"`))
	value, opened := bytes.CutPrefix(bytes.TrimLeft(rest, " :"), []byte{'"'})
	value, _, closed := bytes.Cut(value, []byte{'"'})
	if !found || !opened || !closed {
		return ""
	}
	return string(value)
}

// parseJournal reads one entry. cursor is "" when the line is no entry.
func parseJournal(line []byte) (e sshEvent, cursor string, ok bool) {
	var entry struct {
		Cursor  string          `json:"__CURSOR"`
		Time    string          `json:"__REALTIME_TIMESTAMP"` // µs
		PID     string          `json:"_PID"`
		UID     string          `json:"_UID"`
		Exe     string          `json:"_EXE"`
		Message json.RawMessage `json:"MESSAGE"`
	}
	if json.Unmarshal(line, &entry) != nil {
		return e, "", false
	}
	if entry.UID != "0" || entry.Exe != "" && !isSSHServer(strings.TrimSuffix(entry.Exe, deletedMark)) {
		return e, entry.Cursor, false
	}
	micros, err := strconv.ParseInt(entry.Time, 10, 64)
	if err != nil {
		return e, entry.Cursor, false
	}
	var message string
	if json.Unmarshal(entry.Message, &message) != nil {
		var raw []uint16 // what is not UTF-8 is written as a list of bytes
		if json.Unmarshal(entry.Message, &raw) != nil {
			return e, entry.Cursor, false
		}
		b := make([]byte, len(raw))
		for i, c := range raw {
			b[i] = byte(c)
		}
		message = string(b)
	}
	if e, ok = parseSSHD([]byte(message)); !ok {
		return e, entry.Cursor, false
	}
	pid, _ := strconv.ParseInt(entry.PID, 10, 32)
	e.at, e.pid, e.proven = time.UnixMicro(micros), int32(pid), true
	return e, entry.Cursor, true
}

// limited keeps the first bytes of what is written to it.
type limited struct {
	b    *bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.b.Write(p[:n])
	l.left -= n
	return len(p), nil
}
