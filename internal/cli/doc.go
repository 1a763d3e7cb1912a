// Package cli is the command line: one file a command. It turns flags and the
// configuration into the options of the other packages, builds the sources,
// wires them, and runs.
//
// It is the only package that knows all the others.
package cli
