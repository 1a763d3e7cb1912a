// Smoothtask is a terminal monitor for Linux servers: what the machine does,
// what threatens it, and what the monitor itself costs, on one screen.
package main

import (
	"context"
	"os"

	"github.com/smoothtask/smoothtask/internal/cli"
)

func main() {
	os.Exit(cli.Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
