package detectors

import (
	"path"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// containerDrift finds programs in containers that were not in the image: they
// lie in the upper layer of the overlay, which begins empty.
type containerDrift struct{}

var containerDriftInfo = &threats.Info{
	ID: "container.drift", Number: 60,
	Title:    "Container runs a program that is not of its image",
	Severity: threats.Medium, Confidence: threats.Weak, Cost: threats.Host,
	Techniques: []string{"T1105"},
	Needs:      metrics.ReadFiles,
	Every:      30 * time.Second,
	Includes:   []string{"process.writable-directory"},
	Why: "A container is made of an image that was built elsewhere. A program that was written after its start was downloaded or dropped, " +
		"by an intruder as a rule.",
	FalsePositives: "Containers that install packages when they start, builds, and development environments do it in health: what a package manager installed, " +
		"the known directories of language tools, and what runs below a build tool count as low.",
	Next: []string{
		"Take a copy of the file from the upper layer: the path is in the evidence.",
		"Compare with the image: docker diff, or podman diff.",
		"Look at what wrote it: the access log of the service, its connections.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1105/", "https://docs.kernel.org/filesystems/overlayfs.html"},
}

// maxDrift bounds the programs of one container that are looked at.
const maxDrift = 256

// installRecords are what package managers write when they install something.
var installRecords = []string{"/var/lib/dpkg/status", "/lib/apk/db/installed", "/usr/lib/apk/db/installed", "/var/lib/rpm/rpmdb.sqlite", "/var/lib/rpm/Packages", "/usr/lib/sysimage/rpm/rpmdb.sqlite", "/var/lib/pacman/local"}

func (containerDrift) Info() *threats.Info { return containerDriftInfo }

func (containerDrift) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	containers(in, func(c *metrics.Cgroup, members []int32) {
		mounts, err := mountsOf(in.Files, in.Process(members[0]).Key.PID)
		upper := upperOf(mounts)
		if err != nil || upper == "" {
			return
		}
		seen := map[string]bool{}
		for _, i := range members {
			p := in.Process(i)
			exe := p.ID.Exe
			if len(exe) < 2 || exe[0] != '/' || seen[exe] || len(seen) == maxDrift {
				continue
			}
			seen[exe] = true
			if m := mountAt(mounts, exe); m == nil || m.point != "/" {
				continue // on a volume
			}
			file := path.Join(upper, path.Clean(exe))
			info, err := in.Files.Lstat(file)
			if err != nil || !info.Regular() {
				continue
			}
			f := in.OnProcess(i, containerDriftInfo).
				With("in the upper layer", file, info.ModTime().UTC().Format(time.RFC3339)).
				With("program", threats.Proc(p.Key.PID, "exe"), exe).
				With("container", threats.Proc(p.Key.PID, "cgroup"), containerName(c))
			if expectedDrift(in, i, exe, upper) {
				f = f.As(threats.Low, threats.Weak)
			}
			dst = append(dst, f)
		}
	})
	return dst
}

// upperOf is the upper layer of the overlay at the root, as the host sees it; ""
// without one.
func upperOf(mounts []mount) string {
	m := mountAt(mounts, "/")
	if m == nil || m.kind != "overlay" {
		return ""
	}
	for option := range strings.SplitSeq(m.options, ",") {
		if dir, ok := strings.CutPrefix(option, "upperdir="); ok {
			if dir != "" && dir[0] != '/' { // docker shortens long options
				dir = path.Join("/var/lib/docker/overlay2", dir)
			}
			return dir
		}
	}
	return ""
}

// expectedDrift reports whether the program has come there by a package manager,
// a language tool or a build.
func expectedDrift(in *threats.Input, i int32, exe, upper string) bool {
	if e := hiddenElement(exe); e != "" && toolDir(e) || strings.Contains(exe, "/node_modules/") || strings.Contains(exe, "/site-packages/") || strings.Contains(exe, "/venv/") {
		return true
	}
	if systemPath(exe) {
		for _, db := range installRecords {
			if _, err := in.Files.Lstat(upper + db); err == nil {
				return true
			}
		}
	}
	return under(in, i, func(id *metrics.Identity) bool { return runs(id, buildTools) || isPackager(id) })
}
