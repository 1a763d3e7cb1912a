package detectors

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// accountChanges compares the accounts with the first look of the run.
type accountChanges struct {
	seen    changes
	shadow  changes
	group   changes
	was     map[string]account
	failure string
}

var accountChangesInfo = &threats.Info{
	ID: "login.account-change", Number: 49,
	Title:    "An account was added or changed",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1136.001", "T1098"},
	Every:      30 * time.Second,
	Needs:      metrics.ReadFiles, NeedsFor: "passwords",
	Why: "A new account, a shell for an account that had none, a password for a service, a new member of sudo or docker: " +
		"each is a way to come back that looks like administration.",
	FalsePositives: "Administrators and provisioning add accounts; packages add locked accounts for their services, which count as low or, while packages are installed, " +
		"as informational. Each change is reported for an hour. Only what happens while this program runs is seen; the baseline shows the rest.",
	Next: []string{
		"Look for useradd, usermod, chpasswd and gpasswd in the authentication log: who ran them?",
		"passwd -S NAME; chage -l NAME; id NAME.",
		"Look at logins of the account: last NAME.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1136/001/", "https://attack.mitre.org/techniques/T1098/"},
}

func (d *accountChanges) Info() *threats.Info { return accountChangesInfo }
func (d *accountChanges) Failure() string     { return d.failure }

func (d *accountChanges) Bytes() int64 {
	return d.seen.bytes() + d.shadow.bytes() + d.group.bytes() + int64(len(d.was)*150)
}

func (d *accountChanges) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	d.failure = ""
	packages := func(path string) func() bool {
		return func() bool {
			info, err := in.Files.Stat(path)
			return err == nil && fromPackage(in, info)
		}
	}
	list, err := accountsOf(in.Files)
	if d.failure = failureOf(err); err == nil {
		if d.was == nil {
			d.was = map[string]account{}
		}
		for i := range list {
			a := &list[i]
			ch := d.seen.see(a.name, sumOf(fmt.Sprint(a.uid, a.gid, a.home, "\x00", a.shell)), in.Now, packages("/etc/passwd"))
			if ch.word == "" {
				d.was[a.name] = *a
				continue
			}
			dst = append(dst, d.changed(a, ch))
		}
		d.seen.end()
	}
	groups, _, err := threats.Fact(in.Files, "groups", "/etc/group", maxPasswd,
		func(data []byte, _ threats.FileInfo) map[string][]string { return membersOf(string(data)) })
	if d.failure == "" {
		d.failure = failureOf(err)
	}
	if err == nil {
		dst = d.joined(in, groups, packages("/etc/group"), dst)
	}
	locks, _, err := threats.Fact(in.Files, "shadow", "/etc/shadow", maxPasswd,
		func(data []byte, _ threats.FileInfo) map[string]lock { return parseShadow(string(data)) })
	if d.failure == "" {
		d.failure = failureOf(err)
	}
	if err == nil {
		dst = d.unlocked(in, list, locks, dst)
	}
	return dst
}

// changed tells how an account differs from what it was.
func (d *accountChanges) changed(a *account, ch change) threats.Finding {
	now := fmt.Sprintf("uid %d, home %s, shell %s", a.uid, a.home, a.shell)
	f := ch.tell(threats.OnAccount(a.name, accountChangesInfo), "/etc/passwd").With("account", "/etc/passwd", now)
	was, known := d.was[a.name]
	if known {
		f = f.Titled("An account was changed").With("it was", "/etc/passwd", fmt.Sprintf("uid %d, home %s, shell %s", was.uid, was.home, was.shell))
	} else {
		f = f.Titled("An account was added")
	}
	switch {
	case known && was.barred() && !a.barred() && a.system():
		return f.As(threats.High, threats.Moderate).Titled("The account of a service got a shell")
	case known && a.uid == 0 && was.uid != 0:
		return f.As(threats.High, threats.Strong)
	case ch.byPackages:
		return f.As(threats.Informational, threats.Weak)
	case a.barred():
		return f.As(threats.Low, threats.Weak)
	}
	return f
}

// joined tells of new members in groups of administrators.
func (d *accountChanges) joined(in *threats.Input, groups map[string][]string, packages func() bool, dst []threats.Finding) []threats.Finding {
	names := make([]string, 0, len(groups))
	for g := range groups {
		names = append(names, g)
	}
	slices.Sort(names)
	for _, g := range names {
		for _, m := range groups[g] {
			ch := d.group.see(g+":"+m, contentSum{}, in.Now, packages)
			if ch.word == "" {
				continue
			}
			f := ch.tell(threats.OnAccount(m, accountChangesInfo), "/etc/group").
				Titled("An account joined a group of administrators").With("group", "/etc/group", g)
			f.Subject.Name = m + " in " + g
			if ch.byPackages {
				f = f.As(threats.Informational, threats.Weak)
			}
			dst = append(dst, f)
		}
	}
	d.group.end()
	return dst
}

// unlocked tells of passwords that were set, and of empty ones.
func (d *accountChanges) unlocked(in *threats.Input, list []account, locks map[string]lock, dst []threats.Finding) []threats.Finding {
	for i := range list {
		a := &list[i]
		l, ok := locks[a.name]
		if !ok {
			continue
		}
		if l.open && !a.barred() {
			f := threats.OnAccount(a.name+" password", accountChangesInfo).Titled("An account needs no password").With("password", "/etc/shadow", "empty")
			if a.uid == 0 {
				f = f.As(threats.High, threats.Moderate)
			}
			dst = append(dst, f)
			continue
		}
		sum := l.sum
		if !l.open && !l.usable {
			sum = contentSum{} // locked, whatever stands there
		}
		ch := d.shadow.see(a.name, sum, in.Now, notPackaged)
		if ch.word != "changed" || !l.usable {
			continue
		}
		f := ch.tell(threats.OnAccount(a.name+" password", accountChangesInfo), "/etc/shadow").Titled("A password was changed").
			With("account", "/etc/passwd", a.name)
		switch {
		case a.system():
			f = f.As(threats.High, threats.Moderate).Titled("The account of a service got a password")
		case a.uid != 0:
			f = f.As(threats.Low, threats.Weak)
		}
		dst = append(dst, f)
	}
	d.shadow.end()
	return dst
}

// lock is what is kept of a line of shadow(5): never the password's hash.
type lock struct {
	sum          contentSum
	usable, open bool
}

func parseShadow(s string) map[string]lock {
	out := map[string]lock{}
	for line := range strings.Lines(s) {
		name, rest, ok := strings.Cut(line, ":")
		hash, _, more := strings.Cut(rest, ":")
		if !ok || !more || name == "" || len(out) >= maxAccounts {
			continue
		}
		out[strings.Clone(name)] = lock{sumOf(hash), hash != "" && hash[0] != '!' && hash[0] != '*' && len(hash) > 4, hash == ""}
	}
	return out
}

func sumOf(s string) contentSum {
	sum := sha256.Sum256([]byte(s))
	return contentSum(sum[:16])
}
