package ui

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// exportFormats are the ways to write a view to a file.
var exportFormats = []struct {
	name, about string
	write       func(w *exportWriter, s *sheet)
}{
	{"csv", "plain numbers with their units in the titles, for spreadsheets", (*exportWriter).csv},
	{"json", "one object a row, named as in the JSON of --once", (*exportWriter).json},
	{"text", "aligned columns, as on the screen", (*exportWriter).text},
}

// exportable are rows that can be written to a file.
type exportable interface {
	rows
	// rawName is what a column is called in a file: with its unit, as in the
	// contract of the JSON report.
	rawName(col int) string
	// raw appends a value as it is: a number in the unit of the name, or a text,
	// which may be hostile.
	raw(dst []byte, row int32, col int) ([]byte, rawKind)
	// detach is a copy that stays as it is while the screen goes on, for as long as
	// the snapshot behind it is held.
	detach() exportable
}

// All tables can be written.
var _ = []exportable{(*processes)(nil), (*socketRows)(nil), (*groups)(nil), (*findings)(nil), (*cgroups)(nil), (*costs)(nil)}

// rawKind tells how a value is written.
type rawKind uint8

const (
	rawUnknown rawKind = iota // left out
	rawNumber
	rawText
)

// sheet is a view as it is written: which rows and columns, in which order.
type sheet struct {
	rows    exportable
	order   []int32
	columns []int
	release func() // of what the rows are held by
}

// openExport asks for a format, and writes the rows of the view as they are now.
func openExport(m *Model) cmd {
	if m.frame == nil {
		return nil
	}
	d := &menu{title: "Write this view to a file", still: true}
	for _, f := range exportFormats {
		d.items = append(d.items, item{name: f.name, about: f.about})
	}
	what := strings.ToLower(m.views[m.at].name())
	if m.page() != nil {
		what = "details"
	}
	d.choose = func(m *Model, i int) cmd {
		format := exportFormats[i]
		name := fmt.Sprintf("smoothtask-%s-%s.%s", what, m.opts.Now().Format("20060102-150405"), format.name)
		path := filepath.Join(m.opts.ExportDir, name)
		m.pop()
		s := m.sheet()
		return func() tea.Msg {
			defer s.release()
			return exportedMsg{path, len(s.order), writeNew(path, func(out io.Writer) error {
				w := newExportWriter(out)
				format.write(w, s)
				return w.flush()
			})}
		}
	}
	m.push(d)
	return nil
}

type exportedMsg struct {
	path string
	rows int
	err  error
}

func (e exportedMsg) tell(m *Model) cmd {
	if e.err != nil {
		return m.say("not written: "+e.err.Error(), stBad)
	}
	return m.say(fmt.Sprintf("%s written to %s", many(e.rows, "row", "rows"), e.path), stGood)
}

// writeNew makes a file that only the user can read, and replaces none. What could
// not be written whole does not stay.
func writeNew(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = os.Remove(path)
	}
	return err
}

// sheet takes the rows of the view, or of the page over it.
func (m *Model) sheet() *sheet {
	s := &sheet{release: func() {}}
	if p := m.page(); p != nil {
		s.whole(p.texts())
		return s
	}
	if m.at == overviewView {
		s.whole(m.over.figures(m))
		return s
	}
	t := m.views[m.at].table()
	s.columns = t.asked()
	t.sortTo(len(t.index))
	s.order = make([]int32, len(t.index))
	for at := range s.order {
		s.order[at] = t.row(at)
	}
	snap := m.frame.Snapshot
	snap.Hold()
	s.rows, s.release = t.rows.(exportable).detach(), snap.Release
	return s
}

// whole takes all rows and columns, in their order.
func (s *sheet) whole(rows exportable) {
	s.rows = rows
	for i := range rows.columns() {
		s.columns = append(s.columns, i)
	}
	for i := range rows.count() {
		s.order = append(s.order, int32(i))
	}
}

// asked are the columns that were chosen, in their order, or else all: a file has
// room for more than the screen.
func (t *table) asked() []int {
	var list []int
	for _, id := range t.chosen {
		if i := t.column(id); i >= 0 {
			list = append(list, i)
		}
	}
	if t.chosen == nil {
		for i := range t.columns() {
			list = append(list, i)
		}
	}
	return list
}
