package ui

import "github.com/smoothtask/smoothtask/ui/screen"

// The writers of cells choose a style that lets what matters stand out.

// busyCell writes a share of one core.
func busyCell(dst []byte, cpu float64) ([]byte, screen.Style) {
	if cpu < 0.05 {
		return append(dst, "0.0"...), stFaint
	}
	return appendPercent(dst, cpu), busyStyle(cpu)
}

// busyStyle lets what uses much of a core stand out, without alarm.
func busyStyle(cpu float64) screen.Style {
	if cpu >= 50 {
		return stStrong
	}
	return stText
}

func stateStyle(s byte) screen.Style {
	switch s {
	case 'R':
		return stGood
	case 'D':
		return stWarn
	case 'Z', 'X':
		return stBad
	case 'T', 't':
		return stAccent
	}
	return stFaint
}

// sizeCell writes bytes; nothing known is a question mark, nothing at all faint.
func sizeCell(dst []byte, v float64, known bool) ([]byte, screen.Style) {
	switch {
	case !known:
		return append(dst, '?'), stFaint
	case v < 0.5:
		return append(dst, '0'), stFaint
	}
	return appendBytes(dst, v), stText
}

// countCell writes a number, faint up to what is usual.
func countCell(dst []byte, v, usual float64) ([]byte, screen.Style) {
	if v <= usual {
		return appendCount(dst, v), stFaint
	}
	return appendCount(dst, v), stText
}
