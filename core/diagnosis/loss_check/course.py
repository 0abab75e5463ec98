"""The course of a logged loss in numbers: its noise, its level in a stretch, how it falls at the end."""

import math

import numpy as np

from ...data.training_log.training_log import Array, Series
from ...once import cached_property

_SHORT = 20  # values
_MAD = 1.4826  # a normal standard deviation over its median absolute value


class Course:
    """The finite values of a series, n of them, with the standard error that a mean of k neighbours has.

    The noise is what second differences show, for a trend has none. Where means of longer stretches vary more than such
    noise allows, the loss wanders, and standard errors are larger by that factor.
    """

    def __init__(self, series: Series):
        self.x, self.values = series.finite.x, series.finite.values
        self.n = self.values.size

    @cached_property
    def noise(self) -> float:
        """The standard deviation of one value around the course, in its second half."""
        return _differences(self.values[self.n // 2 :] if self.n >= 12 else self.values)

    @cached_property
    def wander(self) -> float:
        """How many times larger the noise of means over stretches is than that of independent values."""
        later = self.values[self.n // 3 :]
        found = 1.0
        for blocks in (12, 24):
            length = later.size // blocks
            if length < 2 or self.noise == 0:
                break
            means = later[later.size - blocks * length :].reshape(blocks, length).mean(axis=1)
            found = max(found, _differences(means, 4) * np.sqrt(length) / self.noise)
        return float(found)

    def error(self, count: int) -> float:
        """The standard error of a mean of so many neighbours."""
        return self.noise * self.wander / np.sqrt(max(count, 1))

    @cached_property
    def few(self) -> int:
        """How many values make a level: a tenth of them, and three at least."""
        return min(self.n, max(3, self.n // 10))

    @cached_property
    def end(self) -> float:
        """The level at the end."""
        return float(np.mean(self.values[-self.few :]))

    @property
    def last(self) -> float:
        """The last value."""
        return float(self.values[-1])

    @property
    def is_short(self) -> bool:
        """Whether there are too few values for a level at the end: the last one says more."""
        return self.n < _SHORT

    @cached_property
    def smooth(self) -> Array:
        """Centred means over up to a tenth of the values, fewer at the ends; shape (n,)."""
        half = self.few // 2
        sums = np.concatenate([[0.0], np.cumsum(self.values)])
        at = np.arange(self.n)
        reach = np.minimum(half, np.minimum(at, self.n - 1 - at))
        return (sums[at + reach + 1] - sums[at - reach]) / (2 * reach + 1)

    @cached_property
    def best(self) -> int:
        """The index of the lowest smoothed value, the ends, which are smoothed less, by the level there."""
        lowest = int(np.argmin(self.smooth))
        return lowest if self.n - 1 - lowest > self.few // 2 or self.smooth[lowest] < self.end else self.n - 1

    def level(self, index: int) -> float:
        """The level around a value."""
        half = self.few // 2
        return float(np.mean(self.values[max(0, index - half) : index + half + 1]))

    @cached_property
    def fallen(self) -> float:
        """How far it came down, from its first value to its lowest level."""
        return float(self.values[0] - self.smooth.min())

    @cached_property
    def fallen_soon(self) -> float:
        """The same from the median of its first three values: one may be enormous."""
        return float(np.median(self.values[:3]) - self.smooth.min())

    @cached_property
    def fallen_later(self) -> float:
        """How far it came down after the first tenth, which may be steep."""
        return float(self.smooth[self.n // 10] - self.smooth.min())

    def noise_before(self, index: int) -> float:
        """The noise of the values up to an index, whatever comes after it."""
        return _differences(self.values[: index + 1]) if index >= 6 else self.noise

    def at(self, x: Array) -> Array:
        """The values at other positions, by interpolation."""
        return np.interp(x, self.x, self.values)


def _differences(values: Array, order: int = 2) -> float:
    """The standard deviation of independent noise around a smooth course, from its differences of this order."""
    if values.size <= order:
        return 0.0
    return float(_MAD * np.median(np.abs(np.diff(values, order))) / math.sqrt(math.comb(2 * order, order)))
