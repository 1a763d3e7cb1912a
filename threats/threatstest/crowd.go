package threatstest

import (
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// programs are what a busy server runs; processes of a crowd take turns. The first
// is the parent of a family.
var programs = []struct{ cmdline, comm, unit string }{
	{"/usr/sbin/sshd -D", "sshd", "ssh.service"},
	{"/usr/lib/postgresql/17/bin/postgres -D /var/lib/postgresql/17/main", "postgres", "postgresql@17-main.service"},
	{"/usr/bin/redis-server 127.0.0.1:6379", "redis-server", "redis-server.service"},
	{"/usr/bin/python3.13 /srv/app/worker.py --queue=mail --concurrency=4", "python3.13", "worker.service"},
	{"/usr/lib/jvm/java-21/bin/java -Xmx2g -XX:+UseG1GC -jar /opt/app/server.jar --spring.profiles.active=production", "java", "app.service"},
	{"/usr/bin/node /srv/web/server.js --port=3000", "node", "web.service"},
	{"/usr/sbin/nginx -g daemon on; master_process on;", "nginx", "nginx.service"},
	{"/usr/bin/bash -l", "bash", "session-12.scope"},
	{"/usr/bin/sleep 3600", "sleep", "session-12.scope"},
	{"/usr/bin/containerd-shim-runc-v2 -namespace moby -id 4f1c", "containerd-shim", "containerd.service"},
}

// Crowd is a snapshot of a big healthy machine, the same on each call.
// Processes belong to families of ten; sockets are TCP connections over
// loopback and a private network, and one listener in a hundred.
func Crowd(procs, socks int) *metrics.Snapshot {
	s := &metrics.Snapshot{At: Now, Uptime: Now.Sub(Boot), Processes: make([]metrics.Process, procs), Sockets: make([]metrics.Socket, socks)}
	s.System.Host.BootTime = Boot
	security := &metrics.Security{CapBounding: 1<<41 - 1}
	parent := int32(1)
	for i := range s.Processes {
		g := programs[i%len(programs)]
		args := strings.Fields(g.cmdline)
		id := &metrics.Identity{
			Comm: short(g.comm), Exe: args[0], Invoked: args[0], Cmdline: strings.Join(args, "\x00") + "\x00",
			Cwd: "/srv", User: "app", ExeDev: 0x801, ExeInode: uint64(1000 + i%len(programs)), ExeMode: 0o100755,
			Cgroup: metrics.Cgroup{Path: "/system.slice/" + g.unit, Unit: g.unit, Slice: "system.slice"},
		}
		p := &s.Processes[i]
		*p = metrics.Process{
			Key:  metrics.ProcKey{PID: int32(1 + i*3), Start: uint64(1000 + i)},
			PPID: parent, UID: 1000, EUID: 1000, ExecID: uint64(i), Threads: 4, State: 'S', ExeNlink: 1, ID: id, Security: security,
			UserNS: uint64(i) * 1e6, RSSBytes: 20 << 20,
			Have: metrics.HasCmdline | metrics.HasExeFile | metrics.HasEffective | metrics.HasSecurity | metrics.HasTracer | metrics.HasIO | metrics.HasExecID,
		}
		switch {
		case i == 0:
			p.PPID, p.UID, p.EUID = 0, 0, 0
		case i%10 == 0:
			p.PPID, parent = 1, p.Key.PID
		}
	}
	for i := range s.Sockets {
		owner := &s.Processes[i*7%procs]
		if idle := i * 7 % procs % len(programs); idle == 7 || idle == 8 { // shells and sleep connect to nobody
			owner = &s.Processes[max(i*7%procs-4, 0)]
		}
		k := &s.Sockets[i]
		*k = metrics.Socket{
			Inode: uint64(100_000 + i), Cookie: uint64(i + 1), Owner: owner.Key, UID: owner.UID, Holders: 1,
			Proto: metrics.TCP, State: metrics.Established, Family: syscall.AF_INET, FD: int32(3 + i%20), HasInfo: true,
			LocalIP:   [16]byte{10: 0xff, 11: 0xff, 12: 10, 15: 1},
			RemoteIP:  [16]byte{10: 0xff, 11: 0xff, 12: 10, 13: 1, 14: byte(i >> 8), 15: byte(i)},
			LocalPort: uint16(32768 + i%28000), RemotePort: 443, RxBytes: uint64(i), TxBytes: uint64(i),
		}
		if i%100 == 0 {
			k.State, k.RemoteIP, k.RemotePort = metrics.Listen, [16]byte{}, 0
		}
	}
	return s
}

// Varied is a Crowd in which no two processes are alike: each has a version, a
// directory and arguments of its own, and connections to many ports.
func Varied(procs, socks int) *metrics.Snapshot {
	s := Crowd(procs, socks)
	for i := range s.Processes {
		id := s.Processes[i].ID
		dir := fmt.Sprintf("/srv/site-%d/releases/%x", i%97, i*7919)
		rest := strings.TrimPrefix(id.Cmdline, id.Exe)
		id.Exe = fmt.Sprintf("/opt/v%d%s", i%61, id.Exe)
		id.Invoked = id.Exe
		id.Cmdline = fmt.Sprintf("%s%s--config=%s/app.conf\x00--shard\x00%d\x00--log-level=warn\x00", id.Exe, rest, dir, i)
		id.Cwd, id.User, id.ExeInode = dir, fmt.Sprintf("app%d", i%53), uint64(1000+i%len(programs)+100*(i%61))
	}
	for i := range s.Sockets {
		if k := &s.Sockets[i]; k.RemotePort != 0 {
			k.RemotePort = [...]uint16{443, 5432, 6379, 8080, 9092}[i%5]
		}
	}
	return s
}

// Next is the snapshot a second later: counters have moved, and of every thousand
// processes and sockets one has ended and one has begun. Identities that stay are
// shared.
func Next(s *metrics.Snapshot, cycle int) *metrics.Snapshot {
	n := *s
	n.At = s.At.Add(time.Second)
	n.Uptime += time.Second
	n.Processes = append([]metrics.Process(nil), s.Processes...)
	n.Sockets = append([]metrics.Socket(nil), s.Sockets...)
	for i := range n.Processes {
		p := &n.Processes[i]
		p.UserNS += 1e6
		if i%1000 == 500 {
			id := *p.ID
			id.Cmdline = fmt.Sprintf("%s--run=%d\x00", strings.TrimRight(id.Cmdline, "-=run0123456789\x00"), cycle)
			p.ID = &id
			p.Key.Start = uint64(n.Uptime / (time.Second / metrics.TicksPerSecond))
		}
	}
	for i := 500; i < len(n.Sockets); i += 1000 {
		k := &n.Sockets[i]
		k.Inode, k.Cookie = k.Inode+1_000_000, k.Cookie+1_000_000
		k.LocalPort++
	}
	return &n
}
