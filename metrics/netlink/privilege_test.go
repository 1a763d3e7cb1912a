//go:build linux

package netlink

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
)

// seen is what an unprivileged child saw.
type seen struct {
	Own, Other metrics.Socket // its own listener, and ours
	Gaps       []metrics.Gap
}

// unprivileged lists the sockets as a user without rights and prints what it saw.
// other is the port of a listener of another user.
func unprivileged(other string) error {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s, err := NewSockets(Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	var self testing.B // for its Fatal alone
	list := cycle(&self, s)
	var out seen
	for _, k := range list {
		switch k.Local().String() {
		case l.Addr().String():
			out.Own = k
		case other:
			out.Other = k
		}
	}
	out.Gaps = s.Gaps()
	return json.NewEncoder(os.Stdout).Encode(out)
}

func TestWithoutPrivilege(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to become another user")
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{roleVariable + "=unprivileged " + l.Addr().String()}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig:  syscall.SIGKILL,
		Credential: &syscall.Credential{Uid: 65534, Gid: 65534},
	}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	var got seen
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	if got.Own.Owner.PID != int32(cmd.Process.Pid) || got.Own.FD < 0 {
		t.Errorf("its own socket has owner %v", got.Own.Owner)
	}
	if got.Other.State != metrics.Listen || got.Other.Owner.PID != 0 || got.Other.FD != -1 {
		t.Errorf("the socket of another user: %+v", got.Other)
	}
	found := false
	for _, g := range got.Gaps {
		if g.What == "owners of sockets of other users" {
			found = strings.Contains(g.Why, "permission denied reading /proc/") && g.Needs == metrics.TraceFiles.String()
		}
	}
	if !found {
		t.Errorf("gaps: %+v", got.Gaps)
	}
}

// With hidepid a user is not even told of the processes that hold the others'
// sockets: there is nobody to be denied.
func TestHiddenHoldersAreAGap(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := newSockets(t, Options{})
	s.search.self = uint32(os.Geteuid()) + 1 // somebody else
	procs := []metrics.Process{{Key: metrics.ProcKey{PID: 1 << 29, Start: 1}, ID: new(metrics.Identity)}}
	eventually(t, "a gap that names hidepid", func() bool {
		if _, err := s.Append(t.Context(), procs, nil); err != nil {
			t.Fatal(err)
		}
		for _, g := range s.Gaps() {
			if g.What == "owners of sockets of other users" {
				return strings.Contains(g.Why, "hidepid") && g.Needs != ""
			}
		}
		return false
	})
}
