package config

import (
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// Allow is one [[threats.allow]] entry: a finding that fits every selector that
// is set is suppressed. At least one selector and the reason are set. In the
// selectors * stands for any text and ? for one character.
type Allow struct {
	Detector string    // ids of detectors or rules, separated by commas
	Exe      string    // path of the program
	SHA256   string    // of the program, lower-case hex
	User     string    // name or decimal uid
	Cmdline  string    // command line, arguments joined by spaces
	Image    string    // container image
	Subject  string    // of a finding about no process: a path, account or address
	Reason   string    // why this is harmless
	Expires  time.Time // midnight UTC at the start of the first day on which it no longer holds; zero: never
}

// allowSettings declares the keys of an entry, in the order in which they are
// written.
var allowSettings = []setting[Allow]{
	text("detector", "ids of detectors or rules", func(a *Allow) *string { return &a.Detector }, nil),
	text("exe", "an absolute path, or a pattern for one", func(a *Allow) *string { return &a.Exe },
		func(s string) bool { return s == "" || strings.ContainsRune("/*?", rune(s[0])) }),
	text("sha256", "64 lower-case hexadecimal digits", func(a *Allow) *string { return &a.SHA256 },
		func(s string) bool { return s == "" || len(s) == 64 && strings.Trim(s, "0123456789abcdef") == "" }),
	text("user", "the name or number of a user", func(a *Allow) *string { return &a.User }, nil),
	text("cmdline", "a pattern for the command line", func(a *Allow) *string { return &a.Cmdline }, nil),
	text("image", "a container image", func(a *Allow) *string { return &a.Image }, nil),
	text("subject", "a path, account or address", func(a *Allow) *string { return &a.Subject }, nil),
	text("reason", "a text that says why this is harmless", func(a *Allow) *string { return &a.Reason }, nil),
	{
		key: "expires", allowed: "a date such as 2027-01-31",
		put: func(a *Allow, v any) bool {
			t, ok := date(v)
			if ok {
				a.Expires = t
			}
			return ok
		},
		get: func(a *Allow) any {
			if a.Expires.IsZero() {
				return ""
			}
			y, m, d := a.Expires.Date()
			return toml.LocalDate{Year: y, Month: int(m), Day: d}
		},
	},
}

// date takes a TOML date, or a string that holds one.
func date(v any) (time.Time, bool) {
	switch v := v.(type) {
	case toml.LocalDate:
		return v.AsTime(time.UTC), true
	case string:
		if v == "" {
			return time.Time{}, true
		}
		t, err := time.Parse(time.DateOnly, v)
		return t, err == nil
	}
	return time.Time{}, false
}

// problems checks an entry as a whole; key is its place.
func (a *Allow) problems(key string) []*Error {
	var out []*Error
	if strings.TrimSpace(a.Reason) == "" {
		out = append(out, &Error{Key: key, Found: "no reason", Allowed: `reason = "why this is harmless"`})
	}
	if a.Detector == "" && a.Exe == "" && a.SHA256 == "" && a.User == "" && a.Cmdline == "" && a.Image == "" && a.Subject == "" {
		out = append(out, &Error{Key: key, Found: "an entry that would allow everything",
			Allowed: "at least one of detector, exe, sha256, user, cmdline, image, subject"})
	}
	return out
}
