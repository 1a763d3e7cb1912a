package metrics

import (
	"context"
	"strings"
)

// Traits are facts about a process that can be found out for many processes at a
// time, and for the sake of which its Detail may be worth reading.
type Traits uint32

// The traits.
const (
	WritableCode  Traits = 1 << iota // memory without a file is writable and executable at once
	UnnamedCode                      // code is of a file that is deleted or never had a name, and is not the program
	ReplacedImage                    // no code is of the program's file, and the first there is of no file
	NetworkStdio                     // standard input, output or error is an Internet socket
	NamedFile                        // a file is open that Question.Files names
	NamedSetting                     // the environment has what Question.Environ names

	AllTraits = WritableCode | UnnamedCode | ReplacedImage | NetworkStdio | NamedFile | NamedSetting
)

// Question says what is to be found out. A trait that nobody asks for may be told
// or not.
type Question struct {
	Traits Traits
	// Files are names of files, without a directory; a * at the beginning stands for
	// any text.
	Files []string
	// Environ are beginnings of entries of the environment: "HISTFILE=/dev/null".
	Environ []string
}

// Wanted are all traits that matter to the question.
func (q *Question) Wanted() Traits {
	t := q.Traits &^ (NamedFile | NamedSetting)
	if len(q.Files) > 0 {
		t |= NamedFile
	}
	if len(q.Environ) > 0 {
		t |= NamedSetting
	}
	return t
}

// Add makes q ask for what p asks for, too.
func (q *Question) Add(p *Question) {
	q.Traits |= p.Traits
	q.Files = append(q.Files, p.Files...)
	q.Environ = append(q.Environ, p.Environ...)
}

// File reports whether a file of the name is asked for.
func (q *Question) File(name string) bool {
	for _, f := range q.Files {
		if tail, any := strings.CutPrefix(f, "*"); any && strings.HasSuffix(name, tail) || f == name {
			return true
		}
	}
	return false
}

// Setting reports whether an entry of the environment is asked for.
func (q *Question) Setting(entry string) bool {
	for _, s := range q.Environ {
		if strings.HasPrefix(entry, s) {
			return true
		}
	}
	return false
}

// Screener finds out traits. It errs on one side only: a trait that cannot be told
// is set, and so are all traits of a process that has ended.
//
// Screen fills dst, one element for each key; without keys it only gets ready. It
// may take as long as the kernel holds up a reading. An error is final: screening
// does not work on this machine.
type Screener interface {
	Screen(ctx context.Context, q *Question, keys []ProcKey, dst []Traits) error
}
