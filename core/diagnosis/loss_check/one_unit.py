"""Whether observations and predicted means are in one unit, by the line through the points."""

from dataclasses import dataclass

import numpy as np

from ...data.training_log.training_log import Array

FEWEST = 100  # points
_OTHER_UNIT, _BETTER = 2.0, 3.0  # times: the slope of y against the mean, and the residuals that the line takes away
_TOO_SMALL = 1.5**2  # mean of ((y − mean)/std)²: a std that allows for the difference speaks of no other unit


@dataclass(frozen=True)
class Line:
    """y = start + slope · mean, which fits the points; `rest` is the root mean square of what it leaves, unit of y."""

    start: float
    slope: float
    rest: float


def line_of(y: Array, mean: Array) -> Line | None:
    """The line of least squares through y and mean (n,); None where it leaves half of the variance of y, or more."""
    if y.size < FEWEST or not np.ptp(y) > 0 or not np.ptp(mean) > 0:
        return None
    with np.errstate(all="ignore"):
        slope = float(np.mean((y - y.mean()) * (mean - mean.mean())) / np.var(mean))
        start = float(y.mean() - slope * mean.mean())
        rest = float(np.sqrt(np.mean((y - start - slope * mean) ** 2)))
    return Line(start, slope, rest) if rest**2 < 0.5 * float(np.var(y)) else None


def other_unit(y: Array, mean: Array, std: Array) -> Line | None:
    """The line by which y and mean differ, if they are in two units: far from y = mean, and more than the std allows.

    y, mean and std: (n,), all finite, std above 0. None where y = mean fits as well as can be told.
    """
    line = line_of(y, mean)
    if line is None or line.slope <= 0 or 1 / _OTHER_UNIT < line.slope < _OTHER_UNIT:
        return None
    with np.errstate(all="ignore"):
        far = float(np.sqrt(np.mean((y - mean) ** 2))) >= _BETTER * line.rest
        return line if far and float(np.mean(((y - mean) / std) ** 2)) > _TOO_SMALL else None
