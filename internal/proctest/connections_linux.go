package proctest

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// holdEnv makes a copy of the test program hold so many connections.
const holdEnv = "SMOOTHTASK_PROCTEST_HOLD"

// perHolder bounds the connections of one process, which takes two descriptors for
// each: limits of 20,000 are common.
const perHolder = 4500

func init() {
	n := os.Getenv(holdEnv)
	if n == "" {
		return
	}
	if err := hold(n); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Connections opens n TCP connections on the loopback interface, which are 2 n
// sockets, held by children that end with the test.
func Connections(tb testing.TB, n int) {
	tb.Helper()
	for n > 0 {
		some := min(n, perHolder)
		n -= some
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), holdEnv+"="+strconv.Itoa(some))
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			tb.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			tb.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { in.Close(); _ = cmd.Wait() })
		if _, err := io.ReadFull(out, make([]byte, 1)); err != nil {
			tb.Fatalf("proctest: %d connections: %v", some, err)
		}
	}
}

// hold opens connections, writes a byte when all are there, and closes them when the
// other end of its standard input is closed, or its owner is gone.
func hold(number string) error {
	n, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	var held []*net.TCPConn
	for range n {
		near, err := net.Dial("tcp", server.Addr().String())
		if err != nil {
			return err
		}
		far, err := server.Accept()
		if err != nil {
			return err
		}
		for _, c := range []net.Conn{near, far} {
			// Closing resets the connection, so that nothing of it is left in TIME_WAIT.
			if err := c.(*net.TCPConn).SetLinger(0); err != nil {
				return err
			}
			held = append(held, c.(*net.TCPConn))
		}
	}
	if _, err := os.Stdout.Write([]byte{'.'}); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	for _, c := range held {
		_ = c.Close()
	}
	return nil
}
