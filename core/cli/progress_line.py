"""How far a long command is, on one line of the terminal's standard error."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..words import time_words

SHOWN_AFTER_S, LEFT_AFTER_S, EVERY_S = 0.5, 2.0, 0.1


class ProgressLine:
    """Called with what is done, of how much: "step 400 of 2,000, 12 s left, seed 3". In a pipe it says nothing."""

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
        words = [f"{self._unit} {done:,}{f' of {of:,}' if of else ''}"]
        if done and of and took > LEFT_AFTER_S:
            words.append(f"{time_words(took * (of - done) / done)} left")
        show(", ".join([*words, *([about] if about else [])]))

    def end(self) -> None:
        """Leave the line empty for what is said next."""
        if self._shown:
            show("")


def show(words: str) -> None:
    """Put words in place of the line on the terminal, as many as fit into it."""
    width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
    print(f"\r\033[K{words[: width - 1]}", end="", file=sys.stderr, flush=True)


@contextmanager
def progress_line(unit: str) -> Iterator[ProgressLine]:
    """A line that is gone once the work has ended, or was stopped."""
    line = ProgressLine(unit)
    try:
        yield line
    finally:
        line.end()
