package cli

import (
	"context"
	"io"
	"iter"
	"os/signal"
	"strings"
	"syscall"
)

// Run parses args, does what they ask and returns the exit code. Data goes to
// stdout and nothing else does; messages go to stderr. An interrupt, SIGTERM or
// a terminal that went away ends it.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	profileOnDemand(args)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	cmd := newRoot(stdin, stdout, stderr)
	cmd.SetArgs(args)
	return exitCode(cmd.ExecuteContext(ctx), stderr)
}

func lines(s string) iter.Seq[string] { return strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") }
