package detectors

import (
	"strconv"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// fullCapabilities finds containers that may do all that root may do on the host.
type fullCapabilities struct{}

var fullCapabilitiesInfo = &threats.Info{
	ID: "container.full-capabilities", Number: 58,
	Title:    "Container runs with all capabilities of the host",
	Severity: threats.Medium, Confidence: threats.Moderate, Cost: threats.Identity,
	Techniques: []string{"T1611"},
	Why: "A privileged container can load modules, mount the host's disk and write the kernel's settings. " +
		"Whoever breaks into a program in it has broken into the host.",
	FalsePositives: "Network and storage agents of Kubernetes, monitoring agents and containers that run containers are meant to be privileged: known ones count as low. " +
		"Rootless containers have all capabilities of their own user namespace only, and are left out. There is one finding for a container.",
	Next: []string{
		"Ask whether the container needs it: --cap-add of one or two, or --device, is mostly enough.",
		"Look at what the container mounts from the host, and at its connections.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1611/", "https://man7.org/linux/man-pages/man7/capabilities.7.html"},
}

const (
	// allCapabilities are those up to CAP_AUDIT_READ, which every kernel since 3.16
	// has; later ones are parts of CAP_SYS_ADMIN that were split off.
	allCapabilities = 1<<38 - 1

	// initUserNS is the inode of the first user namespace, PROC_USER_INIT_INO of
	// include/linux/proc_ns.h.
	initUserNS = 0xEFFFFFFD
)

// privileged are programs that run in privileged containers on purpose.
var privileged = setOf("kube-proxy calico-node felix bird cilium-agent cilium-operator flanneld weaver kube-router ovnkube ovs-vswitchd ovsdb-server multus antrea-agent aws-k8s-agent aws-vpc-cni speaker metallb longhorn longhorn-manager csi-node-driver ebs-csi-driver aws-ebs-csi-driver blobplugin azurefileplugin azurediskplugin gce-pd-csi-driver cephcsi rook ceph-osd ceph-mgr nfsplugin csi-node-driver-registrar livenessprobe node-driver-registrar falco falcoctl sysdig dragent tetragon tracee datadog-agent system-probe process-agent security-agent agent otelcol node_exporter cadvisor netdata beyla parca-agent pixie kubelet dockerd containerd buildkitd podman crio k3s k0s rke2 kindnetd systemd init nvidia-device-plugin dcgm-exporter smarter-device-manager tailscaled wg-quick zerotier-one fluent-bit fluentd filebeat metricbeat auditbeat promtail vector node-problem-detector npd nvidia-persistenced")

func (fullCapabilities) Info() *threats.Info { return fullCapabilitiesInfo }

func (fullCapabilities) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	for _, i := range in.Look {
		p := in.Process(i)
		if !privilegedContainer(p) {
			continue
		}
		// One that its parent's container has told of already.
		if j := in.Parent(i); j >= 0 && in.Process(j).ID.Cgroup.Container == p.ID.Cgroup.Container && privilegedContainer(in.Process(j)) {
			continue
		}
		f := in.OnProcess(i, fullCapabilitiesInfo).
			With("effective capabilities", threats.Proc(p.Key.PID, "status"), "0x"+strconv.FormatUint(p.Security.CapEffective, 16)).
			With("container", threats.Proc(p.Key.PID, "cgroup"), containerName(&p.ID.Cgroup)).
			With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe)
		if runs(p.ID, privileged) {
			f = f.As(threats.Low, threats.Weak)
		}
		dst = append(dst, f)
	}
	return dst
}

// privilegedContainer reports whether the process is in a container and has all
// capabilities over the host.
func privilegedContainer(p *metrics.Process) bool {
	return p.ID.Cgroup.Container != "" && p.Has(metrics.HasSecurity) && p.Security != nil &&
		p.Security.CapEffective&allCapabilities == allCapabilities && p.ID.Namespaces.User == initUserNS
}
