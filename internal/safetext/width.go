package safetext

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Width is the number of terminal cells that Clean(s) takes, by grapheme
// cluster: a wide character is two, a letter with its accents one.
func Width(s string) int {
	if asciiPrefix(s) == len(s) {
		return len(s)
	}
	return ansi.StringWidth(Clean(s))
}

// Fit returns s clean and exactly width cells wide: cut with "…" or filled with
// spaces on the right. A width of 0 or less gives "".
func Fit(s string, width int) string {
	if len(s) == width && asciiPrefix(s) == len(s) {
		return s
	}
	if width <= 0 {
		return ""
	}
	return string(AppendFit(make([]byte, 0, width+utf8.UTFMax), s, width))
}

// FitASCII is Fit in printable ASCII, cut with "~".
func FitASCII(s string, width int) string {
	if width <= 0 {
		return ""
	}
	s = ASCII(s)
	if len(s) > width {
		return s[:width-1] + "~"
	}
	return s + strings.Repeat(" ", width-len(s))
}

// AppendFit appends Fit(s, width) to dst and returns the extended slice.
func AppendFit(dst []byte, s string, width int) []byte {
	if width <= 0 {
		return dst
	}
	used := 0
	switch n := asciiPrefix(s); {
	case n == len(s) && n <= width:
		dst, used = append(dst, s...), n
	case n > width:
		return append(append(dst, s[:width-1]...), "…"...)
	default:
		s = ansi.Truncate(Clean(cut(s, width)), width, "…")
		dst, used = append(dst, s...), ansi.StringWidth(s)
	}
	for ; used < width; used++ {
		dst = append(dst, ' ')
	}
	return dst
}

// cut bounds the work on a long text: no more bytes than width+1 cells can take,
// each of one base with its marks.
func cut(s string, width int) string {
	if limit := (width + 1) * (1 + maxMarks) * utf8.UTFMax; len(s) > limit {
		return s[:limit]
	}
	return s
}
