package detectors

import (
	"fmt"
	"net/netip"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// beacon finds programs that connect to one peer at regular intervals.
type beacon struct{ traffic *traffic }

var beaconInfo = &threats.Info{
	ID: "network.beacon", Number: 31,
	Title:    "Connects to the same peer at regular intervals",
	Severity: threats.Low, Confidence: threats.Weak, Cost: threats.State,
	Techniques: []string{"T1071"},
	Needs:      metrics.TraceFiles, NeedsFor: theirSockets,
	Why: "An implant asks its control server for orders again and again, at an interval that a machine keeps better than a person. " +
		"That rhythm is there also when all it says is encrypted.",
	FalsePositives: "Monitoring agents, updates and health checks keep a rhythm too, which is why it is weak: only public peers count, with eight connects or more of which the intervals differ by less than a tenth. " +
		"Installed agents that are known to do so are left out; a program in a writable or hidden place, a deleted one and a shell count as medium. Who varies the interval at random is not found. " +
		"A program that is started anew for each connect, as by cron, counts by its path.",
	Next: []string{
		"Look at the peer: whose address is it, and what name leads there?",
		"Look at how much goes each way: much out is loss of data, little is a question for orders.",
		"Where no process is named: see who connects at the next interval, with ss -tnp",
	},
	References: []string{"https://attack.mitre.org/techniques/T1071/"},
}

// heartbeats are installed programs that report at intervals by design.
var heartbeats = setOf("ntpd chronyd systemd-timesyncd openntpd prometheus node_exporter telegraf netdata zabbix_agentd zabbix_agent2 datadog-agent agent process-agent trace-agent newrelic-infra " +
	"filebeat metricbeat packetbeat heartbeat elastic-agent fluent-bit fluentd vector grafana-agent alloy otelcol promtail collectd nagios nagios4 icinga2 uptime-kuma blackbox_exporter gatus " +
	"amazon-ssm-agent ssm-agent-worker google_guest_agent google_osconfig_agent google-cloud-ops-agent waagent cloudflared tailscaled snapd fwupd packagekitd unattended-upgr landscape-client " +
	"salt-minion puppet puppet-agent chef-client falcon-sensor falco sysdig wazuh-agentd ossec-agentd osqueryd qualys-cloud-agent consul nomad vault kubelet k3s containerd dockerd rancher-agent gitlab-runner actions.runner Runner.Listener buildkite-agent jenkins teleport " +
	"nginx haproxy envoy traefik caddy java node beam.smp freshclam crowdsec monit mullvad-daemon")

func (*beacon) Info() *threats.Info { return beaconInfo }

func (d *beacon) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	t := d.traffic.look(in)
	t.beacons.each(t.moment(), func(k beaconKey, r *rhythm) {
		peer := netip.AddrPortFrom(netip.AddrFrom16(k.ip).Unmap(), k.port)
		i, severity := in.Find(r.by.PID), beaconInfo.Severity
		if i >= 0 && in.Process(i).Key == r.by {
			p := in.Process(i)
			if installedAs(in, p, heartbeats) {
				return
			}
			if removed(in, p) || suspicious(p) != 0 {
				severity = threats.Medium
			}
		} else if k.process != (metrics.ProcKey{}) || named(k.program, heartbeats) && systemPath(k.program) {
			return
		} else if oddProgram(k.program) {
			severity = threats.Medium
		}
		if k.process == (metrics.ProcKey{}) {
			i = -1 // the next connect is another's, and the finding stays the same
		}
		f := in.OnPeer(i, peer.Addr(), beaconInfo).As(severity, threats.Weak).
			With("rhythm", "sock_diag", fmt.Sprintf("%d connects to %s, every %s, variation %.0f %%", r.connects, peer, r.interval(), 100*r.variation()))
		if k.program != "" {
			f = f.With("program, each time in another process", "sock_diag", k.program)
		}
		dst = append(dst, f)
	})
	return dst
}
