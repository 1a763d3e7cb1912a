package ui

import (
	"maps"
	"slices"
	"time"

	"github.com/smoothtask/smoothtask/ui/screen"
)

var findingNames = [...]string{
	findSeverity: "severity", findAge: "first_seen", findState: "state", findPID: "pid", findProcess: "comm",
	findTitle: "title", findDetector: "detector", findCount: "count",
}

func (f *findings) rawName(col int) string { return findingNames[col] }

func (f *findings) raw(dst []byte, row int32, col int) ([]byte, rawKind) {
	e := &f.snap.Findings[row]
	switch col {
	case findAge:
		return rawTime(dst, e.First)
	case findPID:
		pid := subjectKey(e).PID
		dst, kind := rawInt(dst, pid)
		return rawIf(pid != 0, dst, kind)
	case findProcess:
		if e.Process != nil {
			return rawString(dst, e.Process.ID.Comm)
		}
		return dst, rawUnknown
	case findCount:
		return rawInt(dst, e.Count)
	}
	dst, _ = f.cell(dst, row, col)
	return dst, rawText
}

func (f *findings) detach() exportable {
	return &findings{snap: f.snap, at: f.at, known: maps.Clone(f.known), seen: maps.Clone(f.seen)}
}

var costNames = [...]string{
	costName: "name", costKind: "kind", costTook: "took_ms", costMean: "mean_ms", costTotal: "total_ms", costItems: "items",
	costSize: "bytes", costHits: "hit_percent", costNote: "note",
}

func (c *costs) rawName(col int) string { return costNames[col] }

func (c *costs) raw(dst []byte, row int32, col int) ([]byte, rawKind) {
	e := &c.all[row]
	var d time.Duration
	switch col {
	case costTook:
		d = e.took
	case costMean:
		d = e.mean()
	case costTotal:
		d = e.total
	case costItems:
		return rawFloat(dst, e.items)
	case costSize:
		dst, kind := rawFloat(dst, float64(e.bytes))
		return rawIf(e.bytes != 0, dst, kind)
	case costHits:
		dst, kind := rawFloat(dst, e.hits)
		return rawIf(e.asked, dst, kind)
	default:
		_, text := c.order(row, col)
		return rawString(dst, text)
	}
	dst, kind := rawFloat(dst, float64(d)/1e6)
	return rawIf(d != 0, dst, kind)
}

func (c *costs) detach() exportable { return &costs{all: slices.Clone(c.all)} }

// pageTexts are the lines of a page as section, label and text.
type pageTexts [][3]string

func (p *page) texts() pageTexts {
	var list pageTexts
	section := ""
	for _, l := range p.lines {
		switch {
		case l.section:
			section = l.text
		case l.label != "" || l.text != "":
			list = append(list, [3]string{section, l.label, l.text})
		}
	}
	return list
}

var pageColumns = []column{{id: "section", title: "SECTION"}, {id: "label", title: "LABEL"}, {id: "text", title: "TEXT"}}

func (p pageTexts) columns() []column                  { return pageColumns }
func (p pageTexts) count() int                         { return len(p) }
func (p pageTexts) order(int32, int) (float64, string) { return 0, "" }
func (p pageTexts) rawName(col int) string             { return pageColumns[col].id }
func (p pageTexts) detach() exportable                 { return p }

func (p pageTexts) cell(dst []byte, row int32, col int) ([]byte, screen.Style) {
	return append(dst, p[row][col]...), stText
}

func (p pageTexts) raw(dst []byte, row int32, col int) ([]byte, rawKind) {
	return rawString(dst, p[row][col])
}
