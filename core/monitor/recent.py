"""The predictions of the last steps, in bounded memory: some rows of each batch that was looked at."""

from collections import deque
from typing import Any

import numpy as np

from .arrays import Array, as_array, shape_of, some_rows

MOST_OF_A_BATCH = 256
_FEWEST_LOOKS = 8
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

    def add(self, step: int, y: Any, mean: Any, reading: str, second: Any) -> None:
        """Add some rows of a batch. Arrays that do not fit each other are left out."""
        y_shape, mean_shape = shape_of(y), shape_of(mean)
        if int(np.prod(y_shape)) != int(np.prod(mean_shape)):
            self.shapes = y_shape, mean_shape
            return
        self.shapes = (y_shape, mean_shape) if y_shape != mean_shape else None
        if reading != self.reading:
            self._batches.clear()
            self.reading = reading
        offset = int(self._random.integers(1 << 30))
        rows = [as_array(some_rows(each, MOST_OF_A_BATCH, offset)) for each in (y, mean)]
        if reading:
            one = int(np.prod(shape_of(second))) == 1
            values = as_array(second if one else some_rows(second, MOST_OF_A_BATCH, offset)).reshape(-1)
            if not one and values.size != rows[0].size:
                return
            rows.append(np.broadcast_to(values, rows[0].shape))
        self._batches.append((step, np.stack(rows)))
        self._forget(step)

    def replace(self, step: int, y: Any, mean: Any, reading: str, second: Any) -> None:
        """Keep the rows of this batch alone."""
        self._batches.clear()
        self.add(step, y, mean, reading, second)

    def _forget(self, step: int) -> None:
        oldest = step - max(_SHARE * step, min(_FEWEST_LOOKS * self._every, step / 2))
        rows = sum(batch.shape[1] for _, batch in self._batches)
        while len(self._batches) > 1 and (
            self._batches[0][0] < oldest or rows - self._batches[0][1].shape[1] >= self._most
        ):
            rows -= self._batches.popleft()[1].shape[1]

    @property
    def rows(self) -> Array:
        """y, mean, and the second output if there is one: (2 or 3, n); n may be 0."""
        parts = [batch for _, batch in self._batches]
        return np.concatenate(parts, axis=1)[:, -self._most :] if parts else np.empty((2, 0))
