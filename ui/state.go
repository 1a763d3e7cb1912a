package ui

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// memory is what the screen remembers from one run to the next. It holds names
// of views and columns, and nothing of the machine.
type memory struct {
	View    string                 `json:"view"`
	Tables  map[string]tableMemory `json:"tables"`
	Tree    bool                   `json:"tree"`
	Threads bool                   `json:"threads,omitempty"`
	Theme   string                 `json:"theme,omitempty"`
}

type tableMemory struct {
	Sort    string   `json:"sort"`
	Reverse bool     `json:"reverse,omitempty"`
	Columns []string `json:"columns,omitempty"`
}

// tables are all tables, by the name under which they are remembered: that of the
// view, and in the network of the mode as well. Older files know one table of the
// network, "network", which may hold the columns of any mode; it is not read.
func (m *Model) tables() map[string]*table {
	all := map[string]*table{}
	for _, v := range m.views {
		name := strings.ToLower(v.name())
		switch v := v.(type) {
		case *overview:
			all[name], all[name+" findings"] = &v.list, &v.news
		case *network:
			for mode := range v.lists {
				all[name+", "+networkModeNames[mode]] = &v.lists[mode]
			}
		default:
			all[name] = v.table()
		}
	}
	return all
}

const maxMemory = 64 << 10

// restore takes up what was remembered. A file that cannot be read or makes no
// sense is as good as none.
func (m *Model) restore() {
	var s memory
	if m.opts.StatePath != "" {
		if b, err := os.ReadFile(m.opts.StatePath); err == nil && len(b) <= maxMemory {
			if json.Unmarshal(b, &s) != nil {
				s = memory{}
			}
		}
	}
	for name, t := range m.tables() {
		old, ok := s.Tables[name]
		if !ok {
			continue
		}
		if t.column(old.Sort) >= 0 {
			t.sortBy, t.reverse = old.Sort, old.Reverse
		}
		old.Columns = slices.DeleteFunc(old.Columns, func(id string) bool { return t.column(id) < 0 })
		if len(old.Columns) > 0 {
			t.chosen = old.Columns
		}
	}
	if m.opts.Columns != nil { // the configuration goes before the memory
		m.procs.list.chosen = m.opts.Columns
	}
	if m.procs.list.column(m.opts.Sort) >= 0 {
		m.procs.list.sortBy, m.procs.list.reverse = m.opts.Sort, false
	}
	if s.Tree {
		m.procs.tree = &tree{sym: m.sym}
	}
	m.procs.threads.on = s.Threads && m.opts.Inspect != nil
	if m.opts.Theme == "auto" && s.Theme != "" {
		m.opts.Theme, m.themeChosen = s.Theme, true
		m.setTheme(s.Theme)
	}
	name := m.opts.View
	if name == "" {
		name = s.View
	}
	for i, v := range m.views {
		if strings.EqualFold(v.name(), name) {
			m.at = i
		}
	}
}

// remember writes what the next run shall take up.
func (m *Model) remember() error {
	if m.opts.StatePath == "" {
		return nil
	}
	s := memory{View: strings.ToLower(m.views[m.at].name()), Tables: map[string]tableMemory{}, Tree: m.procs.tree != nil, Threads: m.procs.threads.on}
	if m.themeChosen {
		s.Theme = m.theme.name
	}
	for name, t := range m.tables() {
		s.Tables[name] = tableMemory{t.sortBy, t.reverse, t.chosen}
	}
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(m.opts.StatePath), 0o700); err != nil {
		return err
	}
	// A new file in place of the old one: another run never reads half of it.
	tmp, err := os.CreateTemp(filepath.Dir(m.opts.StatePath), ".state-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), m.opts.StatePath)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}
