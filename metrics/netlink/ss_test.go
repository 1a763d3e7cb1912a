//go:build linux

package netlink

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

// ss(8) of iproute2 is the reference.
func TestAgreesWithSS(t *testing.T) {
	ss, err := exec.LookPath("ss")
	if err != nil {
		t.Skip("ss is not installed")
	}
	made := local(t)
	s := newSockets(t, Options{})
	list := cycle(t, s)
	out, err := exec.Command(ss, "-anptuxwe0").Output()
	if err != nil {
		t.Skipf("ss -anptuxwe0: %v", err)
	}
	states := map[metrics.SocketState]string{metrics.Established: "ESTAB", metrics.Listen: "LISTEN", metrics.Close: "UNCONN"}
	holder := regexp.MustCompile(fmt.Sprintf(`pid=%d,fd=(\d+)`, os.Getpid()))
	for name, inode := range made {
		k := withInode(list, inode)
		if k == nil {
			t.Errorf("%s: not listed", name)
			continue
		}
		var line string
		for l := range strings.Lines(string(out)) {
			switch k.Proto {
			case metrics.Unix:
				if strings.Contains(l, fmt.Sprintf(" %d ", inode)) {
					line = l
				}
			case metrics.Raw: // ss has no inode where it reads /proc/net/raw
				if strings.HasPrefix(l, "raw") && strings.Contains(l, fmt.Sprintf("pid=%d,fd=%d)", os.Getpid(), k.FD)) {
					line = l
				}
			default:
				if strings.Contains(l, fmt.Sprintf("ino:%d ", inode)) {
					line = l
				}
			}
		}
		if line == "" {
			t.Errorf("%s: ss does not list it", name)
			continue
		}
		f := strings.Fields(line)
		if f[1] != states[k.State] {
			t.Errorf("%s: state %v, ss says %s", name, k.State, line)
		}
		if k.Inet() && (!strings.Contains(line, " "+k.Local().String()+" ") || k.RemotePort != 0 && !strings.Contains(line, " "+k.Remote().String()+" ")) {
			t.Errorf("%s: %v → %v, ss says %s", name, k.Local(), k.Remote(), line)
		}
		if m := holder.FindStringSubmatch(line); m == nil || k.Proto != metrics.Unix && m[1] != fmt.Sprint(k.FD) {
			t.Errorf("%s: descriptor %d of %d, ss says %s", name, k.FD, os.Getpid(), line)
		}
	}
}
