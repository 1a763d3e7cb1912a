package detectors

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// hostAccess finds containers into which the host's own files or the control
// socket of a container engine are mounted.
type hostAccess struct{ failure string }

var hostAccessInfo = &threats.Info{
	ID: "container.host-access", Number: 59,
	Title:    "Container has the host's files or the engine's socket",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1611"},
	Needs:      metrics.Trace,
	Every:      30 * time.Second,
	Why: "Who may talk to the engine's socket can start a privileged container, and who may write the host's root can add a user or a cron entry: " +
		"both are root on the host.",
	FalsePositives: "Monitoring mounts the host's root read-only, and proxies, dashboards and build agents get the socket. Known ones count as low.",
	Next: []string{
		"Ask whether the container needs it; a proxy in front of the socket can allow reading only.",
		"Look at what the container runs and at its connections.",
		"Look in the engine's log for containers that were started through it.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1611/", "https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html"},
}

var (
	engineSockets = setOf("docker.sock containerd.sock crio.sock podman.sock dockershim.sock cri-dockerd.sock buildkitd.sock")

	// engineClients are programs that are given the engine's socket or the host's
	// root on purpose.
	engineClients = setOf("traefik portainer watchtower cadvisor dockerd docker containerd kubelet k3s buildkitd gitlab-runner jenkins drone drone-server woodpecker-agent act_runner Runner.Listener datadog-agent agent telegraf netdata node_exporter promtail vector fluent-bit fluentd filebeat metricbeat auditbeat otelcol alloy grafana-agent falco falcoctl sysdig dragent tetragon tracee trivy dozzle docker-gen ouroboros diun autoheal dockge yacht cilium-agent calico-node flanneld longhorn longhorn-manager node-problem-detector beyla parca-agent homepage glances crowdsec nginx-proxy swag watchdog system-probe process-agent security-agent kube-proxy csi-node-driver systemd dockerproxy haproxy")
)

// hostDirs are directories whose writer is root before long.
var hostDirs = []string{"/etc", "/root", "/boot", "/usr", "/usr/bin", "/usr/sbin", "/lib", "/usr/lib", "/var/lib/docker", "/var/lib/kubelet", "/var/spool/cron", "/etc/cron.d", "/root/.ssh", "/etc/systemd/system"}

func (d *hostAccess) Info() *threats.Info { return hostAccessInfo }
func (d *hostAccess) Failure() string     { return d.failure }

func (d *hostAccess) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	d.failure = ""
	var host *mount
	asked := false
	containers(in, func(c *metrics.Cgroup, members []int32) {
		if !asked {
			asked = true
			host = hostRoot(in.Files)
		}
		p := in.Process(members[0])
		mounts, err := mountsOf(in.Files, p.Key.PID)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				d.failure = "cannot look at it: " + err.Error()
			}
			return
		}
		if f, ok := judgeMounts(in, members, mounts, host); ok {
			dst = append(dst, f.With("container", threats.Proc(p.Key.PID, "cgroup"), containerName(c)))
		}
	})
	return dst
}

// hostRoot is the mount at the host's root, or nil where it cannot be told.
func hostRoot(files *threats.Files) *mount {
	mounts, err := mountsOf(files, 1)
	if err != nil {
		return nil
	}
	m := mountAt(mounts, "/")
	if m == nil || m.kind == "overlay" || m.kind == "rootfs" || m.kind == "tmpfs" {
		return nil // of ourselves in a container, or of a live system
	}
	return m
}

// judgeMounts finds what a container has of the host.
func judgeMounts(in *threats.Input, members []int32, mounts []mount, host *mount) (f threats.Finding, odd bool) {
	known := false
	for _, i := range members {
		known = known || runs(in.Process(i).ID, engineClients)
	}
	p := in.Process(members[0])
	for k := range mounts {
		m := &mounts[k]
		s, c, what := weighMount(m, host, known)
		if what == "" {
			continue
		}
		if !odd {
			f, odd = in.OnProcess(members[0], hostAccessInfo).As(s, c), true
		} else if s > f.Severity {
			f = f.As(s, c)
		}
		if len(f.Evidence) < 8 {
			f = f.With(what, threats.Proc(p.Key.PID, "mountinfo"), m.device+" "+m.root+" at "+m.point+" ("+access(m)+")")
		}
	}
	return f, odd
}

func access(m *mount) string {
	if m.readOnly {
		return "read-only"
	}
	return "read-write"
}

func weighMount(m, host *mount, known bool) (s threats.Severity, c threats.Confidence, what string) {
	weigh := func(s threats.Severity, c threats.Confidence, what string) (threats.Severity, threats.Confidence, string) {
		if known && (m.readOnly || what == "engine's socket") {
			return threats.Low, threats.Weak, what
		}
		return s, c, what
	}
	if engineSockets.has(base(m.point)) || engineSockets.has(base(m.root)) {
		return weigh(threats.Medium, threats.Moderate, "engine's socket")
	}
	if host == nil || m.device != host.device || m.point == "/" || m.kind != host.kind {
		return 0, 0, ""
	}
	switch dir := hostPath(m.root, host.root); {
	case dir == "/" && m.readOnly:
		return weigh(threats.Medium, threats.Moderate, "root of the host")
	case dir == "/":
		return weigh(threats.High, threats.Moderate, "root of the host")
	case !m.readOnly && slices.Contains(hostDirs, dir):
		return weigh(threats.Medium, threats.Moderate, "directory of the host")
	}
	return 0, 0, ""
}

// hostPath is where the root of a mount lies as the host sees it: its root may be
// a subvolume, /@.
func hostPath(root, hostRoot string) string {
	if rest, ok := strings.CutPrefix(root, hostRoot); ok && hostRoot != "/" {
		if rest == "" {
			return "/"
		}
		return rest
	}
	return root
}
