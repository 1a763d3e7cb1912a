package detectors

import (
	"strconv"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	"golang.org/x/sys/unix"
)

// setuidProgram finds running programs whose file gives the rights of its owner,
// and which no distribution ships so.
type setuidProgram struct{}

var setuidProgramInfo = &threats.Info{
	ID: "process.setuid", Number: 10,
	Title:    "Unusual setuid program runs",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Identity,
	Techniques: []string{"T1548.001"},
	Needs:      metrics.Trace, NeedsFor: "the programs of other users",
	Why: "A setuid copy of a shell or of any program that can be talked into running one is the simplest back door to root: " +
		"it waits on the disk until a user starts it.",
	FalsePositives: "The setuid programs of distributions are left out by name where they belong. A program of the system that is not among them counts as low, " +
		"one in /usr/local as medium.",
	Next: []string{
		"Ask the package manager which package owns the file and what mode it should have.",
		"Look at the owner and the times of the file; compare its hash with that of known tools.",
		"Look at who started it and what it has started.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1548/001/", "https://man7.org/linux/man-pages/man7/inode.7.html"},
}

// setuidPrograms are shipped setuid or setgid by Debian, Red Hat, SUSE, Arch,
// Alpine, Ubuntu or well-known packages for them.
var setuidPrograms = setOf("su sudo sudo.ws sudo-rs sudoedit doas pkexec passwd chsh chfn chage gpasswd newgrp sg expiry newuidmap newgidmap unix_chkpwd unix2_chkpwd pam_timestamp_check pam_extrausers_chkpwd userhelper " +
	"mount umount mount.nfs mount.nfs4 umount.nfs umount.nfs4 mount.cifs mount.ecryptfs_private mount.davfs mount.fuse fusermount fusermount3 ntfs-3g lowntfs-3g ecryptfs-setup-private mount_root " +
	"ping ping4 ping6 arping traceroute traceroute6 traceroute6.iputils mtr-packet fping fping6 clockdiff " +
	"at atd crontab cronie batch ssh-keysign ssh-agent polkit-agent-helper-1 dbus-daemon-launch-helper " +
	"exim4 exim sendmail postdrop postqueue procmail lockfile dotlockfile maildrop lbdb deliver dovecot " +
	"snap-confine chrome-sandbox chrome-devel-sandbox msedge-sandbox brave-sandbox chromium-sandbox bwrap Xorg Xorg.wrap xorg.wrap Xwrapper gnome-pty-helper utempter vmware-user-suid-wrapper vmware-vmx VBoxHeadless VBoxSDL VirtualBoxVM VBoxNetAdpCtl VBoxNetDHCP VBoxNetNAT VBoxVolInfo spice-client-glib-usb-acl-helper qemu-bridge-helper lxc-user-nic " +
	"starter-suid singularity apptainer-suid schroot suexec suexec2 suexec-custom cgexec staprun stapusr dumpcap pppd pptp kppp usernetctl uml_net grub2-set-bootpath cockpit-session " +
	"screen screen-4.9.0 wall write write.ul bsd-write mlocate plocate locate xterm xlock slock i3lock vlock swaylock kcheckpass kscreenlocker_greet xscreensaver-auth physlock authbind ksu rcp rlogin rsh nvidia-modprobe intel_gpu_frequency ubuntu-core-launcher sntpd hardlink incrontab dma dma-mbox-create bbsuid keybase-redirector 1Password-BrowserSupport op smbmnt zoneadm nfs-ganesha keyring-helper camel-lock-helper-1.2 gnome-suspend check_icmp check_dhcp check_ide_smart start-suid ssu run0 capsh wodim cdrecord readcd rscsi fuserumount ntpdate tcptraceroute abrt-action-install-debuginfo-to-abrt-cache amanda ubridge pmount pumount light brightnessctl")

// storeWrapper reports whether the program is a setuid wrapper of NixOS.
func storeWrapper(exe string) bool { return below(exe, "/run/wrappers") || storePath(exe) }

func (setuidProgram) Info() *threats.Info { return setuidProgramInfo }

func (setuidProgram) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	for _, i := range in.Look {
		p := in.Process(i)
		if p.ID.ExeMode&(unix.S_ISUID|unix.S_ISGID) == 0 {
			continue
		}
		s, c, ok := weighSetuid(p.ID)
		if !ok {
			continue
		}
		dst = append(dst, in.OnProcess(i, setuidProgramInfo).As(s, c).
			With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe).
			With("mode", p.ID.Exe, "0"+strconv.FormatUint(uint64(p.ID.ExeMode&0o7777), 8)))
	}
	return dst
}

func weighSetuid(id *metrics.Identity) (s threats.Severity, c threats.Confidence, ok bool) {
	user := id.ExeMode&unix.S_ISUID != 0
	system := systemPath(id.Exe)
	switch {
	case system && setuidPrograms.has(base(id.Exe)) || storeWrapper(id.Exe):
		return 0, 0, false
	case !user && system: // a group of its own protects a game's scores
		return 0, 0, false
	case user && (isShell(id) || isInterpreter(id)):
		return threats.High, threats.Strong, true
	case system:
		return threats.Low, threats.Weak, true
	case writableRoot(id.Exe) != "" || hiddenElement(id.Exe) != "" || homePath(id.Exe):
		if user {
			return threats.High, threats.Moderate, true
		}
		return threats.Medium, threats.Weak, true
	case user:
		return threats.Medium, threats.Weak, true
	}
	return threats.Low, threats.Weak, true
}
