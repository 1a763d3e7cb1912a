package config

import (
	"net"
	"net/netip"
	"strconv"
	"time"
)

// settings declares every setting with a fixed name, in the order in which they
// are shown. Tables with names of the operator's own are in tables.go.
var settings = []setting[Config]{
	boolean("readonly", func(c *Config) *bool { return &c.ReadOnly }),

	number("performance.metrics_batch_size", 1, 100_000, func(c *Config) *int { return &c.Performance.MetricsBatchSize }),
	number("performance.cache_ttl_seconds", 1, 86_400, func(c *Config) *int { return &c.Performance.CacheTTLSeconds }),
	number("performance.parallel_workers", 1, 64, func(c *Config) *int { return &c.Performance.ParallelWorkers }),
	number("performance.max_memory_mb", 32, 65_536, func(c *Config) *int { return &c.Performance.MaxMemoryMB }),
	boolean("performance.adaptive", func(c *Config) *bool { return &c.Performance.Adaptive }),

	number("goals.collect_ms", 0.1, 60_000, func(c *Config) *float64 { return &c.Goals.CollectMS }),
	number("goals.detect_ms", 0.1, 60_000, func(c *Config) *float64 { return &c.Goals.DetectMS }),
	number("goals.rss_mb", 1, 65_536, func(c *Config) *float64 { return &c.Goals.RSSMB }),
	number("goals.cpu_percent", 0.1, 6_400, func(c *Config) *float64 { return &c.Goals.CPUPercent }),

	duration("monitor.interval", 100*time.Millisecond, time.Hour, func(c *Config) *time.Duration { return &c.Monitor.Interval }),
	choice("monitor.source", func(c *Config) *string { return &c.Monitor.Source }, "auto", "ebpf", "procfs", "gopsutil"),
	duration("monitor.window", 0, time.Hour, func(c *Config) *time.Duration { return &c.Monitor.Window }),
	duration("monitor.history", time.Minute, 24*time.Hour, func(c *Config) *time.Duration { return &c.Monitor.History }),

	boolean("threats.enabled", func(c *Config) *bool { return &c.Threats.Enabled }),
	list("threats.disabled", "detector ids", func(c *Config) *[]string { return &c.Threats.Disabled }),
	list("threats.rules_dirs", "directories", func(c *Config) *[]string { return &c.Threats.RulesDirs }),
	list("threats.indicators", "files", func(c *Config) *[]string { return &c.Threats.Indicators }),
	text("threats.baseline", `a file, or "" for none`, func(c *Config) *string { return &c.Threats.Baseline }, nil),
	choice("threats.fail_on", func(c *Config) *string { return &c.Threats.FailOn },
		"informational", "low", "medium", "high", "critical", "none"),
	number("threats.brute_force.failures", 1, 100_000, func(c *Config) *int { return &c.Threats.BruteForce.Failures }),
	duration("threats.brute_force.window", time.Second, 24*time.Hour, func(c *Config) *time.Duration { return &c.Threats.BruteForce.Window }),
	number("threats.brute_force.slow_failures", 1, 100_000, func(c *Config) *int { return &c.Threats.BruteForce.SlowFailures }),
	duration("threats.brute_force.slow_window", time.Second, 24*time.Hour, func(c *Config) *time.Duration { return &c.Threats.BruteForce.SlowWindow }),
	number("threats.brute_force.login_after_failures", 1, 100_000, func(c *Config) *int { return &c.Threats.BruteForce.LoginAfterFailures }),

	choice("ui.theme", func(c *Config) *string { return &c.UI.Theme }, "auto", "dark", "light", "high-contrast", "okabe-ito", "mono"),
	choice("ui.ascii", func(c *Config) *string { return &c.UI.ASCII }, "auto", "always", "never"),
	boolean("ui.mouse", func(c *Config) *bool { return &c.UI.Mouse }),
	choice("ui.view", func(c *Config) *string { return &c.UI.View },
		"overview", "processes", "network", "threats", "cgroups", "performance"),
	list("ui.columns", "columns of the process table", func(c *Config) *[]string { return &c.UI.Columns }),
	text("ui.sort", "a column of the process table", func(c *Config) *string { return &c.UI.Sort }, notEmpty),

	text("export.directory", `a directory, or "" for the working directory`, func(c *Config) *string { return &c.Export.Directory }, nil),

	text("serve.listen", `an address and port such as "127.0.0.1:9469"`, func(c *Config) *string { return &c.Serve.Listen }, isHostPort),
	boolean("serve.allow_remote", func(c *Config) *bool { return &c.Serve.AllowRemote }),
}

func notEmpty(s string) bool { return s != "" }

// isHostPort accepts an IP address or localhost with a port: a name that needs
// a lookup could mean another machine tomorrow.
func isHostPort(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	if host != "localhost" && host != "" {
		if _, err := netip.ParseAddr(host); err != nil {
			return false
		}
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// loopback reports whether only this machine can reach the address.
func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// together checks what one setting alone cannot tell.
func (c *Config) together() []*Error {
	if c.Serve.AllowRemote || loopback(c.Serve.Listen) || !isHostPort(c.Serve.Listen) {
		return nil
	}
	return []*Error{{
		Key: "serve.listen", Found: describe(c.Serve.Listen),
		Allowed: `a loopback address, or serve.allow_remote = true`,
	}}
}
