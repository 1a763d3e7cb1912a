package detectors

import (
	"path"
	"strings"

	"github.com/smoothtask/smoothtask/threats"
)

var pamInfo = &threats.Info{
	ID: "persistence.pam", Number: 45,
	Title:    "Login checks are weakened or changed",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1556.003"},
	Every:      startEvery,
	Why: "PAM decides who may log in, and sees every password. One line more lets anybody in; " +
		"one replaced module takes a secret password or writes all others to a file.",
	FalsePositives: "pam-auth-update and authselect rewrite the files on request; while packages are installed a change counts as informational. " +
		"pam_permit as the last, required line of a stack is how Debian writes it and is left out. pam_exec for a mail or a hook counts as medium.",
	Next: []string{
		"Compare with the package: debsums -s libpam-modules libpam-runtime, or rpm -V pam.",
		"Read the line; look at the module or program that it names.",
		"When a module was replaced, take it that every password typed since is known.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1556/003/", "https://man7.org/linux/man-pages/man5/pam.conf.5.html"},
}

// pamModuleDirs are where libpam looks for modules, in the distributions.
var pamModuleDirs = []string{
	"/usr/lib/x86_64-linux-gnu/security", "/usr/lib/aarch64-linux-gnu/security", "/usr/lib/arm-linux-gnueabihf/security",
	"/usr/lib64/security", "/usr/lib/security", "/usr/local/lib/security",
}

func newPAM() *startFiles {
	return &startFiles{
		info:    pamInfo,
		changed: "A file or module of the login checks is new or has changed",
		list: func(t *tour) {
			t.file(ownedByRoot, "/etc/pam.conf")
			t.dir(ownedByRoot, "/etc/pam.d", 1, nil)
			for _, d := range pamModuleDirs {
				t.dir(ownedByRoot, d, 1, func(name string) bool { return strings.HasSuffix(name, ".so") })
			}
		},
		judge: func(p string, data []byte) []remark {
			if path.Ext(p) == ".so" {
				return nil
			}
			return judgePAM(string(data), p == "/etc/pam.conf")
		},
		weigh: func(p, _ string) (threats.Severity, threats.Confidence) {
			if path.Ext(p) == ".so" {
				return threats.High, threats.Moderate
			}
			return threats.Medium, threats.Moderate
		},
	}
}

// judgePAM remarks on the lines of a stack: type, control, module, arguments. In
// pam.conf(5) the service stands before them.
func judgePAM(text string, withService bool) (out []remark) {
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), "#")
		if withService {
			line = afterFields(line, 1)
		}
		kind, rest, ok := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
		if !ok || len(out) >= maxRemarks || kind[0] == '@' {
			continue
		}
		rest = strings.TrimLeft(rest, " ")
		control := rest
		if strings.HasPrefix(rest, "[") {
			control, rest, _ = strings.Cut(rest, "]")
		} else {
			control, rest, _ = strings.Cut(rest, " ")
		}
		args := strings.Fields(rest)
		if len(args) == 0 {
			continue
		}
		module := args[0]
		add := func(what string, s threats.Severity, c threats.Confidence) {
			out = append(out, remark{what, quote(line), s, c})
		}
		kind = strings.TrimPrefix(kind, "-")
		if place := oddPath(module); place != "" {
			add("a module from "+place, threats.High, threats.Strong)
		}
		switch base(module) {
		case "pam_permit.so":
			if kind == "auth" && (control == "sufficient" || strings.Contains(control, "success=done")) {
				add("lets anybody in", threats.High, threats.Strong)
			}
		case "pam_exec.so", "pam_script.so":
			if kind != "auth" && kind != "password" && !strings.Contains(rest, "expose_authtok") {
				break // a hook at the start of a session
			}
			if strings.Contains(rest, "expose_authtok") {
				add("gives passwords to a program", threats.Medium, threats.Moderate)
			} else {
				add("asks a program", threats.Low, threats.Weak)
			}
		}
		for _, a := range args[1:] {
			if place := oddPath(a); place != "" && base(module) == "pam_exec.so" {
				add("runs a program from "+place, threats.High, threats.Strong)
			}
		}
	}
	return out
}
