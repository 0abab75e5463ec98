"""Single points worth a look: those with the widest intervals, and those that are most wrong."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .judged import Array, Judged

SHOWN = 10
LEVEL = 0.95
_SURE = 1e-12  # a smaller tail counts as 0: 1 − F cannot resolve it


@dataclass(frozen=True, eq=False)
class Extremes:
    """Points (k,), the most extreme first; `index` is their place among all points.

    `low` to `high` is the central 95 % interval, `z` = (y − mean)/std, and `tail` the probability of a value as far out
    or farther on the same side, by the predicted distribution: 0.5 at its median.
    """

    index: NDArray[np.intp]
    y: Array
    mean: Array
    std: Array
    low: Array
    high: Array
    z: Array
    tail: Array

    @property
    def width(self) -> Array:
        """high − low."""
        return self.high - self.low


def widest(judged: Judged, k: int = SHOWN) -> Extremes:
    """The k points (all, if there are fewer) with the widest central 95 % intervals; ties keep their order.

    Raises CannotScore if a prediction is not a finite number.
    """
    low, high = judged.interval(LEVEL)
    return _at(judged, np.argsort(-(high - low), kind="stable")[:k])


def most_wrong(judged: Judged, k: int = SHOWN) -> Extremes:
    """The k points farthest out in the tails of their predicted distributions; ties are ordered by |z|.

    Not by the error: an error of 5 is small where the std is 10. Not by |z| either, which may well be large in a family
    with heavy tails; for a Gaussian the tail and |z| give the same order. Raises CannotScore if a prediction is not a
    finite number.
    """
    with np.errstate(all="ignore"):
        z = judged.residual / judged.need_std()
    tail = np.maximum(_tail(judged.pit), _SURE)
    return _at(judged, np.lexsort((-np.abs(z), tail))[:k])


def _tail(pit: Array) -> Array:
    return np.minimum(pit, 1 - pit)


def _at(judged: Judged, index: NDArray[np.intp]) -> Extremes:
    low, high = judged.interval(LEVEL)
    mean, std, y = judged.mean[index], judged.std[index], judged.y[index]
    with np.errstate(all="ignore"):
        z = (y - mean) / std
    return Extremes(index, y, mean, std, low[index], high[index], z, _tail(judged.pit)[index])
