package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/smoothtask/smoothtask/internal/safetext"
)

// The exit codes of the contract.
const (
	exitOK       = 0
	exitFailed   = 1 // at run time, or interrupted before the result was complete
	exitUsage    = 2 // bad flag, configuration, rule, or no terminal
	exitFindings = 3 // findings at or above --fail-on, or a goal missed with --strict
)

// usageError is input that the user must mend.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// codeError ends the program with a code and no message of its own.
type codeError int

func (codeError) Error() string { return "" }

// interrupted is the error of work that ended with ctx, before its result was
// complete: how far it had come, and the signal.
func interrupted(ctx context.Context, when string) error {
	return fmt.Errorf("interrupted %s: %w", when, context.Cause(ctx))
}

// exitCode writes what there is to say of an error, and chooses the code.
func exitCode(err error, stderr io.Writer) int {
	if err == nil {
		return exitOK
	}
	for line := range lines(err.Error()) {
		if line != "" { // of a code
			fmt.Fprintf(stderr, "smoothtask: %s\n", safetext.Clean(line))
		}
	}
	var code codeError
	if errors.As(err, &code) {
		return int(code)
	}
	var usage usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}
