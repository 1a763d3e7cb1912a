// Package metrics is the vocabulary of what a machine does at one moment: a
// Snapshot of its System, Processes and Sockets, and the Collector that gathers
// one from sources within a deadline.
//
// It knows the shape of the data and how two snapshots become rates. It must not
// know where a value comes from: that is the business of its subpackages, which
// import this package and nothing else of ours.
package metrics
