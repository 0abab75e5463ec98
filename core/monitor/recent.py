"""The predictions of the last steps, in bounded memory: some rows of each batch that was looked at."""

import math
from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np

from .arrays import Array, like, shape_of, some_rows, stacked, stride_of

MOST_OF_A_BATCH = 256
_FEWEST_LOOKS, _ENOUGH = 8, 400
_SHARE = 0.1  # of all steps: what is older is not of this model any more
_MOST_TARGETS = 16  # that are told apart
_SAME_ROW, _MOSTLY = 0.95, 0.5  # of a batch's rows, and points, have a y of their own where y tells rows apart

# How each name of the second output becomes a std; a raw one is left to the code of the loss.
READINGS = ("std", "var", "log_var", "second")


def std_of(reading: str, values: Array) -> Array:
    """The std that a value stands for: NaN where a variance or a std is negative."""
    with np.errstate(all="ignore"):
        if reading == "log_var":
            return np.exp(0.5 * values)
        return np.sqrt(values) if reading == "var" else np.where(values >= 0, values, np.nan)


@dataclass(frozen=True, eq=False)
class Look:
    """Rows of one batch: y, mean and perhaps the second output, (2 or 3, n), and which target each is of, (n,).

    `loss` is that of the step, NaN where it was not told, and `size` the number of all points of the batch.
    """

    step: int
    rows: Array
    targets: Array
    loss: float
    size: int

    @property
    def is_whole(self) -> bool:
        """Whether these are all points of the batch."""
        return self.rows.shape[1] == self.size


class Recent:
    """Rows of y, mean and the second output, each of shape (n,), from the last steps; at most `most` of them.

    `shapes` names two values whose shapes differ, with these: ("mean", shape of y, shape of the mean).
    """

    def __init__(self, most: int, every: int, seed: int) -> None:
        self._most, self._every = most, every
        self._random = np.random.default_rng(seed)
        self.looks: deque[Look] = deque()
        self._found: tuple[Array, Array] | None = None  # until there is another look: a judgement asks several times
        self.reading = ""
        self.shapes: tuple[str, tuple[int, ...], tuple[int, ...]] | None = None

    def add(
        self,
        step: int,
        y: Any,
        mean: Any,
        reading: str,
        second: Any,
        loss: float = math.nan,
        most: int = MOST_OF_A_BATCH,
    ) -> None:
        """Add at most `most` rows of a batch. Arrays that do not fit each other are left out."""
        self._found = None
        y_shape, mean_shape = shape_of(y), shape_of(mean)
        n = math.prod(y_shape)
        self.shapes = ("mean", y_shape, mean_shape) if y_shape != mean_shape else None
        if math.prod(mean_shape) != n:
            return
        if reading != self.reading:
            self.looks.clear()
            self.reading = reading
        step_of_rows = stride_of(y_shape, most)
        offset = int(self._random.integers(1 << 30))
        values = [y, mean]
        if reading:
            length = math.prod(shape_of(second))
            fitting = second if length in (1, n) else like(second, mean_shape)
            if fitting is None:
                self.shapes = "the second output", y_shape, shape_of(second)
                return
            values.append(fitting)
        rows = [some_rows(each, step_of_rows, offset) if math.prod(shape_of(each)) == n else each for each in values]
        at = np.arange(n)[offset % step_of_rows :: step_of_rows]
        self.looks.append(Look(step, stacked(rows), _targets(at, y_shape), loss, n))
        self._forget(step)

    def replace(self, step: int, y: Any, mean: Any, reading: str, second: Any) -> None:
        """Keep rows of this batch alone, as many as may be kept."""
        self.looks.clear()
        self.add(step, y, mean, reading, second, most=self._most)

    def _forget(self, step: int) -> None:
        """Drop what is not needed, what is older than half the training, and what is old where there is enough."""
        oldest = step - max(_SHARE * step, _FEWEST_LOOKS * self._every)
        rows = sum(look.rows.shape[1] for look in self.looks)
        while len(self.looks) > 1:
            first = self.looks[0]
            rows -= first.rows.shape[1]
            if not (rows >= self._most or first.step < step / 2 or (first.step < oldest and rows >= _ENOUGH)):
                return
            self.looks.popleft()

    @property
    def mean_size(self) -> float:
        """The mean number of points of a batch, 0 without any."""
        return float(np.mean([look.size for look in self.looks])) if self.looks else 0.0

    @property
    def mean_loss(self) -> float | None:
        """The mean loss of these batches, each with as many points as are kept of it; None where it is not finite."""
        if not self.looks:
            return None
        losses, sizes = [look.loss for look in self.looks], [look.rows.shape[1] for look in self.looks]
        found = float(np.average(losses, weights=sizes)) if sum(sizes) else math.nan
        return found if math.isfinite(found) else None

    @property
    def rows(self) -> Array:
        """y, mean, and the second output if there is one: (2 or 3, n); n may be 0. Each row of the data comes once."""
        return self._kept[0]

    @property
    def targets(self) -> Array:
        """Which of several targets each row is of, (n,)."""
        return self._kept[1]

    @property
    def _kept(self) -> tuple[Array, Array]:
        if self._found is None:
            self._found = self._once_each()
        return self._found

    def _once_each(self) -> tuple[Array, Array]:
        if not self.looks:
            return np.empty((2, 0)), np.empty(0, dtype=np.int64)
        rows = np.concatenate([look.rows for look in self.looks], axis=1)
        targets = np.concatenate([look.targets for look in self.looks])
        if self._y_tells_rows_apart():
            last = _last_of_each(rows[0], targets)
            rows, targets = rows[:, last], targets[last]
        return rows[:, -self._most :], targets[-self._most :]

    def _y_tells_rows_apart(self) -> bool:
        """Whether an equal y is the same row of the data: in one batch, equal y are few and have equal means.

        Of a few rows that are trained on for long, the last steps have each many times. Points that are copies would
        make chance look like a fault.
        """
        alone = both = points = 0
        for look in self.looks:
            keys = np.vstack([look.targets, look.rows[0]])
            alone += np.unique(keys, axis=1).shape[1]
            both += np.unique(np.vstack([keys, look.rows[1]]), axis=1).shape[1]
            points += keys.shape[1]
        return alone >= max(_SAME_ROW * both, _MOSTLY * points)


def _last_of_each(y: Array, targets: Array) -> Array:
    """Where each pair of y and target comes for the last time, in order, (n,)."""
    found = np.unique(np.vstack([targets, y])[:, ::-1], axis=1, return_index=True)[1]
    return np.sort(y.size - 1 - found)


def _targets(at: Array, shape: tuple[int, ...]) -> Array:
    """The place on the second axis of some flattened values, where that may be one of several targets."""
    if len(shape) < 2 or not 1 < shape[1] <= _MOST_TARGETS:
        return np.zeros(at.shape, dtype=np.int64)
    return at // math.prod(shape[2:]) % shape[1]
