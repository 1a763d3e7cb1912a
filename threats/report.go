package threats

import "time"

// Report is the outcome of one analysis. It is immutable once published.
type Report struct {
	At         time.Time
	Took       time.Duration
	Findings   []Finding // worst first, then newest; suppressed ones last
	Suppressed int       // how many of Findings an allow entry covers
	Coverage   Coverage
	Detectors  []DetectorStat
	Changes    []Change      // against the baseline; nil without one
	Baseline   string        // the file that Changes compares with; "" without one
	Errors     []string      // broken rule files, indicator lists and the like
	Background time.Duration // processor time of work in the background since the start, as far as it has ended
}

// Counts is the number of findings of each severity that are not suppressed.
func (r *Report) Counts() (n [Critical + 1]int) {
	for i := range r.Findings {
		if r.Findings[i].SuppressedBy == "" && !r.Findings[i].Gone {
			n[min(r.Findings[i].Severity, Critical)]++
		}
	}
	return n
}

// Worst is the highest severity among the findings that are not suppressed;
// false when there is none.
func (r *Report) Worst() (Severity, bool) {
	n := r.Counts()
	for s := Critical; ; s-- {
		if n[s] > 0 {
			return s, true
		}
		if s == Informational {
			return 0, false
		}
	}
}

// DetectorStat is what one detector cost and gave.
type DetectorStat struct {
	ID       string
	Cost     Cost
	Runs     uint64
	Took     time.Duration // the last run
	Total    time.Duration // all runs
	Findings int           // now
	Errors   uint64
	LastErr  string
	LastRun  time.Time
	Busy     time.Duration // how long a turn in the background has been on; 0 when none is
}

// RuleCost is what a rule has cost since it was loaded.
type RuleCost struct {
	ID, Title string
	Detector  string // id of the detector that it belongs to
	Time      time.Duration
}

// Change is one difference between the machine and its baseline.
type Change struct {
	Kind  string // "listener", "program", "file", "module", "account", "unit"
	Op    string // "added", "removed", "changed"
	Name  string
	Was   string
	Is    string
	Since time.Time
}
