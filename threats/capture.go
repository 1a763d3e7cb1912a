package threats

import (
	"bytes"
	"errors"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
)

const (
	maxHashed     = 16 << 20 // bytes of a program
	maxHashedFile = 1 << 20  // bytes of a file from which things are started
	maxNames      = 4096     // in one directory; a larger one is left out as a whole
	maxHomes      = 512
	maxTable      = 4 << 20 // bytes of passwd, group, modules
	maxAccounts   = 8192
	ephemeral     = 32768 // lowest port that Linux gives to sockets that do not ask for one
)

// persistent are the files from which a Linux system starts things or that
// decide who may: files, and directories ending in "/" with the depth to which
// they are read.
var persistent = []struct {
	path  string
	depth int
}{
	{"/etc/ld.so.preload", 0}, {"/etc/ld.so.conf", 0}, {"/etc/ld.so.conf.d/", 1},
	{"/etc/crontab", 0}, {"/etc/anacrontab", 0}, {"/etc/cron.d/", 1}, {"/etc/cron.hourly/", 1},
	{"/etc/cron.daily/", 1}, {"/etc/cron.weekly/", 1}, {"/etc/cron.monthly/", 1}, {"/var/spool/cron/", 2},
	{"/etc/systemd/system/", 2}, {"/etc/systemd/user/", 2}, {"/usr/local/lib/systemd/system/", 2},
	{"/run/systemd/system/", 1}, {"/etc/systemd/system-generators/", 1}, {"/etc/systemd/user-generators/", 1},
	{"/usr/local/lib/systemd/system-generators/", 1}, {"/usr/local/lib/systemd/user/", 2}, {"/etc/rc.local", 0}, {"/etc/init.d/", 1}, {"/etc/inittab", 0},
	{"/etc/profile", 0}, {"/etc/profile.d/", 1}, {"/etc/bash.bashrc", 0}, {"/etc/bashrc", 0}, {"/etc/environment", 0},
	{"/etc/pam.d/", 1}, {"/etc/security/", 1}, {"/etc/sudoers", 0}, {"/etc/sudoers.d/", 1}, {"/etc/doas.conf", 0},
	{"/etc/ssh/sshd_config", 0}, {"/etc/ssh/sshd_config.d/", 1}, {"/etc/udev/rules.d/", 1},
	{"/etc/update-motd.d/", 1}, {"/etc/xdg/autostart/", 1}, {"/etc/apt/apt.conf.d/", 1},
	{"/etc/modules", 0}, {"/etc/modules-load.d/", 1}, {"/etc/modprobe.d/", 1},
}

// personal are the files below a home directory that do the same for one user.
var personal = []struct {
	path  string
	depth int
}{
	{".ssh/authorized_keys", 0}, {".ssh/authorized_keys2", 0}, {".ssh/rc", 0}, {".bashrc", 0}, {".bash_profile", 0}, {".bash_login", 0},
	{".profile", 0}, {".zshrc", 0}, {".zshenv", 0}, {".config/autostart/", 1}, {".config/systemd/user/", 2},
}

// administrators are the groups whose members may become root.
var administrators = []string{"root", "sudo", "wheel", "admin", "adm", "docker", "lxd", "shadow", "disk"}

// Capture describes the machine as it is: what listens in the snapshot, the
// programs that run as root in it, and the files below the root. It reads and
// hashes files and may take seconds the first time.
func Capture(s *metrics.Snapshot, f *Files) *Baseline {
	b := &Baseline{Version: baselineVersion, Host: s.System.Host.Name, Saved: s.At, unread: map[string]bool{}}
	b.listeners(s)
	b.programs(s, f)
	homes := b.accounts(f)
	b.files(f, homes)
	b.modules(f)
	for _, l := range b.lists() {
		tidy(l.list)
	}
	return b
}

func (b *Baseline) listeners(s *metrics.Snapshot) {
	for i := range s.Sockets {
		k := &s.Sockets[i]
		if k.Listening() && k.Inet() && !Ephemeral(k) {
			b.Listeners = append(b.Listeners, ListenerEntry(s, k))
		}
	}
}

// Ephemeral reports whether a UDP socket that is bound is rather a client's, on a
// port of the kernel's choice, than a service; a baseline leaves it out.
func Ephemeral(k *metrics.Socket) bool { return k.Proto == metrics.UDP && k.LocalPort >= ephemeral }

// ListenerEntry is a listener as a baseline has it: its address, and the program
// and user that hold it, which are "" when they are unknown.
func ListenerEntry(s *metrics.Snapshot, k *metrics.Socket) BaseEntry {
	is := ""
	if p := s.Lookup(k.Owner); p != nil {
		is = p.ID.Exe + " " + p.ID.User
	}
	return BaseEntry{Cut(k.Proto.String() + " " + k.Local().String()), Cut(is)}
}

