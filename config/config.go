// Package config is what the operator can set: the settings with their
// defaults and ranges, the search for the file, and errors that name file, line
// and key.
//
// It knows TOML and the names of settings. It must not know what a setting
// does; packages take small Options of their own, which internal/cli fills from
// a Config.
package config

import "time"

// Config holds every setting. The commented config.toml at the top of the
// repository explains each.
type Config struct {
	ReadOnly    bool
	Performance Performance
	Goals       Goals
	Monitor     Monitor
	Threats     Threats
	UI          UI
	Keys        map[string][]string // action → keys; an action that is missing keeps its own
	Filters     map[string]string   // name → expression of the filter language
	Export      Export
	Serve       Serve
}

// Performance says how much the monitor may use, and how it spreads its work.
type Performance struct {
	MetricsBatchSize int // items; the start value with Adaptive
	CacheTTLSeconds  int // the oldest a polled value may be
	ParallelWorkers  int
	MaxMemoryMB      int
	Adaptive         bool // batch sizes find themselves
}

// Goals is what the monitor holds itself to.
type Goals struct {
	CollectMS  float64
	DetectMS   float64
	RSSMB      float64
	CPUPercent float64 // of one core
}

// Monitor says when and from where data is taken.
type Monitor struct {
	Interval time.Duration
	Source   string // auto, ebpf, procfs, gopsutil
	Window   time.Duration
	History  time.Duration
}

// Threats steers the search for threats.
type Threats struct {
	Enabled    bool
	Disabled   []string // detector ids
	RulesDirs  []string // of Sigma rules
	Indicators []string // files of addresses, networks and hashes
	Baseline   string   // file; "" is none
	FailOn     string   // a severity, or none
	BruteForce BruteForce
	Allow      []Allow
}

// BruteForce holds the thresholds for guessed passwords, per source and user.
type BruteForce struct {
	Failures           int // within Window
	Window             time.Duration
	SlowFailures       int // within SlowWindow
	SlowWindow         time.Duration
	LoginAfterFailures int // failures before a success that make it suspect
}

// UI is how the screen looks and answers.
type UI struct {
	Theme   string
	ASCII   string // auto, always, never
	Mouse   bool
	View    string
	Columns []string // of the process table; empty: as many as fit
	Sort    string
}

// Export says where the screen writes what it is told to save.
type Export struct {
	Directory string // "": the working directory
}

// Serve is for the serve command.
type Serve struct {
	Listen      string // host:port
	AllowRemote bool   // Listen may be other than loopback
}

// Default returns the settings that hold where no file and no flag says
// otherwise. The caller owns them.
func Default() Config {
	return Config{
		Performance: Performance{
			MetricsBatchSize: 100,
			CacheTTLSeconds:  300,
			ParallelWorkers:  4,
			MaxMemoryMB:      512,
			Adaptive:         true,
		},
		Goals: Goals{CollectMS: 100, DetectMS: 50, RSSMB: 50, CPUPercent: 5},
		Monitor: Monitor{
			Interval: time.Second,
			Source:   "auto",
			Window:   time.Second,
			History:  30 * time.Minute,
		},
		Threats: Threats{
			Enabled: true,
			FailOn:  "none",
			BruteForce: BruteForce{
				Failures: 60, Window: 30 * time.Second,
				SlowFailures: 25, SlowWindow: 10 * time.Minute,
				LoginAfterFailures: 25,
			},
		},
		UI:    UI{Theme: "auto", ASCII: "auto", Mouse: true, View: "overview", Sort: "cpu"},
		Serve: Serve{Listen: "127.0.0.1:9469"},
	}
}
