package config

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/smoothtask/smoothtask/internal/safetext"
)

// Render writes the settings as TOML that Load accepts, each with a comment
// that says where it came from.
func Render(w io.Writer, c *Config, o Origins) error {
	var b bytes.Buffer
	file := o.File
	if file == "" {
		file = "none; these are the defaults"
	}
	fmt.Fprintf(&b, "# configuration file: %s\n", safetext.Clean(file))
	for _, closed := range o.Closed {
		fmt.Fprintf(&b, "# passed over, its folder cannot be searched: %s\n", safetext.Clean(closed))
	}
	b.WriteString("\n")

	table := ""
	for i := range settings {
		s := &settings[i]
		name := s.key
		if dot := strings.LastIndexByte(s.key, '.'); dot >= 0 {
			if s.key[:dot] != table {
				table = s.key[:dot]
				fmt.Fprintf(&b, "\n[%s]\n", table)
			}
			name = s.key[dot+1:]
		}
		line(&b, name, s.get(c), o.Of(s.key))
	}
	b.WriteString("\n[keys]\n")
	for _, name := range slices.Sorted(maps.Keys(c.Keys)) {
		line(&b, join("", name), c.Keys[name], o.Of(join("keys", name)))
	}
	b.WriteString("\n[filters]\n")
	for _, name := range slices.Sorted(maps.Keys(c.Filters)) {
		line(&b, join("", name), c.Filters[name], o.Of(join("filters", name)))
	}
	for i := range c.Threats.Allow {
		fmt.Fprintf(&b, "\n# %s\n%s", safetext.Clean(o.Of(element("threats.allow", i))), c.Threats.Allow[i].TOML())
	}
	_, err := w.Write(b.Bytes())
	return err
}

func line(b *bytes.Buffer, name string, v any, origin string) {
	fmt.Fprintf(b, "%-40s # %s\n", name+" = "+format(v), safetext.Clean(origin))
}

// TOML writes the entry as a block of the configuration, without the keys that are not set.
func (a *Allow) TOML() string {
	var b strings.Builder
	b.WriteString("[[threats.allow]]\n")
	for i := range allowSettings {
		if s := &allowSettings[i]; s.get(a) != "" {
			fmt.Fprintf(&b, "%s = %s\n", s.key, format(s.get(a)))
		}
	}
	return b.String()
}
