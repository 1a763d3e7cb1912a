package ui

import (
	"math"
	"strconv"
	"time"
)

// The writers of this file append short, calm text of a bounded width: a value
// that hardly changes is written the same, and costs nothing on the wire.

const byteUnits = "BKMGTPE"

// appendBytes writes a size in at most five cells: 0, 812B, 1.2K, 34M, 1.5G.
func appendBytes(dst []byte, v float64) []byte {
	if v < 0.5 || math.IsNaN(v) {
		return append(dst, '0')
	}
	unit := 0
	for v >= 999.5 && unit < len(byteUnits)-1 {
		v /= 1024
		unit++
	}
	if unit > 0 && v < 9.95 {
		dst = strconv.AppendFloat(dst, v, 'f', 1, 64)
	} else {
		dst = strconv.AppendInt(dst, int64(v+0.5), 10)
	}
	return append(dst, byteUnits[unit])
}

// appendRate writes bytes per second, with nothing for a trickle below one.
func appendRate(dst []byte, v float64) []byte { return append(appendBytes(dst, v), "/s"...) }

// appendPercent writes a share with one decimal below 100, and none above.
func appendPercent(dst []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, '?')
	case v >= 99.95:
		return strconv.AppendInt(dst, int64(v+0.5), 10)
	}
	return strconv.AppendFloat(dst, max(v, 0), 'f', 1, 64)
}

// appendCount writes a number: 812, 12.3k, 4.5M.
func appendCount(dst []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, '?')
	case v < 9999.5:
		return strconv.AppendInt(dst, int64(v+0.5), 10)
	case v < 999_500:
		return append(strconv.AppendFloat(dst, v/1e3, 'f', 1, 64), 'k')
	}
	return append(strconv.AppendFloat(dst, v/1e6, 'f', 1, 64), 'M')
}

// appendSpan writes a duration by its two leading units: 14s, 3m05, 2h07, 12d3h.
func appendSpan(dst []byte, d time.Duration) []byte {
	s := int64(d / time.Second)
	switch {
	case s < 0:
		return append(dst, "0s"...)
	case s < 60:
		return append(strconv.AppendInt(dst, s, 10), 's')
	case s < 3600:
		return appendTwo(append(strconv.AppendInt(dst, s/60, 10), 'm'), s%60)
	case s < 86400:
		return appendTwo(append(strconv.AppendInt(dst, s/3600, 10), 'h'), s/60%60)
	}
	dst = append(strconv.AppendInt(dst, s/86400, 10), 'd')
	return append(strconv.AppendInt(dst, s/3600%24, 10), 'h')
}

func appendTwo(dst []byte, v int64) []byte {
	return append(dst, byte('0'+v/10%10), byte('0'+v%10))
}

// appendCPUTime writes CPU time as top(1) does: minutes, seconds, hundredths;
// hours when it is more.
func appendCPUTime(dst []byte, ns uint64) []byte {
	cs := int64(ns / 10_000_000)
	if m := cs / 6000; m >= 600 {
		dst = append(strconv.AppendInt(dst, m/60, 10), 'h')
		return appendTwo(dst, m%60)
	}
	dst = append(strconv.AppendInt(dst, cs/6000, 10), ':')
	dst = append(appendTwo(dst, cs/100%60), '.')
	return appendTwo(dst, cs%100)
}

// appendMillis writes a time in ms with as many decimals as say something.
func appendMillis(dst []byte, v float64) []byte { return appendNumber(dst, v) }

// appendNumber writes about two significant digits.
func appendNumber(dst []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, '?')
	case v >= 9.95 || v == 0:
		return appendCount(dst, v)
	case v < 0.095:
		return strconv.AppendFloat(dst, v, 'f', 2, 64)
	}
	return strconv.AppendFloat(dst, v, 'f', 1, 64)
}

// clock writes the time of day.
func appendClock(dst []byte, t time.Time) []byte {
	h, m, s := t.Clock()
	dst = append(appendTwo(dst, int64(h)), ':')
	dst = append(appendTwo(dst, int64(m)), ':')
	return appendTwo(dst, int64(s))
}

// many writes a number of things, by their name for one and for more.
func many(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + more
}
