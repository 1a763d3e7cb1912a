package report

import (
	"fmt"
	"time"
)

// Bytes writes a size with a binary unit and three digits: 1.21G.
func Bytes(n uint64) string {
	if n < 1024 {
		return fmt.Sprintf("%dB", n)
	}
	v := float64(n)
	unit := -1
	for v >= 1024 && unit < 5 {
		v /= 1024
		unit++
	}
	switch {
	case v < 9.995:
		return fmt.Sprintf("%.2f%c", v, "KMGTPE"[unit])
	case v < 99.95:
		return fmt.Sprintf("%.1f%c", v, "KMGTPE"[unit])
	}
	return fmt.Sprintf("%.0f%c", v, "KMGTPE"[unit])
}

// Duration writes a span in its two largest units: 3d04h, 2h05m, 1m07s, 0.42s.
func Duration(d time.Duration) string {
	switch s := int64(d / time.Second); {
	case s >= 86400:
		return fmt.Sprintf("%dd%02dh", s/86400, s%86400/3600)
	case s >= 3600:
		return fmt.Sprintf("%dh%02dm", s/3600, s%3600/60)
	case s >= 60:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	}
	return fmt.Sprintf("%.2fs", d.Seconds())
}
