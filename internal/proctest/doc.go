// Package proctest makes what tests of sources need: proc file systems of ordinary
// files, and crowds of sleeping processes and of connections.
//
// It knows the formats of proc(5) from the writing side only, and must not import
// a reader: a mistake must not be made twice in the same way.
package proctest
