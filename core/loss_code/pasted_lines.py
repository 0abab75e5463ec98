"""Lines of a pasted text that remember, character by character, where they stood when they were pasted."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A line after cleaning. `columns[i]` is the column, from 1, of its character i; one more stands for its end."""

    text: str
    line: int
    columns: Sequence[int]

    def cut(self, start: int, end: int | None = None) -> "Line":
        """The characters from `start` up to `end`."""
        end = len(self.text) if end is None else end
        return Line(self.text[start:end], self.line, self.columns[start : end + 1])

    def stripped(self, before: int) -> "Line":
        """Without its first characters."""
        return self.cut(min(before, len(self.text)))

    def put(self, start: int, end: int, text: str) -> "Line":
        """With `text` in place of some characters: all of it stands where the first of these did."""
        at = self.columns[start]
        columns = (*self.columns[:start], *[at] * len(text), *self.columns[end:])
        return Line(self.text[:start] + text + self.text[end:], self.line, columns)

    def translated(self, marks: Mapping[str, str]) -> "Line":
        """With a text in place of each character of `marks`; the same line where none stands in it."""
        if not any(mark in self.text for mark in marks):
            return self
        pieces = [marks.get(character, character) for character in self.text]
        columns = tuple(at for piece, at in zip(pieces, self.columns, strict=False) for _ in piece)
        return Line("".join(pieces), self.line, (*columns, self.columns[-1]))

    def replaced(self, pattern: re.Pattern[str], text: str | Callable[[re.Match[str]], str]) -> "Line":
        """With each match of `pattern` replaced by `text`."""
        pieces: list[str] = []
        columns: list[int] = []
        at = 0
        for match in pattern.finditer(self.text):
            new = text if isinstance(text, str) else text(match)
            pieces += [self.text[at : match.start()], new]
            columns += [*self.columns[at : match.start()], *[self.columns[match.start()]] * len(new)]
            at = match.end()
        if not pieces:
            return self
        return Line("".join([*pieces, self.text[at:]]), self.line, (*columns, *self.columns[at:]))


def lines_of(text: str) -> tuple[Line, ...]:
    """The lines of a text as it was pasted; ends of lines of every system, and no others (str.splitlines has more)."""
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return tuple(Line(row, at, range(1, len(row) + 2)) for at, row in enumerate(rows, 1))


def joined(lines: Iterable[Line]) -> str:
    """The lines as one text."""
    return "\n".join(line.text for line in lines)
