package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/metrics/bpf"
	"github.com/smoothtask/smoothtask/metrics/host"
	"github.com/smoothtask/smoothtask/metrics/netlink"
	"github.com/smoothtask/smoothtask/metrics/procfs"
)

// fewProcesses is the number of processes up to which a single report is quicker
// from /proc than through programs that must be loaded into the kernel first,
// which takes about 20 ms.
const fewProcesses = 400

// onceOwnersBudget is the time that a single report takes at most to find who holds
// which socket, where the kernel has to be asked process by process.
const onceOwnersBudget = time.Second

// platformSources opens the sources of Linux. Without error and result, the
// portable source is wanted.
func platformSources(o sourceOptions) (*sources, error) {
	fs, err := procfs.NewFS("")
	if o.name == "gopsutil" {
		if err != nil {
			return nil, nil
		}
		return &sources{
			processes: host.NewProcesses(host.ProcessOptions{Users: o.users, Batcher: o.pool.Lane("processes")}),
			sockets:   host.NewSockets(host.SocketOptions{}), why: "asked for",
			inspector: procfs.NewInspector(fs, o.memory), close: []func() error{fs.Close},
		}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read processes: %w", err)
	}
	s := &sources{inspector: procfs.NewInspector(fs, o.memory), why: "asked for", close: []func() error{fs.Close}}
	if err := s.open(o, fs); err != nil {
		return nil, errors.Join(err, fs.Close())
	}
	return s, nil
}

// open chooses the process source and gives it the sockets.
func (s *sources) open(o sourceOptions, fs *procfs.FS) error {
	name := o.name
	owners := netlink.Options{Batch: o.pool.LaneFrom("owners", 1), Memory: o.memory}
	if o.once { // there is no later cycle in which the rest of the owners could be found
		owners.FirstBudget = onceOwnersBudget
	}
	var holders *bpf.SocketOwners
	s.programs = func() ([]metrics.BPFProgram, error) { return bpf.ListPrograms(nil) }
	if name == "ebpf" || name == "auto" && !quickWithout(fs, o.once) {
		src, err := openBPF(fs, o.users)
		switch {
		case err == nil:
			s.processes, s.watch = src, src.Watch
			s.losses = append(s.losses, src)
			own := &ownPrograms{ids: src.ProgramIDs()}
			if name == "auto" {
				s.why = "the kernel lists tasks itself: the fastest"
			}
			if h, err := bpf.NewSocketOwners(); err == nil {
				owners.Owners, holders = socketOwners(h), h
				s.losses = append(s.losses, h)
				own.add(h.ProgramIDs())
			}
			if !o.once {
				owners.OpenTCP = own.openTCP
			}
			screener := bpf.NewScreener()
			s.screener = screener
			s.close = append(s.close, screener.Close)
			s.programs = func() ([]metrics.BPFProgram, error) {
				return own.list(screener.ProgramIDs())
			}
		case name == "ebpf":
			return unsupported(name, err)
		default:
			s.why = "without eBPF: " + err.Error()
		}
	} else if name == "auto" {
		s.why = "quicker than loading eBPF programs for one report"
	}
	if s.processes == nil {
		src, err := procfs.New(procfs.Options{Batch: o.pool.Lane("procfs"), Pool: o.pool, Users: o.users, TTL: o.ttl})
		if err != nil {
			return fmt.Errorf("cannot read processes: %w", err)
		}
		s.processes, s.watch = src, src.Watch
	}
	socks, err := netlink.NewSockets(owners)
	if err != nil {
		err = fmt.Errorf("cannot read sockets: %w", err)
		if holders != nil {
			err = errors.Join(err, holders.Close())
		}
		return err
	}
	s.sockets = socks
	s.losses, s.traffic = append(s.losses, socks), append(s.traffic, socks)
	if holders != nil {
		s.sockets = ownedSockets{socks, holders}
	}
	return nil
}

// ownedSockets are sockets that are asked for their owners by a program, which ends
// with them and not before.
type ownedSockets struct {
	*netlink.Sockets
	owners *bpf.SocketOwners
}

func (s ownedSockets) Close() error { return errors.Join(s.Sockets.Close(), s.owners.Close()) }

// ownPrograms are the eBPF programs that we have loaded so far.
type ownPrograms struct {
	mu  sync.Mutex
	ids []uint32
}

func (p *ownPrograms) add(ids []uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ids = append(p.ids, ids...)
}

// list lists all eBPF programs of the machine; more are of our own as well.
func (p *ownPrograms) list(more []uint32) ([]metrics.BPFProgram, error) {
	p.mu.Lock()
	own := slices.Concat(p.ids, more)
	p.mu.Unlock()
	return bpf.ListPrograms(own)
}

// openTCP opens the eBPF listing of TCP sockets, once it is wanted.
func (p *ownPrograms) openTCP() (netlink.TCPLister, error) {
	tcp, err := bpf.NewTCPSockets()
	if err != nil {
		return nil, err
	}
	p.add(tcp.ProgramIDs())
	return tcp, nil
}

// quickWithout reports whether a single report is quicker from /proc.
func quickWithout(fs *procfs.FS, once bool) bool {
	if !once {
		return false
	}
	pids, err := fs.ListPids(nil)
	return err == nil && len(pids) <= fewProcesses
}

func openBPF(fs *procfs.FS, users *metrics.Users) (*bpf.Source, error) {
	return bpf.New(bpf.Options{
		ReadExe: func(pid int32) (string, uint64, uint64, error) {
			path, file, err := fs.ReadExe(pid)
			return path, file.Dev, file.Inode, err
		},
		ReadCwd:     fs.ReadCwd,
		ReadCgroup:  fs.ReadCgroup,
		ReadCmdline: func(ctx context.Context, pid int32) (string, bool, error) { return fs.ReadCmdline(ctx, pid) },
		ListPids:    fs.ListPids,
		ReadProcess: func(ctx context.Context, pid int32) (metrics.Process, error) { return fs.ReadProcess(ctx, pid, users) },
		UserName:    users.Name,
	})
}

// socketOwners turns owners as the eBPF program tells them into those that the
// socket source wants.
func socketOwners(o *bpf.SocketOwners) func(context.Context, []uint64, []netlink.Owner) ([]netlink.Owner, error) {
	return func(ctx context.Context, want []uint64, dst []netlink.Owner) ([]netlink.Owner, error) {
		found, err := o.Owners(ctx, want, nil) // many at first, then few: not worth keeping room for
		if err != nil {
			return dst, err
		}
		for _, w := range found {
			dst = append(dst, netlink.Owner(w))
		}
		return dst, nil
	}
}
