"""What our program shows on a terminal, from what it wrote."""
import codecs
import re

# The sequences that ui/screen writes, and pieces of them at the end of a read.
SEQUENCE = re.compile(r"\x1b\[([?>=]?)([0-9;]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[^\[\]]|[\r\n]|[^\x1b\r\n]")
PARTIAL = re.compile(r"\x1b(?:\[[?>=0-9;]*|\][^\x07\x1b]*\x1b?)?$")


class Picture:
    """The cells of a screen of so many columns and rows."""

    def __init__(self, size):
        self.columns, self.rows = size
        self.decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self.rest = ""
        self.x = self.y = 0
        self.clear()

    def clear(self):
        self.cells = [[" "] * self.columns for _ in range(self.rows)]

    def text(self):
        """All lines of the screen."""
        return "\n".join("".join(row).rstrip() for row in self.cells)

    def write(self, data):
        """Take in what the program wrote."""
        text = self.rest + self.decode(data)
        cut = PARTIAL.search(text)
        self.rest = text[cut.start():] if cut else ""
        for m in SEQUENCE.finditer(text, 0, cut.start() if cut else len(text)):
            if m[3] and not m[1]:
                self._control(m[3], [int(n or 0) for n in m[2].split(";")])
            elif m[0] == "\r":
                self.x = 0
            elif m[0] == "\n":
                self.y = min(self.y + 1, self.rows - 1)
            elif not m[0].startswith("\x1b"):
                if self.x < self.columns:
                    self.cells[self.y][self.x] = m[0]
                self.x += 1

    def _control(self, what, numbers):
        if what == "H":
            row, column = (numbers + [1])[:2]
            self.y, self.x = min(max(row, 1), self.rows) - 1, max(column, 1) - 1
        elif what == "C":
            self.x += max(numbers[0], 1)
        elif what == "K":
            self.cells[self.y][self.x:] = [" "] * (self.columns - self.x)
        elif what == "J":
            self.clear()
