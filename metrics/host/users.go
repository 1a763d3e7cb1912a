package host

import (
	"context"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

const maxSessions = 4096

// newUsers reads the login sessions.
func newUsers(root string) *reader {
	return &reader{name: "users", every: 10 * time.Second, read: func(ctx context.Context, gaps *gapList) (func(*metrics.System), error) {
		list, err := sessions(ctx, root)
		if err != nil {
			gaps.add("login sessions", "reading sessions: "+err.Error(), "utmp(5) or systemd-logind")
		}
		return func(s *metrics.System) { s.Users = list }, nil
	}}
}
