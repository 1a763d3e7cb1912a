package filter

import (
	"math"
	"strconv"
	"strings"
)

// unit is what a number is measured in, and so how it may be written.
type unit uint8

const (
	plain unit = iota
	bytes      // also per second; sizes are powers of 1024
	percent
	seconds
)

func (u unit) expects() string {
	return [...]string{"a number", "a size such as 100MB", "a percentage such as 5%", "a time such as 5m or 1h30m"}[u]
}

// scales holds what one of each suffix is worth, longest suffix first.
var scales = [...][]scale{
	plain: nil,
	bytes: {
		{"tib", 1 << 40}, {"gib", 1 << 30}, {"mib", 1 << 20}, {"kib", 1 << 10},
		{"tb", 1 << 40}, {"gb", 1 << 30}, {"mb", 1 << 20}, {"kb", 1 << 10},
		{"t", 1 << 40}, {"g", 1 << 30}, {"m", 1 << 20}, {"k", 1 << 10}, {"b", 1},
	},
	percent: {{"%", 1}},
	seconds: {{"ns", 1e-9}, {"us", 1e-6}, {"µs", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 7 * 86400}},
}

type scale struct {
	suffix string
	worth  float64
}

// parse reads a number with an optional suffix. A time may be a sum, such as
// 1h30m; a time without suffix is in seconds.
func (u unit) parse(s string) (float64, bool) {
	s = strings.ToLower(s)
	if u == bytes {
		s = strings.TrimSuffix(s, "/s")
	}
	if u != seconds {
		return u.one(s)
	}
	sum, parts := 0.0, 0
	for s != "" {
		end := strings.IndexFunc(s, isLetter)
		if end < 0 {
			end = len(s)
		}
		for end < len(s) && isLetter(rune(s[end])) || end < len(s) && s[end] >= 0x80 {
			end++
		}
		v, ok := u.one(s[:end])
		if !ok || parts > 0 && v < 0 {
			return 0, false
		}
		sum, s, parts = sum+v, s[end:], parts+1
	}
	return sum, parts > 0
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || r == 'µ' }

func (u unit) one(s string) (float64, bool) {
	worth := 1.0
	for _, sc := range scales[u] {
		if rest, ok := strings.CutSuffix(s, sc.suffix); ok {
			s, worth = rest, sc.worth
			break
		}
	}
	if s == "" || strings.Trim(s, "+-.0123456789") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v * worth, err == nil && !math.IsInf(v*worth, 0)
}
