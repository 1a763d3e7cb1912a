package detectors

import (
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

var sudoersInfo = &threats.Info{
	ID: "persistence.sudoers", Number: 46,
	Title:    "The rules of sudo are weak",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1548.003"},
	Every:      startEvery,
	Needs:      metrics.ReadFiles,
	Why:        "Who may run everything without a password is root. One line added for the account of a web server keeps the door open after the hole is closed.",
	FalsePositives: "Cloud images give their first user all rights without a password: a named person or a group of administrators counts as low. " +
		"A change by an administrator counts as low when it weakens nothing.",
	Next: []string{
		"visudo -c; sudo -l -U USER: what the account may do.",
		"Look at who changed the file, and when; at what the account has run: grep sudo in the authentication log.",
		"Take the rule out with visudo when nobody knows of it.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1548/003/", "https://www.sudo.ws/docs/man/sudoers.man/"},
}

// serviceAccounts are accounts of services, which no person becomes.
var serviceAccounts = setOf("www-data apache nginx http httpd nobody postgres mysql redis mongodb tomcat daemon bin mail ftp git _apt sshd node php-fpm elasticsearch rabbitmq memcached games lp uucp news proxy backup list irc gnats sys sync man")

func newSudoers() *startFiles {
	return &startFiles{
		info:    sudoersInfo,
		changed: "The rules of sudo have changed",
		list: func(t *tour) {
			t.file(ownedByRoot, "/etc/sudoers", "/usr/local/etc/sudoers", "/etc/doas.conf")
			// sudo leaves out names with a dot or a tilde at the end.
			t.dir(ownedByRoot, "/etc/sudoers.d", 1, func(name string) bool { return !strings.Contains(name, ".") && !strings.HasSuffix(name, "~") })
			t.dir(ownedByRoot, "/etc/doas.d", 1, nil)
		},
		judge: func(p string, data []byte) []remark {
			if strings.HasPrefix(p, "/etc/doas") {
				return judgeDoas(string(data))
			}
			return judgeSudoers(string(data))
		},
		weigh: func(string, string) (threats.Severity, threats.Confidence) { return threats.Low, threats.Weak },
	}
}

func judgeSudoers(text string) (out []remark) {
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' && (len(line) < 2 || line[1] < '0' || line[1] > '9') || len(out) >= maxRemarks {
			continue // "#1001 ALL=…" is a rule for a uid
		}
		add := func(what string, s threats.Severity, c threats.Confidence) {
			out = append(out, remark{what, quote(line), s, c})
		}
		if strings.HasPrefix(line, "Defaults") {
			switch {
			case strings.Contains(line, "LD_PRELOAD") || strings.Contains(line, "LD_LIBRARY_PATH"):
				if strings.Contains(line, "env_keep") {
					add("keeps a variable that loads code into root's programs", threats.High, threats.Moderate)
				}
			case strings.Contains(line, "!authenticate"):
				add("asks nobody for a password", threats.Medium, threats.Moderate)
			case strings.Contains(line, "!syslog") || strings.Contains(line, "!log_allowed"):
				add("does not log what is run", threats.Medium, threats.Weak)
			}
			continue
		}
		who, rule, ok := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
		if !ok || strings.HasSuffix(who, "_Alias") || !strings.Contains(rule, "=") {
			continue
		}
		_, commands, _ := strings.Cut(rule, "=")
		free := strings.Contains(commands, "NOPASSWD")
		all := runsAll(commands)
		switch {
		case who == "ALL" && all && free:
			add("everybody is root without a password", threats.High, threats.Strong)
		case serviceAccounts.has(who) && all:
			add("the account of a service is root", threats.High, threats.Strong)
		case strings.HasPrefix(who, "#") && all && free:
			add("a uid without a name is root without a password", threats.High, threats.Moderate)
		case all && free:
			add("root without a password", threats.Low, threats.Weak)
		}
		for _, w := range strings.FieldsFunc(commands, func(r rune) bool { return r == ' ' || r == ',' }) {
			if place := oddPath(w); place != "" {
				add("runs a program from "+place+" as root", threats.High, threats.Moderate)
			}
		}
	}
	return out[:min(len(out), maxRemarks)]
}

// runsAll reports whether the commands of a rule, "(ALL:ALL) NOPASSWD: ALL", are
// all there are.
func runsAll(commands string) bool {
	if _, after, ok := strings.Cut(commands, ")"); ok && strings.HasPrefix(strings.TrimSpace(commands), "(") {
		commands = after
	}
	if i := strings.LastIndexByte(commands, ':'); i >= 0 {
		commands = commands[i+1:]
	}
	for c := range strings.SplitSeq(commands, ",") {
		if strings.TrimSpace(c) == "ALL" {
			return true
		}
	}
	return false
}

// judgeDoas remarks on the rules of doas.conf(5): permit [options] identity.
func judgeDoas(text string) (out []remark) {
	for line := range strings.Lines(text) {
		w := strings.Fields(line)
		if len(w) < 3 || w[0] != "permit" || len(out) >= maxRemarks {
			continue
		}
		free, i := false, 1
		for ; i < len(w)-1 && (w[i] == "nopass" || w[i] == "persist" || w[i] == "keepenv" || w[i] == "nolog"); i++ {
			free = free || w[i] == "nopass"
		}
		if free && serviceAccounts.has(w[i]) {
			out = append(out, remark{"the account of a service is root", quote(line), threats.High, threats.Strong})
		} else if free && i == len(w)-1 {
			out = append(out, remark{"root without a password", quote(line), threats.Low, threats.Weak})
		}
	}
	return out
}
