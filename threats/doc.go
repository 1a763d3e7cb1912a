// Package threats finds signs of intrusion in snapshots: what a Detector and a
// Finding are, and the Engine that runs detectors at the right moment, keeps
// their verdicts, joins what belongs together and leaves out what the operator
// has allowed.
//
// It knows the vocabulary of package metrics. It must not know where a snapshot
// comes from or how a finding is shown.
package threats
