package sigma

import (
	"strconv"
	"time"
)

// number is a numeric value; whole numbers are compared exactly.
type number struct {
	whole bool
	i     int64
	f     float64
}

// parseNumber reads a decimal number. It looks before it parses, because the
// parser allocates an error for every text that is no number.
func parseNumber(s string) (number, bool) {
	if len(s) == 0 || len(s) > 32 {
		return number{}, false
	}
	whole := true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
		case (c == '-' || c == '+') && i == 0 && len(s) > 1:
		case c == '.' || c == 'e' || c == 'E' || c == '-' || c == '+':
			whole = false
		default:
			return number{}, false
		}
	}
	if whole && len(s) < 19 {
		i, err := strconv.ParseInt(s, 10, 64)
		return number{whole: true, i: i, f: float64(i)}, err == nil
	}
	f, err := strconv.ParseFloat(s, 64)
	return number{f: f}, err == nil
}

type compareOp uint8

const (
	opEqual compareOp = iota
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
)

// holds reports whether a op b.
func (op compareOp) holds(a, b number) bool {
	less, equal := a.f < b.f, a.f == b.f
	if a.whole && b.whole {
		less, equal = a.i < b.i, a.i == b.i
	}
	switch op {
	case opLess:
		return less
	case opLessEqual:
		return less || equal
	case opGreater:
		return !less && !equal
	case opGreaterEqual:
		return !less
	}
	return equal
}

// timeUnit is the part of a date that a time modifier compares.
type timeUnit uint8

const (
	unitMinute timeUnit = iota
	unitHour
	unitDay
	unitWeek
	unitMonth
	unitYear
)

// timePart reads a date and takes one part of it, in the zone it is written in.
func timePart(s string, unit timeUnit) (number, bool) {
	// The formats are of fixed shape up to the minute, which tells text that is
	// no date before the parser allocates an error for it.
	if len(s) < len(time.DateOnly) || len(s) > 40 || s[4] != '-' || s[7] != '-' {
		return number{}, false
	}
	var at time.Time
	err := error(nil)
	for _, layout := range []string{time.RFC3339, time.DateTime, "2006-01-02T15:04:05", time.DateOnly} {
		if at, err = time.Parse(layout, s); err == nil {
			break
		}
	}
	if err != nil {
		return number{}, false
	}
	n := 0
	switch unit {
	case unitMinute:
		n = at.Minute()
	case unitHour:
		n = at.Hour()
	case unitDay:
		n = at.Day()
	case unitWeek:
		_, n = at.ISOWeek()
	case unitMonth:
		n = int(at.Month())
	case unitYear:
		n = at.Year()
	}
	return number{whole: true, i: int64(n), f: float64(n)}, true
}
