package metrics

import "errors"

// ErrVanished says that a process ended before it could be read, or that its
// pid belongs to another by now.
var ErrVanished = errors.New("the process has ended")
