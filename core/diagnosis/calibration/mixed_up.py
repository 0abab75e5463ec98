"""Faults of a file: std that do not go with their points, and a variance in place of a std or the other way round."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ...evaluation import right_model as right
from ...evaluation.repairs import Repair, constant, fitted, fixed_factor, no_column
from .attribution import Blame, Stage
from .axes import Axis
from .case import Case

Array = NDArray[np.float64]

# What a column of std may hold instead, and the log of the true over the given std then.
READINGS: Mapping[str, Callable[[Array], Array]] = MappingProxyType(
    {"variance_as_std": lambda log_std: -log_std / 2, "std_as_variance": lambda log_std: log_std}
)
_ALIKE, _CLEAR = 0.01, 0.3  # relative, and of the log of a factor
_VARIES = 0.15  # standard deviation of log σ̂ from which on the points can tell whether the std are theirs
_BEYOND = 4.0  # nats of all points together
_REFUSED = 0.002  # p-value below which a reading does not hold
_SAME = 1.5  # standard errors by which one order of the std beats another, at least


def mixed_up(stage: Stage, blames: tuple[Blame, ...], log_std: Array, along: Axis | None) -> Blame | None:
    """The fault of the file that explains what was blamed on the width; None if there is none.

    `stage` has the repairs of mean and width that were found; `along` is x, if there is one.
    """
    if not any(blame.cause.startswith("width") for blame in blames):
        return None
    reading, other = _read_otherwise(stage, log_std), _of_other_points(stage, log_std, along)
    if reading is None or other is None:
        return reading or other
    return other if log_std.size * (other.gain - reading.gain) > _BEYOND else reading


def _read_otherwise(stage: Stage, log_std: Array) -> Blame | None:
    """A reading without a free parameter that does as well as the fitted repair of the width."""
    n = log_std.size
    factor = fitted(stage.points, stage.shifts, constant(n)).gain
    for cause, reading in READINGS.items():
        found = fixed_factor(stage.points, stage.shifts, reading(log_std))
        z = stage.points.scores(found.shift, found.log_factor)
        holds = (
            min(
                right.width_p(z, stage.shifts.shape[1]),
                right.follows_p(right.squared_scores(z), right.line_along(log_std)),
            )
            > _REFUSED
        )
        as_good = n * (stage.repair.gain - found.gain) < _BEYOND
        no_chance = n * (found.gain - factor) > _BEYOND or 4 / np.sqrt(2 * n) < 0.05
        if holds and as_good and no_chance and found.gain > 0:
            return _blame(cause, found, stage)
    return None


def square_root_fits(case: Case, factor: float, n: int) -> bool:
    """Whether one std for all points is off by what its square root would be: perhaps it is a variance."""
    std = case.judged.std
    off = float(np.log(factor) + np.log(std[0]) / 2)
    alike = float(std.max()) < (1 + _ALIKE) * float(std.min())
    return case.of_file and alike and abs(np.log(factor)) > _CLEAR and abs(off) < 2 / np.sqrt(2 * n)


def _blame(cause: str, found: Repair, stage: Stage, axis: Axis | None = None) -> Blame:
    nothing = np.zeros(found.gains.size)
    shifted = fitted(stage.points, stage.shifts, no_column(nothing.size)).gains if stage.shifts.shape[1] else nothing
    gains = found.gains - shifted
    return Blame(cause, float(np.mean(gains)), float(np.std(gains, ddof=1) / np.sqrt(gains.size)), 0.0, axis, found)


def _of_other_points(stage: Stage, log_std: Array, along: Axis | None) -> Blame | None:
    """Std that vary where the errors do not: a constant std does better, and perhaps the same std in another order."""
    n = log_std.size
    if np.std(log_std) < _VARIES or n < right.LEAST_ALONG:
        return None
    one = constant(n)
    flat = fitted(stage.points, stage.shifts, one, offset=log_std.mean() - log_std)
    given = fitted(stage.points, stage.shifts, one)
    off = stage.points.scores(flat.shift, flat.log_factor)
    squares = right.squared_scores(off - off.mean())
    if _beyond(given.gains - flat.gains) or _go_together(squares, log_std):
        return None
    tried = [
        (name, fitted(stage.points, stage.shifts, one, offset=other - log_std)) for name, other in _orders(log_std)
    ]
    name, best = max(tried, key=lambda pair: pair[1].gain)
    if _beyond(best.gains - flat.gains) and best.gain > stage.repair.gain - _BEYOND / n:
        return _blame("std_not_with_points", best, stage, Axis(name, name, log_std))
    smooth = along is not None and right.lag_one(log_std, np.argsort(along.values, kind="stable"))[1] < _REFUSED
    if smooth or not _beyond(flat.gains - given.gains):
        return None  # they go with x: wrong there, but not in a wrong order
    return _blame("std_not_with_points", flat, stage)


def _orders(log_std: Array) -> Iterator[tuple[str, Array]]:
    yield "in reversed order", log_std[::-1]
    yield "one row later", np.roll(log_std, 1)
    yield "one row earlier", np.roll(log_std, -1)


def _go_together(squares: Array, log_std: Array) -> bool:
    """Whether larger std do stand beside larger errors."""
    line = right.line_along(log_std)
    return float(squares @ line[:, 0]) > float(squares.sum() * line.mean()) and right.follows_p(squares, line) < 0.02


def _beyond(differences: Array) -> bool:
    """Whether the sum of the gains is beyond luck, and not that of a point or two."""
    error = float(np.std(differences, ddof=1)) / np.sqrt(differences.size)
    return float(np.mean(differences)) > max(_BEYOND / differences.size, _SAME * error)
