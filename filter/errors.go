package filter

import (
	"fmt"
	"strings"

	"github.com/smoothtask/smoothtask/internal/safetext"
)

// Error says where an expression is wrong, what stands there and what could.
type Error struct {
	Text     string // the whole expression
	Offset   int    // of the place, in bytes
	Found    string
	Expected string
}

// Column is the place in characters, from 1.
func (e *Error) Column() int { return len([]rune(e.Text[:e.Offset])) + 1 }

func (e *Error) Error() string {
	return fmt.Sprintf("filter, column %d: found %s, expected %s", e.Column(), safetext.Clean(e.Found), safetext.Clean(e.Expected))
}

// Caret is a picture in two lines: the expression, and a caret below the place.
// Both fit a terminal; a part far from the place is left out.
func (e *Error) Caret() string {
	before, after := []rune(safetext.Clean(e.Text[:e.Offset])), []rune(safetext.Clean(e.Text[e.Offset:]))
	const most = 60
	if len(before) > most {
		before = append([]rune("…"), before[len(before)-most:]...)
	}
	if len(after) > most {
		after = append(after[:most:most], '…')
	}
	return string(before) + string(after) + "\n" + strings.Repeat(" ", safetext.Width(string(before))) + "^"
}

// found describes what was found, cut to what fits a line.
func found(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return `"` + s + `"`
}
