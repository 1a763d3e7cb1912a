package ui

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/smoothtask/smoothtask/internal/safetext"
)

// exportFormats are the ways to write a view to a file.
var exportFormats = []struct {
	name, about string
	encode      func(s sheet) ([]byte, error)
}{
	{"csv", "for spreadsheets", sheet.csv},
	{"json", "one object a row", sheet.json},
	{"text", "aligned columns", sheet.text},
}

// sheet is a view as titles and texts, clean.
type sheet struct {
	ids, titles []string
	rows        [][]string
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
	s, what := m.sheet(), strings.ToLower(m.views[m.at].name())
	if p := m.page(); p != nil {
		what = "details"
	}
	d.choose = func(m *Model, i int) cmd {
		name := fmt.Sprintf("smoothtask-%s-%s.%s", what, m.opts.Now().Format("20060102-150405"), exportFormats[i].name)
		path := filepath.Join(m.opts.ExportDir, name)
		m.pop()
		return func() tea.Msg {
			b, err := exportFormats[i].encode(s)
			if err == nil {
				err = writeNew(path, b)
			}
			return exportedMsg{path, len(s.rows), err}
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
	return m.say(fmt.Sprintf("%d rows written to %s", e.rows, e.path), stGood)
}

// writeNew makes a file that only the user can read, and replaces none.
func writeNew(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(b); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

// sheet takes the rows of the view: of the table there, or the processes.
func (m *Model) sheet() sheet {
	if p := m.page(); p != nil {
		return p.sheet()
	}
	t := m.views[m.at].table()
	if t == nil {
		m.procs.refresh(m)
		t = &m.procs.list
	}
	t.sortTo(len(t.index))
	var s sheet
	all := t.columns()
	var chosen []int
	for i, c := range all {
		if t.chosen == nil || slices.Contains(t.chosen, c.id) {
			chosen = append(chosen, i)
			s.ids = append(s.ids, c.id)
			s.titles = append(s.titles, c.title)
		}
	}
	var b []byte
	for at := range t.index {
		row := make([]string, len(chosen))
		for k, i := range chosen {
			b, _ = t.cell(b[:0], t.row(at), i)
			row[k] = safetext.Clean(string(b))
		}
		s.rows = append(s.rows, row)
	}
	return s
}

// sheet is a page as rows of section, label and text.
func (p *page) sheet() sheet {
	s := sheet{ids: []string{"section", "label", "text"}, titles: []string{"SECTION", "LABEL", "TEXT"}}
	section := ""
	for _, l := range p.lines {
		switch {
		case l.section:
			section = safetext.Clean(l.text)
		case l.label != "" || l.text != "":
			s.rows = append(s.rows, []string{section, safetext.Clean(l.label), safetext.Clean(l.text)})
		}
	}
	return s
}

func (s sheet) csv() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(s.ids)
	for _, r := range s.rows {
		safe := make([]string, len(r))
		for i, v := range r {
			if v != "" && strings.ContainsRune("=+-@", rune(v[0])) && len(v) > 1 {
				v = "'" + v // a spreadsheet would take it for a formula
			}
			safe[i] = v
		}
		_ = w.Write(safe)
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func (s sheet) json() ([]byte, error) {
	list := make([]map[string]string, len(s.rows))
	for i, r := range s.rows {
		list[i] = make(map[string]string, len(r))
		for k, v := range r {
			list[i][s.ids[k]] = v
		}
	}
	b, err := json.MarshalIndent(list, "", "  ")
	return append(b, '\n'), err
}

func (s sheet) text() ([]byte, error) {
	widths := make([]int, len(s.titles))
	for _, r := range append([][]string{s.titles}, s.rows...) {
		for i, v := range r {
			widths[i] = max(widths[i], safetext.Width(v))
		}
	}
	var b []byte
	for _, r := range append([][]string{s.titles}, s.rows...) {
		for i, v := range r {
			if i == len(r)-1 {
				b = append(b, v...)
				continue
			}
			b = append(safetext.AppendFit(b, v, widths[i]), ' ', ' ')
		}
		b = append(b, '\n')
	}
	return b, nil
}

// maxCopy bounds the bytes that go to the clipboard; terminals take about as many.
const maxCopy = 8 << 10

// copyMsg has the terminal put a text into its clipboard.
type copyMsg struct{ text string }

// sequence is OSC 52, which works over ssh too.
func (c copyMsg) sequence() string {
	return "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(c.text)) + "\x07"
}

// copyRow copies what is selected: a row with its columns, or a page.
func copyRow(m *Model) cmd {
	text := ""
	if p := m.page(); p != nil {
		var b strings.Builder
		for _, l := range p.lines {
			b.WriteString(strings.TrimSpace(l.label+" "+l.text) + "\n")
		}
		text = b.String()
	} else if t := m.views[m.at].table(); t != nil && t.current() >= 0 {
		var cells []string
		for i := range t.columns() {
			b, _ := t.cell(nil, t.current(), i)
			cells = append(cells, safetext.Clean(string(b)))
		}
		text = strings.Join(cells, "\t")
	}
	if text == "" {
		return m.say("nothing is selected", stWarn)
	}
	if len(text) > maxCopy {
		text = strings.ToValidUTF8(text[:maxCopy], "")
	}
	return tea.Batch(m.say("copied", stGood), func() tea.Msg { return copyMsg{text} })
}
