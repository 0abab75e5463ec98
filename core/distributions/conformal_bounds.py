"""Intervals whose ends are moved by what validation points show: conformalised quantile regression."""

from dataclasses import dataclass

import numpy as np

from .law import Array
from .laws import Predictive
from .recalibrated import points_for


@dataclass(frozen=True, eq=False)
class ConformalBounds:
    """The base's central interval with both ends moved outwards by one amount Q, inwards where Q is below 0.

    Q is the ⌈(n + 1)·level⌉-th smallest of max(lower − y, y − upper) of n validation points, whose predictions are
    `of_validation` and whose observations `y` (n,). If the points are exchangeable with those, an interval holds a new
    point with a probability of `level` or more, on average over x and for any model. Where Q would turn an interval
    over, it is its middle. Romano, Patterson & Candès 2019, arXiv:1905.03222. It is no distribution.
    """

    base: Predictive
    of_validation: Predictive
    y: Array

    @property
    def mean(self) -> Array:
        """The base's."""
        return np.asarray(self.base.mean, dtype=np.float64)

    def reach(self, level: float) -> float:
        """Q, in the unit of y. Raises ValueError if the validation points are too few for the level."""
        need, n = points_for(level), self.y.size
        if n < need:
            raise ValueError(
                f"Conformal bounds of {100 * level:g} % need at least {need} validation points, but there are "
                f"{n}: use more points or a lower level."
            )
        lower, upper = self.of_validation.interval(level)
        scores = np.sort(np.maximum(lower - self.y, self.y - upper))
        rank = int(np.ceil((n + 1) * level - 1e-9))
        return float(scores[max(1, min(n, rank)) - 1])

    def interval(self, level: float) -> tuple[Array, Array]:
        """Its two ends. Raises ValueError like `reach`."""
        reach, (lower, upper) = self.reach(level), self.base.interval(level)
        middle = (lower + upper) / 2
        return np.minimum(lower - reach, middle), np.maximum(upper + reach, middle)
