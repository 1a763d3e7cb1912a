//go:build linux && (amd64 || arm64)

package bpf

import (
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
)

// poisoned reports whether relocation found nothing in the kernel's types for an
// instruction. The verifier refuses it unless it sees that the program cannot get
// there.
func poisoned(ins *asm.Instruction) bool {
	switch {
	case ins.OpCode.IsDWordLoad():
		return ins.Dst == asm.R10 && ins.Constant == btf.COREBadRelocationSentinel
	case ins.IsBuiltinCall():
		return ins.Constant == btf.COREBadRelocationSentinel
	}
	return false
}

// content is what is known of a register: a constant, or nothing.
type content struct {
	known bool
	value int64
}

// registers are R0 to R10 before an instruction.
type registers [11]content

// reachable tells which instructions a program can come to, as far as constants in
// registers decide: that is how FIELD_EXISTS becomes a branch never taken. The
// verifier knows more, and so comes to no others.
func reachable(insns asm.Instructions) []bool {
	at := make(map[asm.RawInstructionOffset]int, len(insns))
	offsets := make([]asm.RawInstructionOffset, len(insns))
	for it := insns.Iterate(); it.Next(); {
		at[it.Offset], offsets[it.Index] = it.Index, it.Offset
	}
	seen, states := make([]bool, len(insns)), make([]registers, len(insns))
	var work []int
	visit := func(i int, r registers) {
		if i >= len(insns) {
			return
		}
		if !seen[i] {
			seen[i], states[i] = true, r
			work = append(work, i)
			return
		}
		if joined := join(states[i], r); joined != states[i] {
			states[i] = joined
			work = append(work, i)
		}
	}
	visit(0, registers{})
	for len(work) > 0 {
		i := work[len(work)-1]
		work = work[:len(work)-1]
		ins, r := &insns[i], states[i]
		next, jump := step(ins, &r)
		if next {
			visit(i+1, r)
		}
		if jump {
			visit(at[offsets[i]+asm.RawInstructionOffset(1+ins.Offset)], r)
		}
	}
	return seen
}

func join(a, b registers) registers {
	for i := range a {
		if a[i] != b[i] {
			a[i] = content{}
		}
	}
	return a
}

// step does what an instruction does to the registers, and tells whether the program
// goes on with the next one, and whether with that to which it jumps.
func step(ins *asm.Instruction, r *registers) (next, jump bool) {
	switch op := ins.OpCode; op.Class() {
	case asm.JumpClass, asm.Jump32Class:
		switch op.JumpOp() {
		case asm.Exit:
			return false, false
		case asm.Call:
			clear(r[:6])
			return true, false
		case asm.Ja:
			return false, true
		}
		taken, known := decide(ins, r)
		return !known || !taken, !known || taken
	case asm.ALUClass, asm.ALU64Class:
		n := content{}
		if op.ALUOp() == asm.Mov {
			n = operand(ins, r)
		}
		r[ins.Dst] = n
	case asm.LdClass:
		r[ins.Dst] = content{ins.OpCode.IsDWordLoad() && ins.Reference() == "", ins.Constant}
	case asm.LdXClass:
		r[ins.Dst] = content{}
	}
	return true, false
}

func operand(ins *asm.Instruction, r *registers) content {
	if ins.OpCode.Source() == asm.RegSource {
		return r[ins.Src]
	}
	return content{true, ins.Constant}
}

// decide evaluates a comparison of constants.
func decide(ins *asm.Instruction, r *registers) (taken, known bool) {
	a, b := r[ins.Dst], operand(ins, r)
	if !a.known || !b.known {
		return false, false
	}
	switch ins.OpCode.JumpOp() {
	case asm.JEq:
		return a.value == b.value, true
	case asm.JNE:
		return a.value != b.value, true
	}
	return false, false
}
