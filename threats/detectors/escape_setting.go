package detectors

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

// escapeSetting looks at the settings by which the kernel is told to start a
// program as root, outside of every container.
type escapeSetting struct{ failure string }

var escapeSettingInfo = &threats.Info{
	ID: "container.escape-setting", Number: 57,
	Title:    "The kernel starts a program that does not belong to the system",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1611"},
	Every:      20 * time.Second,
	Why: "core_pattern with a pipe, release_agent of a control group, uevent_helper and modprobe name programs that the kernel runs as root on the host. " +
		"A privileged container that may write one of them has the host: the classic ways out of a container.",
	FalsePositives: "systemd-coredump, apport, abrt and the like, and systemd's agent for control groups, are left out. " +
		"Another program of the system counts as low, one in another lasting place as medium.",
	Next: []string{
		"Read the program that is named; keep a copy.",
		"Set it back: sysctl kernel.core_pattern=core, or write an empty line to release_agent or uevent_helper.",
		"Look for containers with all capabilities and for those that mount the host's files.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1611/", "https://man7.org/linux/man-pages/man5/core.5.html", "https://docs.kernel.org/admin-guide/cgroup-v1/cgroups.html"},
}

const (
	corePattern    = "/proc/sys/kernel/core_pattern"
	modprobeHelp   = "/proc/sys/kernel/modprobe"
	ueventHelper   = "/sys/kernel/uevent_helper"
	cgroupRoot     = "/sys/fs/cgroup"
	maxHierarchies = 64
)

// helpers are the programs that distributions name in these settings.
var helpers = setOf("systemd-coredump apport apport-checkreports abrt-hook-ccpp abrt-ccpp crash_reporter core_collector kdump-core wsl-capture-crash minidumper systemd-cgroups-agent cgm-release-agent.systemd cgroup-clean cgmanager modprobe kmod hotplug mdev mdev.sh udev drkonqi-coredump-processor true false")

func (d *escapeSetting) Info() *threats.Info { return escapeSettingInfo }
func (d *escapeSetting) Failure() string     { return d.failure }

func (d *escapeSetting) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	d.failure = ""
	if v := d.read(in.Files, corePattern); strings.HasPrefix(v, "|") {
		dst = judgeHelper(in.Files, dst, corePattern, v)
	}
	dst = judgeHelper(in.Files, dst, ueventHelper, d.read(in.Files, ueventHelper))
	dst = judgeHelper(in.Files, dst, modprobeHelp, d.read(in.Files, modprobeHelp))
	list, _, err := in.Files.ReadDir(cgroupRoot, maxHierarchies)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.failure = "cannot look at it: " + err.Error()
	}
	for _, e := range list {
		if e.Type.IsDir() { // links are second names: cpu → cpu,cpuacct
			agent := path.Join(cgroupRoot, e.Name, "release_agent")
			dst = judgeHelper(in.Files, dst, agent, d.read(in.Files, agent))
		}
	}
	return dst
}

// read is the first line of a setting; "" when there is none.
func (d *escapeSetting) read(files *threats.Files, name string) string {
	data, err := files.ReadFile(name, 4096)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.failure = "cannot look at it: " + err.Error()
	}
	line, _, _ := strings.Cut(string(data), "\n")
	return strings.Trim(line, " \t\x00")
}

// judgeHelper appends a finding when the program that a setting names is odd.
func judgeHelper(files *threats.Files, dst []threats.Finding, setting, value string) []threats.Finding {
	program, _, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(value, "|")), " ")
	if program == "" {
		return dst
	}
	f := threats.OnFile(setting, escapeSettingInfo).With("setting", setting, value)
	clean := path.Clean(program)
	switch {
	case strings.Contains(program, "%"), below(clean, "/proc"),
		strings.Contains(program, "/overlay"), below(clean, "/var/lib/docker"), below(clean, "/var/lib/containerd"), below(clean, "/var/lib/containers"):
		f = f.As(threats.Critical, threats.Strong).Titled("The kernel starts a program of a container on the host")
	case writableRoot(clean) != "" && !strings.HasPrefix(clean, "/run/cgmanager/"), hiddenElement(clean) != "", homePath(clean):
		f = f.As(threats.Critical, threats.Strong)
	case clean[0] != '/': // whatever that finds
	case !helpers.has(base(clean)) || !distributed(clean):
		info, err := files.Stat(clean)
		switch {
		case errors.Is(err, fs.ErrNotExist): // of another mount namespace
		case err == nil && (info.UID != rootOwner(files) || info.WorldWritable()):
			f = f.With("program", clean, "may be changed by others than root")
		case systemPath(clean):
			f = f.As(threats.Low, threats.Weak)
		default:
			f = f.As(threats.Medium, threats.Weak)
		}
	default:
		return dst
	}
	return append(dst, f)
}

// distributed reports whether distributions put the kernel's helpers there.
func distributed(program string) bool {
	return systemPath(program) || path.Dir(program) == "/" || strings.HasPrefix(program, "/run/cgmanager/") || storePath(program)
}
