//go:build linux && (amd64 || arm64)

package bpf

import ("testing";"time";"bytes";"unsafe";"encoding/binary";"github.com/cilium/ebpf/asm";"github.com/cilium/ebpf";"golang.org/x/sys/unix")

func TestZZ(t *testing.T) {
 k,_:=openKernelBTF()
 for _, o := range []object{{spec: loadWalk, program: walkProgWalkTasks}, {spec: loadTask, program: taskProgListTasks}, {spec: loadCmdline, program: cmdlineProgListCmdlines}} {
 spec,_:=o.spec()
 w:=wanted{structs: map[string]uint32{}, funcs: map[string]uint32{}}
 w.add(spec,o)
 ty,_:=k.reduce(&w)
 p:=spec.Programs[o.program]
 insns := append(asm.Instructions(nil), p.Instructions...)
 if err:=relocate(insns,ty); err!=nil {t.Fatal(err)}
 pr := &program{maps: map[string]*ebpf.Map{}}
 pr.resolve(insns,spec,&w)
 var code bytes.Buffer
 insns.Marshal(&code, binary.LittleEndian)
 cb:=code.Bytes()
 lic:=[]byte("GPL\x00")
 log:=make([]byte,16<<20)
 id := uint32(0)
 if p.Type == ebpf.Tracing { id = w.funcs[target(p)] }
 attr := progLoadAttr{progType: uint32(p.Type), insnCount: uint32(len(cb)/8), insns: unsafe.Pointer(&cb[0]), license: unsafe.Pointer(&lic[0]), expectedAttachType: uint32(p.AttachType), attachBTFID: id, flags: p.Flags,logLevel: 4, logSize: 16<<20, log: unsafe.Pointer(&log[0])}
 t2:=time.Now()
 _,err:=progLoad(&attr); t3:=time.Now()
 t.Log(o.program, err,len(insns),"prog",t3.Sub(t2), unix.ByteSliceToString(log))
 }
}
