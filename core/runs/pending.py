"""Runs that are not written yet: their writer is busy, or the database cannot be reached just now."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from ..training.run import Run

MOST_BYTES = 200_000_000  # of the records that wait: beyond it the oldest are given up


@dataclass
class Waiting:
    """A run with its bytes, the spaces whose lists it comes into, and how often the database has refused it."""

    run: Run
    record: bytes
    spaces: tuple[str, ...]
    refused: int = 0


class Pending:
    """The latest run of each key, status and spaces, in the order in which they came. Safe to use from many threads."""

    def __init__(self, most_bytes: int = MOST_BYTES):
        self.lost = 0  # runs that were given up
        self._most_bytes = most_bytes
        self._waiting: OrderedDict[tuple[str, str, tuple[str, ...]], Waiting] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, run: Run, record: bytes, spaces: tuple[str, ...]) -> None:
        """Put a run at the end, in place of an earlier one of its key, status and spaces."""
        with self._lock:
            place = run.key, run.status, spaces
            self._waiting.pop(place, None)
            self._waiting[place] = Waiting(run, record, spaces)
            while len(self._waiting) > 1 and self._bytes() > self._most_bytes:
                self._waiting.popitem(last=False)
                self.lost += 1

    def _bytes(self) -> int:
        return sum(len(each.record) for each in self._waiting.values())

    def get(self, key: str, statuses: tuple[str, ...], space: str | None = None) -> Run | None:
        """The latest that waits, of this key and one of these statuses; with `space`, for its list."""
        with self._lock:
            found = [
                each.run
                for each in self._waiting.values()
                if each.run.key == key and each.run.status in statuses and (space is None or space in each.spaces)
            ]
        return found[-1] if found else None

    def first(self) -> Waiting | None:
        """The next to be written; it stays until it is `done`."""
        with self._lock:
            return next(iter(self._waiting.values()), None)

    def done(self, item: Waiting, *, lost: bool = False) -> None:
        """It is written, or `lost`. One that came in its place meanwhile stays."""
        with self._lock:
            place = item.run.key, item.run.status, item.spaces
            if self._waiting.get(place) is item:
                del self._waiting[place]
            self.lost += lost

    def drop(self) -> None:
        """Give up all that wait."""
        with self._lock:
            self.lost += len(self._waiting)
            self._waiting.clear()
