"""The curve of a loss in bounded memory: every step counts, and neighbours share a row once there are many."""

import math
from collections.abc import Iterable

import numpy as np

MOST_ROWS = 2_000


class LossCurve:
    """Means of the loss over equally many steps. `x` is the last step of each row, and a row has `width` steps.

    A row is the mean of its finite values, and NaN where it has none. `first_not_finite` is the first step whose loss
    was NaN or infinite, and `not_finite` counts such steps.
    """

    def __init__(self) -> None:
        self.x: list[int] = []
        self.values: list[float] = []
        self.width = 1
        self.steps = 0
        self.not_finite = 0
        self.first_not_finite: int | None = None
        self._sum, self._finite, self._count = 0.0, 0, 0

    def extend(self, losses: Iterable[float]) -> None:
        """Add the losses of the next steps."""
        for loss in losses:
            self.steps += 1
            self._count += 1
            if math.isfinite(loss):
                self._sum += loss
                self._finite += 1
            else:
                self.not_finite += 1
                self.first_not_finite = self.first_not_finite or self.steps
            if self._count == self.width:
                self._close_row()

    def _close_row(self) -> None:
        self.x.append(self.steps)
        self.values.append(self._sum / self._finite if self._finite else math.nan)
        self._sum, self._finite, self._count = 0.0, 0, 0
        if len(self.x) == MOST_ROWS:
            self.x = self.x[1::2]
            self.values = [_mean(pair) for pair in zip(self.values[::2], self.values[1::2], strict=True)]
            self.width *= 2

    def recent(self) -> float | None:
        """The mean loss over the last tenth of the rows; None without a finite one."""
        return _mean_or_none(self._tenth(0))

    def fall(self) -> tuple[float, float] | None:
        """How far the mean fell from the tenth of the rows before to the last one, and the standard error of that.

        None where a tenth has less than three rows or values that are not finite.
        """
        last, before = self._tenth(0), self._tenth(1)
        if min(len(last), len(before)) < 3 or not all(map(math.isfinite, (*last, *before))):
            return None
        error = math.sqrt(sum(float(np.var(part, ddof=1)) / len(part) for part in (last, before)))
        return float(np.mean(before)) - float(np.mean(last)), error

    def _tenth(self, back: int) -> list[float]:
        n = max(1, len(self.values) // 10)
        end = len(self.values) - back * n
        return self.values[max(0, end - n) : max(0, end)]


def _mean(values: Iterable[float]) -> float:
    found = _mean_or_none(list(values))
    return math.nan if found is None else found


def _mean_or_none(values: list[float]) -> float | None:
    finite = [value for value in values if math.isfinite(value)]
    return math.fsum(finite) / len(finite) if finite else None
