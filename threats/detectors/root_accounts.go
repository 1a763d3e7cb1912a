package detectors

import (
	"strconv"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

// rootAccounts looks for accounts that are root by another name, and for those
// that need no password.
type rootAccounts struct{ failure string }

var rootAccountsInfo = &threats.Info{
	ID: "login.second-root", Number: 37,
	Title:    "A second account is root",
	Severity: threats.High, Confidence: threats.Strong, Cost: threats.Host,
	Techniques: []string{"T1136.001"},
	Every:      30 * time.Second,
	Why: "The kernel knows users by their number: whoever has uid 0 is root, whatever the name. " +
		"A second name is a way in that survives a new password for root.",
	FalsePositives: "Some sites keep an emergency account with uid 0 (toor); allow it by its name.",
	Next: []string{
		"getent passwd 0; grep the name in the authentication log: who used it, and when.",
		"Look at when /etc/passwd changed, and at who was logged in.",
		"Look at the account's home for keys and start files.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1136/001/", "https://man7.org/linux/man-pages/man5/passwd.5.html"},
}

func (d *rootAccounts) Info() *threats.Info { return rootAccountsInfo }
func (d *rootAccounts) Failure() string     { return d.failure }

func (d *rootAccounts) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	list, err := accountsOf(in.Files)
	d.failure = failureOf(err)
	for i := range list {
		a := &list[i]
		switch {
		case a.uid == 0 && a.name != "root":
			dst = append(dst, threats.OnAccount(a.name, rootAccountsInfo).
				With("uid", "/etc/passwd", "0").With("shell", "/etc/passwd", a.shell).With("home", "/etc/passwd", a.home))
		case a.open && !a.barred():
			f := threats.OnAccount(a.name, rootAccountsInfo).Titled("An account needs no password").
				With("password", "/etc/passwd", "empty").With("uid", "/etc/passwd", strconv.Itoa(int(a.uid)))
			if a.uid != 0 {
				f = f.As(threats.Medium, threats.Moderate)
			}
			dst = append(dst, f)
		}
	}
	return dst
}
