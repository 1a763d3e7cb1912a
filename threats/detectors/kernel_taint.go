package detectors

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

// kernelTaint finds kernel modules that did not come with the kernel, or are
// signed by nobody, and traces of such that are in no list.
type kernelTaint struct{ failure string }

var kernelTaintInfo = &threats.Info{
	ID: "rootkit.kernel-taint", Number: 53,
	Title:    "Kernel module from elsewhere",
	Severity: threats.Medium, Confidence: threats.Weak, Cost: threats.Host,
	Techniques: []string{"T1547.006"},
	Every:      30 * time.Second,
	Why: "A module runs inside the kernel, above every check. The kernel marks itself for good when it loads one that is not of its own tree, " +
		"has no valid signature or was loaded by force. Rootkits are such modules.",
	FalsePositives: "Drivers that are built on the machine (NVIDIA, ZFS, VirtualBox, DKMS): those that are widely used are left out, and a name that only begins like theirs counts as low. " +
		"The mark stays when a module is unloaded: a mark without a module may be an old story, or a module that hides.",
	Next: []string{
		"Ask the package manager for the owner of the module's file: modinfo -n NAME",
		"Look at when it was loaded: journalctl -k | grep -i taint",
		"A mark without a module: look at rootkit.module-listing, and examine the machine from outside.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1547/006/", "https://docs.kernel.org/admin-guide/tainted-kernels.html"},
}

// The marks that matter, by their number and by the letter in /proc/modules.
const (
	taintForced     = 1 << 1  // R or F: loaded by force
	taintOutOfTree  = 1 << 12 // O
	taintUnsigned   = 1 << 13 // E
	taintsOfModules = taintForced | taintOutOfTree | taintUnsigned
)

// knownDrivers are modules that are built outside of the kernel's tree and widely
// used.
var knownDrivers = setOf("nvidia nvidia_modeset nvidia_drm nvidia_uvm nvidia_peermem nvidia_fs gdrdrv zfs spl zcommon znvpair zavl icp zlua zzstd zunicode vboxdrv vboxnetflt vboxnetadp vboxpci vboxguest vboxsf vboxvideo " +
	"vmmon vmnet vmw_vmci vmw_vsock_vmci_transport vmw_balloon vmci vsock wl 8812au 88XXau 8821au 8821ce 8821cu 88x2bu r8168 r8125 r8126 r8101 r8152 rtl8812au wireguard ovpn ovpn_dco_v2 drbd drbd_transport_tcp " +
	"openafs libafs lustre lnet mlx4_core mlx4_en mlx4_ib mlx5_core mlx5_ib mlxfw mlx_compat ib_core ib_uverbs ib_umad ib_cm ib_ipoib iw_cm rdma_cm rdma_ucm knem xpmem ena efa ixgbe ixgbevf igb igb_uio i40e iavf ice irdma amdgpu amdkcl amdttm amddrm_ttm_helper amd_sched amddrm_buddy amdxcp " +
	"falcon_lsm_serviceable falcon_nf_netcontain falcon_kal dattobd elastio_snap veeamsnap blksnap bdevfilter snapapi26 v4l2loopback evdi acpi_call tp_smapi thinkpad_ec bbswitch ndiswrapper prl_fs prl_tg prl_eth " +
	"xt_RTPENGINE nft_rtpengine dahdi wctdm24xxp wcte43x scini mmfs26 mmfslinux tracedev beegfs oracleacfs oracleadvm oracleoks tmhook bmhook dsa_filter dsa_filter_hook sysdig_probe scap falco twnotify kvdo uds lkrg p_lkrg tcp_bbr")

// drivers begin the names of the rest of their families. A name that only begins
// like one is easily chosen, and counts as low.
var drivers = []string{"nvidia", "nv_", "gdrdrv", "zfs", "spl", "zcommon", "znvpair", "zavl", "icp", "zlua", "zzstd", "zunicode", "vbox", "vmmon", "vmnet", "vmw_", "vmci", "vsock", "wl", "broadcom",
	"r8168", "r8125", "rtl8", "8812au", "8821", "88x2", "wireguard", "openvpn", "ovpn", "drbd", "openafs", "libafs", "lustre", "lnet", "mlx", "ib_", "rdma_", "mofed", "ofed", "knem", "xpmem", "ena", "efa",
	"ixgbe", "igb", "i40e", "ice", "irdma", "amdgpu", "amdkcl", "amdttm", "amddrm", "amd_sched", "i915_", "xe_", "falcon", "cs_falcon", "dattobd", "veeam", "bdsnap", "snapapi", "v4l2loopback", "evdi", "acpi_call", "tp_smapi", "bbswitch",
	"ndiswrapper", "prl_", "hv_", "tcp_bbr", "xt_", "ipt_", "nf_", "xtables", "rtpengine", "dahdi", "wct", "scini", "gpfs", "mmfs", "tracedev", "beegfs", "pvfs", "oracleacfs", "oracleadvm", "oracleoks", "tmhook", "bmhook", "dsa_filter", "sysdig", "scap", "twnotify", "kvdo", "uds", "lkrg", "p_lkrg"}

func (d *kernelTaint) Info() *threats.Info { return kernelTaintInfo }
func (d *kernelTaint) Failure() string     { return d.failure }

func (d *kernelTaint) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	const taintPath = "/proc/sys/kernel/tainted"
	data, err := in.Files.ReadFile(taintPath, 64)
	d.failure = failureOf(err)
	mask, err := strconv.ParseUint(string(bytes.TrimSpace(data)), 10, 64)
	if err != nil || mask&taintsOfModules == 0 {
		return dst
	}
	list, err := readModules(in.Files)
	if d.failure = failureOf(err); d.failure != "" {
		return dst
	}
	explained := uint64(0)
	for _, m := range list {
		explained |= m.taint
		if m.taint&taintsOfModules == 0 || knownDrivers.has(m.name) && m.taint&taintForced == 0 {
			continue
		}
		f := threats.OnHost("module "+m.name, kernelTaintInfo).
			With("marks of the module", modulesPath, m.name+" "+taintText(m.taint)).
			With("marks of the kernel", taintPath, string(bytes.TrimSpace(data)))
		if likeDriver(m.name) && m.taint&taintForced == 0 {
			f = f.As(threats.Low, threats.Weak)
		}
		dst = append(dst, f)
	}
	if left := mask & taintsOfModules &^ explained; left&(taintOutOfTree|taintForced) != 0 || left&taintUnsigned != 0 && explained == 0 {
		dst = append(dst, threats.OnHost("", kernelTaintInfo).Titled("Kernel bears the mark of a module that is in no list").
			With("marks of the kernel", taintPath, string(bytes.TrimSpace(data))+": "+taintText(left)+" without a module").
			With("modules listed", modulesPath, strconv.Itoa(len(list))))
	}
	return dst
}

func taintText(mask uint64) string {
	var out []string
	for _, t := range []struct {
		bit  uint64
		text string
	}{{taintForced, "loaded by force"}, {taintOutOfTree, "not of the kernel's tree"}, {taintUnsigned, "unsigned"}} {
		if mask&t.bit != 0 {
			out = append(out, t.text)
		}
	}
	return strings.Join(out, ", ")
}

// likeDriver reports whether the name begins like those of well-known drivers.
func likeDriver(name string) bool { return hasAnyPrefix(name, drivers) }
