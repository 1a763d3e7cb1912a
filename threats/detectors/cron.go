package detectors

import (
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

var cronInfo = &threats.Info{
	ID: "persistence.cron", Number: 42,
	Title:    "Scheduled job runs something odd",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1053.003", "T1053.002"},
	Every:      startEvery,
	Needs:      metrics.ReadFiles, NeedsFor: "the jobs of other users",
	Why: "A line in a crontab brings a program back after every reboot and every cleaning, without a process that could be seen. " +
		"Miners and botnets nearly always leave one.",
	FalsePositives: "Administrators schedule scripts of their own. A job counts as high only for what it runs: a program in /tmp, in shared memory or in a hidden directory, " +
		"a download or decoded text that goes to a shell, a shell on a connection. A job that is merely new or changed counts as low, and as informational " +
		"while packages are installed. Tools that keep themselves in a hidden directory of a home (.acme.sh) count as low.",
	Next: []string{
		"Read the whole line and the script it names; look at who owns both, and when they changed (stat).",
		"Look at what it has started: journalctl -t CRON, or grep CRON in the system log.",
		"Look for the same command in the other crontabs, in systemd timers and in at jobs.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1053/003/", "https://man7.org/linux/man-pages/man5/crontab.5.html"},
}

func newCron() *startFiles {
	return &startFiles{
		info:    cronInfo,
		changed: "A scheduled job is new or has changed",
		list: func(t *tour) {
			t.file(ownedByRoot, "/etc/crontab", "/etc/anacrontab")
			for _, dir := range []string{"/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly", "/etc/cron.yearly", "/etc/periodic"} {
				t.dir(ownedByRoot, dir, 2, nil)
			}
			// cron(8) keeps the tables of users in the one or the other; at(1) its jobs.
			t.dir(ownedByUser, "/var/spool/cron", 2, func(name string) bool { return name != ".SEQ" && !strings.HasPrefix(name, "tmp.") })
			t.dir(ownedByUser, "/var/spool/at", 2, func(name string) bool { return name != ".SEQ" })
		},
		judge: judgeCron,
		weigh: func(string, string) (threats.Severity, threats.Confidence) { return threats.Low, threats.Weak },
	}
}

func judgeCron(path string, data []byte) []remark {
	switch {
	case strings.HasPrefix(path, "/etc/crontab"), below(path, "/etc/cron.d"):
		return judgeTable(string(data), 6)
	case path == "/etc/anacrontab":
		return judgeTable(string(data), 3)
	case below(path, "/var/spool/cron") && !below(path, "/var/spool/cron/atjobs"):
		return judgeTable(string(data), 5)
	case strings.HasPrefix(string(data), "\x7fELF"):
		return nil
	}
	return judgeShell(string(data))
}

// judgeTable remarks on the commands of a crontab(5), which follow a number of
// fields for time and user. A percent sign ends the command: the rest is its
// standard input.
func judgeTable(text string, fields int) (out []remark) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		name, _, assigned := strings.Cut(line, "=")
		switch {
		case line == "" || line[0] == '#' || len(out) >= maxRemarks:
			continue
		case assigned && isAssignment(strings.ReplaceAll(name, " ", "")+"="):
			out = judgeLine(out, line, 0)
			continue
		}
		n := fields
		if line[0] == '@' {
			n -= 4 // @daily stands for five fields
		}
		command := afterFields(line, max(n, 0))
		if i := unescapedPercent(command); i >= 0 {
			command = command[:i]
		}
		out = judgeLine(out, strings.ReplaceAll(command, `\%`, "%"), 0)
	}
	return out[:min(len(out), maxRemarks)]
}

// afterFields returns what follows the first n fields of a line.
func afterFields(line string, n int) string {
	for ; n > 0; n-- {
		i := strings.IndexAny(line, " \t")
		if i < 0 {
			return ""
		}
		line = strings.TrimLeft(line[i:], " \t")
	}
	return line
}

func unescapedPercent(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '%':
			return i
		}
	}
	return -1
}
