package detectors

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// oddName finds programs whose name is made to be read as another.
type oddName struct{}

var oddNameInfo = &threats.Info{
	ID: "process.odd-name", Number: 13,
	Title:    "Program has a deceptive name",
	Severity: threats.High, Confidence: threats.Strong, Cost: threats.Identity,
	Techniques: []string{"T1036.006"},
	Why: "A blank at the end, control characters, text that runs backwards, or a Cyrillic letter among Latin ones make a name look like another one, " +
		"or like none at all. Nobody calls a program so by accident.",
	FalsePositives: "Names in a script of their own are left out; only a mixture of look-alike letters within one word counts. " +
		"A process that gives itself such a name, rather than a file that has it, counts as medium.",
	Next: []string{
		"List the directory with ls -lab, which shows what cannot be seen.",
		"Look at the program file: owner, age and hash; look at its parent and its connections.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1036/006/", "https://www.unicode.org/reports/tr36/"},
}

func (oddName) Info() *threats.Info { return oddNameInfo }

func (oddName) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	for _, i := range in.Look {
		p := in.Process(i)
		if p.Kthread() {
			continue
		}
		if what := oddness(base(p.ID.Exe)); what != "" {
			dst = append(dst, in.OnProcess(i, oddNameInfo).
				With(what, threats.Proc(p.Key.PID, "exe"), strconv.QuoteToASCII(base(p.ID.Exe))).
				With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe))
		} else if what = oddComm(p.ID); what != "" {
			dst = append(dst, in.OnProcess(i, oddNameInfo).As(threats.Medium, threats.Moderate).
				Titled("Process has a deceptive name").
				With(what, threats.Proc(p.Key.PID, "comm"), strconv.QuoteToASCII(p.ID.Comm)).
				With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe))
		}
	}
	return dst
}

// oddComm is oddness for the name of a process, which the kernel cuts at 15 bytes:
// in the middle of a letter, or behind a blank.
func oddComm(id *metrics.Identity) string {
	name := id.Comm
	if len(name) == 15 {
		name = strings.TrimRight(name, " ")
		for n := 0; n < utf8.UTFMax-1 && !utf8.ValidString(name) && name != ""; n++ {
			name = name[:len(name)-1]
		}
	}
	return oddness(name)
}

// oddness says what is deceptive about a name, or "".
func oddness(name string) string {
	if name == "" {
		return ""
	}
	plain := true
	for i := 0; i < len(name); i++ {
		if c := name[i]; c < 0x20 || c == 0x7f {
			return "control character in the name"
		} else if c >= utf8.RuneSelf {
			plain = false
		}
	}
	switch {
	case name[len(name)-1] == ' ':
		return "blank at the end of the name"
	case strings.Trim(name, ". ") == "":
		return "name of dots and blanks"
	case !plain:
		return oddLetters(name)
	}
	return ""
}

func oddLetters(name string) string {
	for _, r := range name {
		switch {
		case unicode.Is(unicode.Bidi_Control, r):
			return "character that turns the direction of the text"
		case unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d':
			return "invisible character in the name" // but the joiners of Persian and of emoji
		case r != ' ' && unicode.IsSpace(r), r == '\u2800', r == '\u3164':
			return "blank that is none in the name"
		}
	}
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		latin, alike := false, false
		for _, r := range word {
			latin = latin || unicode.Is(unicode.Latin, r)
			alike = alike || unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Armenian)
		}
		if latin && alike {
			return "letters of two scripts that look alike"
		}
	}
	return ""
}
