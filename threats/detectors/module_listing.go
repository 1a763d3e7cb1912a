package detectors

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

// moduleListing finds kernel modules that one of the two lists of the kernel has
// and the other has not.
type moduleListing struct {
	wait    time.Duration // before the second look
	failure string
}

var moduleListingInfo = &threats.Info{
	ID: "rootkit.module-listing", Number: 54,
	Title:    "Kernel module is missing from a list",
	Severity: threats.High, Confidence: threats.Strong, Cost: threats.Host,
	Techniques: []string{"T1014", "T1547.006"},
	Every:      30 * time.Second,
	Why: "The kernel shows its modules in /proc/modules and in /sys/module. A rootkit takes itself out of the first, " +
		"which lsmod reads, and often forgets the second.",
	FalsePositives: "A module that is being loaded or unloaded is in one of them for a moment; therefore both are read again a second later. " +
		"What is built into the kernel is in /sys/module alone, without a state, and is left out.",
	Next: []string{
		"Look at what /sys/module/NAME tells: parameters, sections, holders.",
		"Look at the kernel's log at the time it was loaded, and for its file: find /lib/modules -name 'NAME.ko*'",
		"Examine the machine from outside; a running kernel that lies cannot be asked.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1014/"},
}

const maxModuleNames = 4096

func newModuleListing() *moduleListing { return &moduleListing{wait: time.Second} }

func (d *moduleListing) Info() *threats.Info { return moduleListingInfo }
func (d *moduleListing) Failure() string     { return d.failure }

func (d *moduleListing) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	first := d.compare(in.Files)
	if len(first) == 0 {
		return dst
	}
	time.Sleep(d.wait) // in the background
	for _, m := range d.compare(in.Files) {
		if !slices.Contains(first, m) {
			continue
		}
		dst = append(dst, threats.OnHost("module "+m.name, moduleListingInfo).
			With("seen in", m.seen, m.name).With("missing from", m.missing, "not there"))
	}
	return dst
}

// oddModule is a module that one list has and the other has not.
type oddModule struct{ name, seen, missing string }

func (d *moduleListing) compare(files *threats.Files) (odd []oddModule) {
	list, err := readModules(files)
	if err != nil { // a kernel without modules has no list
		d.failure = failureOf(err)
		return nil
	}
	names, more, err := files.ReadDir("/sys/module", maxModuleNames)
	if d.failure = failureOf(err); err != nil || more {
		return nil
	}
	listed := make(map[string]bool, len(list))
	for _, m := range list {
		listed[m.name] = true
	}
	shown := make(map[string]bool, len(names))
	for _, e := range names {
		shown[e.Name] = true
		// The kernel writes names with underscores in both.
		if listed[strings.ReplaceAll(e.Name, "-", "_")] || listed[e.Name] {
			continue
		}
		if _, err := files.Lstat("/sys/module/" + e.Name + "/initstate"); err == nil {
			odd = append(odd, oddModule{e.Name, "/sys/module/" + e.Name + "/initstate", modulesPath})
		} else if !errors.Is(err, fs.ErrNotExist) {
			d.failure = failureOf(err)
		}
	}
	for _, m := range list {
		if m.state == "Live" && !shown[m.name] && len(names) > 0 {
			odd = append(odd, oddModule{m.name, modulesPath, "/sys/module"})
		}
	}
	return odd
}
