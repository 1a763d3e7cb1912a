package detectors

import (
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// writableDirectory finds programs that lie where anybody may put one.
type writableDirectory struct{}

var writableDirectoryInfo = &threats.Info{
	ID: "process.writable-directory", Number: 2,
	Title:    "Program runs from a directory that anybody may write to",
	Severity: threats.Medium, Confidence: threats.Weak, Cost: threats.Identity,
	Techniques: []string{"T1036.005", "T1027.011"},
	Needs:      metrics.Trace, NeedsFor: "the programs of other users",
	Why: "What gets into a system through a service or a script is first put where its user may write: /tmp, /var/tmp, /dev/shm, /run. " +
		"Installed software does not live there. In memory-backed /dev/shm, which holds no programs at all, it leaves no trace on disk.",
	FalsePositives: "Builds and tests run what they have just compiled: known build directories, and what a compiler, a build tool or a package manager started, " +
		"count as low. AppImages, runc, s6, NixOS and Ansible have places of their own that are left out.",
	Next: []string{
		"Take a copy of the file with its owner and times before it is removed.",
		"Look at the parent: a web or database server as an ancestor makes an intrusion likely.",
		"Look at its connections.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1036/005/", "https://attack.mitre.org/techniques/T1027/011/"},
}

// homely are places within writable ones where well-known software keeps the
// programs it runs.
var homely = []string{
	"/tmp/.mount_", "/run/user/*/.mount_", // AppImage
	"/run/current-system/", "/run/wrappers/", "/run/booted-system/", // NixOS
	"/run/s6/", "/run/service/", "/run/runit/", // supervisors
	"/run/containerd/", "/run/docker/", "/run/runc/", "/run/crun/", "/run/podman/", "/run/k3s/",
	"/run/flatpak/", "/run/snapd/", "/run/initramfs/", "/run/live/", "/run/media/", "/run/host/",
}

// buildPlaces are where builds run their own products.
var buildPlaces = []string{"go-build", "rustdoctest", "cargo-install", "pip-", "npm-", "ansible", ".ansible", "cmake-", "conftest", "ccache", "bazel", "meson"}

// isHomely reports whether software of a known kind keeps its programs there.
func isHomely(exe string) bool {
	for _, h := range homely {
		if head, tail, star := strings.Cut(h, "*"); star {
			if rest, ok := strings.CutPrefix(exe, head); ok {
				if i := strings.IndexByte(rest, '/'); i >= 0 && strings.HasPrefix(rest[i:], tail) {
					return true
				}
			}
		} else if strings.HasPrefix(exe, h) {
			return true
		}
	}
	return false
}

// isBuild reports whether the program, in the writable place root, is a product
// of a build: by its directory, or because a build tool started it.
func isBuild(in *threats.Input, i int32, exe, root string) bool {
	if root != "/tmp" && root != "/var/tmp" {
		return false
	}
	first, _, _ := strings.Cut(exe[len(root)+1:], "/")
	for _, b := range buildPlaces {
		if strings.HasPrefix(first, b) {
			return true
		}
	}
	return under(in, i, func(id *metrics.Identity) bool { return runs(id, buildTools) || isPackager(id) })
}

// under reports whether one of the nearer ancestors of process i is of a kind.
func under(in *threats.Input, i int32, kind func(*metrics.Identity) bool) (yes bool) {
	n := 0
	in.Ancestors(i, func(j int32) bool {
		n++
		yes = kind(in.Process(j).ID)
		return !yes && n < 6
	})
	return yes
}

func (writableDirectory) Info() *threats.Info { return writableDirectoryInfo }

func (writableDirectory) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	for _, i := range in.Look {
		p := in.Process(i)
		root := writableRoot(p.ID.Exe)
		if root == "" || isHomely(p.ID.Exe) {
			continue
		}
		f := in.OnProcess(i, writableDirectoryInfo).With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe)
		switch {
		case isBuild(in, i, p.ID.Exe, root):
			f = f.As(threats.Low, threats.Weak)
		case root == "/dev/shm" || root == "/dev/mqueue":
			f = f.As(threats.High, threats.Moderate).Titled("Program runs from shared memory")
		}
		dst = append(dst, f)
	}
	return dst
}
