package ui

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
)

// scope says where a binding holds. Scopes of one place are active together: a
// table view has everywhere, views, lists and its own; the page of a process has
// everywhere, pages, those about a process and its own.
type scope string

const (
	everywhere  scope = "everywhere"
	inViews     scope = "views"
	lists       scope = "lists"
	inProcesses scope = "processes"
	inNetwork   scope = "network"
	inThreats   scope = "threats"

	inPerformance scope = "performance"

	inPages      scope = "pages"
	aboutProcess scope = "details about a process"
	inDossier    scope = "process details"
	inFinding    scope = "finding details"
)

// activeScopes are those that hold at one place, but for everywhere.
var activeScopes = [][]scope{
	{inViews},
	{inViews, lists},
	{inViews, lists, inProcesses},
	{inViews, lists, inNetwork},
	{inViews, lists, inThreats},
	{inViews, lists, inPerformance},
	{inPages},
	{inPages, aboutProcess, inDossier},
	{inPages, aboutProcess, inFinding},
}

// together reports whether a key of one scope can be meant for the other.
func together(a, b scope) bool {
	return a == b || a == everywhere || b == everywhere || slices.ContainsFunc(activeScopes, func(active []scope) bool {
		return slices.Contains(active, a) && slices.Contains(active, b)
	})
}

// binding is one thing that keys do.
type binding struct {
	action string
	keys   []string
	scope  scope
	help   string
	hint   string // one word for the footer; "" stays out of it
	needs  func(o *Options) string
	do     func(m *Model) cmd
}

func needsAct(o *Options) string {
	switch {
	case o.Readonly:
		return "read-only"
	case o.Operator == nil:
		return "not available on this system"
	}
	return ""
}

func needsAllow(o *Options) string {
	switch {
	case o.Readonly:
		return "read-only"
	case o.Allow == nil || o.AllowEntry == nil:
		return "no allow file is configured"
	}
	return ""
}

// key is the first key of the binding; "" without any.
func (b *binding) key() string {
	if len(b.keys) == 0 {
		return ""
	}
	return b.keys[0]
}

// keymap finds the binding of a key.
type keymap struct {
	bindings []binding
	byKey    map[scope]map[string]*binding
}

// newKeymap applies the operator's keys to the defaults. Unknown actions and
// clashes are errors; see CheckKeys.
func newKeymap(own map[string][]string) *keymap {
	k := &keymap{bindings: defaultBindings(), byKey: map[scope]map[string]*binding{}}
	for i := range k.bindings {
		b := &k.bindings[i]
		if keys, ok := own[b.action]; ok {
			b.keys = keys
		}
		at := k.byKey[b.scope]
		if at == nil {
			at = map[string]*binding{}
			k.byKey[b.scope] = at
		}
		for _, key := range b.keys {
			at[key] = b
		}
	}
	return k
}

// find returns the binding of key in the scopes, the first of which wins.
func (k *keymap) find(key string, in ...scope) *binding {
	for _, s := range in {
		if b := k.byKey[s][key]; b != nil {
			return b
		}
	}
	return nil
}

// action is the binding of an action; an empty one when there is none.
func (k *keymap) action(name string) *binding {
	for i := range k.bindings {
		if k.bindings[i].action == name {
			return &k.bindings[i]
		}
	}
	return &binding{}
}

// CheckKeys tells what is wrong with an operator's keys: an action that does not
// exist, an action without a key, one key for two actions that can be meant at
// the same time.
func CheckKeys(own map[string][]string) []error {
	var errs []error
	k := newKeymap(own)
	var actions []string
	for _, b := range k.bindings {
		actions = append(actions, b.action)
	}
	sort.Strings(actions)
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if !slices.Contains(actions, name) {
			errs = append(errs, fmt.Errorf("unknown action %q in keys: choose one of %s", name, strings.Join(actions, ", ")))
		}
	}
	for i, a := range k.bindings {
		if a.action == "quit" && len(a.keys) == 0 {
			errs = append(errs, fmt.Errorf("action %q needs a key", a.action))
		}
		for _, b := range k.bindings[i+1:] {
			if !together(a.scope, b.scope) {
				continue
			}
			for _, key := range a.keys {
				if slices.Contains(b.keys, key) {
					errs = append(errs, fmt.Errorf("key %q is bound to both %q (%s) and %q (%s): give one of them another key",
						key, a.action, a.scope, b.action, b.scope))
				}
			}
		}
	}
	return errs
}

// Actions lists the names of what keys can be bound to.
func Actions() []string {
	var names []string
	for _, b := range defaultBindings() {
		names = append(names, b.action)
	}
	return names
}

// keyName is a key as it is written for people.
func keyName(k string) string {
	switch k {
	case " ":
		return "Space"
	case "enter", "esc", "tab", "up", "down", "left", "right", "home", "end":
		return strings.ToUpper(k[:1]) + k[1:]
	case "pgup":
		return "PgUp"
	case "pgdown":
		return "PgDn"
	case "shift+tab":
		return "S-Tab"
	}
	if rest, ok := strings.CutPrefix(k, "ctrl+"); ok {
		return "^" + strings.ToUpper(rest)
	}
	if len(k) > 1 && k[0] == 'f' {
		return strings.ToUpper(k)
	}
	return k
}
