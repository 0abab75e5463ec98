"""Single points that are worth a look: those with the widest intervals, and those that are most wrong."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.judged import Array, Judged

SHOWN = 10
LEVEL = 0.95
_SURE = 1e-12  # a tail below it is 0 but for rounding: 1 − F has no finer numbers


@dataclass(frozen=True, eq=False)
class Extremes:
    """Points (k,) by their places among all, the most extreme first, and what there is to say of each.

    `low` to `high` is the central 95 % interval, `z` = (y − mean)/std; `tail` is P(as far out or farther on that side),
    by the predicted distribution: 0.5 in its middle.
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
    """The k points with the widest central 95 % intervals; of equally wide ones the earlier. All where there are fewer.

    Raises CannotScore where a prediction is no number.
    """
    low, high = judged.interval(LEVEL)
    return _at(judged, np.argsort(-(high - low), kind="stable")[:k])


def most_wrong(judged: Judged, k: int = SHOWN) -> Extremes:
    """The k points farthest out in the tails of their own predicted distributions; of a tie the largest |z|.

    Not the largest errors: an error of 5 is none where the std is 10. By the tail and not by |z|, which a family with
    heavy tails expects to be large; both give the same order where the family is Gaussian. Raises CannotScore where a
    prediction is no number.
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
