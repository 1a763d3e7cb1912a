package detectors

import (
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

// aslr looks whether the kernel places programs at random addresses.
type aslr struct{ failure string }

const aslrPath = "/proc/sys/kernel/randomize_va_space"

var aslrInfo = &threats.Info{
	ID: "defence.aslr-off", Number: 68,
	Title:    "Address randomisation is off",
	Severity: threats.Medium, Confidence: threats.Strong, Cost: threats.Host,
	Techniques: []string{"T1685"},
	Every:      30 * time.Second,
	Why: "Exploits of memory errors need to know where things lie. Every distribution places them at random; " +
		"who turns that off makes holes usable that were not.",
	FalsePositives: "Debugging, some old databases and Lisp systems ask for it. A value of 1 leaves out the heap only and counts as low.",
	Next: []string{
		"sysctl kernel.randomize_va_space=2 turns it on again, for programs that start from now on.",
		"Look in /etc/sysctl.conf and /etc/sysctl.d for who sets it; in the logs for sysctl.",
	},
	References: []string{"https://docs.kernel.org/admin-guide/sysctl/kernel.html#randomize-va-space"},
}

func (d *aslr) Info() *threats.Info { return aslrInfo }
func (d *aslr) Failure() string     { return d.failure }

func (d *aslr) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	data, err := in.Files.ReadFile(aslrPath, 16)
	d.failure = failureOf(err)
	switch value := strings.TrimSpace(string(data)); {
	case err == nil && value == "0":
		dst = append(dst, threats.OnHost("", aslrInfo).With("randomize_va_space", aslrPath, value))
	case err == nil && value == "1":
		dst = append(dst, threats.OnHost("", aslrInfo).As(threats.Low, threats.Weak).
			Titled("Address randomisation leaves out the heap").With("randomize_va_space", aslrPath, value))
	}
	return dst
}
