//go:build !linux

package metrics

import "time"

// uptime is not known here without a source; the collector falls back on the
// boot time of Host.
func uptime() time.Duration { return 0 }
