package detectors

import (
	"slices"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// writableScript finds scripts that lie where anybody may put one; the program
// that runs them is an innocent shell or interpreter.
type writableScript struct{}

var writableScriptInfo = &threats.Info{
	ID: "process.writable-script", Number: 3,
	Title:    "Script runs from a directory that anybody may write to",
	Severity: threats.Medium, Confidence: threats.Weak, Cost: threats.Identity,
	Techniques: []string{"T1059", "T1059.004", "T1059.006"},
	Why: "The first stage of an intrusion is often a script that a service was made to fetch into /tmp, /var/tmp, /dev/shm or /run. " +
		"The process list shows an ordinary shell or Python; only the argument tells.",
	FalsePositives: "Installers and provisioning tools put their scripts there as well. What a package manager, a build tool or a person at a terminal started, " +
		"and scripts named as Packer, Vagrant, Terraform, Jenkins and Ansible name theirs, count as low; supervisors' run scripts are left out.",
	Next: []string{
		"Read the script and take a copy of it with its owner and times.",
		"Look at the parent: a server as an ancestor makes an intrusion likely.",
		"Look at what else the script has started, and at its connections.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1059/"},
}

// provisioned begin the names of scripts that provisioning tools put into /tmp.
var provisioned = []string{"script_", "packer-", "vagrant-shell", "terraform_", "jenkins", "hudson", "ansible", ".ansible", "kitchen", "chef-", "puppet", "bolt-", "salt", "cloud-init", "snap-private-tmp", "vscode-", "dracut", "mkinitramfs", "pip-", "npm-", "pytest-", "go-build", "tmp.ci", "_MEI", "nix-build", "rpm-tmp", "buildkite", "runner", "gitlab"}

// supervised are the places where supervisors keep the scripts that they run.
var supervised = []string{"/run/s6-", "/run/cloud-init/", "/run/openrc/", "/run/dracut/", "/run/nixos"}

func (writableScript) Info() *threats.Info { return writableScriptInfo }

func (writableScript) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	for _, i := range in.Look {
		p := in.Process(i)
		if !namesWritable(p.ID) {
			continue
		}
		script := scriptPath(p.ID)
		root := writableRoot(script)
		if root == "" || isHomely(script) || hasAnyPrefix(script, supervised) {
			continue
		}
		f := in.OnProcess(i, writableScriptInfo).
			With("script", threats.Proc(p.Key.PID, "cmdline"), script).
			With("run by", threats.Proc(p.Key.PID, "exe"), p.ID.Exe)
		switch {
		case p.TTY != 0, hasAnyPrefix(script[len(root)+1:], provisioned), isBuild(in, i, script, root):
			f = f.As(threats.Low, threats.Weak)
		case root == "/dev/shm" || root == "/dev/mqueue":
			f = f.As(threats.High, threats.Moderate).Titled("Script runs from shared memory")
		}
		dst = append(dst, f)
	}
	return dst
}

// namesWritable is a quick look at whether the script can lie in a writable place
// at all.
func namesWritable(id *metrics.Identity) bool {
	if slices.Contains(writableRoots, id.Cwd) || writableRoot(id.Cwd) != "" {
		return true
	}
	_, args, _ := strings.Cut(id.Cmdline, "\x00")
	return slices.ContainsFunc(writableRoots, func(root string) bool { return strings.Contains(args, root) })
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
