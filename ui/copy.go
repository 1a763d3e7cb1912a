package ui

import (
	"encoding/base64"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/smoothtask/smoothtask/internal/safetext"
)

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
	} else if t := m.views[m.at].table(); t.current() >= 0 {
		var cells []string
		for _, i := range t.asked() {
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
