//go:build !linux

package cli

import (
	"errors"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/pool"
)

// platformSources knows none here: the portable source serves.
func platformSources(name string, _ time.Duration, _ *pool.Pool, _ *metrics.Users, _ bool) (*sources, error) {
	if name == "ebpf" || name == "procfs" {
		return nil, unsupported(name, errors.New("it reads the Linux kernel"))
	}
	return nil, nil
}
