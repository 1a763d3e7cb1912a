// Package noquery keeps libraries from asking the terminal for its colours
// while the program is initialised. Bubble Tea does so in an init function, and
// a terminal that does not answer (a slow line, a serial console) would delay
// the first screen by seconds and get the answer of a late one typed at its
// prompt.
//
// Go initialises packages in the order of their import paths as soon as what
// they import is initialised. This package needs os alone, and Bubble Tea needs
// os/exec, whose path comes later: so this init comes first. It makes the
// library believe that standard output is no terminal; Restore takes that back.
package noquery

import "os"

// mark is the variable by which termenv, Bubble Tea's terminal library, takes
// standard output for no terminal.
const mark = "CI"

var before, had = os.LookupEnv(mark)

func init() { _ = os.Setenv(mark, "true") }

// Restore puts the environment back as it was. It is to be called from the init
// function of a package that imports Bubble Tea.
func Restore() {
	if had {
		_ = os.Setenv(mark, before)
		return
	}
	_ = os.Unsetenv(mark)
}
