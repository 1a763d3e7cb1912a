package detectors

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// bruteForce finds passwords being guessed over ssh.
type bruteForce struct {
	watch   *loginWatch
	failure string
}

var bruteForceInfo = &threats.Info{
	ID: "login.brute-force", Number: 35,
	Title:    "Passwords are guessed over ssh",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1110.001"},
	Every:      loginEvery,
	Needs:      metrics.ReadLogs, NeedsFor: "the authentication log",
	Why: "Weak passwords fall to guessing, sooner or later. A source that fails often within seconds is a program; " +
		"one that fails steadily below the limits of others is a patient one.",
	FalsePositives: "A script or a monitor with an old password looks the same; from private addresses it counts as low, and jump hosts can be allowed. " +
		"Keys that are tried one after another do not count. On the Internet this is weather: what matters is whether one succeeds. " +
		"btmp holds the same failures once more: it is read only where neither a text log nor the journal is written to, so that none counts twice.",
	Next: []string{
		"Look for a success from the same source: grep Accepted in the authentication log.",
		"Turn passwords off (PasswordAuthentication no), or block the source: fail2ban, a firewall.",
		"For a private source, look at the machine that has the address.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1110/001/"},
}

const maxAttacks = 64 // that are told; those with the most failures

func (d *bruteForce) Info() *threats.Info { return bruteForceInfo }
func (d *bruteForce) Failure() string     { return d.failure }
func (d *bruteForce) Bytes() int64        { return d.watch.bytes() }

func (d *bruteForce) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	d.watch.look(in, func() {
		d.failure = d.watch.failure
		type attack struct {
			source netip.Addr
			w      *failWindow
		}
		var list []attack
		for a, w := range d.watch.sources {
			if in.Now.Sub(w.last) < attackShown && (!w.fast.IsZero() || !w.slow.IsZero()) {
				list = append(list, attack{a, w})
			}
		}
		slices.SortFunc(list, func(a, b attack) int { return cmp.Or(b.w.total-a.w.total, a.source.Compare(b.source)) })
		for _, a := range list[:min(len(list), maxAttacks)] {
			f := d.tell(in.OnPeer(-1, a.source, bruteForceInfo), a.w, "users")
			if a.w.fast.IsZero() {
				f = f.Titled("Passwords are guessed over ssh, slowly")
			}
			if !threats.Public(a.source) {
				f = f.As(threats.Low, threats.Weak)
			}
			dst = append(dst, f)
		}
		dst = d.spread(in, dst)
	})
	return dst
}

// minSpread is how many sources make an attack on one account, apart from those
// on the sources themselves.
const minSpread = 5

// spread tells of accounts that many sources together guess at.
func (d *bruteForce) spread(in *threats.Input, dst []threats.Finding) []threats.Finding {
	var names []string
	for u, w := range d.watch.users {
		if in.Now.Sub(w.last) < attackShown && len(w.seen) >= minSpread && (!w.fast.IsZero() || !w.slow.IsZero()) {
			names = append(names, u)
		}
	}
	slices.Sort(names)
	for _, u := range names[:min(len(names), maxAttacks)] {
		w := d.watch.users[u]
		f := d.tell(threats.OnAccount(u, bruteForceInfo), w, "sources").Titled("Many sources guess at one account")
		if w.fast.IsZero() {
			f = f.As(threats.Low, threats.Weak)
		}
		dst = append(dst, f)
	}
	return dst
}

func (d *bruteForce) tell(f threats.Finding, w *failWindow, what string) threats.Finding {
	seen := strings.Join(w.seen, " ")
	if w.more {
		seen += " …"
	}
	return f.With("failed logins", d.watch.from, strconv.Itoa(w.total)+" from "+w.first.Format(time.DateTime)+" to "+w.last.Format(time.DateTime)).
		With(what, d.watch.from, seen)
}

// loginAfterFailures finds the guess that was right.
type loginAfterFailures struct {
	watch   *loginWatch
	failure string
}

var loginAfterFailuresInfo = &threats.Info{
	ID: "login.after-failures", Number: 36,
	Title:    "A login succeeded after many failures from the same source",
	Severity: threats.High, Confidence: threats.Strong, Cost: threats.Host,
	Techniques: []string{"T1110", "T1078"},
	Every:      loginEvery,
	Needs:      bruteForceInfo.Needs, NeedsFor: bruteForceInfo.NeedsFor,
	Includes: []string{"login.brute-force"},
	Why:      "A source that failed dozens of times and then got in has probably guessed the password.",
	FalsePositives: "A script that was given the right password at last; several people behind one address. A login with a key, and one from a private address, count as medium. " +
		"In the journal only what root's sshd wrote counts. A text log takes lines from any user of the machine, logger -t sshd: " +
		"one of a process that is known to be somebody else's does not count, and one of a process that has ended gives a lower confidence.",
	Next: []string{
		"Ask the user whether it was them; if not, end their sessions and lock the account: loginctl terminate-user, usermod -L.",
		"Look at what they have done since: last, the shell history, processes and files from that time on.",
		"Look for new keys, crontabs and units.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1110/"},
}

func (d *loginAfterFailures) Info() *threats.Info { return loginAfterFailuresInfo }
func (d *loginAfterFailures) Failure() string     { return d.failure }

func (d *loginAfterFailures) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	d.watch.look(in, func() {
		d.failure = d.watch.failure
		for i := range d.watch.guessed {
			g := &d.watch.guessed[i]
			if in.Now.Sub(g.at) > loginShown {
				continue
			}
			f := in.OnPeer(-1, g.source, loginAfterFailuresInfo).
				With("login", d.watch.from, g.user+" by "+g.method+" at "+g.at.Format(time.DateTime)).
				With("failures before it", d.watch.from, strconv.Itoa(g.failures))
			if !threats.Public(g.source) || g.method == "publickey" {
				f = f.As(threats.Medium, threats.Moderate)
			} else if !g.proven {
				f = f.As(threats.High, threats.Moderate)
			}
			dst = keepWorst(dst, 0, f)
		}
	})
	return dst
}
