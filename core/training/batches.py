"""Which points a step uses: shuffled epochs, the same on every device and for every stepper."""

from typing import Any

import numpy as np


class Batches:
    """Batches of indices without repetition within an epoch, each of `batch_size` (or all n points, if fewer).

    Points left over at the end of an epoch are skipped until the next shuffle, so that all batches have the same size.
    """

    def __init__(self, n: int, batch_size: int, stream: np.random.SeedSequence):
        self.n, self.batch_size = n, min(batch_size, n)
        self._rng = np.random.default_rng(stream)
        self._order, self._position = np.empty(0, np.intp), n

    def take(self, count: int) -> np.ndarray:
        """Indices of the next `count` batches, shape (count, batch_size)."""
        taken = np.empty((count, self.batch_size), np.intp)
        filled = 0
        while filled < count:
            if self._position + self.batch_size > self.n:
                self._order, self._position = self._rng.permutation(self.n), 0
            here = min(count - filled, (self.n - self._position) // self.batch_size)
            end = self._position + here * self.batch_size
            taken[filled : filled + here] = self._order[self._position : end].reshape(here, -1)
            filled, self._position = filled + here, end
        return taken

    def snapshot(self) -> Any:
        """Everything the next batch depends on."""
        return self._rng.bit_generator.state, self._order, self._position

    def restore(self, snapshot: Any) -> None:
        """Go back to a snapshot."""
        self._rng.bit_generator.state, self._order, self._position = snapshot
