"""One line of progress on a terminal: how far it is, and how long it will still take. Elsewhere nothing is written."""

import sys
import time

from ..sweeps.progress import time_words

_BETWEEN_S = 0.1
_FIRST_S = 0.5  # before which the time to come is not told
_WIDTH = 79


class ProgressLine:
    """A line on standard error that changes, if that is a terminal. `what` are counted: "step" or "row"."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._live = sys.stderr.isatty()
        self._began = self._told = time.monotonic()
        self._is_written = False

    def __call__(self, done: int, of: int) -> None:
        """Tell how far it is, if it is time."""
        now = time.monotonic()
        if not self._live or (now - self._told < _BETWEEN_S and done < of):
            return
        self._told, self._is_written = now, True
        words = f"{self._what} {done:,} of {of:,}{self._to_come(now - self._began, done, of)}"
        print(f"\r{words:{_WIDTH}.{_WIDTH}}", end="", file=sys.stderr, flush=True)

    @staticmethod
    def _to_come(seconds: float, done: int, of: int) -> str:
        if seconds < _FIRST_S or not 0 < done < of:
            return ""
        return f", {time_words(seconds * (of - done) / done)} left"

    def close(self) -> None:
        """End the line."""
        if self._is_written:
            print(file=sys.stderr)
