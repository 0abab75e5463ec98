"""The predictions of the last steps, in bounded memory: some rows of each batch that was looked at."""

import math
from collections import deque
from typing import Any

import numpy as np

from .arrays import Array, shape_of, some_rows, stacked

MOST_OF_A_BATCH = 256
_FEWEST_LOOKS, _ENOUGH = 8, 400
_SHARE = 0.1  # of all steps: what is older is not of this model any more

# How each name of the second output becomes a std; a raw one is left to the code of the loss.
READINGS = ("std", "var", "log_var", "second")


def std_of(reading: str, values: Array) -> Array:
    """The std that a value stands for: NaN where a variance or a std is negative."""
    with np.errstate(all="ignore"):
        if reading == "log_var":
            return np.exp(0.5 * values)
        return np.sqrt(values) if reading == "var" else np.where(values >= 0, values, np.nan)


class Recent:
    """Rows of y, mean and the second output, each of shape (n,), from the last steps; at most `most` of them.

    `shapes` are those of y and mean where they differ, although both have equally many values.
    """

    def __init__(self, most: int, every: int, seed: int) -> None:
        self._most, self._every = most, every
        self._random = np.random.default_rng(seed)
        self._batches: deque[tuple[int, Array]] = deque()
        self.reading = ""
        self.shapes: tuple[tuple[int, ...], tuple[int, ...]] | None = None

    def add(self, step: int, y: Any, mean: Any, reading: str, second: Any, most: int = MOST_OF_A_BATCH) -> None:
        """Add at most `most` rows of a batch. Arrays that do not fit each other are left out."""
        y_shape, mean_shape = shape_of(y), shape_of(mean)
        if math.prod(y_shape) != math.prod(mean_shape):
            self.shapes = y_shape, mean_shape
            return
        self.shapes = (y_shape, mean_shape) if y_shape != mean_shape else None
        if reading != self.reading:
            self._batches.clear()
            self.reading = reading
        offset = int(self._random.integers(1 << 30))
        rows = [some_rows(each, most, offset) for each in (y, mean)]
        if reading:
            length = math.prod(shape_of(second))
            if length not in (1, math.prod(y_shape)):
                return
            rows.append(second if length == 1 else some_rows(second, most, offset))
        self._batches.append((step, stacked(rows)))
        self._forget(step)

    def replace(self, step: int, y: Any, mean: Any, reading: str, second: Any) -> None:
        """Keep rows of this batch alone, as many as may be kept."""
        self._batches.clear()
        self.add(step, y, mean, reading, second, self._most)

    def _forget(self, step: int) -> None:
        """Drop what is not needed, what is older than half the training, and what is old where there is enough."""
        oldest = step - max(_SHARE * step, _FEWEST_LOOKS * self._every)
        rows = sum(batch.shape[1] for _, batch in self._batches)
        while len(self._batches) > 1:
            at, batch = self._batches[0]
            rows -= batch.shape[1]
            if not (rows >= self._most or at < step / 2 or (at < oldest and rows >= _ENOUGH)):
                return
            self._batches.popleft()

    @property
    def rows(self) -> Array:
        """y, mean, and the second output if there is one: (2 or 3, n); n may be 0."""
        parts = [batch for _, batch in self._batches]
        return np.concatenate(parts, axis=1)[:, -self._most :] if parts else np.empty((2, 0))
