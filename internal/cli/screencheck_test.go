package cli

import (
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/config"
)

// A saved filter may be for any view; one that no view understands is refused.
func TestSavedFiltersAreForAnyView(t *testing.T) {
	c := config.Default()
	for text, want := range map[string]string{
		"user!=root": "", "rport=443": "", "severity>=high": "", "memory.used>90% or throttled>5%": "", "nonsense>3": "a field of processes",
	} {
		c.Filters = map[string]string{"mine": text}
		err := checkScreen(&c, config.Origins{})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
