package detectors

import (
	"os"
	"strconv"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// sensitiveFiles finds processes that hold a file with secrets open.
type sensitiveFiles struct{}

var sensitiveFilesInfo = &threats.Info{
	ID: "login.sensitive-file", Number: 39,
	Title:    "A program holds a file with secrets open",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Deep,
	Techniques: []string{"T1003.008", "T1552.004"},
	Parts:      metrics.PartFDs,
	Ask:        metrics.Question{Files: secretNames},
	Needs:      metrics.TraceFiles, NeedsFor: "the files of other users",
	Why: "The hashes in /etc/shadow can be cracked elsewhere, and a private key opens other machines. " +
		"Hardly any program reads them, and those that do close them at once.",
	FalsePositives: "Login programs, account tools, security scanners and services that authenticate are left out when their program belongs to the system. " +
		"Backups, editors and copies count as low, private keys in the hands of other programs as medium.",
	Next: []string{
		"Look at the program and who started it; at where its output goes, and its connections.",
		"When hashes may have left the machine, change the passwords; when keys have, replace them.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1003/008/", "https://attack.mitre.org/techniques/T1552/004/"},
}

var (
	// secretReaders read passwords or keys because that is what they are for.
	secretReaders = setOf("sshd sshd-session sshd-auth login su sudo doas passwd chpasswd chage chsh chfn useradd userdel usermod groupadd groupdel groupmod gpasswd newusers vipw vigr pwck grpck pwconv pwunconv adduser deluser " +
		"unix_chkpwd unix_update pam_extrausers_chkpwd polkit-agent-helper-1 systemd systemd-userdbd systemd-userwork systemd-homed systemd-sysusers systemd-firstboot systemd-tmpfiles sssd nscd nslcd winbindd cron crond atd gdm-session-worker sddm-helper lightdm agetty sulogin " +
		"accounts-daemon cockpit-session saslauthd dovecot auth vsftpd proftpd pure-ftpd xrdp-sesman smbd ssh ssh-agent ssh-add ssh-keygen ssh-keyscan gpg-agent git " +
		"aide tripwire rkhunter ossec-syscheckd wazuh-syscheckd osqueryd clamd clamscan freshclam lynis debsums dpkg auditd")
	// secretCopiers read everything, or what a person opened.
	secretCopiers = setOf("tar rsync cp restic borg borgmatic duplicity bacula-fd bareos-fd rclone rdiff-backup dump xfsdump cpio zip 7z gzip zstd xz duplicacy kopia vi vim vim.basic vim.tiny nvim nano emacs less more etckeeper updatedb mandb dd sha256sum md5sum")
	keyNames      = setOf("id_rsa id_dsa id_ecdsa id_ed25519 id_ecdsa_sk id_ed25519_sk")
)

// secretNames are the names, without a directory, of all files that secret knows.
var secretNames = []string{"shadow", "gshadow", "shadow-", "gshadow-", "shadow.bak", "opasswd", "krb5.keytab", "*_key",
	"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk", "credentials", "config", ".git-credentials", ".pgpass"}

// secret says what a file holds that should not be read; "" when it is nothing.
func secret(p string) (what string, key bool) {
	if len(p) < 5 || p[0] != '/' {
		return "", false
	}
	p = strings.TrimSuffix(p, " (deleted)")
	switch p {
	case "/etc/shadow", "/etc/gshadow", "/etc/shadow-", "/etc/gshadow-", "/var/backups/shadow.bak", "/etc/security/opasswd":
		return "hashes of passwords", false
	case "/etc/krb5.keytab":
		return "keys of Kerberos", true
	}
	name := base(p)
	switch {
	case strings.HasPrefix(p, "/etc/ssh/ssh_host_") && strings.HasSuffix(p, "_key"):
		return "private key of this host", true
	case keyNames.has(name) && strings.Contains(p, "/.ssh/"):
		return "private key of a user", true
	case strings.HasSuffix(p, "/.aws/credentials"), strings.HasSuffix(p, "/.kube/config"), strings.HasSuffix(p, "/.git-credentials"), strings.HasSuffix(p, "/.pgpass"):
		return "credentials of a user", true
	}
	return "", false
}

func (sensitiveFiles) Info() *threats.Info { return sensitiveFilesInfo }

func (sensitiveFiles) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	i := in.Look[0]
	p := in.Process(i)
	if p.Key.PID == int32(os.Getpid()) {
		return dst // account changes are noticed by reading them
	}
	start := len(dst)
	for n := range in.Detail.FDs {
		fd := &in.Detail.FDs[n]
		what, key := secret(fd.Target)
		if what == "" {
			continue
		}
		system := systemPath(p.ID.Exe)
		if system && runs(p.ID, secretReaders) {
			return dst
		}
		f := in.OnProcess(i, sensitiveFilesInfo).
			With("holds open: "+what, threats.Proc(p.Key.PID, "fd/"+strconv.Itoa(int(fd.FD))), fd.Target).
			With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe)
		switch {
		case system && runs(p.ID, secretCopiers):
			f = f.As(threats.Low, threats.Weak)
		case key:
			// Clients of clouds and of ssh in many languages read their user's own key.
			f = f.As(threats.Medium, threats.Moderate)
		case p.ID.Cgroup.Container != "":
			f = f.As(threats.Medium, threats.Weak) // the container's own passwords
		}
		dst = keepWorst(dst, start, f)
	}
	return dst
}
