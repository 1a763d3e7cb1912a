package detectors

import (
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// replacedImage finds processes that do not run the code of the program that the
// kernel names: it was unmapped and other code took its place.
type replacedImage struct{}

var replacedImageInfo = &threats.Info{
	ID: "memory.replaced-image", Number: 21,
	Title:    "The program in memory is not the file it was started from",
	Severity: threats.Medium, Confidence: threats.Weak, Cost: threats.Deep, OfProgram: true,
	Techniques: []string{"T1055"},
	Parts:      metrics.PartMaps,
	Ask:        metrics.Question{Traits: metrics.ReplacedImage},
	Needs:      metrics.Trace, NeedsFor: "the processes of other users",
	Why: "A process keeps the name of an innocent program while all of its code comes from memory. " +
		"Loaders that need neither a file nor memfd_create(2) replace the image of a running dd or shell in this way.",
	FalsePositives: "Packed programs (UPX) unpack themselves so, and a few databases and runtimes move their code to huge pages; the latter are left out by name where they are installed, and count as low in a home. " +
		"Distributions pack nothing, so only a program of the system, a shell or an interpreter counts as high.",
	Next: []string{
		"Save the image while the process runs: gcore PID.",
		"Compare the arguments with what the named program takes.",
		"Look at the parent and its history, and at the process's connections.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1055/"},
}

// movers put their own code on huge pages, or are no ordinary programs.
var movers = setOf("node nodejs hhvm clickhouse clickhouse-server mysqld mariadbd chrome chromium wine-preloader wine64-preloader wine64 wine runsc box64 box86 FEXInterpreter rosetta")

func (replacedImage) Info() *threats.Info { return replacedImageInfo }

func (replacedImage) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	i := in.Look[0]
	p := in.Process(i)
	d := in.Detail
	if d.Read&metrics.PartMaps == 0 || len(d.Maps) == 0 || p.Kthread() || !strings.HasPrefix(p.ID.Exe, "/") || strings.HasPrefix(p.ID.Exe, "/memfd:") {
		return dst
	}
	first := firstCode(p, d)
	if first == nil || installedAs(in, p, movers) || emulates(in, p) {
		return dst
	}
	f := in.OnProcess(i, replacedImageInfo).
		With("first code in memory", threats.Proc(p.Key.PID, "maps"), span(first)).
		With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe)
	switch {
	case claims(p, movers):
		f = f.As(threats.Low, threats.Weak)
	case systemPlace(p.ID.Exe) || isShell(p.ID) || isInterpreter(p.ID):
		f = f.As(threats.High, threats.Moderate) // distributions pack nothing
	}
	return append(dst, f)
}

// firstCode is the first executable mapping of the process, where that is
// anonymous memory and nothing executable is of the program's file; nil when
// all is as it should be.
func firstCode(p *metrics.Process, d *metrics.Detail) (first *metrics.Mapping) {
	for k := range d.Maps {
		m := &d.Maps[k]
		path := strings.TrimSuffix(m.Path, deletedMark)
		if path == p.ID.Exe || m.Inode != 0 && m.Inode == p.ID.ExeInode {
			if executable(m) {
				return nil
			}
			continue
		}
		if executable(m) && first == nil && !kernelMapping(m) {
			if m.Inode != 0 || m.Path != "" {
				return nil
			}
			first = m
		}
	}
	if d.MapsTotal > len(d.Maps) {
		return nil // its file may be among the rest
	}
	return first
}
