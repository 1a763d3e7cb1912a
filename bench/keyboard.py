"""Somebody at the keyboard: presses keys and sees when the screen follows."""
import os
import re
import select
import statistics
import sys
import time

from picture import Picture

# A key, and what the screen shows, or no longer shows, once it has worked. The first
# ones are answered without any data.
KEYS = (("?", "Keys in ", True), ("\x1b", "Keys in ", False), ("2", "COMMAND", True), ("6", " governor ", True))
BEFORE_DATA = KEYS[:2]
CALM = "nothing is held back"
STEP = re.compile(r"ago (held|gave) back (.+?): (\w+ at \d+ % of its goal|there is room again: .+ of the goal|it does not hold anything back)")


class Operator:
    """Presses keys and watches the screen."""

    def __init__(self, program, size):
        self.program, self.picture = program, Picture(size)
        self.latencies, self.slow, self.steps, self.turn = [], 0, [], 0
        self.held, self.read = False, 0  # read: bytes

    def watch(self, secs, until=None):
        """Read what the program writes; true as soon as the screen satisfies until."""
        end = time.monotonic() + secs
        while (left := end - time.monotonic()) > 0:
            if until and until(self.picture.text()):
                return True
            if select.select([self.program.tty], [], [], left)[0]:
                data = os.read(self.program.tty, 1 << 16)
                self.read += len(data)
                self.picture.write(data)
                self._note()
        return False

    def _note(self):
        """Take note of the governor's state and of steps that were not there before."""
        text = self.picture.text()
        if " governor " not in text:
            return
        self.held = CALM not in text
        now = time.monotonic()
        for word, what, why in reversed(STEP.findall(text)):
            step = (word, what, why)
            if step not in (s[1] for s in self.steps[-4:]):
                self.steps.append((now, step))

    def press(self, keys=KEYS):
        """Press the next key and measure how long the screen takes to follow."""
        key, sign, there = keys[self.turn % len(keys)]
        self.turn += 1
        begin = time.monotonic()
        self.program.type(key)
        if self.watch(5, lambda text: (sign in text) == there):
            self.latencies.append(time.monotonic() - begin)
        else:
            self.slow += 1

    def phase(self, secs, until=None, pause=0.45, keys=KEYS):
        """Press a key every half second or so; return own CPU in percent of one core, by the second."""
        self.latencies, self.slow, shares = [], 0, []
        end = time.monotonic() + secs
        at, cpu = time.monotonic(), self.program.cost()[0]
        while time.monotonic() < end and not (until and until()):
            self.press(keys)
            self.watch(pause)
            if (now := time.monotonic()) - at >= 1:
                spent = self.program.cost()[0]
                shares.append(100 * (spent - cpu) / (now - at))
                at, cpu = now, spent
        return shares


def first_in_line():
    """Have this program run at once when there is something to read: what is timed is the other one."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except PermissionError:
        print("without root the waits of this program itself are part of the times", file=sys.stderr)


def percentile(values, share):
    return sorted(values)[min(int(share * len(values)), len(values) - 1)] if values else float("inf")


def report(name, operator, shares):
    ms = [1000 * v for v in operator.latencies]
    print(f"{name:9} keys {len(ms)}: p50 {percentile(ms, .5):.0f} ms, p95 {percentile(ms, .95):.0f} ms, max {max(ms, default=0):.0f} ms"
          f"{f', {operator.slow} not within 5 s' if operator.slow else ''};"
          f" own CPU {statistics.fmean(shares):.1f} % of one core, max {max(shares):.1f} %", flush=True)
