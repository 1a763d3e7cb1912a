package detectors

import (
	"reflect"
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

const boxID = "4f5c0a1b2c3d4e5f60718293a4b5c6d7e8f90123456789abcdef0123456789ab"

var inBox = InContainer("docker", boxID)

// mountinfo writes what a process sees of mounts.
func mountinfo(w *World, p *process, lines ...string) {
	w.File(threats.Proc(p.Key.PID, "mountinfo"), strings.Join(lines, "\n")+"\n", 0o444)
}

// hostMounts gives the host an ext4 root.
func hostMounts(w *World) {
	w.File("/proc/1/mountinfo", "26 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n", 0o444)
}

const overlayRoot = "500 400 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/l/a:/l/b,upperdir=/var/lib/docker/overlay2/x/diff,workdir=/w"

func TestEscapeSetting(t *testing.T) {
	set := func(name, value string) func(w *World) { return func(w *World) { w.File(name, value+"\n", 0o644) } }
	const agent = "/sys/fs/cgroup/memory/release_agent"
	Table(t, func() threats.Detector { return &escapeSetting{} }, []Case{
		{Name: "core dumps go to tmp", Hits: 1, Severity: threats.Critical, Evidence: "|/tmp/x", Build: set(corePattern, "|/tmp/x %P")},
		{Name: "to a container's layer", Hits: 1, Severity: threats.Critical, Build: set(corePattern, "|/var/lib/docker/overlay2/x/diff/run.sh")},
		{Name: "to the root of the process", Hits: 1, Severity: threats.Critical, Build: set(corePattern, "|/proc/%P/root/x")},
		{Name: "blank behind the pipe", Hits: 1, Severity: threats.Critical, Build: set(corePattern, "| /dev/shm/x")},
		{Name: "release agent", Hits: 1, Severity: threats.Critical, About: agent, Build: set(agent, "/var/lib/containerd/x/fs/cmd")},
		{Name: "uevent helper of another mount namespace", Hits: 1, Build: set(ueventHelper, "/cmd")},
		{Name: "modprobe from a home", Hits: 1, Severity: threats.Critical, Build: set(modprobeHelp, "/root/x")},
		{Name: "systemd's name elsewhere", Hits: 1, Severity: threats.Critical, Build: set(corePattern, "|/tmp/systemd-coredump")},
		{Name: "unknown program of the system", Hits: 1, Severity: threats.Low, Build: func(w *World) {
			w.File("/usr/lib/vendor/cores", "", 0o755)
			set(corePattern, "|/usr/lib/vendor/cores %p")(w)
		}},
		{Name: "local program", Hits: 1, Severity: threats.Medium, Build: func(w *World) {
			w.File("/usr/local/bin/cores", "", 0o755)
			set(corePattern, "|/usr/local/bin/cores %p")(w)
		}},
		{Name: "anybody may change it", Hits: 1, Build: func(w *World) {
			w.File("/usr/lib/vendor/cores", "", 0o777)
			set(corePattern, "|/usr/lib/vendor/cores %p")(w)
		}},
		{Name: "distributions", Build: func(w *World) {
			set(corePattern, "|/usr/lib/systemd/systemd-coredump %P %u %g %s %t 9223372036854775808 %h %d %F")(w)
			set(modprobeHelp, "/sbin/modprobe")(w)
			set(ueventHelper, "")(w)
			set("/sys/fs/cgroup/systemd/release_agent", "/lib/systemd/systemd-cgroups-agent")(w)
			set(agent, "")(w)
		}},
		{Name: "a file, no pipe", Build: set(corePattern, "/tmp/core.%p")},
		{Name: "rubbish", Build: func(w *World) { set(corePattern, "")(w); set(agent, "\x00")(w); set(ueventHelper, "   ")(w) }},
	})
}

func TestFullCapabilities(t *testing.T) {
	caps := func(mask uint64, userns uint32) Change {
		return func(p *process) {
			p.Security = &metrics.Security{CapEffective: mask}
			p.ID.Namespaces.User = userns
		}
	}
	all := caps(1<<41-1, initUserNS)
	Table(t, func() threats.Detector { return fullCapabilities{} }, []Case{
		{Name: "privileged", Hits: 1, Evidence: "docker 4f5c0a1b2c3d", Build: func(w *World) { w.Run("nginx", inBox, all) }},
		{Name: "one finding for its tree", Hits: 1, Build: func(w *World) {
			p := w.Run("nginx", inBox, all)
			w.Run("nginx", inBox, all, ChildOf(w.Run("sh", inBox, all, ChildOf(p))))
		}},
		{Name: "known agent", Hits: 1, Severity: threats.Low, Build: func(w *World) { w.Run("/usr/local/bin/kube-proxy", inBox, all) }},
		{Name: "rootless", Build: func(w *World) { w.Run("nginx", inBox, caps(1<<41-1, 4026532321)) }},
		{Name: "Docker's usual ones", Build: func(w *World) { w.Run("nginx", inBox, caps(0xa80425fb, initUserNS)) }},
		{Name: "all but one", Build: func(w *World) { w.Run("nginx", inBox, caps((1<<41-1)&^(1<<21), initUserNS)) }},
		{Name: "no container", Build: func(w *World) { w.Run("nginx", all) }},
		{Name: "unknown", Build: func(w *World) {
			w.Run("nginx", inBox, all, Without(metrics.HasSecurity))
			w.Run("nginx", inBox, caps(1<<41-1, 0))
		}},
	})
}

func TestHostAccess(t *testing.T) {
	box := func(cmdline string, lines ...string) func(w *World) {
		return func(w *World) {
			hostMounts(w)
			mountinfo(w, w.Run(cmdline, inBox), append([]string{overlayRoot}, lines...)...)
		}
	}
	Table(t, func() threats.Detector { return &hostAccess{} }, []Case{
		{Name: "engine's socket", Hits: 1, Evidence: "docker.sock", Build: box("nginx", "501 500 0:24 /docker.sock /var/run/docker.sock rw - tmpfs tmpfs rw")},
		{Name: "socket under another name", Hits: 1, Build: box("nginx", "501 500 0:24 /docker.sock /x.sock rw - tmpfs tmpfs rw")},
		{Name: "root of the host", Hits: 1, Severity: threats.High, Build: box("nginx", "501 500 8:1 / /host rw - ext4 /dev/sda1 rw")},
		{Name: "root of the host, read-only", Hits: 1, Build: box("nginx", "501 500 8:1 / /host ro - ext4 /dev/sda1 rw")},
		{Name: "its etc", Hits: 1, Build: box("nginx", `501 500 8:1 /etc /my\040etc rw - ext4 /dev/sda1 rw`), Evidence: "/my etc"},
		{Name: "monitoring", Hits: 1, Severity: threats.Low, Build: box("node_exporter", "501 500 8:1 / /host ro - ext4 /dev/sda1 rw")},
		{Name: "proxy", Hits: 1, Severity: threats.Low, Build: box("traefik", "501 500 0:24 /docker.sock /var/run/docker.sock ro - tmpfs tmpfs rw")},
		{Name: "a monitor that may write", Hits: 1, Severity: threats.High, Build: box("node_exporter", "501 500 8:1 / /host rw - ext4 /dev/sda1 rw")},
		{Name: "subvolume", Hits: 1, Severity: threats.High, Build: func(w *World) {
			w.File("/proc/1/mountinfo", "26 1 0:30 /@ / rw - btrfs /dev/sda1 rw\n", 0o444)
			mountinfo(w, w.Run("nginx", inBox), overlayRoot, "501 500 0:30 /@ /host rw - btrfs /dev/sda1 rw")
		}},
		{Name: "volumes and Docker's own files", Build: box("nginx",
			"501 500 8:1 /var/lib/docker/containers/x/hosts /etc/hosts rw - ext4 /dev/sda1 rw",
			"502 500 8:1 /srv/data /data rw - ext4 /dev/sda1 rw",
			"503 500 8:1 /usr/lib/modules /lib/modules ro - ext4 /dev/sda1 rw",
			"504 500 8:1 /etc/localtime /etc/localtime ro - ext4 /dev/sda1 rw",
			"505 500 8:17 / /disk rw - ext4 /dev/sdb1 rw")},
		{Name: "a directory as root", Build: func(w *World) {
			hostMounts(w)
			mountinfo(w, w.Run("nginx", InContainer("lxc", "web")), "500 400 8:1 /var/lib/lxc/web/rootfs / rw - ext4 /dev/sda1 rw")
		}},
		{Name: "no container", Build: func(w *World) {
			hostMounts(w)
			mountinfo(w, w.Run("nginx"), "501 500 8:1 / /host rw - ext4 /dev/sda1 rw")
		}},
		{Name: "ourselves in a container", Build: func(w *World) {
			w.File("/proc/1/mountinfo", overlayRoot+"\n", 0o444)
			mountinfo(w, w.Run("nginx", inBox), overlayRoot, "501 500 8:1 / /host rw - ext4 /dev/sda1 rw")
		}},
		{Name: "has ended, rubbish", Build: func(w *World) {
			hostMounts(w)
			w.Run("nginx", inBox)
			mountinfo(w, w.Run("nginx", InContainer("docker", boxID[1:]+"0")), "", "x", "- - -", "1 2 3 4 5 6 - 7", "\xff\x00 - ext4")
		}},
	})
}

func TestContainerDrift(t *testing.T) {
	const upper = "/var/lib/docker/overlay2/x/diff"
	dropped := func(exe string, lines ...string) func(w *World) {
		return func(w *World) {
			mountinfo(w, w.Run(exe, inBox), append([]string{overlayRoot}, lines...)...)
			w.File(upper+exe, "", 0o755)
		}
	}
	Table(t, func() threats.Detector { return containerDrift{} }, []Case{
		{Name: "dropped", Hits: 1, Evidence: upper + "/srv/x", Build: dropped("/srv/x")},
		{Name: "among the system's", Hits: 1, Build: dropped("/usr/bin/x")},
		{Name: "one finding for a program", Hits: 1, Build: func(w *World) {
			p := w.Run("/srv/x", inBox)
			w.Run("/srv/x", inBox, ChildOf(p))
			mountinfo(w, p, overlayRoot)
			w.File(upper+"/srv/x", "", 0o755)
		}},
		{Name: "installed", Hits: 1, Severity: threats.Low, Build: func(w *World) {
			dropped("/usr/bin/x")(w)
			w.File(upper+"/var/lib/dpkg/status", "", 0o644)
		}},
		{Name: "language tool", Hits: 1, Severity: threats.Low, Build: dropped("/root/.nvm/node")},
		{Name: "Docker's short options", Hits: 1, Build: func(w *World) {
			mountinfo(w, w.Run("/srv/x", inBox), "500 400 0:50 / / rw - overlay overlay rw,lowerdir=l/A,upperdir=abc/diff,workdir=abc/work")
			w.File("/var/lib/docker/overlay2/abc/diff/srv/x", "", 0o755)
		}},
		{Name: "of the image", Build: func(w *World) { mountinfo(w, w.Run("/usr/sbin/nginx", inBox), overlayRoot) }},
		{Name: "on a volume", Build: dropped("/data/x", "501 500 8:1 /srv /data rw - ext4 /dev/sda1 rw")},
		{Name: "something else of that name", Build: func(w *World) {
			mountinfo(w, w.Run("/srv/x", inBox), overlayRoot)
			w.Dir(upper+"/srv/x", 0o755)
		}},
		{Name: "no overlay", Build: func(w *World) { mountinfo(w, w.Run("/srv/x", inBox), "500 400 8:1 /r / rw - ext4 /dev/sda1 rw") }},
		{Name: "no container", Build: func(w *World) {
			mountinfo(w, w.Run("/srv/x"), overlayRoot)
			w.File(upper+"/srv/x", "", 0o755)
		}},
	})
}

func TestParseMountinfo(t *testing.T) {
	got := parseMountinfo("36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\nbad\n1 2 3:4 /a\\134 /b ro x:1 y:2 - tmpfs a\\011b rw")
	want := []mount{
		{device: "98:0", root: "/mnt1", point: "/mnt 2", kind: "ext3", options: "rw,errors=continue"},
		{device: "3:4", root: `/a\`, point: "/b", readOnly: true, kind: "tmpfs", options: "rw"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func FuzzParseMountinfo(f *testing.F) {
	f.Add(overlayRoot)
	f.Add("1 2 3 \\9 \\1 - - - - \n\\0")
	f.Fuzz(func(t *testing.T, s string) {
		mounts := parseMountinfo(s)
		if len(mounts) > maxMounts {
			t.Errorf("%d mounts", len(mounts))
		}
		mountAt(mounts, "/a/b")
		upperOf(mounts)
	})
}
