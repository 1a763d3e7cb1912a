"""Programs that need a terminal, run in one that nobody looks at."""
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import tempfile
import termios
import time

from crowd import die_with

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Ended(Exception):
    """A program ended before its time."""


def thread_seconds(pid):
    """CPU seconds of the threads that a process has now, which the kernel counts in ns."""
    total = 0
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat") as f:
                total += int(f.read().split()[0])
    except (OSError, IndexError):
        pass  # it ended meanwhile, or the kernel does not count
    return total / 1e9


class Program:
    """A program in a pseudo-terminal of its own, with a home of its own."""

    def __init__(self, argv, size, user=None, files=None):
        """files are written below the home directory: texts by path."""
        self.home = tempfile.mkdtemp(prefix="terminal-")
        for path, text in (files or {}).items():
            path = os.path.join(self.home, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as f:
                f.write(text)
        env = {"PATH": os.environ["PATH"], "HOME": self.home, "TERM": "xterm-256color", "LANG": "C.UTF-8",
               "XDG_CONFIG_HOME": os.path.join(self.home, ".config")}
        if user:
            for at, _, _ in os.walk(self.home):
                os.chown(at, user.pw_uid, user.pw_gid)
        parent = os.getpid()
        self.pid, self.tty = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
                if user:
                    os.initgroups(user.pw_name, user.pw_gid)
                    os.setgid(user.pw_gid)
                    os.setuid(user.pw_uid)
                die_with(parent)
                os.chdir(self.home)
                os.execve(argv[0], argv, env)
            except OSError as e:
                os.write(2, f"{argv[0]}: {e.strerror}\n".encode())
            finally:
                os._exit(127)
        fcntl.ioctl(self.tty, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.written, self.tail = 0, b""

    def run(self, secs):
        """Read what the program writes for that long."""
        end = time.monotonic() + secs
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.tty], [], [], left)[0]:
                continue
            try:
                data = os.read(self.tty, 1 << 16)
            except OSError:  # EIO: nobody has the other side open any more
                said = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", self.tail).decode(errors="replace").split("\n")
                raise Ended("ended, saying: " + " ".join(" ".join(said).split())[-200:])
            self.written += len(data)
            self.tail = (self.tail + data)[-2000:]

    def type(self, text):
        """Send keys to the program."""
        os.write(self.tty, text.encode())

    def tree(self):
        """Pids of the program and of its descendants."""
        found, todo = [], [self.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            try:
                for task in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{task}/children") as f:
                        todo += [int(p) for p in f.read().split()]
            except OSError:
                pass  # it ended meanwhile
        return found

    def cost(self):
        """CPU seconds used so far and resident bytes. Time of children that ended
        is in the time of whoever waited for them."""
        cpu = rss = 0
        for pid in self.tree():
            try:
                with open(f"/proc/{pid}/stat", "rb") as f:
                    stat = f.read().rpartition(b")")[2].split()
            except OSError:
                continue
            utime, stime, cutime, cstime = (int(v) / TICKS for v in stat[11:15])  # proc(5)
            # Both miss something: ticks what is less than one, threads those that ended.
            cpu += max(utime + stime, thread_seconds(pid)) + cutime + cstime
            rss += int(stat[21]) * PAGE
        return cpu, rss

    def end(self):
        """End the program and its children, politely at first."""
        pids = self.tree()
        os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + 3
        try:
            while time.monotonic() < deadline and not os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                self.run(0.05)
        except Ended:
            pass
        for pid in pids[1:]:
            try:
                if os.getsid(pid) == self.pid:  # still of this terminal, not a pid used again
                    os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        os.kill(self.pid, signal.SIGKILL)  # not waited for yet: the pid is still its own
        os.waitpid(self.pid, 0)
        os.close(self.tty)
        shutil.rmtree(self.home, ignore_errors=True)
