package detectors

import (
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

const (
	maxSources  = 2048
	maxUsers    = 512
	maxGuessed  = 64      // logins after failures that are remembered
	loginBack   = 1 << 20 // bytes of a log at the first look
	loginLook   = 4 << 20 // bytes at one look
	loginEvery  = 5 * time.Second
	loginStale  = 24 * time.Hour // a text log that nobody writes to any more: cron alone writes each hour
	attackShown = time.Hour      // how long an attack is told after its last failure
	loginShown  = 24 * time.Hour // how long a guessed login is told
)

// guessed is a login that came after many failures from the same source.
type guessed struct {
	proven       bool // root's sshd wrote it
	at           time.Time
	user, method string
	source       netip.Addr
	failures     int
}

// loginWatch follows what sshd writes about logins, for all detectors that ask:
// the text logs as long as they are written to, else the journal, else btmp and wtmp.
type loginWatch struct {
	limits LoginLimits

	mu      sync.Mutex
	last    time.Time
	from    string // where the failures were read
	texts   []*threats.Tail
	journal journal
	failed  *threats.Tail // btmp
	logins  *threats.Tail // wtmp
	sources map[netip.Addr]*failWindow
	users   map[string]*failWindow
	guessed []guessed
	failure string
}

func newLoginWatch(limits LoginLimits, journalctl string) *loginWatch {
	return &loginWatch{
		limits: limits.withDefaults(),
		texts: []*threats.Tail{
			{Path: "/var/log/auth.log", Back: loginBack}, // Debian, SUSE, Alpine
			{Path: "/var/log/secure", Back: loginBack},   // Red Hat
		},
		journal: journal{program: journalctl},
		failed:  &threats.Tail{Path: "/var/log/btmp", Back: loginBack, Record: utmpSize(goarch)},
		logins:  &threats.Tail{Path: "/var/log/wtmp", Back: loginBack, Record: utmpSize(goarch)},
		sources: map[netip.Addr]*failWindow{},
		users:   map[string]*failWindow{},
	}
}

// look reads on, unless another detector has done so in this turn, and calls read
// with the state, which belongs to the watch.
func (w *loginWatch) look(in *threats.Input, read func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if in.Now.Sub(w.last).Abs() >= loginEvery/2 {
		w.last = in.Now
		w.follow(in)
	}
	read()
}

func (w *loginWatch) follow(in *threats.Input) {
	w.failure = ""
	written := false
	for _, t := range w.texts {
		_, err := in.Files.Follow(t, loginLook, func(line []byte) {
			l, ok := parseSyslog(line, in.Now)
			if !ok || !isSSHD(l.tag) {
				return
			}
			if e, ok := parseSSHD(l.message); ok {
				e.at, e.pid = l.at, l.pid
				forged := false
				if e.proven, forged = writer(in, &l); !forged {
					w.take(&e)
				}
			}
		})
		if !errors.Is(err, fs.ErrNotExist) {
			w.from = t.Path
			if err != nil {
				w.failure = "cannot follow it: " + err.Error()
			}
			info, err := in.Files.Stat(t.Path)
			written = written || err != nil || in.Now.Sub(time.Unix(0, info.MTime)) < loginStale
		}
	}
	if written {
		return
	}
	if w.journal.there(in.Files) {
		w.from = "systemd journal, sshd"
		w.failure = w.journal.follow(in.Now, w.take)
		return
	}
	w.from = w.failed.Path
	w.records(in, w.failed, func(l utmpLogin) {
		if l.line == "ssh:notty" {
			w.take(&sshEvent{at: l.at, user: l.user, source: l.source, count: 1})
		}
	})
	w.records(in, w.logins, func(l utmpLogin) {
		w.take(&sshEvent{at: l.at, user: l.user, source: l.source, method: "login on " + l.line, proven: true})
	})
}

// writer says who wrote a line of a text log, which anybody may write to by way of
// syslog(3), under any name and pid: root's sshd, where that process still runs, or
// somebody else, where it is another user's, or where there is no pid as sshd has
// one. Mostly the process has ended, or was on another machine, and neither is known.
func writer(in *threats.Input, l *syslogLine) (proven, forged bool) {
	if l.pid == 0 {
		return false, true
	}
	i, host := in.Find(l.pid), in.Snapshot.System.Host
	if i < 0 || host.BootTime.IsZero() || host.Name != "" && host.Name != string(l.host) {
		return false, false
	}
	p := in.Process(i)
	if p.Key.StartedAt(host.BootTime).After(l.at.Add(time.Second)) {
		return false, false // the pid was given to another
	}
	return p.UID == 0 && isSSHServer(p.ID.Exe), p.UID != 0
}

func (w *loginWatch) records(in *threats.Input, t *threats.Tail, take func(utmpLogin)) {
	_, err := in.Files.Follow(t, loginLook, func(b []byte) {
		if l, ok := parseUtmp(b); ok {
			take(l)
		}
	})
	if w.failure == "" {
		w.failure = failureOf(err)
	}
}

// take counts one event.
func (w *loginWatch) take(e *sshEvent) {
	if e.at.After(w.last.Add(time.Hour)) {
		return // a clock that was wrong
	}
	s := w.sources[e.source]
	if e.count == 0 {
		if s != nil && s.total >= w.limits.Before && e.at.Sub(s.last) < loginGap && !e.at.Before(s.first) {
			w.guess(guessed{e.proven, e.at, e.user, e.method, e.source, s.total})
		}
		return
	}
	if s == nil {
		evictOldest(w.sources, maxSources)
		s = &failWindow{}
		w.sources[e.source] = s
	}
	n := s.fresh(e)
	s.add(&w.limits, e.at, n, e.user)
	u := w.users[e.user]
	if u == nil {
		evictOldest(w.users, maxUsers)
		u = &failWindow{}
		w.users[e.user] = u
	}
	u.add(&w.limits, e.at, n, e.source.String())
}

// guess keeps a login; one a user and source.
func (w *loginWatch) guess(g guessed) {
	w.guessed = slices.DeleteFunc(w.guessed, func(o guessed) bool { return o.user == g.user && o.source == g.source })
	if len(w.guessed) == maxGuessed {
		w.guessed = slices.Delete(w.guessed, 0, 1)
	}
	w.guessed = append(w.guessed, g)
}

// evictOldest makes room in a full table: a quarter goes, those that have been
// quiet the longest.
func evictOldest[K comparable](m map[K]*failWindow, limit int) {
	if len(m) < limit {
		return
	}
	ages := make([]time.Time, 0, len(m))
	for _, w := range m {
		ages = append(ages, w.last)
	}
	slices.SortFunc(ages, time.Time.Compare)
	oldest := ages[len(ages)/4]
	for k, w := range m {
		if !w.last.After(oldest) && len(m) > limit*3/4 {
			delete(m, k)
		}
	}
}

func (w *loginWatch) bytes() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := int64(100 * len(w.guessed))
	for _, s := range w.sources {
		n += s.bytes()
	}
	for _, u := range w.users {
		n += u.bytes()
	}
	return n
}
