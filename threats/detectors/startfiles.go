package detectors

import (
	"crypto/sha256"
	"strconv"
	"time"

	"github.com/smoothtask/smoothtask/threats"
)

const (
	maxStartFile  = 64 << 10 // bytes of a file that are judged
	maxStartFiles = 1024     // in one look, of the system; and as many of users
	maxHomeFiles  = 256      // of these, in one home
	maxStartNames = 512      // in one directory
	startEvery    = 60 * time.Second
)

// startFiles is a detector for one kind of file from which a system starts
// things or by which it decides who may. What stands in a file is judged at every
// look, the first included; a content that differs from the first look is told.
type startFiles struct {
	info    *threats.Info
	changed string // title of a change
	// list names the files to look at.
	list func(t *tour)
	// judge remarks on the content of a file.
	judge func(path string, data []byte) []remark
	// weigh says how much a change matters by itself.
	weigh func(path, word string) (threats.Severity, threats.Confidence)

	seen    changes
	failure string
}

func (d *startFiles) Info() *threats.Info { return d.info }
func (d *startFiles) Failure() string     { return d.failure }
func (d *startFiles) Bytes() int64        { return d.seen.bytes() }

// startContent is what was learnt from one content.
type startContent struct {
	sum     contentSum
	remarks []remark
}

func (d *startFiles) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	t := newTour(in.Files)
	d.list(t)
	root := rootOwner(in.Files)
	for _, s := range t.found {
		content, info, err := threats.Fact(in.Files, d.info.ID, s.path, maxStartFile, func(data []byte, _ threats.FileInfo) startContent {
			sum := sha256.Sum256(data)
			return startContent{contentSum(sum[:16]), d.judge(s.path, data)}
		})
		if err != nil {
			t.note(s.path, err)
			continue
		}
		remarks := content.remarks
		if s.target != "" {
			if place, w, c := weighPath(s.target); place != "" {
				remarks = append(remarks[:len(remarks):len(remarks)], remark{"a link into " + place, s.target, w, c})
			}
		}
		if info.WorldWritable() || s.owner == ownedByRoot && info.UID != root && info.UID != 0 {
			remarks = append(remarks[:len(remarks):len(remarks)], remark{"may be changed by others than root", permissions(info), threats.Medium, threats.Moderate})
		}
		ch := d.seen.see(s.path, content.sum, in.Now, func() bool { return fromPackage(in, info) })
		if f, ok := d.finding(s.path, remarks, ch); ok {
			dst = append(dst, f)
		}
	}
	if d.seen.full {
		t.problem = "there are more files than are remembered; changes of some are not noticed"
	}
	d.seen.endTour(t)
	d.failure = t.problem
	return dst
}

// finding makes one finding of what was remarked about a file and its change.
func (d *startFiles) finding(path string, remarks []remark, ch change) (threats.Finding, bool) {
	if len(remarks) == 0 && ch.word == "" {
		return threats.Finding{}, false
	}
	f := threats.OnFile(path, d.info)
	if len(remarks) > 0 {
		f = f.As(remarks[0].severity, remarks[0].confidence)
		for _, r := range remarks {
			f = f.With(r.what, path, r.text)
			if r.severity > f.Severity || r.severity == f.Severity && r.confidence > f.Confidence {
				f = f.As(r.severity, r.confidence)
			}
		}
	}
	if ch.word == "" {
		return f, true
	}
	f = ch.tell(f, path)
	s, c := d.weigh(path, ch.word)
	switch {
	case ch.byPackages:
		s, c = threats.Informational, threats.Weak
	case len(remarks) > 0 && f.Severity >= threats.Medium:
		f.Confidence = min(f.Confidence+1, threats.Strong) // odd, and it was not there before
	}
	if len(remarks) == 0 || s > f.Severity {
		f = f.As(s, c).Titled(d.changed)
	}
	return f, true
}

// rootOwner is who owns the root directory: 0, or what root is in this user
// namespace.
func rootOwner(files *threats.Files) uint32 {
	info, err := files.Stat("/")
	if err != nil {
		return 0
	}
	return info.UID
}

// permissions writes mode and owner of a file for a reader.
func permissions(info threats.FileInfo) string {
	return "mode " + strconv.FormatUint(uint64(info.Mode&0o7777), 8) + ", owner " + strconv.FormatUint(uint64(info.UID), 10)
}
