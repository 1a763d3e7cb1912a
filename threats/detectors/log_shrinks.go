package detectors

import (
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// logShrinks finds logs from which something was taken.
type logShrinks struct {
	last    map[string]logState
	failure string
}

// logState is what a log was like at the last look, and what happened to it.
type logState struct {
	dev, inode uint64
	size       int64
	ctime      int64
	mark       string // the last bytes of it
	at         time.Time

	cut      time.Time // when it was seen to be shorter; zero: not in the last hour
	from, to int64     // to is not less than from when it has grown again since
}

const logMark = 64 // bytes; a line has its time in it, so that no two ends are alike

var logShrinksInfo = &threats.Info{
	ID: "defence.log-shrinks", Number: 67,
	Title:    "A log became shorter",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1685.006"},
	Every:      10 * time.Second,
	Needs:      metrics.ReadLogs, NeedsFor: "some logs",
	Why: "Logs grow. One that becomes shorter in the same file was emptied or had records taken out, as log cleaners do with wtmp and the authentication log.",
	FalsePositives: "Rotation by renaming makes a new file and does not count; rotation by copying (copytruncate) is known by the copy beside it or in the olddir that logrotate is told. " +
		"An administrator who empties a big log by hand looks the same: for other logs than those of logins and of the audit it counts as medium.",
	Next: []string{
		"Look at who was logged in at that time, and what root ran: the audit log, shell histories, sudo.",
		"Compare with a copy of the log elsewhere: a log server, the journal, a backup.",
		"last -f /var/log/wtmp: are there holes?",
	},
	References: []string{"https://attack.mitre.org/techniques/T1685/006/"},
}

// lastlog is written in place, by user id, and grows with the highest.
const lastlog = "/var/log/lastlog"

// loginLogs tell who came and who tried; otherLogs tell the rest.
var (
	loginLogs = []string{"/var/log/auth.log", "/var/log/secure", "/var/log/wtmp", "/var/log/btmp", lastlog, "/var/log/audit/audit.log", "/var/log/sudo.log"}
	otherLogs = []string{"/var/log/syslog", "/var/log/messages", "/var/log/kern.log", "/var/log/daemon.log", "/var/log/cron", "/var/log/cron.log", "/var/log/user.log", "/var/log/maillog", "/var/log/mail.log", "/var/log/dpkg.log", "/var/log/apt/history.log"}
)

func (d *logShrinks) Info() *threats.Info { return logShrinksInfo }
func (d *logShrinks) Failure() string     { return d.failure }
func (d *logShrinks) Bytes() int64        { return int64(260 * len(d.last)) }

func (d *logShrinks) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	d.failure = ""
	if d.last == nil {
		d.last = map[string]logState{}
	}
	for _, p := range loginLogs {
		dst = d.look(in, p, threats.High, dst)
	}
	for _, p := range otherLogs {
		dst = d.look(in, p, threats.Medium, dst)
	}
	return dst
}

func (d *logShrinks) look(in *threats.Input, p string, s threats.Severity, dst []threats.Finding) []threats.Finding {
	info, err := in.Files.Stat(p)
	if err != nil {
		if d.failure == "" {
			d.failure = failureOf(err)
		}
		return dst
	}
	was, known := d.last[p]
	is := logState{dev: info.Dev, inode: info.Inode, size: info.Size, ctime: info.CTime, at: in.Now}
	same := known && was.dev == is.dev && was.inode == is.inode
	rewritten := same && is.ctime != was.ctime && !d.keeps(in, p, &was)
	if is.mark = was.mark; !same || is.ctime != was.ctime || is.mark == "" {
		is.mark = d.endOf(in, p, is.size)
	}
	switch {
	case same && (is.size < was.size || rewritten) && !copied(in, p, was.at):
		is.cut, is.from, is.to = in.Now, was.size, is.size
	case known && !was.cut.IsZero() && in.Now.Sub(was.cut) < changeShown:
		is.cut, is.from, is.to = was.cut, was.from, was.to
	}
	d.last[p] = is
	if is.cut.IsZero() {
		return dst
	}
	size := strconv.FormatInt(is.from, 10) + " bytes, then " + strconv.FormatInt(is.to, 10) + " in the same file"
	if is.to >= is.from {
		size += ": cut and grown again, for what stood at the end is not there any more"
	}
	f := threats.OnFile(p, logShrinksInfo).
		With("size", p, size).
		With("noticed", p, is.cut.Format(time.DateTime))
	if is.to == 0 {
		f = f.Titled("A log was emptied")
	}
	return append(dst, f.As(s, logShrinksInfo.Confidence))
}

// endOf reads the last bytes of a log that had a size.
func (d *logShrinks) endOf(in *threats.Input, p string, size int64) string {
	if p == lastlog || size == 0 {
		return ""
	}
	n := min(size, logMark)
	b, err := in.Files.ReadAt(p, size-n, int(n))
	if err != nil {
		if d.failure == "" {
			d.failure = failureOf(err)
		}
		return ""
	}
	return string(b)
}

// keeps reports whether a log still has what was its end at the last look, as one
// has that only grew. What could not be read proves nothing.
func (d *logShrinks) keeps(in *threats.Input, p string, was *logState) bool {
	if was.mark == "" {
		return true
	}
	now := d.endOf(in, p, was.size)
	return now == "" || now == was.mark
}

// copied reports whether a copy of the log was made since the last look: then it
// was rotated.
func copied(in *threats.Input, p string, last time.Time) bool {
	for _, dir := range append([]string{path.Dir(p)}, oldDirs(in.Files, path.Dir(p))...) {
		if copiedTo(in, p, dir, last) {
			return true
		}
	}
	return false
}

func copiedTo(in *threats.Input, p, dir string, last time.Time) bool {
	list, _, err := in.Files.ReadDir(dir, maxStartNames)
	if err != nil {
		return false
	}
	since := last.Add(-time.Minute).UnixNano()
	for _, e := range list {
		if rest, ok := strings.CutPrefix(e.Name, path.Base(p)); ok && len(rest) > 1 && (rest[0] == '.' || rest[0] == '-') {
			if info, err := in.Files.Lstat(path.Join(dir, e.Name)); err == nil && info.Regular() && info.Size > 0 && info.CTime >= since {
				return true
			}
		}
	}
	return false
}
