package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// setting is one named value inside a T.
type setting[T any] struct {
	key     string
	allowed string
	// put stores a decoded TOML value; false when its type or range is not
	// allowed, and then nothing is stored.
	put func(c *T, v any) bool
	get func(c *T) any // as go-toml would decode it
}

// valid reports whether the value that stands in c is allowed.
func (s *setting[T]) valid(c *T) bool {
	return s.put(c, s.get(c))
}

func boolean[T any](key string, field func(*T) *bool) setting[T] {
	return setting[T]{
		key: key, allowed: "true or false",
		put: func(c *T, v any) bool {
			b, ok := v.(bool)
			if ok {
				*field(c) = b
			}
			return ok
		},
		get: func(c *T) any { return *field(c) },
	}
}

// number is a whole number for an int, and any number for a float64.
func number[T any, N int | float64](key string, lo, hi N, field func(*T) *N) setting[T] {
	_, whole := any(lo).(int)
	what := "a number"
	if whole {
		what = "a whole number"
	}
	return setting[T]{
		key: key, allowed: fmt.Sprintf("%s from %v to %v", what, plain(lo), plain(hi)),
		put: func(c *T, v any) bool {
			var f float64
			switch v := v.(type) {
			case int64:
				f = float64(v)
			case float64:
				if whole {
					return false
				}
				f = v
			default:
				return false
			}
			if !(f >= float64(lo) && f <= float64(hi)) { // also false for NaN
				return false
			}
			*field(c) = N(f)
			return true
		},
		get: func(c *T) any {
			if whole {
				return int64(*field(c))
			}
			return float64(*field(c))
		},
	}
}

func plain[N int | float64](n N) string { return strconv.FormatFloat(float64(n), 'f', -1, 64) }

func duration[T any](key string, lo, hi time.Duration, field func(*T) *time.Duration) setting[T] {
	return setting[T]{
		key: key, allowed: fmt.Sprintf("a duration from %q to %q", short(lo), short(hi)),
		put: func(c *T, v any) bool {
			s, _ := v.(string)
			d, err := time.ParseDuration(s)
			if err != nil || d < lo || d > hi {
				return false
			}
			*field(c) = d
			return true
		},
		get: func(c *T) any { return short(*field(c)) },
	}
}

// short is d without the zero parts that Duration.String ends in: 30m, not
// 30m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

func choice[T any](key string, field func(*T) *string, options ...string) setting[T] {
	return text(key, "one of "+strings.Join(options, ", "), field,
		func(s string) bool { return slices.Contains(options, s) })
}

func text[T any](key, allowed string, field func(*T) *string, check func(string) bool) setting[T] {
	return setting[T]{
		key: key, allowed: allowed,
		put: func(c *T, v any) bool {
			s, ok := v.(string)
			if !ok || check != nil && !check(s) {
				return false
			}
			*field(c) = s
			return true
		},
		get: func(c *T) any { return *field(c) },
	}
}

func list[T any](key, of string, field func(*T) *[]string) setting[T] {
	return setting[T]{
		key: key, allowed: "a list of " + of,
		put: func(c *T, v any) bool {
			l, ok := stringList(v)
			if ok {
				*field(c) = l
			}
			return ok
		},
		get: func(c *T) any { return *field(c) },
	}
}

// stringList takes a TOML array of strings, none of them empty. The empty list
// is nil.
func stringList(v any) ([]string, bool) {
	var out []string
	switch v := v.(type) {
	case []string:
		out = v
	case []any:
		for _, e := range v {
			s, _ := e.(string)
			out = append(out, s)
		}
	default:
		return nil, false
	}
	return out, !slices.Contains(out, "")
}
