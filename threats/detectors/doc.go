// Package detectors holds the ways of finding threats in the live state of a
// Linux server, one file each, in the order of docs/detections.md.
//
// A detector knows the shape of a snapshot and the files below the root it is
// given. It must not know when it is run, how its findings are joined or shown,
// or where a snapshot comes from.
package detectors

//go:generate go test -run TestDocumentation -update
