package detectors

import (
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

// msrWrites looks at whether programs may write the model-specific registers of
// the processor.
type msrWrites struct{ failure string }

// msrParameter is "on", "off" or "default" (refused for most registers, with a
// line in the kernel's log), as arch/x86/kernel/msr.c has it.
const msrParameter = "/sys/module/msr/parameters/allow_writes"

var msrWritesInfo = &threats.Info{
	ID: "abuse.msr-writes", Number: 64,
	Title:    "Programs may write the processor's registers",
	Severity: threats.Medium, Confidence: threats.Weak, Cost: threats.Host,
	Techniques: []string{"T1496.001"},
	Every:      30 * time.Second,
	Why: "Miners load the msr module with allow_writes=on to switch the processor's prefetchers off, which makes them faster. " +
		"It also opens a way around the kernel's own protection.",
	FalsePositives: "Tools that undervolt or set power limits need it; they are for laptops rather than servers.",
	Next: []string{
		"Look for what loaded the module: journalctl -k | grep msr, /etc/modprobe.d, units that call modprobe.",
		"Look for programs that compute all the time.",
		"Take it back: echo off > " + msrParameter + ", or rmmod msr.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1496/001/", "https://docs.kernel.org/admin-guide/kernel-parameters.html"},
}

func (d *msrWrites) Info() *threats.Info { return msrWritesInfo }
func (d *msrWrites) Failure() string     { return d.failure }

func (d *msrWrites) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	data, err := in.Files.ReadFile(msrParameter, 64)
	d.failure = ""
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			d.failure = "cannot look at it: " + err.Error()
		}
		return dst
	}
	if value := strings.TrimSpace(string(data)); value == "on" || value == "Y" || value == "1" {
		return append(dst, threats.OnHost("msr", msrWritesInfo).With("parameter of the module", msrParameter, value))
	}
	return dst
}
