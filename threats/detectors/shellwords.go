package detectors

import "strings"

// shellCommand is one simple command of a line of sh(1).
type shellCommand struct {
	words []string // without quotes and redirections
	piped bool     // it reads what the command before it writes
}

// splitCommands splits a line into its simple commands, far enough to see which
// programs it starts. What stands in double quotes is one word, also when a
// command is substituted in it. Patterns of case are left out.
func splitCommands(line string) (out []shellCommand) {
	var (
		cur   shellCommand
		word  strings.Builder
		begun bool // inside a word, which may be empty
		depth int
		skip  bool // the next word names a file of a redirection
	)
	endWord := func() {
		if begun && !skip {
			cur.words = append(cur.words, word.String())
		}
		skip = skip && !begun
		begun = false
		word.Reset()
	}
	end := func(piped bool) {
		endWord()
		skip = false
		if len(cur.words) > 0 {
			out = append(out, cur)
		}
		cur = shellCommand{piped: piped}
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case ' ', '\t', '\r', '\n':
			endWord()
		case '\'', '"':
			begun = true
			for i++; i < len(line) && line[i] != c; i++ {
				if c == '"' && line[i] == '\\' && i+1 < len(line) {
					i++
				}
				word.WriteByte(line[i])
			}
		case '\\':
			if i+1 < len(line) {
				i++
				word.WriteByte(line[i])
				begun = true
			}
		case '#':
			if !begun {
				end(false)
				return out
			}
			word.WriteByte(c)
		case '|':
			double := i+1 < len(line) && line[i+1] == '|'
			end(!double)
			if double || i+1 < len(line) && line[i+1] == '&' {
				i++
			}
		case '&':
			if i > 0 && line[i-1] == '>' || i+1 < len(line) && line[i+1] == '>' {
				skip = true // a redirection: >& or &>
				break
			}
			end(false)
		case ';', '`':
			end(false)
		case '(':
			depth++
			word.Reset() // the $ or < of a substitution
			begun = false
			end(false)
		case ')':
			if depth == 0 { // a pattern of case
				cur, begun = shellCommand{}, false
				word.Reset()
				break
			}
			depth--
			end(false)
		case '<', '>':
			if begun && strings.Trim(word.String(), "0123456789") != "" {
				endWord()
			}
			begun = false // or the number of a descriptor
			word.Reset()
			skip = true
		default:
			word.WriteByte(c)
			begun = true
		}
	}
	end(false)
	return out
}

// beforePrograms are words that may stand before the program of a command.
var beforePrograms = setOf("if then else elif while until do ! time { exec nohup command builtin env sudo doas nice ionice setsid chronic timeout flock stdbuf systemd-cat run-one chpst busybox eval")

// takesValue are options of those words that are followed by a value.
var takesValue = setOf("-u -g -U -n -c -p -w -E -k -s -C -t")

// program returns the words of a command from its program on, without
// assignments and the programs that merely run another.
func (c *shellCommand) program() []string {
	w := c.words
	for len(w) > 0 {
		switch {
		case isAssignment(w[0]):
			w = w[1:]
		case beforePrograms.has(base(w[0])):
			wrapper := base(w[0])
			w = skipOptions(wrapper, w[1:])
			if wrapper == "flock" && len(w) > 0 {
				w = w[1:] // the lock file
			}
		default:
			return w
		}
	}
	return nil
}

// skipOptions skips the options and the duration of a wrapper.
func skipOptions(wrapper string, w []string) []string {
	for len(w) > 0 {
		a := w[0]
		switch {
		case a == "":
			w = w[1:]
		case a[0] == '-':
			w = w[1:]
			if takesValue.has(a) && len(w) > 0 && !(wrapper == "flock" && (a == "-n" || a == "-s" || a == "-u") || wrapper == "sudo" && (a == "-n" || a == "-E" || a == "-k" || a == "-s")) {
				w = w[1:]
			}
		case a[0] >= '0' && a[0] <= '9' && (wrapper == "timeout" || wrapper == "nice"):
			w = w[1:]
		default:
			return w
		}
	}
	return w
}

func isAssignment(w string) bool {
	name, _, ok := strings.Cut(w, "=")
	if !ok || name == "" {
		return false
	}
	for i := 0; i < len(name); i++ {
		if c := name[i]; c != '_' && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9' || i == 0) {
			return false
		}
	}
	return true
}
