package threats

import (
	"fmt"
	"strings"
)

// Severity is how much a finding matters; the levels are Sigma's.
type Severity uint8

// The levels, rising.
const (
	Informational Severity = iota
	Low
	Medium
	High
	Critical
)

var severityNames = [...]string{"informational", "low", "medium", "high", "critical"}

func (s Severity) String() string { return severityNames[min(s, Critical)] }

// MarshalText writes the level as its name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a level by its name.
func (s *Severity) UnmarshalText(b []byte) error {
	v, err := ParseSeverity(string(b))
	if err == nil {
		*s = v
	}
	return err
}

// ParseSeverity reads the name of a level.
func ParseSeverity(name string) (Severity, error) {
	for i, n := range severityNames {
		if strings.EqualFold(n, name) {
			return Severity(i), nil
		}
	}
	return 0, fmt.Errorf("unknown severity %q: choose one of %s", name, strings.Join(severityNames[:], ", "))
}

// Confidence is how sure a detector is that the signal means what it says.
type Confidence uint8

// The degrees. A finding of low confidence is a weak signal: by itself it never
// rises above Medium.
const (
	Weak Confidence = iota
	Moderate
	Strong
)

func (c Confidence) String() string {
	return [...]string{"low", "medium", "high"}[min(c, Strong)]
}

// MarshalText writes the degree as its name.
func (c Confidence) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
