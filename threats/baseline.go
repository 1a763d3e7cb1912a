package threats

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// baselineVersion is the form of the file that this program writes and reads.
const baselineVersion = 1

const maxBaseline = 64 << 20 // bytes of a baseline file

// Baseline is what was found on a machine when an operator said that it is well.
// Each list is sorted and holds a name once.
type Baseline struct {
	Version int       `json:"version"`
	Host    string    `json:"host"`
	Saved   time.Time `json:"saved"`

	Listeners []BaseEntry `json:"listeners"` // "tcp 0.0.0.0:22" → program and user
	Programs  []BaseEntry `json:"programs"`  // programs that ran as root → hash
	Files     []BaseEntry `json:"files"`     // files from which things are started → hash, mode, owner
	Modules   []BaseEntry `json:"modules"`   // kernel modules
	Accounts  []BaseEntry `json:"accounts"`  // accounts → ids, home and shell; groups of administrators → members

	unread map[string]bool // what could not be looked at; not a change
}

// BaseEntry is one thing and what it was like.
type BaseEntry struct {
	Name string `json:"name"`
	Is   string `json:"is,omitempty"`
}

// Write writes the baseline as indented JSON.
func (b *Baseline) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	return enc.Encode(b)
}

// ReadBaseline reads what Write wrote. name is that of the file, for errors,
// which give the line as well.
func ReadBaseline(r io.Reader, name string) (*Baseline, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBaseline+1))
	if err != nil {
		return nil, fmt.Errorf("read baseline %s: %w", name, err)
	}
	if len(data) > maxBaseline {
		return nil, fmt.Errorf("read baseline %s: larger than %d MB; it is no baseline", name, maxBaseline>>20)
	}
	var head struct {
		Version *int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("read baseline %s:%d: %w; save a new one", name, lineOf(data, err), err)
	}
	if head.Version == nil {
		return nil, fmt.Errorf("read baseline %s:1: there is no \"version\"; it is no baseline", name)
	}
	if *head.Version != baselineVersion {
		return nil, fmt.Errorf("read baseline %s:%d: version %d is not known, only %d; save a new one",
			name, 1+bytes.Count(data[:max(bytes.Index(data, []byte(`"version"`)), 0)], []byte("\n")), *head.Version, baselineVersion)
	}
	b := &Baseline{}
	if err := json.Unmarshal(data, b); err != nil {
		return nil, fmt.Errorf("read baseline %s:%d: %w; save a new one", name, lineOf(data, err), err)
	}
	for _, l := range b.lists() {
		tidy(l.list)
	}
	return b, nil
}

// lineOf is the line of an error of package json.
func lineOf(data []byte, err error) int {
	at := int64(len(data))
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &kind):
		at = kind.Offset
	}
	return 1 + bytes.Count(data[:min(at, int64(len(data)))], []byte("\n"))
}

type baseList struct {
	kind string // of Change
	list *[]BaseEntry
	from string // the file that all of it is read from; "" when there is no such
}

func (b *Baseline) lists() []baseList {
	return []baseList{{"listener", &b.Listeners, ""}, {"program", &b.Programs, ""}, {"file", &b.Files, ""},
		{"module", &b.Modules, "/proc/modules"}, {"account", &b.Accounts, "/etc/passwd"}}
}

// tidy sorts a list and keeps the first of equal names.
func tidy(l *[]BaseEntry) {
	slices.SortFunc(*l, func(a, b BaseEntry) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Is, b.Is)) })
	*l = slices.CompactFunc(*l, func(a, b BaseEntry) bool { return a.Name == b.Name })
}

// Diff returns how now differs from the baseline. Programs that do not run now
// are no difference, nor is what could not be looked at.
func (b *Baseline) Diff(now *Baseline) []Change {
	var out []Change
	was, is := b.lists(), now.lists()
	for n := range was {
		if now.unread[was[n].from] {
			continue
		}
		out = diffLists(out, was[n].kind, *was[n].list, *is[n].list, now.unread)
	}
	return out
}

func diffLists(out []Change, kind string, was, is []BaseEntry, unread map[string]bool) []Change {
	i, j := 0, 0
	for i < len(was) || j < len(is) {
		switch {
		case j == len(is) || i < len(was) && was[i].Name < is[j].Name:
			if kind != "program" && !denied(unread, was[i].Name) {
				out = append(out, Change{Kind: kindOf(kind, was[i].Name), Op: "removed", Name: was[i].Name, Was: was[i].Is})
			}
			i++
		case i == len(was) || is[j].Name < was[i].Name:
			out = append(out, Change{Kind: kindOf(kind, is[j].Name), Op: "added", Name: is[j].Name, Is: is[j].Is})
			j++
		default:
			if was[i].Is != is[j].Is && !unread[is[j].Name] {
				out = append(out, Change{Kind: kindOf(kind, is[j].Name), Op: "changed", Name: is[j].Name, Was: was[i].Is, Is: is[j].Is})
			}
			i, j = i+1, j+1
		}
	}
	return out
}

// denied reports whether a name, or a directory above it, could not be read.
func denied(unread map[string]bool, name string) bool {
	for ; len(name) > 1; name = path.Dir(name) {
		if unread[name] {
			return true
		}
	}
	return false
}

func kindOf(kind, name string) string {
	if kind == "file" && strings.Contains(name, "/systemd/") {
		return "unit"
	}
	return kind
}

// attributes writes what is kept of a file.
func attributes(sum string, i FileInfo) string {
	return "sha256:" + sum + " mode:" + strconv.FormatUint(uint64(i.Mode&0o7777), 8) + " uid:" + strconv.Itoa(int(i.UID)) + " gid:" + strconv.Itoa(int(i.GID))
}
