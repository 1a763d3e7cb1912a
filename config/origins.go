package config

import "fmt"

// Origins tells where each effective setting came from.
type Origins struct {
	File   string   // the file that was read; "" when there was none
	Closed []string // files that were passed over since their folder cannot be searched
	at     map[string]position
	flags  map[string]string
}

// SetFlag notes that a flag such as --interval has set the key.
func (o *Origins) SetFlag(key, flag string) {
	if o.flags == nil {
		o.flags = map[string]string{}
	}
	o.flags[key] = flag
}

// IsDefault reports whether nobody has set the key.
func (o Origins) IsDefault(key string) bool {
	_, inFile := o.at[key]
	return !inFile && o.flags[key] == ""
}

// Of is the origin of a key in words: the flag, file:line, or "default".
func (o Origins) Of(key string) string {
	if flag := o.flags[key]; flag != "" {
		return flag
	}
	if p, ok := o.at[key]; ok {
		return fmt.Sprintf("%s:%d", o.File, p.line)
	}
	return "default"
}

// Error is an Error at the place where the key was set. It is for the checks
// that need more than this package knows, such as the names of keys and columns.
func (o Origins) Error(key, found, allowed string) *Error {
	e := &Error{Key: key, Found: found, Allowed: allowed}
	if e.File = o.flags[key]; e.File != "" {
		return e
	}
	if p, ok := o.at[key]; ok {
		e.File, e.Line, e.Column = o.File, p.line, p.column
	}
	return e
}
