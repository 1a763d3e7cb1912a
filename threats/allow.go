package threats

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// Allow says which findings an operator accepts. A field that is empty covers
// anything; all others must hold. In Detector, Exe, Cmdline, Image and Subject, *
// stands for any text and ? for one byte.
type Allow struct {
	Detector string    // ids, separated by commas: "process.deleted"
	Exe      string    // path of the program
	SHA256   string    // of the program file, hex
	User     string    // name of the real user
	Cmdline  string    // the arguments, joined by blanks
	Image    string    // container image
	Subject  string    // of a finding about no process: path, account, address
	Reason   string    // why it is accepted; shown with what is covered
	Expires  time.Time // zero: never
}

// Check reports what is wrong with an entry.
func (a *Allow) Check() error {
	b := *a
	b.Reason, b.Expires = "", time.Time{}
	switch {
	case b == Allow{}:
		return errors.New("an allow entry must name at least one of detector, exe, sha256, user, cmdline, image, subject")
	case strings.TrimSpace(a.Reason) == "":
		return errors.New("an allow entry needs a reason, for those who find it later")
	}
	if sum, err := hex.DecodeString(a.SHA256); err != nil || len(sum) != 0 && len(sum) != 32 {
		return fmt.Errorf("sha256 %q is not 64 hex digits", a.SHA256)
	}
	return nil
}

// Covers reports whether the entry covers a finding, leaving its expiry aside.
// Of a joined finding it must cover every part.
func (a *Allow) Covers(f *Finding) bool {
	if len(f.Parts) == 0 {
		return a.coversDetector(f.Info.ID) && a.coversProcess(f.Process) && a.coversSubject(f.Subject.Name)
	}
	for i := range f.Parts {
		p := &f.Parts[i]
		if !a.coversDetector(p.Detector) || !a.coversProcess(p.Process) || !a.coversSubject(p.Subject.Name) {
			return false
		}
	}
	return true
}

func (a *Allow) coversDetector(id string) bool {
	if a.Detector == "" {
		return true
	}
	for rest, more := a.Detector, true; more; {
		var d string
		if d, rest, more = strings.Cut(rest, ","); glob(strings.TrimSpace(d), id) {
			return true
		}
	}
	return false
}

func (a *Allow) coversSubject(name string) bool { return a.Subject == "" || glob(a.Subject, name) }

func (a *Allow) coversProcess(p *ProcessRef) bool {
	if p == nil {
		return a.Exe == "" && a.SHA256 == "" && a.User == "" && a.Cmdline == "" && a.Image == ""
	}
	return (a.Exe == "" || p.ID.Exe != "" && glob(a.Exe, p.ID.Exe)) &&
		(a.SHA256 == "" || strings.EqualFold(a.SHA256, p.SHA256)) &&
		(a.User == "" || a.User == p.ID.User) &&
		(a.Cmdline == "" || glob(a.Cmdline, joined(p.ID))) &&
		(a.Image == "" || p.Image != "" && glob(a.Image, p.Image))
}

// joined is the command line as the pattern of an entry sees it.
func joined(id *metrics.Identity) string {
	return strings.ReplaceAll(strings.TrimSuffix(id.Cmdline, "\x00"), "\x00", " ")
}

// String says in words what the entry covers.
func (a *Allow) String() string {
	var b strings.Builder
	b.WriteString("findings")
	for _, f := range [...]struct{ word, value string }{
		{"of", a.Detector}, {"on", a.Subject}, {"by program", a.Exe}, {"with SHA-256", a.SHA256},
		{"of user", a.User}, {"with arguments", a.Cmdline}, {"in containers of", a.Image},
	} {
		if f.value != "" {
			b.WriteString(" " + f.word + " " + f.value)
		}
	}
	if !a.Expires.IsZero() {
		b.WriteString(", until " + a.Expires.Format(time.DateOnly))
	}
	return b.String()
}

// AllowFor proposes the narrowest entry that covers a finding now and when its
// program is started again: the detector, the program, its hash where known, the
// user and the arguments. Of a joined finding it covers the signals about the
// program that leads it; what other programs of the group did stays. The caller
// adds a reason and an expiry.
func AllowFor(f *Finding) Allow {
	a := Allow{Detector: f.Info.ID, Subject: escape(f.Subject.Name)}
	p := f.Process
	if p == nil {
		return a
	}
	a.Exe, a.SHA256, a.User, a.Image, a.Cmdline = escape(p.ID.Exe), p.SHA256, p.ID.User, escape(p.Image), escape(joined(p.ID))
	if f.Subject.Kind == SubjectSocket { // ports come and go
		a.Subject = ""
	}
	ids := []string{a.Detector}
	for i := range f.Parts {
		part := &f.Parts[i]
		q := part.Process
		if q == nil || q.ID.Exe != p.ID.Exe || q.SHA256 != p.SHA256 || q.ID.User != p.ID.User {
			continue
		}
		if !slices.Contains(ids, part.Detector) {
			ids = append(ids, part.Detector)
		}
		if q.ID != p.ID {
			a.Cmdline = ""
		}
		if part.Subject.Name != f.Subject.Name {
			a.Subject = ""
		}
	}
	a.Detector = strings.Join(ids, ",")
	return a
}

// escape turns text into a pattern for itself; its stars become ?, which is the
// narrowest that the patterns can say.
func escape(s string) string { return strings.ReplaceAll(s, "*", "?") }

// allowList is the entries in force.
type allowList struct {
	list    []Allow
	version uint64
}

func (l *allowList) set(list []Allow) {
	l.list = append([]Allow(nil), list...)
	l.version++
}

// covers returns the reason of the first entry that covers the finding, and when
// to ask again because an entry expires; zero is never.
func (l *allowList) covers(f *Finding, now time.Time) (reason string, again time.Time) {
	for i := range l.list {
		a := &l.list[i]
		if !a.Expires.IsZero() && !now.Before(a.Expires) || !a.Covers(f) {
			continue
		}
		if reason = a.Reason; reason == "" {
			reason = "allowed"
		}
		return reason, a.Expires
	}
	return "", time.Time{}
}

// apply decides which tracks are suppressed.
func (l *allowList) apply(list []*track, now time.Time) {
	for _, x := range list {
		if x.allowVersion == l.version && (x.recheck.IsZero() || now.Before(x.recheck)) {
			continue
		}
		x.f.SuppressedBy, x.recheck = l.covers(&x.f, now)
		x.allowVersion = l.version
	}
}

// Preview lists the findings at hand that an entry would cover, plain ones as
// detectors made them. The result belongs to the caller.
func (e *Engine) Preview(a Allow) []Finding {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []Finding
	for _, x := range e.tracks.list {
		if !x.f.Gone && a.Covers(&x.f) {
			out = append(out, x.f)
		}
	}
	return out
}
