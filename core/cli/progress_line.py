"""How far a long command is, on one line of the terminal's standard error."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..words import time_words

SHOWN_AFTER_S, LEFT_AFTER_S, EVERY_S = 0.5, 2.0, 0.1


class ProgressLine:
    """Called with what is done, of how much: "step 400 of 2,000, 12 s left". In a file or a pipe it says nothing."""

    def __init__(self, unit: str):
        self._unit = unit
        self._began = self._told = time.monotonic()
        self._live = sys.stderr is not None and sys.stderr.isatty()
        self._shown = False

    def __call__(self, done: int, of: int, about: str = "") -> None:
        """Say it, if the command has taken half a second, at most ten times a second. `of` is 0 if it is not known."""
        now = time.monotonic()
        took = now - self._began
        if not self._live or took < SHOWN_AFTER_S or now - self._told < EVERY_S:
            return
        self._told, self._shown = now, True
        words = [f"{self._unit} {done:,}{f' of {of:,}' if of else ''}", *([about] if about else [])]
        if done and of and took > LEFT_AFTER_S:
            words.append(f"{time_words(took * (of - done) / done)} left")
        print(f"\r\033[K{', '.join(words)}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line empty for what is said next."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


@contextmanager
def progress_line(unit: str) -> Iterator[ProgressLine]:
    """A line that is gone once the work has ended, or was stopped."""
    line = ProgressLine(unit)
    try:
        yield line
    finally:
        line.end()
