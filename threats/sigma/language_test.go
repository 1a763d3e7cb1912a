package sigma

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// rule wraps a detection in a rule with the id r.
func rule(detection string) string {
	return "title: T\nid: r\nlogsource: {category: process_creation, product: linux}\ndetection:\n" + detection
}

// evalLineOf evaluates one event given as JSON fields and reports whether r matches.
func matches(t *testing.T, set *Set, event string) bool {
	t.Helper()
	var out strings.Builder
	line := fmt.Sprintf(`{"category":"process_creation","event":{%s}}`, event)
	if err := Eval(strings.NewReader(line), &out, set); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	var result struct{ Match []string }
	if err := json.Unmarshal([]byte(out.String()), &result); err != nil {
		t.Fatal(err)
	}
	return len(result.Match) > 0
}

func TestLanguage(t *testing.T) {
	one := func(field, value string) string {
		return "  s:\n    " + field + ": " + value + "\n  condition: s\n"
	}
	tests := []struct {
		name, detection string
		hits, misses    []string
	}{
		{"case does not matter", one("F", "aBc"), []string{`"F":"AbC"`}, []string{`"F":"abcd"`, `"F":null`, ``, `"f":"abc"`}},
		{"case beyond ASCII", one("F", "'ÄK'"), []string{`"F":"äk"`, `"F":"Ä\u212a"`}, []string{`"F":"ak"`}},
		{"number", one("F", "10"), []string{`"F":10`, `"F":"10"`}, []string{`"F":100`, `"F":"010"`}},
		{"hexadecimal number", one("F", "0x10"), []string{`"F":16`}, []string{`"F":"0x10"`}},
		{"bool", one("F", "true"), []string{`"F":true`, `"F":"TRUE"`}, []string{`"F":false`}},
		{"empty text", one("F", "''"), []string{`"F":""`}, []string{`"F":null`, ``, `"F":"x"`}},
		{"null", one("F", "null"), []string{`"F":null`, ``}, []string{`"F":""`, `"F":"x"`}},
		{"any text", one("F", "'*'"), []string{`"F":""`, `"F":"x"`}, []string{`"F":null`, ``}},
		{"star", one("F", "'a*c'"), []string{`"F":"ac"`, `"F":"abbc"`}, []string{`"F":"acd"`, `"F":"bac"`}},
		{"question mark", one("F", "'a?c'"), []string{`"F":"abc"`, `"F":"aéc"`}, []string{`"F":"ac"`, `"F":"abbc"`}},
		{"escaped star", one("F", `'a\*c'`), []string{`"F":"a*c"`}, []string{`"F":"abc"`}},
		{"backslash before star", one("F", `'a\\*'`), []string{`"F":"a\\x"`, `"F":"a\\"`}, []string{`"F":"a*"`}},
		{"backslash and star plain", one("F", `'a\\\*'`), []string{`"F":"a\\*"`}, []string{`"F":"a\\x"`}},
		{"single backslash", one("F", `'a\b'`), []string{`"F":"a\\b"`}, []string{`"F":"ab"`}},
		{"double backslash", one("F", `'a\\b'`), []string{`"F":"a\\b"`}, []string{`"F":"a\\\\b"`}},
		{"three backslashes", one("F", `'a\\\b'`), []string{`"F":"a\\\\b"`}, []string{`"F":"a\\b"`}},
		{"four backslashes", one("F", `'a\\\\b'`), []string{`"F":"a\\\\b"`}, []string{`"F":"a\\b"`}},
		{"list", one("F", "[a, 'b*']"), []string{`"F":"a"`, `"F":"bc"`}, []string{`"F":"c"`}},
		{"multi-valued field", one("F", "a"), []string{`"F":["b","a"]`}, []string{`"F":["b","c"]`}},
		{"negated multi-valued field", "  s:\n    F: a\n  condition: not s\n", []string{`"F":["b","c"]`}, []string{`"F":["b","a"]`}},
		{"nested field", one("F.g", "a"), []string{`"F":{"g":"a"}`}, []string{`"F":"a"`}},
		{"contains", one("F|contains", "b"), []string{`"F":"aBc"`, `"F":"b"`}, []string{`"F":"ac"`}},
		{"contains with wildcard", one("F|contains", "'a*c'"), []string{`"F":"xabcx"`}, []string{`"F":"xcax"`}},
		{"startswith", one("F|startswith", "ab"), []string{`"F":"ABc"`}, []string{`"F":"cab"`}},
		{"endswith", one("F|endswith", "/sh"), []string{`"F":"/bin/sh"`}, []string{`"F":"/bin/bash"`, `"F":"/sh/"`}},
		{"contains all", one("F|contains|all", "[a, b]"), []string{`"F":"xbxa"`}, []string{`"F":"a"`}},
		{"cased", one("F|cased", "aB"), []string{`"F":"aB"`}, []string{`"F":"ab"`}},
		{"contains cased", one("F|contains|cased", "B"), []string{`"F":"aBc"`}, []string{`"F":"abc"`}},
		{"neq", one("F|neq", "a"), []string{`"F":"b"`, ``}, []string{`"F":"A"`}},
		{"neq of a list", one("F|neq", "[a, b]"), []string{`"F":"c"`}, []string{`"F":"a"`, `"F":"b"`}},
		{"exists", one("F|exists", "true"), []string{`"F":""`, `"F":null`}, []string{``}},
		{"exists not", one("F|exists", "false"), []string{``}, []string{`"F":""`, `"F":null`}},
		{"re minds case", one("F|re", "'a.c'"), []string{`"F":"xabcx"`}, []string{`"F":"ABC"`}},
		{"re i", one("F|re|i", "'a.c'"), []string{`"F":"xABCx"`}, []string{`"F":"ac"`}},
		{"re m", one("F|re|m", "'^b$'"), []string{`"F":"a\nb\nc"`}, []string{`"F":"abc"`}},
		{"re s", one("F|re|s", "'a.b'"), []string{`"F":"a\nb"`}, []string{`"F":"ab"`}},
		{"re without s", one("F|re", "'a.b'"), nil, []string{`"F":"a\nb"`}},
		{"re ims", one("F|re|i|m|s", "'^A.B$'"), []string{`"F":"x\na\nb\ny"`}, nil},
		{"re list all", one("F|re|all", "['a+', 'b+']"), []string{`"F":"ba"`}, []string{`"F":"a"`}},
		{"cidr v4", one("F|cidr", "10.0.0.0/8"), []string{`"F":"10.255.0.1"`, `"F":"::ffff:10.0.0.1"`}, []string{`"F":"11.0.0.1"`, `"F":"10"`, `"F":"10.0.0.0.0"`}},
		{"cidr v6", one("F|cidr", "'fe80::/10'"), []string{`"F":"fe80::1"`, `"F":"FE80::1%eth0"`}, []string{`"F":"::1"`, `"F":"dead:beef"`}},
		{"cidr of one address", one("F|cidr", "127.0.0.1"), []string{`"F":"127.0.0.1"`}, []string{`"F":"127.0.0.2"`}},
		{"base64", one("F|base64|contains", "'foo'"), []string{`"F":"xZm9vx"`}, []string{`"F":"foo"`}},
		{"base64offset", one("F|base64offset|contains", "'foobar'"), []string{`"F":"Zm9vYmFy"`, `"F":"eGZvb2Jhcg=="`, `"F":"eHhmb29iYXI="`}, []string{`"F":"foobar"`}},
		{"wide", one("F|wide|base64offset|contains", "'ping'"), []string{`"F":"cABpAG4AZwA="`, `"F":"eABwAGkAbgBnAA=="`}, []string{`"F":"cGluZw=="`}},
		{"utf16le", one("F|utf16le|base64", "'hi'"), []string{`"F":"aABpAA=="`}, []string{`"F":"aGk="`}},
		{"utf16be", one("F|utf16be|base64", "'hi'"), []string{`"F":"AGgAaQ=="`}, []string{`"F":"aABpAA=="`}},
		{"utf16", one("F|utf16|base64", "'hi'"), []string{`"F":"//5oAGkA"`}, []string{`"F":"aABpAA=="`}},
		{"windash", one("F|windash|contains", "' -f'"), []string{`"F":"x -f"`, `"F":"x /f"`, `"F":"x –f"`, `"F":"x —f"`, `"F":"x ―f"`}, []string{`"F":"x f"`}},
		{"windash within a word", one("F|windash", "'a-b'"), []string{`"F":"a-b"`}, []string{`"F":"a/b"`}},
		{"windash all", one("F|windash|contains|all", "[' -a', ' -b']"), []string{`"F":"x /a -b"`}, []string{`"F":"x -a /a"`}},
		{"lt", one("F|lt", "5"), []string{`"F":4`, `"F":"4.9"`, `"F":-1`}, []string{`"F":5`, `"F":"x"`, ``}},
		{"lte", one("F|lte", "5"), []string{`"F":5`}, []string{`"F":5.1`}},
		{"gt", one("F|gt", "4294967295"), []string{`"F":4294967296`}, []string{`"F":4294967295`}},
		{"gte", one("F|gte", "9007199254740993"), []string{`"F":9007199254740993`}, []string{`"F":9007199254740992`}},
		{"hour", one("F|hour", "13"), []string{`"F":"2026-01-02T13:04:05Z"`, `"F":"2026-01-02 13:59:59"`}, []string{`"F":"2026-01-02T14:04:05Z"`, `"F":"13"`}},
		{"fieldref", one("F|fieldref", "G"), []string{`"F":"a","G":"A"`}, []string{`"F":"a","G":"b"`, `"F":"a"`, ``}},
		{"fieldref startswith", one("F|fieldref|startswith", "G"), []string{`"F":"abc","G":"ab"`}, []string{`"F":"ab","G":"abc"`}},
		{"fieldref neq", one("F|fieldref|neq", "G"), []string{`"F":"a","G":"b"`}, []string{`"F":"a","G":"a"`}},
		{"map is and", "  s:\n    F: a\n    G: b\n  condition: s\n", []string{`"F":"a","G":"b"`}, []string{`"F":"a"`}},
		{"list of maps is or", "  s:\n    - F: a\n    - G: b\n      H: c\n  condition: s\n", []string{`"F":"a"`, `"G":"b","H":"c"`}, []string{`"G":"b"`}},
		{"keywords", "  k:\n    - abc\n    - 'd*f'\n  condition: k\n", []string{`"X":"xABCx"`, `"Y":"def"`, `"F":["x","abc"]`}, []string{`"X":"ab","Y":"c"`}},
		{"keywords all", "  k:\n    '|all':\n      - abc\n      - def\n  condition: k\n", []string{`"X":"abc","Y":"def"`}, []string{`"X":"abc"`}},
		{"keywords by regular expression", "  k:\n    '|re':\n      - 'a.c'\n  condition: k\n", []string{`"X":"xabcx"`}, []string{`"X":"ABC"`}},
		{"keywords beside maps", "  k:\n    - abc\n    - F: x\n  condition: k\n", []string{`"X":"abc"`, `"F":"x"`}, []string{`"G":"x"`}},
		{"and binds closer than or", "  a: {F: a}\n  b: {F: b}\n  c: {G: c}\n  condition: a or b and c\n", []string{`"F":"a"`, `"F":"b","G":"c"`}, []string{`"F":"b"`}},
		{"not binds closest", "  a: {F: a}\n  b: {G: b}\n  condition: not a and b\n", []string{`"G":"b"`}, []string{`"F":"a","G":"b"`, `"F":"x"`}},
		{"parentheses", "  a: {F: a}\n  b: {F: b}\n  c: {G: c}\n  condition: (a or b) and not (c)\n", []string{`"F":"a"`}, []string{`"F":"b","G":"c"`}},
		{"upper-case operators", "  a: {F: a}\n  b: {G: b}\n  condition: a AND NOT b\n", []string{`"F":"a"`}, []string{`"F":"a","G":"b"`}},
		{"1 of them leaves out _", "  a: {F: a}\n  _b: {G: b}\n  condition: 1 of them\n", []string{`"F":"a"`}, []string{`"G":"b"`}},
		{"all of them leaves out _", "  a: {F: a}\n  b: {G: b}\n  _c: {H: c}\n  condition: all of them and not _c\n", []string{`"F":"a","G":"b"`}, []string{`"F":"a","G":"b","H":"c"`, `"F":"a"`}},
		{"any of pattern", "  s_a: {F: a}\n  s_b: {G: b}\n  t: {H: c}\n  condition: any of s_*\n", []string{`"F":"a"`, `"G":"b"`}, []string{`"H":"c"`}},
		{"all of pattern in the middle", "  x_a_y: {F: a}\n  x_b_y: {G: b}\n  condition: all of x*y\n", []string{`"F":"a","G":"b"`}, []string{`"F":"a"`}},
		{"several conditions", "  a: {F: a}\n  b: {G: b}\n  condition:\n    - a\n    - b\n", []string{`"F":"a"`, `"G":"b"`}, []string{`"H":"c"`}},
		{"identifier named like a number", "  1: {F: a}\n  condition: 1\n", []string{`"F":"a"`}, []string{`"F":"b"`}},
		{"anchor and alias", "  a: &v {F: a}\n  b: *v\n  condition: a and b\n", []string{`"F":"a"`}, []string{`"F":"b"`}},
		{"merge key", "  a: &v {F: a}\n  b:\n    <<: *v\n    G: b\n  condition: a and b\n", []string{`"F":"a","G":"b"`}, []string{`"F":"a"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for form, text := range map[string]string{"LF": rule(tt.detection), "CRLF and BOM": "\ufeff" + strings.ReplaceAll(rule(tt.detection), "\n", "\r\n")} {
				set := parseText(t, text)
				for _, ev := range tt.hits {
					if !matches(t, set, ev) {
						t.Errorf("%s: {%s} does not match", form, ev)
					}
				}
				for _, ev := range tt.misses {
					if matches(t, set, ev) {
						t.Errorf("%s: {%s} matches", form, ev)
					}
				}
			}
		})
	}
}

func TestPlaceholders(t *testing.T) {
	o := Options{AnyField: true, Placeholders: map[string][]string{"admins": {"root", "adm_*"}, "dot": {"a.b"}}}
	set := parseWith(t, o, rule("  s:\n    User|expand: '%admins%'\n  condition: s\n"))
	for ev, want := range map[string]bool{`"User":"root"`: true, `"User":"adm_x"`: true, `"User":"alice"`: false} {
		if matches(t, set, ev) != want {
			t.Errorf("%s: want %v", ev, want)
		}
	}
	set = parseWith(t, o, rule("  s:\n    F|expand|contains: '\\%plain%admins%!'\n    G|re|expand: '^%dot%$'\n  condition: s\n"))
	if !matches(t, set, `"F":"x %plainroot! y","G":"a.b"`) || matches(t, set, `"F":"x %plainroot! y","G":"axb"`) {
		t.Error("placeholders within texts and expressions")
	}
	set = parseWith(t, o, rule("  s:\n    User|expand: '%unknown%'\n  condition: s\n"))
	if e := set.Entries()[0]; e.Evaluable() || e.Verdict() != "not evaluable: needs placeholder %unknown%" {
		t.Errorf("unknown placeholder: %s", e.Verdict())
	}
	set = parseWith(t, o, rule("  s:\n    User: '%admins%'\n  condition: s\n"))
	if !matches(t, set, `"User":"%admins%"`) {
		t.Error("without expand a placeholder is plain text")
	}
}

func TestCollectionActions(t *testing.T) {
	set := parseText(t, `action: global
title: G
id: r
logsource: {category: process_creation}
detection:
  a: {F: a}
  condition: a and b
---
detection:
  b: {G: b}
---
detection:
  b: {G: c}
---
action: repeat
detection:
  b: {G: d}
---
action: reset
---
title: Alone
id: alone
logsource: {category: process_creation}
detection:
  z: {F: z}
  condition: z
`)
	if n := len(set.Entries()); n != 4 {
		t.Fatalf("%d rules", n)
	}
	for ev, want := range map[string]bool{`"F":"a","G":"b"`: true, `"F":"a","G":"c"`: true, `"F":"a","G":"d"`: true, `"F":"a","G":"e"`: false, `"F":"z"`: true} {
		if matches(t, set, ev) != want {
			t.Errorf("%s: want %v", ev, want)
		}
	}
}

func TestFilters(t *testing.T) {
	base := rule("  s: {F: a}\n  condition: s\n")
	filter := "title: X\nlogsource: {category: process_creation}\nfilter:\n  rules: %s\n  s: {User|startswith: adm_}\n  condition: not s\n"
	for rules, want := range map[string]bool{"[r]": false, "any": false, "r": false, "[other]": true} {
		set := parseWith(t, Options{AnyField: true}, base, fmt.Sprintf(filter, rules))
		if !matches(t, set, `"F":"a","User":"x"`) || matches(t, set, `"F":"a","User":"adm_x"`) != want {
			t.Errorf("rules: %s", rules)
		}
	}
	set := parseWith(t, Options{AnyField: true}, base, strings.Replace(fmt.Sprintf(filter, "any"), "process_creation", "file_event", 1))
	if !matches(t, set, `"F":"a","User":"adm_x"`) {
		t.Error("the filter of another logsource applies")
	}
}
