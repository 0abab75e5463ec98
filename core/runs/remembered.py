"""Runs in memory, so that going back to one needs neither the store nor its scores again."""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from itertools import islice

from ..experiment.experiment import Experiment
from ..training.run import Run
from ..training.run_bytes import ARRAYS

# A table over ten seeds uses up to 270 at once, a tenth of a megabyte each; the widest networks take 500 times that.
MOST_RUNS, MOST_BYTES = 288, 300_000_000
WITH_POINTS = 64  # of these, the latest keep what was computed from their points: a megabyte each, for 5,000 points
MOST_LISTED = 20_000


class Remembered:
    """The runs used last, and in whose lists answers are known to be. Safe to use from many threads.

    An answer is the same for everybody. A stopped or failed run is a matter of those who trained it: it is remembered
    for their spaces alone.
    """

    def __init__(self, answers: tuple[str, ...], most_bytes: int = MOST_BYTES):
        self._answers = answers  # the statuses of a run that is one
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self._listed: set[tuple[str, str]] = set()  # spaces and keys

    @property
    def bytes(self) -> int:
        """About how large they are, without what was computed from their points."""
        with self._lock:
            return sum(self._sizes.values())

    def answer(self, key: str) -> Run | None:
        """The answer to the experiment with this key."""
        return self._get(key)

    def unfinished(self, key: str, space: str) -> Run | None:
        """What a space has of it besides."""
        return self._get(f"{space}/{key}")

    def add(self, run: Run, spaces: Iterable[str] = ()) -> None:
        """Remember a run; one that is no answer for these spaces."""
        with self._lock:
            for place in [run.key] if run.status in self._answers else [f"{space}/{run.key}" for space in spaces]:
                self._runs[place], self._sizes[place] = run, size_of(run)
                self._to_end(place)
            total = sum(self._sizes.values())
            while len(self._runs) > 1 and (len(self._runs) > MOST_RUNS or total > self._most_bytes):
                oldest, _ = self._runs.popitem(last=False)
                total -= self._sizes.pop(oldest)

    def forget(self, key: str, space: str) -> None:
        """Drop what there is of a key, because this space has deleted it."""
        with self._lock:
            for place in (key, f"{space}/{key}"):
                self._runs.pop(place, None)
                self._sizes.pop(place, None)
            self._listed.discard((space, key))

    def is_new_to(self, key: str, space: str) -> bool:
        """Whether an answer may not be in the list of this space yet; asked again, it is."""
        with self._lock:
            if (place := (space, key)) in self._listed:
                return False
            if len(self._listed) >= MOST_LISTED:
                self._listed.clear()
            self._listed.add(place)
            return True

    def _get(self, place: str) -> Run | None:
        with self._lock:
            if (run := self._runs.get(place)) is not None:
                self._to_end(place)
            return run

    def _to_end(self, place: str) -> None:
        """It is the latest from now on. The caller holds the lock."""
        self._runs.move_to_end(place)
        if (older := next(islice(reversed(self._runs.values()), WITH_POINTS, None), None)) is not None:
            older.forget_points()


def size_of(run: Run) -> int:
    """The bytes of a run's arrays, with those of its other members and targets."""
    own = sum(getattr(run, name).nbytes for name in ARRAYS)
    return own + sum(map(size_of, (*run.others, *run.targets)))


def read_as(run: Run, experiment: Experiment) -> Run:
    """The run under the reading of this experiment, and with its target shown."""
    reading, run = experiment.loss.reading, run.of_target(experiment.data.y) if run.targets else run
    return run if run.experiment.loss.reading == reading else run.with_reading(reading)
