"""The runs in memory, so that going back to one needs neither the store nor its scores again."""

from collections import OrderedDict
from itertools import islice

from core.training.run import Run
from core.training.run_bytes import ARRAYS

# A table over ten seeds uses up to 270 at once, a tenth of a megabyte each; the widest networks take 500 times that.
REMEMBERED, REMEMBERED_BYTES = 288, 300_000_000
WITH_POINTS = 64  # of these, the latest keep what was computed from their points: a megabyte each, for 5,000 points


class Remembered:
    """The latest runs by their keys. Not safe to use from many threads: whoever owns it has a lock."""

    def __init__(self) -> None:
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._sizes: dict[str, int] = {}

    @property
    def bytes(self) -> int:
        """About how large they are, without what was computed from their points."""
        return sum(self._sizes.values())

    def get(self, key: str) -> Run | None:
        """The run of an experiment, which is the latest from then on."""
        run = self._runs.get(key)
        if run is not None:
            self._to_end(key)
        return run

    def add(self, run: Run) -> None:
        """Remember a run; the oldest beyond the limits are forgotten."""
        self._runs[run.key], self._sizes[run.key] = run, size_of(run)
        self._to_end(run.key)
        total = self.bytes
        while len(self._runs) > 1 and (len(self._runs) > REMEMBERED or total > REMEMBERED_BYTES):
            oldest, _ = self._runs.popitem(last=False)
            total -= self._sizes.pop(oldest)

    def forget(self, key: str) -> None:
        """Drop a run."""
        self._runs.pop(key, None)
        self._sizes.pop(key, None)

    def _to_end(self, key: str) -> None:
        self._runs.move_to_end(key)
        if (older := next(islice(reversed(self._runs.values()), WITH_POINTS, None), None)) is not None:
            older.forget_points()


def size_of(run: Run) -> int:
    """The bytes of a run's arrays, with those of its other members and targets."""
    own = sum(getattr(run, name).nbytes for name in ARRAYS)
    return own + sum(map(size_of, (*run.others, *run.targets)))
