//go:build linux && (amd64 || arm64)

package bpf

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
)

// testdata/VERSION.btf.gz has the types of that kernel which our programs name, and
// the functions. bench/kernels --types testdata VMLINUZ writes it, by the test below.

// Without SMOOTHTASK_TYPES this writes nothing. With it, the types of the running
// kernel go into that file, or those of the BTF in SMOOTHTASK_BTF.
func TestWriteTypes(t *testing.T) {
	to, from := os.Getenv("SMOOTHTASK_TYPES"), os.Getenv("SMOOTHTASK_BTF")
	if to == "" {
		t.Skip("SMOOTHTASK_TYPES=FILE writes the types of the running kernel there")
	}
	if from == "" {
		from = kernelBTFFile
	}
	raw, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	k, err := parseBTF(raw)
	if err != nil {
		t.Fatal(err)
	}
	want := wanted{structs: map[string]uint32{}, funcs: map[string]uint32{}}
	for _, load := range objects {
		spec, err := load()
		if err != nil {
			t.Fatal(err)
		}
		for program := range spec.Programs {
			want.add(spec, object{program: program})
		}
	}
	small, err := k.pick(&want)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(want.funcs)) {
		if want.funcs[name] != 0 {
			small.types = append(small.types, small.function(name))
		}
	}
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	_, _ = z.Write(small.bytes())
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, packed.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// function is a function of which no more than the name matters.
func (c *btfCopy) function(name string) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, uint32(len(c.strings)))
	c.strings = append(append(c.strings, name...), 0)
	return le.AppendUint32(le.AppendUint32(b, btfFunc<<24), 0)
}

// kernelTypes are those of the kernels in testdata, by version.
func kernelTypes(t *testing.T) map[string]*kernelBTF {
	t.Helper()
	files, err := filepath.Glob("testdata/*.btf.gz")
	if err != nil || len(files) < 3 {
		t.Fatalf("%v, %v", files, err)
	}
	kernels := make(map[string]*kernelBTF)
	for _, name := range files {
		packed, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		k, err := parseBTF(raw)
		if err != nil {
			t.Fatal(err)
		}
		kernels[strings.TrimSuffix(filepath.Base(name), ".btf.gz")] = k
	}
	return kernels
}

// without is the kernel as if it had no type, member or function of these names.
func (k *kernelBTF) without(names ...string) *kernelBTF {
	text := slices.Clone(k.strings)
	for _, name := range names {
		whole := []byte("\x00" + name + "\x00")
		for at := bytes.Index(text, whole); at >= 0; at = bytes.Index(text, whole) {
			text[at+1] = '-'
		}
	}
	return &kernelBTF{k.types, text, func() {}}
}

// A program reads only members that the kernel has: each one that it may lack lies
// behind FIELD_EXISTS. Programs that the kernel lacks functions for are not loaded.
func TestProgramsReadWhatOldKernelsHave(t *testing.T) {
	loaded := map[string][]string{
		"5.10": {"list_cmdlines", "list_owners", "list_tasks"},
		"6.1":  {"list_cmdlines", "list_owners", "list_tasks"},
		"6.12": {"list_cmdlines", "list_owners", "list_tasks", "screen_processes", "walk_owners", "walk_tasks", "walk_tcp"},
	}
	for version, k := range kernelTypes(t) {
		if got := readable(t, version, k); !slices.Equal(got, loaded[version]) {
			t.Errorf("Linux %s loads %v, want %v", version, got, loaded[version])
		}
	}
}

// The options of a kernel that take members, types or functions away.
func TestProgramsReadWhatConfiguredKernelsHave(t *testing.T) {
	for option, names := range map[string][]string{
		"CGROUPS":            {"cgroups", "css_set", "cgroup", "cgroup_namespace"},
		"SYSVIPC":            {"ipc_namespace"},
		"NET_NS":             {"skc_net"},
		"IPV6":               {"skc_v6_daddr", "skc_v6_rcv_saddr"},
		"TTY":                {"tty_driver", "tty_struct"},
		"SECCOMP":            {"mode"},
		"TASK_IO_ACCOUNTING": {"read_bytes", "write_bytes"},
		"TASK_XACCT":         {"syscr", "syscw"},
		"TIME_NS":            {"time_ns", "time_namespace"},
		"SMP":                {"counters"},
	} {
		for version, k := range kernelTypes(t) {
			if got := readable(t, version+" without CONFIG_"+option, k.without(names...)); !slices.Contains(got, "list_tasks") {
				t.Errorf("Linux %s without CONFIG_%s loads %v", version, option, got)
			}
		}
	}
}

// readable lists the programs that a kernel with these types has all functions for,
// and reports what they read of it that is not there.
func readable(t *testing.T, kernel string, k *kernelBTF) (programs []string) {
	t.Helper()
	for _, load := range objects {
		spec, err := load()
		if err != nil {
			t.Fatal(err)
		}
		for name, p := range spec.Programs {
			want := wanted{structs: map[string]uint32{}, funcs: map[string]uint32{}}
			want.add(spec, object{program: name})
			small, err := k.reduce(&want)
			if err != nil {
				t.Fatal(err)
			}
			if !want.complete() {
				continue
			}
			programs = append(programs, name)
			checkReads(t, kernel, p, small, &want)
		}
	}
	slices.Sort(programs)
	return programs
}

// complete reports whether the kernel has all functions but that which can be left out.
func (w *wanted) complete() bool {
	for name, id := range w.funcs {
		if id == 0 && name != readOnlyCast {
			return false
		}
	}
	return true
}

func checkReads(t *testing.T, kernel string, p *ebpf.ProgramSpec, types *btf.Spec, want *wanted) {
	t.Helper()
	insns := slices.Clone(p.Instructions)
	if err := relocate(insns, types); err != nil {
		t.Errorf("%s of Linux %s: %v", p.Name, kernel, err)
		return
	}
	for i, reached := range reachable(insns) {
		ins := &insns[i]
		if reached && poisoned(ins) {
			t.Errorf("%s on Linux %s, instruction %d: %v", p.Name, kernel, i, btf.CORERelocationMetadata(&p.Instructions[i]))
		}
		if of, ok := strings.CutPrefix(ins.Reference(), "id_"); ok && reached && want.funcs[readOnlyCast] != 0 && want.structs[of] == 0 {
			t.Errorf("%s on Linux %s, instruction %d: struct %s", p.Name, kernel, i, of)
		}
	}
}

// A read without a guard is found, one behind a guard is not.
func TestReachable(t *testing.T) {
	poison := asm.BuiltinFunc(btf.COREBadRelocationSentinel).Call()
	guarded := asm.Instructions{
		asm.LoadImm(asm.R2, 0, asm.DWord), // two units wide
		asm.Mov.Imm(asm.R1, 0),            // FIELD_EXISTS
		asm.Mov.Reg(asm.R6, asm.R1),
		{OpCode: asm.OpCode(asm.JumpClass).SetJumpOp(asm.JEq).SetSource(asm.ImmSource), Dst: asm.R6, Offset: 1},
		poison,
		asm.Return(),
	}
	if got, want := reachable(guarded), []bool{true, true, true, true, false, true}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for i, change := range map[int]asm.Instruction{
		1: asm.Mov.Imm(asm.R1, 1),
		2: asm.LoadMem(asm.R6, asm.R1, 0, asm.Word),
		3: asm.Mov.Imm(asm.R6, 0),
	} {
		insns := slices.Clone(guarded)
		insns[i] = change
		if r := reachable(insns); !r[4] || !poisoned(&insns[4]) {
			t.Errorf("with %v, %v", change, r)
		}
	}
}
