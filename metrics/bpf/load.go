//go:build linux && (amd64 || arm64)

package bpf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"
)

// loadPrograms loads the program of each object, in the order given. The types of
// the kernel are looked at once for all, and not kept. An optional program that
// the kernel does not support is nil.
//
// ebpf.NewCollection would do the same with less code here, but it indexes all
// types of the kernel, which takes ten times as long as everything else.
func loadPrograms(objects ...object) (progs []*program, err error) {
	kernel, err := openKernelBTF()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: the kernel does not describe its types in %s: needs Linux 5.8 or later with CONFIG_DEBUG_INFO_BTF", ErrUnsupported, kernelBTFFile)
	}
	if err != nil {
		return nil, fmt.Errorf("read the types of the kernel: %w", err)
	}
	defer kernel.close()
	defer func() {
		if err != nil {
			for _, p := range progs {
				_ = p.close()
			}
			progs = nil
		}
	}()

	want := wanted{structs: map[string]uint32{}, funcs: map[string]uint32{}}
	specs := make([]*ebpf.CollectionSpec, len(objects))
	for i, o := range objects {
		if specs[i], err = o.spec(); err != nil {
			return nil, err
		}
		want.add(specs[i], o)
	}
	types, err := kernel.reduce(&want)
	if err != nil {
		return nil, fmt.Errorf("read the types of the kernel: %w", err)
	}
	have := make(map[string]bool)
	for i, o := range objects {
		if o.skip || have[o.unless] {
			progs = append(progs, nil)
			continue
		}
		p, err := o.load(specs[i], types, &want)
		have[o.program] = err == nil
		if err != nil && !(o.optional && errors.Is(err, ErrUnsupported)) {
			return progs, err
		}
		progs = append(progs, p)
	}
	return progs, nil
}

// object is one compiled C source, with one program in it.
type object struct {
	spec     func() (*ebpf.CollectionSpec, error)
	program  string
	optional bool
	unless   string // not needed if the program of this name was loaded
	skip     bool
}

// add notes which kernel types the object needs.
func (w *wanted) add(spec *ebpf.CollectionSpec, o object) {
	for t := range spec.Types.All() {
		switch t := t.(type) {
		case *btf.Struct:
			name, _, _ := strings.Cut(t.Name, "___")
			w.structs[name] = 0
		case *btf.Func:
			if t.Linkage == btf.ExternFunc {
				w.funcs[t.Name] = 0
			}
		}
	}
	if p := spec.Programs[o.program]; p.Type == ebpf.Tracing {
		w.funcs[target(p)] = 0
	}
}

// target is the function of the kernel whose type stands for the iterator.
func target(p *ebpf.ProgramSpec) string { return "bpf_iter_" + p.AttachTo }

func (o object) load(spec *ebpf.CollectionSpec, types *btf.Spec, want *wanted) (*program, error) {
	p := spec.Programs[o.program]
	id := uint32(0)
	if p.Type == ebpf.Tracing {
		if id = want.funcs[target(p)]; id == 0 {
			return nil, fmt.Errorf("%w: the kernel has no iterator over %s: needs Linux 5.8 or later", ErrUnsupported, p.AttachTo)
		}
	}
	loaded := &program{maps: make(map[string]*ebpf.Map)}
	err := loaded.load(p, spec, types, want, id)
	if err == nil && id != 0 {
		loaded.iter, err = link.AttachIter(link.IterOptions{Program: loaded.Program})
	}
	if err != nil {
		_ = loaded.close()
		return nil, fmt.Errorf("load the program %s: %w", o.program, err)
	}
	return loaded, nil
}

func (p *program) load(from *ebpf.ProgramSpec, spec *ebpf.CollectionSpec, types *btf.Spec, want *wanted, attachTo uint32) error {
	insns := append(asm.Instructions(nil), from.Instructions...)
	if err := relocate(insns, types); err != nil {
		return err
	}
	if err := p.resolve(insns, spec, want); err != nil {
		return err
	}
	var code bytes.Buffer
	if err := insns.Marshal(&code, binary.LittleEndian); err != nil {
		return err
	}
	var err error
	p.Program, err = loadProgram(from, code.Bytes(), attachTo)
	return err
}

// relocate adapts the instructions to the layout of the running kernel, as CO-RE.
func relocate(insns asm.Instructions, types *btf.Spec) error {
	var relos []*btf.CORERelocation
	var at []*asm.Instruction
	for i := range insns {
		if r := btf.CORERelocationMetadata(&insns[i]); r != nil {
			relos, at = append(relos, r), append(at, &insns[i])
		}
	}
	noLocal := func(t btf.Type) (btf.TypeID, error) { return 0, fmt.Errorf("%v: local type ids are not used", t) }
	fixups, err := btf.CORERelocate(relos, []*btf.Spec{types}, binary.LittleEndian, noLocal)
	if err != nil {
		return err
	}
	for i := range fixups {
		if err := fixups[i].Apply(at[i]); err != nil {
			return err
		}
	}
	return nil
}

// resolve puts in what the instructions name: maps, functions of the kernel and
// constants.
func (p *program) resolve(insns asm.Instructions, spec *ebpf.CollectionSpec, want *wanted) error {
	for i := range insns {
		ins := &insns[i]
		name := ins.Reference()
		switch {
		case ins.IsKfuncCall():
			if err := want.call(ins, name); err != nil {
				return err
			}
		case ins.IsLoadFromMap():
			m, err := p.makeMap(name, spec.Maps[name])
			if err != nil {
				return err
			}
			if err := ins.AssociateMap(m); err != nil {
				return err
			}
		case ins.OpCode.IsDWordLoad() && name != "":
			n, err := want.constant(name)
			if err != nil {
				return err
			}
			ins.Src, ins.Constant = asm.R0, n
		}
	}
	return nil
}

// call sets the function of the kernel that is called.
func (w *wanted) call(ins *asm.Instruction, name string) error {
	id := w.funcs[name]
	switch {
	case id != 0:
		ins.Constant = int64(id)
	case name == readOnlyCast:
		// The pointer stays what it is.
		*ins = asm.Mov.Reg(asm.R0, asm.R1).WithMetadata(ins.Metadata)
	default:
		return fmt.Errorf("%w: the kernel has no function %s", ErrUnsupported, name)
	}
	return nil
}

const readOnlyCast = "bpf_rdonly_cast"

// constant is the value of a symbol of core.h.
func (w *wanted) constant(name string) (int64, error) {
	if of, ok := strings.CutPrefix(name, "id_"); ok {
		return int64(w.structs[of]), nil
	}
	if name == "possible_cpus" {
		n, err := ebpf.PossibleCPU()
		return int64(n), err
	}
	return 0, fmt.Errorf("no such symbol: %s", name)
}

func (p *program) makeMap(name string, spec *ebpf.MapSpec) (*ebpf.Map, error) {
	if m := p.maps[name]; m != nil {
		return m, nil
	}
	if spec == nil {
		return nil, fmt.Errorf("no map %s", name)
	}
	var m *ebpf.Map
	err := withMemlock(func() (err error) {
		m, err = ebpf.NewMap(&ebpf.MapSpec{
			Type: spec.Type, KeySize: spec.KeySize, ValueSize: spec.ValueSize, MaxEntries: spec.MaxEntries, Flags: spec.Flags,
		})
		return err
	})
	if err != nil {
		return nil, privilege(fmt.Errorf("make the map %s: %w", name, err))
	}
	p.maps[name] = m
	return m, nil
}
