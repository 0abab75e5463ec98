"""Runs in memory, so that going back to one needs neither the store nor its scores again."""

import threading
from collections import OrderedDict
from collections.abc import Iterable

from core.experiment.experiment import Experiment
from core.training.run import Run
from core.training.run_bytes import ARRAYS

# A table over ten seeds uses up to 270 runs at once, half a megabyte each; the widest networks take 50 times that.
MOST_RUNS, MOST_BYTES = 288, 300_000_000
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
        self._listed: set[tuple[str, str]] = set()  # spaces and keys

    @property
    def bytes(self) -> int:
        """About how large they are."""
        with self._lock:
            return sum(map(size_of, self._runs.values()))

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
                self._runs[place] = run
                self._runs.move_to_end(place)
            total = sum(map(size_of, self._runs.values()))
            while len(self._runs) > 1 and (len(self._runs) > MOST_RUNS or total > self._most_bytes):
                total -= size_of(self._runs.popitem(last=False)[1])

    def forget(self, key: str, space: str) -> None:
        """Drop what there is of a key, because this space has deleted it."""
        with self._lock:
            self._runs.pop(key, None)
            self._runs.pop(f"{space}/{key}", None)
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
                self._runs.move_to_end(place)
            return run


def size_of(run: Run) -> int:
    """The bytes of a run's arrays, with those of its other members and targets."""
    own = sum(getattr(run, name).nbytes for name in ARRAYS)
    return own + sum(map(size_of, (*run.others, *run.targets)))


def read_as(run: Run, experiment: Experiment) -> Run:
    """The run under the reading of this experiment, and with its target shown."""
    reading, run = experiment.loss.reading, run.of_target(experiment.data.y) if run.targets else run
    return run if run.experiment.loss.reading == reading else run.with_reading(reading)
