#!/usr/bin/env python3
"""Fill this machine with a crowd, run a command in it, and end the crowd.

  bench/crowd.py [--procs N] [--pairs N] -- COMMAND ARGS...

--procs N  sleeping processes, all /bin/sleep
--pairs N  established TCP connections on 127.0.0.1: 2 N sockets

Exits with the status of the command. Whatever was started here ends with it, also
when it is interrupted or killed.
"""
import argparse
import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1  # prctl(2)
PAIRS_PER_HOLDER = 5000  # two descriptors each, below the common hard limit of 20,000 and more

libc = ctypes.CDLL(None, use_errno=True)


def die_with(parent):
    """Have the kernel kill the caller when its parent dies. Changing user undoes it."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # it died before


def end_on_signals():
    """Turn the signals that would end this program into SystemExit, so that it cleans up."""
    for s in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(s, lambda n, _: sys.exit(128 + n))


class Crowd:
    """Sleeping processes and loopback connections, there within a with statement."""

    def __init__(self, procs=0, pairs=0):
        self.procs, self.pairs, self.pids = procs, pairs, []

    def __enter__(self):
        try:
            self._connect()
            for _ in range(self.procs):
                self._fork(lambda: os.execv("/bin/sleep", ["sleep", "86400"]))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)  # a child not waited for keeps its pid
        for pid in self.pids:
            os.waitpid(pid, 0)
        self.pids = []

    def settle(self):
        """Wait until the processes have become what they are to be."""
        for pid in self.pids[-1:]:
            while not os.readlink(f"/proc/{pid}/exe").endswith("sleep"):
                time.sleep(0.05)
        time.sleep(3)

    def _fork(self, run):
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self.pids.append(pid)
            return
        try:
            for s in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(s, signal.SIG_DFL)
            die_with(parent)
            run()
        finally:
            os._exit(1)

    def _connect(self):
        ready, tell = os.pipe()
        holders, left = 0, self.pairs
        while left > 0:
            n = min(left, PAIRS_PER_HOLDER)
            self._fork(lambda: hold(n, tell))
            holders, left = holders + 1, left - n
        os.close(tell)
        for _ in range(holders):
            if not os.read(ready, 1):
                raise RuntimeError("the loopback connections could not be made: raise the limit of open files (ulimit -n)")
        os.close(ready)


def hold(n, tell):
    """Open n connections to itself, say so with a byte, and keep them."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = socket.create_server(("127.0.0.1", 0), backlog=1024)
    kept = []
    for _ in range(n):
        kept.append(socket.create_connection(server.getsockname()))
        kept.append(server.accept()[0])
    os.write(tell, b".")
    os.close(tell)
    while True:
        signal.pause()


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--procs", type=int, default=0)
    ap.add_argument("--pairs", type=int, default=0)
    ap.add_argument("command", nargs=argparse.REMAINDER)
    a = ap.parse_args()
    command = a.command[1:] if a.command[:1] == ["--"] else a.command
    if not command:
        ap.error("name a command after --")
    end_on_signals()
    with Crowd(a.procs, a.pairs):
        sys.exit(subprocess.run(command).returncode)


if __name__ == "__main__":
    main()
