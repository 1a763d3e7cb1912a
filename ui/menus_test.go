package ui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

// The chooser tells chosen columns that are on the screen from those that there is
// no room for, and follows what is changed.
func TestColumnChooserTellsWhatHasNoRoom(t *testing.T) {
	r := newRobot(t, 60, 120, 36, nil)
	r.frames(2)
	r.press("2", "c")
	r.wants("Space on/off", "Enter closes", "✓ PID", "· PPID", "no room now: parent's process id")
	r.send(tea.WindowSizeMsg{Width: 220, Height: 36})
	r.wants("✓ PPID")
	r.lacks("no room now")
	r.press("down", " ")
	if row := r.row(" PPID "); strings.Contains(row, "✓ PPID") || strings.Contains(row, "· PPID") {
		t.Errorf("turned off, it is shown as %q", row)
	}
	r.send(tea.WindowSizeMsg{Width: 120, Height: 36})
	if row := r.row(" PPID "); strings.Contains(row, "no room") {
		t.Errorf("turned off, it is shown as %q", row)
	}
}
