package detectors

import (
	"strconv"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

// firewall looks whether the rules of the packet filter are gone. The rules stand
// in no file, but the kernel counts how often its modules are used: each rule that
// matches states, ports or limits, or that rejects or logs, uses one.
type firewall struct {
	had     int       // uses in the last look that had any
	emptied time.Time // since when there are none; zero while there are
	failure string
}

var firewallInfo = &threats.Info{
	ID: "defence.firewall-emptied", Number: 68,
	Title:    "The rules of the firewall are gone",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1686"},
	Every:      15 * time.Second,
	Why:        "Miners and botnets flush the rules first, to reach their servers and to let others in.",
	FalsePositives: "A reload takes the rules away for a moment: only what stays for half a minute is reported. Stopping the firewall, the last container's rules, " +
		"or a machine that never had rules beyond plain addresses, cannot be told apart; a kernel with the filter built in shows nothing.",
	Next: []string{
		"nft list ruleset; iptables-save: what is left?",
		"systemctl status nftables ufw firewalld: is one of them meant to be on?",
		"Look for iptables -F, nft flush and ufw disable in shell histories and the audit log.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1686/"},
}

const emptiedFor = 30 * time.Second // longer than a reload takes

func (d *firewall) Info() *threats.Info { return firewallInfo }
func (d *firewall) Failure() string     { return d.failure }

func (d *firewall) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	data, err := in.Files.ReadFile("/proc/modules", 256<<10)
	d.failure = failureOf(err)
	if err != nil {
		return dst
	}
	uses, known := filterUses(string(data))
	if !known {
		return dst
	}
	if uses > 0 {
		d.had, d.emptied = uses, time.Time{}
		return dst
	}
	if d.emptied.IsZero() {
		d.emptied = in.Now
	}
	f := threats.OnHost("", firewallInfo).With("uses of the modules of the packet filter", "/proc/modules", "0")
	switch {
	case d.had > 0 && in.Now.Sub(d.emptied) >= emptiedFor:
		f = f.With("before", "/proc/modules", strconv.Itoa(d.had)+", until "+d.emptied.Format(time.DateTime))
	case d.had == 0 && wanted(in.Files):
		f = f.Titled("The firewall is enabled but has no rules").With("enabled", ufwPath, "ENABLED=yes")
	default:
		return dst
	}
	return append(dst, f)
}

// filterUses sums up how often rules use the modules of the packet filter; known
// is false when none is loaded or the kernel does not count. A line is "nft_ct
// 24576 3 nft_x,nft_y, Live 0x0": the third word counts the modules that are
// named after it, too.
func filterUses(modules string) (uses int, known bool) {
	for line := range strings.Lines(modules) {
		w := strings.Fields(line)
		if len(w) < 4 || !filterModule(w[0]) {
			continue
		}
		n, err := strconv.Atoi(w[2])
		if err != nil {
			continue
		}
		known = true
		uses += max(n-strings.Count(w[3], ","), 0)
	}
	return uses, known
}

func filterModule(name string) bool {
	for _, p := range []string{"nf_tables", "nft_", "xt_", "ipt_", "ip6t_"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

const ufwPath = "/etc/ufw/ufw.conf"

// wanted reports whether ufw(8), which always makes rules that match states, is
// to be on.
func wanted(files *threats.Files) bool {
	data, err := files.ReadFile(ufwPath, 16<<10)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(data)) {
		if strings.EqualFold(strings.TrimSpace(line), "ENABLED=yes") {
			return true
		}
	}
	return false
}
