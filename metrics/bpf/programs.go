//go:build linux && (amd64 || arm64)

package bpf

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/cilium/ebpf"

	"github.com/smoothtask/smoothtask/metrics"
)

// maxPrograms bounds the programs that are listed.
const maxPrograms = 4096

// ListPrograms lists the eBPF programs that are loaded into the kernel, by
// BPF_PROG_GET_NEXT_ID of bpf(2). It needs CAP_SYS_ADMIN. own are the ids of our
// own. A program that is unloaded meanwhile is left out.
func ListPrograms(own []uint32) (list []metrics.BPFProgram, err error) {
	for id := ebpf.ProgramID(0); len(list) < maxPrograms; {
		id, err = ebpf.ProgramGetNextID(id)
		if errors.Is(err, fs.ErrNotExist) {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list the eBPF programs: %w", err)
		}
		p, err := ebpf.NewProgramFromID(id)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look at eBPF program %d: %w", id, err)
		}
		info, err := p.Info()
		p.Close()
		if err != nil {
			return nil, fmt.Errorf("look at eBPF program %d: %w", id, err)
		}
		b := metrics.BPFProgram{ID: uint32(id), Type: programType(info.Type), Name: info.Name, Tag: info.Tag, Own: slices.Contains(own, uint32(id))}
		b.UID, _ = info.CreatedByUID()
		b.Loaded, _ = info.LoadTime()
		list = append(list, b)
	}
	return list, nil
}

// programType writes the type as bpftool(8) does: CGroupSKB → cgroup_skb.
func programType(t ebpf.ProgramType) string {
	name := []byte(strings.ReplaceAll(t.String(), "CGroup", "Cgroup"))
	upper := func(i int) bool { return i < len(name) && name[i] >= 'A' && name[i] <= 'Z' }
	lower := func(i int) bool { return i < len(name) && name[i] >= 'a' && name[i] <= 'z' }
	var b strings.Builder
	for i, c := range name {
		if i > 0 && upper(i) && (!upper(i-1) || lower(i+1)) {
			b.WriteByte('_')
		}
		b.WriteByte(c)
	}
	return strings.ToLower(b.String())
}

// ProgramIDs are the numbers of the programs of the source.
func (s *Source) ProgramIDs() []uint32 {
	list := []*program{s.iter}
	if s.walk != nil {
		list = append(list, s.walk.prog)
	}
	if s.cmds != nil && s.cmds.bulk != nil {
		list = append(list, s.cmds.bulk.prog)
	}
	return ids(list...)
}

// ProgramIDs are the numbers of the programs of the owners.
func (s *SocketOwners) ProgramIDs() []uint32 { return ids(s.walk, s.iter) }

// ids are the numbers of programs; those that are nil are left out.
func ids(progs ...*program) (out []uint32) {
	for _, p := range progs {
		if p == nil || p.Program == nil {
			continue
		}
		if info, err := p.Info(); err == nil {
			if id, ok := info.ID(); ok {
				out = append(out, uint32(id))
			}
		}
	}
	return out
}
