//go:build linux && (amd64 || arm64)

package bpf

import (
	"encoding/binary"
	"os"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
)

var objects = map[string]func() (*ebpf.CollectionSpec, error){
	"task": loadTask, "walk": loadWalk, "cmdline": loadCmdline, "owner": loadOwner, "fdwalk": loadFdwalk, "screen": loadScreen,
	"tcpwalk": loadTcpwalk,
}

// The small BTF leads to the same instructions as the whole one.
func TestReducedBTFRelocatesAlike(t *testing.T) {
	whole, err := btf.LoadKernelSpec()
	if err != nil {
		t.Skipf("needs the types of the kernel: %v", err)
	}
	kernel, err := openKernelBTF()
	if err != nil {
		t.Fatal(err)
	}
	defer kernel.close()
	for name, load := range objects {
		spec, err := load()
		if err != nil {
			t.Fatal(err)
		}
		for program, p := range spec.Programs {
			want := wanted{structs: map[string]uint32{}, funcs: map[string]uint32{}}
			want.add(spec, object{program: program})
			small, err := kernel.reduce(&want)
			if err != nil {
				t.Fatal(err)
			}
			a, b := p.Copy().Instructions, p.Copy().Instructions
			if err := relocate(a, whole); err != nil {
				t.Fatal(err)
			}
			if err := relocate(b, small); err != nil {
				t.Fatal(err)
			}
			for i := range a {
				if a[i].OpCode != b[i].OpCode || a[i].Offset != b[i].Offset || a[i].Constant != b[i].Constant {
					t.Errorf("%s: instruction %d of %s: %v with all types, %v with few", name, i, program, a[i], b[i])
				}
			}
			for id, name := range map[uint32]string{want.structs["task_struct"]: "task_struct"} {
				typ, err := whole.TypeByID(btf.TypeID(id))
				if err != nil || typ.TypeName() != name {
					t.Errorf("id %d is %v (%v), not %s", id, typ, err, name)
				}
			}
		}
	}
}

func FuzzReduce(f *testing.F) {
	f.Add(smallBTF(f))
	if raw, err := os.ReadFile(kernelBTFFile); err == nil {
		f.Add(raw[:min(len(raw), 4096)])
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		k, err := parseBTF(raw)
		if err != nil {
			return
		}
		want := wanted{structs: map[string]uint32{"s": 0, "": 0}, funcs: map[string]uint32{"f": 0}}
		_, _ = k.reduce(&want)
	})
}

// smallBTF has a struct that contains another, an array and a pointer to itself.
func smallBTF(tb testing.TB) []byte {
	inner := &btf.Struct{Name: "inner", Size: 4, Members: []btf.Member{{Name: "x", Type: &btf.Int{Name: "int", Size: 4, Encoding: btf.Signed}}}}
	outer := &btf.Struct{Name: "s", Size: 24}
	outer.Members = []btf.Member{
		{Name: "self", Type: &btf.Pointer{Target: outer}},
		{Name: "in", Type: inner, Offset: 64},
		{Name: "many", Type: &btf.Array{Index: &btf.Int{Name: "int", Size: 4}, Type: inner, Nelems: 3}, Offset: 96},
	}
	b, err := btf.NewBuilder([]btf.Type{outer, inner}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	raw, err := b.Marshal(nil, &btf.MarshalOptions{Order: binary.LittleEndian})
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

func TestReduce(t *testing.T) {
	k, err := parseBTF(smallBTF(t))
	if err != nil {
		t.Fatal(err)
	}
	want := wanted{structs: map[string]uint32{"s": 0}}
	spec, err := k.reduce(&want)
	if err != nil {
		t.Fatal(err)
	}
	var s *btf.Struct
	if err := spec.TypeByName("s", &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Members) != 3 || s.Members[1].Type.TypeName() != "inner" || s.Members[2].Offset != 96 {
		t.Errorf("%+v", s.Members)
	}
	if p, ok := s.Members[0].Type.(*btf.Pointer); !ok || p.Target != (*btf.Void)(nil) {
		t.Errorf("the pointer leads to %v", s.Members[0].Type)
	}
}
