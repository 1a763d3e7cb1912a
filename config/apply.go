package config

import "strings"

// applier sets what a document says, and collects what is wrong with it.
type applier struct {
	config  *Config
	origins Origins
	errs    Errors
}

func (a *applier) wrong(key string, found any, allowed string) {
	a.errs = append(a.errs, a.origins.Error(key, describe(found), allowed))
}

// table applies one table of the document; key is its path, "" at the top.
func (a *applier) table(key string, tree map[string]any) {
	for name, v := range tree {
		path := join(key, name)
		if s := find(path); s != nil {
			if !s.put(a.config, v) {
				a.wrong(path, v, s.allowed)
			}
			continue
		}
		switch {
		case path == "threats.allow":
			a.allow(path, v)
		case !isTable(path):
			a.errs = append(a.errs, a.origins.Error(path, "an unknown key", names(key)))
		default:
			sub, ok := v.(map[string]any)
			switch {
			case !ok:
				a.wrong(path, v, "a table")
			case path == "keys":
				a.keys(path, sub)
			case path == "filters":
				a.filters(path, sub)
			default:
				a.table(path, sub)
			}
		}
	}
}

func (a *applier) keys(table string, tree map[string]any) {
	a.config.Keys = make(map[string][]string, len(tree))
	for name, v := range tree {
		keys, ok := stringList(v)
		if !ok || name == "" {
			a.wrong(join(table, name), v, `an action with a list of keys, such as quit = ["q", "ctrl+c"]`)
			continue
		}
		a.config.Keys[name] = keys
	}
}

func (a *applier) filters(table string, tree map[string]any) {
	a.config.Filters = make(map[string]string, len(tree))
	for name, v := range tree {
		expr, _ := v.(string)
		if strings.TrimSpace(expr) == "" || name == "" {
			a.wrong(join(table, name), v, `a name with a filter, such as busy = "cpu > 50%"`)
			continue
		}
		a.config.Filters[name] = expr
	}
}

func (a *applier) allow(key string, v any) {
	entries, ok := v.([]any)
	if !ok {
		a.wrong(key, v, "entries that begin with [[threats.allow]]")
		return
	}
	for i, v := range entries {
		place := element(key, i)
		tree, ok := v.(map[string]any)
		if !ok {
			a.wrong(place, v, "a table")
			continue
		}
		a.config.Threats.Allow = append(a.config.Threats.Allow, a.entry(place, tree))
	}
}

func (a *applier) entry(place string, tree map[string]any) (out Allow) {
next:
	for name, v := range tree {
		for i := range allowSettings {
			if s := &allowSettings[i]; s.key == name {
				if !s.put(&out, v) {
					a.wrong(join(place, name), v, s.allowed)
				}
				continue next
			}
		}
		a.errs = append(a.errs, a.origins.Error(join(place, name), "an unknown key", names(place)))
	}
	return out
}

// find returns the setting of a key, or nil.
func find(key string) *setting[Config] {
	for i := range settings {
		if settings[i].key == key {
			return &settings[i]
		}
	}
	return nil
}

// isTable reports whether the path is a table that settings or the operator's
// own names stand in.
func isTable(path string) bool {
	if path == "keys" || path == "filters" {
		return true
	}
	for i := range settings {
		if strings.HasPrefix(settings[i].key, path+".") {
			return true
		}
	}
	return false
}

// names lists what may stand in a table.
func names(table string) string {
	var out []string
	add := func(key string) {
		name, _, sub := strings.Cut(key, ".")
		if sub {
			name = "[" + join(table, name) + "]"
		}
		if len(out) == 0 || out[len(out)-1] != name {
			out = append(out, name)
		}
	}
	if strings.HasPrefix(table, "threats.allow[") {
		for i := range allowSettings {
			add(allowSettings[i].key)
		}
		return strings.Join(out, ", ")
	}
	for i := range settings {
		if key, ok := strings.CutPrefix(settings[i].key, table+"."); ok {
			add(key)
		} else if table == "" {
			add(settings[i].key)
		}
	}
	switch table {
	case "":
		out = append(out, "[keys]", "[filters]")
	case "threats":
		out = append(out, "[[threats.allow]]")
	}
	return strings.Join(out, ", ")
}