func (b *Baseline) programs(s *metrics.Snapshot, f *Files) {
	seen := map[string]bool{}
	for i := range s.Processes {
		p := &s.Processes[i]
		exe := p.ID.Exe
		if p.UID != 0 && p.EUID != 0 || exe == "" || seen[exe] || p.ID.Cgroup.Container != "" || p.Deleted() {
			continue
		}
		seen[exe] = true
		e := BaseEntry{Name: Cut(exe)}
		if sum, info, err := f.Hash(exe, maxHashed); err == nil {
			e.Is = attributes(sum, info)
		} else {
			b.unread[e.Name] = true
		}
		b.Programs = append(b.Programs, e)
	}
}

// accounts reads passwd(5) and group(5) and returns the home directories.
func (b *Baseline) accounts(f *Files) (homes []string) {
	for line := range table(f, "/etc/passwd", b.unread) {
		v := strings.SplitN(line, ":", 7+1)
		if len(v) != 7 || len(b.Accounts) >= maxAccounts {
			continue
		}
		b.Accounts = append(b.Accounts, BaseEntry{Cut(v[0]), Cut("uid:" + v[2] + " gid:" + v[3] + " home:" + v[5] + " shell:" + v[6])})
		if path.IsAbs(v[5]) && !slices.Contains(homes, path.Clean(v[5])) && len(homes) < maxHomes {
			homes = append(homes, path.Clean(v[5]))
		}
	}
	if b.unread["/etc/passwd"] { // then homes are not known, nor what is in them
		b.unread["/home"], b.unread["/root"] = true, true
	}
	for line := range table(f, "/etc/group", b.unread) {
		v := strings.SplitN(line, ":", 4+1)
		if len(v) == 4 && slices.Contains(administrators, v[0]) {
			b.Accounts = append(b.Accounts, BaseEntry{"group " + v[0], Cut("gid:" + v[2] + " members:" + v[3])})
		}
	}
	return homes
}

func (b *Baseline) modules(f *Files) {
	for line := range table(f, "/proc/modules", b.unread) {
		name, _, _ := strings.Cut(line, " ")
		b.Modules = append(b.Modules, BaseEntry{Name: Cut(name)})
	}
}

// table reads the lines of a file.
func table(f *Files, path string, unread map[string]bool) iter.Seq[string] {
	data, err := f.ReadFile(path, maxTable)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			unread[path] = true
		}
		return func(func(string) bool) {}
	}
	return strings.SplitSeq(string(bytes.TrimSpace(data)), "\n")
}

func (b *Baseline) files(f *Files, homes []string) {
	at := func(name string, depth int) {
		if depth > 0 {
			b.dir(f, name, depth)
		} else {
			b.file(f, name)
		}
	}
	for _, p := range persistent {
		at(strings.TrimSuffix(p.path, "/"), p.depth)
	}
	for _, h := range homes {
		for _, p := range personal {
			at(path.Join(h, p.path), p.depth)
		}
	}
}

func (b *Baseline) dir(f *Files, dir string, depth int) {
	list, more, err := f.ReadDir(dir, maxNames)
	if err != nil || more {
		// Of a directory that is too large any part would be read, another each time.
		if !errors.Is(err, fs.ErrNotExist) {
			b.unread[dir] = true
		}
		return
	}
	for _, e := range list {
		switch name := path.Join(dir, e.Name); {
		case e.Type.IsDir():
			if depth > 1 {
				b.dir(f, name, depth-1)
			}
		case e.Type&fs.ModeSymlink != 0:
			if to, err := f.Readlink(name); err == nil {
				b.Files = append(b.Files, BaseEntry{Cut(name), Cut("link:" + to)})
			}
		default:
			b.file(f, name)
		}
	}
}

func (b *Baseline) file(f *Files, name string) {
	sum, info, err := f.Hash(name, maxHashedFile)
	switch {
	case err == nil:
		b.Files = append(b.Files, BaseEntry{Cut(name), attributes(sum, info)})
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, ErrNotRegular):
	default:
		b.unread[Cut(name)] = true
	}
}

// Counts says how much a baseline holds, for a message: "12 listeners, …".
func (b *Baseline) Counts() string {
	var out []string
	for _, l := range b.lists() {
		n := len(*l.list)
		word := l.kind
		if n != 1 {
			word += "s"
		}
		out = append(out, strconv.Itoa(n)+" "+word)
	}
	return strings.Join(out, ", ")
}
