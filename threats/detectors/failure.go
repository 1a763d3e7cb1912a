package detectors

import (
	"errors"
	"io/fs"
)

// failureOf is why a detector could not look; "" when it could, or when there is
// nothing to look at.
func failureOf(err error) string {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return "cannot look: " + err.Error()
}
