package threats

import (
	"net/netip"
	"strconv"
	"unicode/utf8"
)

// Cut bounds hostile text to MaxEvidence bytes, at a rune boundary; "…" ends
// what was cut.
func Cut(s string) string {
	if len(s) <= MaxEvidence {
		return s
	}
	n := MaxEvidence - len("…")
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// Proc is the path of a file of a process below /proc, for Evidence.Where.
func Proc(pid int32, name string) string {
	return "/proc/" + strconv.Itoa(int(pid)) + "/" + name
}

// about begins a finding with what the detector's Info says.
func about(info *Info, s Subject) Finding {
	s.Name = Cut(s.Name)
	return Finding{Info: info, Title: info.Title, Severity: info.Severity, Confidence: info.Confidence, Subject: s}
}

// OnProcess begins a finding about process i.
func (in *Input) OnProcess(i int32, info *Info) Finding {
	f := about(info, Subject{Kind: SubjectProcess, Key: in.Process(i).Key})
	f.Process = in.Ref(i)
	return f
}

// OnSocket begins a finding about socket s and the process that holds it.
func (in *Input) OnSocket(s int32, info *Info) Finding {
	sock := in.Socket(s)
	name := sock.Proto.String() + " " + sock.Local().String()
	if sock.Name != "" {
		name = sock.Proto.String() + " " + sock.Name
	} else if r := sock.Remote(); r.Port() != 0 {
		name += " " + r.String()
	}
	f := about(info, Subject{Kind: SubjectSocket, Name: name}).To(sock.Remote().Addr())
	if i := in.Owner(s); i >= 0 {
		f.Subject.Key = in.Process(i).Key
		f.Process = in.Ref(i)
	}
	return f
}

// OnPeer begins a finding about an address that process i talks to; i may be -1.
func (in *Input) OnPeer(i int32, peer netip.Addr, info *Info) Finding {
	f := about(info, Subject{Kind: SubjectPeer, Name: peer.String()}).To(peer)
	if i >= 0 {
		f.Subject.Key = in.Process(i).Key
		f.Process = in.Ref(i)
	}
	return f
}

// OnFile begins a finding about a file of the host.
func OnFile(path string, info *Info) Finding {
	return about(info, Subject{Kind: SubjectFile, Name: path})
}

// OnAccount begins a finding about a user or group.
func OnAccount(name string, info *Info) Finding {
	return about(info, Subject{Kind: SubjectAccount, Name: name})
}

// OnHost begins a finding about the machine; name distinguishes several of one
// detector and may be empty.
func OnHost(name string, info *Info) Finding {
	return about(info, Subject{Kind: SubjectHost, Name: name})
}

// Ref is process i as a finding remembers it.
func (in *Input) Ref(i int32) *ProcessRef {
	p := in.Process(i)
	return &ProcessRef{Key: p.Key, UID: p.UID, ID: p.ID}
}

// With returns the finding with one more piece of evidence; value is cut.
func (f Finding) With(what, where, value string) Finding {
	f.Evidence = append(f.Evidence[:len(f.Evidence):len(f.Evidence)], Evidence{What: what, Where: where, Value: Cut(value)})
	return f
}

// To returns the finding with the address at the other end of its connection, which
// joins it with what else is known of that peer.
func (f Finding) To(peer netip.Addr) Finding {
	f.Peer = peer.Unmap()
	return f
}

// As returns the finding with another weight than its Info gives it.
func (f Finding) As(s Severity, c Confidence) Finding {
	f.Severity, f.Confidence = s, c
	return f
}

// Titled returns the finding with another title.
func (f Finding) Titled(title string) Finding {
	f.Title = title
	return f
}
