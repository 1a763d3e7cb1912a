package detectors

import (
	"path"
	"strconv"
	"strings"
	"time"

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
	at         time.Time

	cut      time.Time // when it was seen to be shorter; zero: not in the last hour
	from, to int64
}

var logShrinksInfo = &threats.Info{
	ID: "defence.log-shrinks", Number: 67,
	Title:    "A log became shorter",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1685.006"},
	Every:      10 * time.Second,
	Needs:      "root or the group adm, for some logs",
	Why:        "Logs grow. One that becomes shorter in the same file was emptied or had records taken out, as log cleaners do with wtmp and the authentication log.",
	FalsePositives: "Rotation by renaming makes a new file and does not count; rotation by copying (copytruncate) is known by the copy beside it. " +
		"An administrator who empties a big log by hand looks the same: for other logs than those of logins and of the audit it counts as medium.",
	Next: []string{
		"Look at who was logged in at that time, and what root ran: the audit log, shell histories, sudo.",
		"Compare with a copy of the log elsewhere: a log server, the journal, a backup.",
		"last -f /var/log/wtmp: are there holes?",
	},
	References: []string{"https://attack.mitre.org/techniques/T1685/006/"},
}

// loginLogs tell who came and who tried; otherLogs tell the rest.
var (
	loginLogs = []string{"/var/log/auth.log", "/var/log/secure", "/var/log/wtmp", "/var/log/btmp", "/var/log/lastlog", "/var/log/audit/audit.log", "/var/log/sudo.log"}
	otherLogs = []string{"/var/log/syslog", "/var/log/messages", "/var/log/kern.log", "/var/log/daemon.log", "/var/log/cron", "/var/log/cron.log", "/var/log/user.log", "/var/log/maillog", "/var/log/mail.log", "/var/log/dpkg.log", "/var/log/apt/history.log"}
)

func (d *logShrinks) Info() *threats.Info { return logShrinksInfo }
func (d *logShrinks) Failure() string     { return d.failure }
func (d *logShrinks) Bytes() int64        { return int64(160 * len(d.last)) }

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
	is := logState{dev: info.Dev, inode: info.Inode, size: info.Size, at: in.Now}
	switch same := known && was.dev == is.dev && was.inode == is.inode; {
	case same && is.size < was.size && !copied(in, p, was.at):
		is.cut, is.from, is.to = in.Now, was.size, is.size
	case known && !was.cut.IsZero() && in.Now.Sub(was.cut) < changeShown:
		is.cut, is.from, is.to = was.cut, was.from, was.to
	}
	d.last[p] = is
	if is.cut.IsZero() {
		return dst
	}
	f := threats.OnFile(p, logShrinksInfo).
		With("size", p, strconv.FormatInt(is.from, 10)+" bytes, then "+strconv.FormatInt(is.to, 10)+" in the same file").
		With("noticed", p, is.cut.Format(time.DateTime))
	if is.to == 0 {
		f = f.Titled("A log was emptied")
	}
	return append(dst, f.As(s, logShrinksInfo.Confidence))
}

// copied reports whether a copy of the log was made since the last look: then it
// was rotated.
func copied(in *threats.Input, p string, last time.Time) bool {
	list, _, err := in.Files.ReadDir(path.Dir(p), maxStartNames)
	if err != nil {
		return false
	}
	since := last.Add(-time.Minute).UnixNano()
	for _, e := range list {
		if rest, ok := strings.CutPrefix(e.Name, path.Base(p)); ok && len(rest) > 1 && (rest[0] == '.' || rest[0] == '-') {
			if info, err := in.Files.Lstat(path.Join(path.Dir(p), e.Name)); err == nil && info.Regular() && info.Size > 0 && info.CTime >= since {
				return true
			}
		}
	}
	return false
}
