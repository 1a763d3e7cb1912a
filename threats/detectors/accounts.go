package detectors

import (
	"path"
	"strconv"
	"strings"

	"github.com/smoothtask/smoothtask/threats"
)

const (
	maxPasswd   = 4 << 20 // bytes
	maxAccounts = 8192
	maxHomes    = 256 // whose files are looked at
)

// account is one line of passwd(5).
type account struct {
	name, home, shell string
	uid, gid          uint32
	open              bool // the password field is empty: no password is asked for
}

// accountsOf reads /etc/passwd. Lines that are malformed and those of NIS are
// left out. The slice is shared.
func accountsOf(files *threats.Files) ([]account, error) {
	list, _, err := threats.Fact(files, "accounts", "/etc/passwd", maxPasswd,
		func(data []byte, _ threats.FileInfo) []account { return parsePasswd(string(data)) })
	return list, err
}

func parsePasswd(s string) (list []account) {
	for line := range strings.Lines(s) {
		v := strings.SplitN(strings.TrimRight(line, "\r\n"), ":", 7+1)
		if len(v) != 7 || v[0] == "" || v[0][0] == '#' || v[0][0] == '+' || v[0][0] == '-' || len(list) >= maxAccounts {
			continue
		}
		uid, err := strconv.ParseUint(v[2], 10, 32)
		if err != nil {
			continue
		}
		gid, err := strconv.ParseUint(v[3], 10, 32)
		if err != nil {
			continue
		}
		list = append(list, account{strings.Clone(v[0]), strings.Clone(v[5]), strings.Clone(v[6]), uint32(uid), uint32(gid), v[1] == ""})
	}
	return list
}

// barred reports whether the account has no shell to log in with.
func (a *account) barred() bool {
	switch base(a.shell) {
	case "nologin", "false", "true", "sync", "halt", "shutdown":
		return true
	}
	return false
}

// system reports whether the account belongs to a service and not to a person.
func (a *account) system() bool { return a.uid > 0 && a.uid < 1000 || a.uid == 65534 }

// notHomes are directories that many system accounts name as their home.
var notHomes = setOf("/ /bin /sbin /usr /dev /proc /sys /etc /var /tmp /run /opt /home /nonexistent /var/empty /usr/bin /usr/sbin /usr/games /var/run /var/tmp")

// homesOf returns the accounts with a home directory of their own, one for each
// directory.
func homesOf(files *threats.Files) ([]account, error) {
	list, err := accountsOf(files)
	if err != nil {
		return nil, err
	}
	seen := set{}
	var out []account
	for _, a := range list {
		a.home = path.Clean(a.home)
		if !path.IsAbs(a.home) || notHomes.has(a.home) || seen.has(a.home) {
			continue
		}
		seen[a.home] = struct{}{}
		if out = append(out, a); len(out) == maxHomes {
			break
		}
	}
	return out, nil
}

// administrators are groups whose members can become root.
var administrators = setOf("root sudo wheel admin adm docker lxd incus-admin libvirt shadow disk podman")

const maxMembers = 4096 // of a group; what is beyond stays one name

// membersOf parses group(5): the members of the groups of administrators.
func membersOf(s string) map[string][]string {
	out := map[string][]string{}
	for line := range strings.Lines(s) {
		v := strings.SplitN(strings.TrimRight(line, "\r\n"), ":", 4+1)
		if len(v) != 4 || !administrators.has(v[0]) || v[3] == "" {
			continue
		}
		out[strings.Clone(v[0])] = strings.SplitN(strings.Clone(v[3]), ",", maxMembers)
	}
	return out
}
