package sigma

import "strings"

// atom is a literal that an event has or has not, cheap to look for: a
// substring of a field's folded text, or the last path component of its value.
type atom struct {
	field Field // anyField for every field
	tail  bool
	text  string
}

// anyField is the field of a keyword's atoms.
const anyField Field = 1<<16 - 1

// Bounds for the search for atoms.
const (
	maxGroups    = 64
	maxGroupSize = 4096
	maxAtomDepth = 2 * maxConditionDepth
)

// tail is what follows the last slash of a folded value.
func tail(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

// necessary gives groups of atoms: an event that matches the expression has at
// least one atom of each group. No group means that nothing is known.
func necessary(e *expr, depth int) [][]atom {
	if depth > maxAtomDepth {
		return nil
	}
	switch e.op {
	case exprItem:
		return itemAtoms(e.item)
	case exprAnd:
		var groups [][]atom
		for _, kid := range e.kids {
			if groups = append(groups, necessary(kid, depth+1)...); len(groups) > maxGroups {
				groups = append(groups[:0:0], cheapest(groups))
			}
		}
		return groups
	case exprOr:
		var union []atom
		for _, kid := range e.kids {
			best := cheapest(necessary(kid, depth+1))
			if best == nil || len(union)+len(best) > maxGroupSize {
				return nil
			}
			union = append(union, best...)
		}
		return [][]atom{union}
	}
	return nil
}

func itemAtoms(it *item) [][]atom {
	f := it.field
	if it.keyword {
		f = anyField
	}
	if len(it.values) == 1 {
		return valueAtoms(f, &it.values[0])
	}
	var union []atom
	for i := range it.values {
		best := cheapest(valueAtoms(f, &it.values[i]))
		if best == nil || len(union)+len(best) > maxGroupSize {
			return nil
		}
		union = append(union, best...)
	}
	if union == nil {
		return nil
	}
	return [][]atom{union}
}

func valueAtoms(f Field, v *value) [][]atom {
	text := v.text
	if v.cased {
		text = fold(text)
	}
	switch v.kind {
	case kindExact:
		return [][]atom{{{f, true, tail(text)}}}
	case kindSuffix:
		if strings.Contains(text, "/") && tail(text) != "" {
			return [][]atom{{{f, true, tail(text)}}}
		}
		return [][]atom{{{f, false, text}}}
	case kindPrefix, kindContains:
		if text != "" {
			return [][]atom{{{f, false, text}}}
		}
	case kindGlob:
		var groups [][]atom
		for _, p := range v.more.parts {
			if p.kind == partText && len(groups) < maxGroups {
				groups = append(groups, []atom{{f, false, fold(p.text)}})
			}
		}
		return groups
	case kindRegex:
		var groups [][]atom
		for _, literals := range v.more.literals {
			var group []atom
			for _, lit := range literals {
				group = append(group, atom{f, false, lit})
			}
			if len(group) <= maxGroupSize && len(groups) < maxGroups {
				groups = append(groups, group)
			}
		}
		return groups
	}
	return nil
}

// cheapest picks the group that ordinary events have least often.
func cheapest(groups [][]atom) (best []atom) {
	bestCost := 0.0
	for _, g := range groups {
		cost := 0.0
		for i := range g {
			cost += g[i].cost()
		}
		if best == nil || cost < bestCost {
			best, bestCost = g, cost
		}
	}
	return best
}

// ordinary is the folded text of what servers start all day. A literal that
// occurs in it says little about an event.
const ordinary = `/usr/bin/bash -c /bin/sh -c /usr/bin/dash -bash sshd: root@pts/0 /sbin/init splash /usr/lib/systemd/systemd --user
/usr/sbin/nginx: worker process /usr/bin/python3.12 -m /usr/local/bin/node --port 8080 /srv/app/server.js --config=/etc/app.conf
/usr/sbin/cron -f sudo -u root cat grep sed -i -e -n awk -d -p -r -t -w -o -l -s -v -x test rm -rf /tmp/ /var/log/ /var/lib/ /home/ /root/ /opt/
postgres -d /var/lib/postgresql/main -c config_file=/etc/postgresql.conf java -xmx2g -jar /dev/null 2>&1 > | && ; run-parts --report /etc/cron.hourly
docker run -it --rm --name web -v /srv/data:/data curl -fsS https://example.org/ http:// target install start stop status update get list set
true false tcp udp 127.0.0.1 root`

// ordinaryTails are last path components that ordinary events often have.
var ordinaryTails = func() map[string]bool {
	m := map[string]bool{"": true}
	for _, word := range strings.Fields(ordinary) {
		m[tail(word)] = true
	}
	return m
}()

// cost estimates in how many of a thousand ordinary events the atom occurs.
func (a *atom) cost() float64 {
	switch {
	case a.tail && ordinaryTails[a.text]:
		return 60
	case a.tail && (a.field == User || a.field == CurrentDirectory):
		return 50
	case a.tail:
		return 1
	case strings.Contains(ordinary, a.text):
		return 300 / float64(len(a.text))
	}
	switch len(a.text) {
	case 1:
		return 100
	case 2:
		return 40
	case 3:
		return 15
	case 4:
		return 6
	}
	return 3
}
