//go:build !linux

package host

import (
	"context"
	"time"

	"github.com/shirou/gopsutil/v3/host"

	"github.com/smoothtask/smoothtask/metrics"
)

func sessions(ctx context.Context, root string) ([]metrics.User, error) {
	found, err := host.UsersWithContext(below(ctx, root))
	var list []metrics.User
	for _, u := range found[:min(len(found), maxSessions)] {
		list = append(list, metrics.User{Name: u.User, Terminal: u.Terminal, Host: u.Host, Since: time.Unix(int64(u.Started), 0)})
	}
	return list, err
}
