package detectors

import (
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

// loggingStopped finds services that log or watch, are to run, and do not.
type loggingStopped struct {
	states map[string]*watcherState
}

// watcherState is what is known of one service in this run.
type watcherState struct {
	seen    bool      // it ran
	missing time.Time // since when it has not; zero while it does
}

var loggingStoppedInfo = &threats.Info{
	ID: "defence.logging-stopped", Number: 65,
	Title:    "A service that logs or watches was stopped",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1685"},
	Every:      15 * time.Second,
	Why:        "Who does not want to be seen stops the log, the audit or the agent first. The unit stays enabled, so that nobody notices in the configuration.",
	FalsePositives: "A restart or an upgrade: only what is gone for half a minute while no packages are installed is reported. " +
		"A service that has not run since this program started counts as low: its condition may not hold, as that of auditd in a container.",
	Next: []string{
		"systemctl status UNIT; journalctl -u UNIT: who stopped it, and when?",
		"Start it again; look at what happened between.",
		"Look for holes in the time of the logs.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1685/"},
}

const stoppedFor = 30 * time.Second // longer than a restart takes

// watcher is a service that logs or watches: its unit, and its process.
type watcher struct {
	unit string
	comm string // the first 15 bytes of the program's name
}

var watchers = []watcher{
	{"systemd-journald.service", "systemd-journal"},
	{"rsyslog.service", "rsyslogd"}, {"syslog-ng.service", "syslog-ng"},
	{"auditd.service", "auditd"}, {"laurel.service", "laurel"},
	{"auditbeat.service", "auditbeat"}, {"filebeat.service", "filebeat"},
	{"falco.service", "falco"}, {"falco-modern-bpf.service", "falco"}, {"osqueryd.service", "osqueryd"}, {"tetragon.service", "tetragon"},
	{"wazuh-agent.service", "wazuh-agentd"}, {"ossec.service", "ossec-agentd"},
	{"falcon-sensor.service", "falcon-sensor"}, {"mdatp.service", "wdavdaemon"}, {"sentinelone.service", "s1-agent"}, {"cbagentd.service", "cbagentd"},
	{"fail2ban.service", "fail2ban-server"}, {"crowdsec.service", "crowdsec"}, {"clamav-daemon.service", "clamd"},
}

var wantsDirs = []string{"/etc/systemd/system/multi-user.target.wants/", "/etc/systemd/system/sysinit.target.wants/", "/etc/systemd/system/default.target.wants/", "/usr/lib/systemd/system/sysinit.target.wants/"}

func (d *loggingStopped) Info() *threats.Info { return loggingStoppedInfo }
func (d *loggingStopped) Bytes() int64        { return int64(100 * len(d.states)) }

func (d *loggingStopped) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	// Without its first process the list is that of a container or of one user.
	init := in.Find(1)
	if init < 0 || in.Process(init).ID.Comm != "systemd" {
		return dst
	}
	comms, units := set{}, set{}
	for i := range watchers {
		comms[watchers[i].comm], units[watchers[i].unit] = struct{}{}, struct{}{}
	}
	running := set{}
	for i := range in.Snapshot.Processes {
		id := in.Snapshot.Processes[i].ID
		if comms.has(id.Comm) {
			running[id.Comm] = struct{}{}
		}
		if id.Cgroup.Unit != "" && units.has(id.Cgroup.Unit) {
			running[id.Cgroup.Unit] = struct{}{}
		}
	}
	if d.states == nil {
		d.states = map[string]*watcherState{}
	}
	for i := range watchers {
		w := &watchers[i]
		dst = d.judge(in, w, running.has(w.comm) || running.has(w.unit), dst)
	}
	return dst
}

func (d *loggingStopped) judge(in *threats.Input, w *watcher, runs bool, dst []threats.Finding) []threats.Finding {
	s := d.states[w.unit]
	if s == nil {
		s = &watcherState{}
		d.states[w.unit] = s
	}
	if runs {
		s.seen, s.missing = true, time.Time{}
		return dst
	}
	where := enabledBy(in.Files, w.unit)
	if where == "" {
		s.missing = time.Time{}
		return dst
	}
	if s.missing.IsZero() {
		s.missing = in.Now
	}
	f := threats.OnHost(strings.TrimSuffix(w.unit, ".service"), loggingStoppedInfo).
		With("enabled", where, w.unit).With("running", "/proc", "no process "+w.comm)
	switch {
	case !s.seen:
		if in.Snapshot.Uptime < 5*time.Minute {
			return dst
		}
		return append(dst, f.As(threats.Low, threats.Weak).Titled("A service that logs or watches does not run though enabled"))
	case in.Now.Sub(s.missing) < stoppedFor || packaging(in):
		return dst
	}
	return append(dst, f.With("it ran until", "/proc", s.missing.Format(time.DateTime)))
}

// enabledBy returns the link by which systemd starts a unit at boot, or "".
func enabledBy(files *threats.Files, unit string) string {
	if target, err := files.Readlink("/etc/systemd/system/" + unit); err == nil && target == "/dev/null" {
		return "" // masked
	}
	for _, dir := range wantsDirs {
		if _, err := files.Lstat(dir + unit); err == nil {
			return dir + unit
		}
	}
	return ""
}
