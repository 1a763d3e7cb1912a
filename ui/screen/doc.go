// Package screen draws on a terminal: a Grid of cells that views paint, and a
// Terminal that sends only the cells that changed, at a bounded rate, and never
// holds up the painter.
//
// It knows cells, widths and escape sequences. It must not know what is shown.
package screen
