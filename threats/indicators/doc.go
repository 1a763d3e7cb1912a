// Package indicators holds an operator's lists of what must not be seen on a
// machine: addresses and networks of peers, and SHA-256 sums of programs. Lists
// are read from files, and again when a file changes.
//
// It knows files and text. It must not know processes, sockets or findings.
package indicators
