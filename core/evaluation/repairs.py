"""Repairs of a predicted distribution, fitted by maximum likelihood and judged on points that did not fit them.

A repair moves the law of each point by `shift` predicted standard deviations and makes it exp(`log_factor`) times as
wide about its mean. Both are linear in a few columns: a constant, a curve along x. What it gains is the difference of
the log densities, in nats per point.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ..distributions.laws import Predictive
from .judged import Judged, root_mean_square
from .right_model import is_gaussian, normal_scores

Array = NDArray[np.float64]

_STEPS, _HALVINGS = 12, 10
_CLOSE = 1e-3  # nats of all points together: a step that gains less ends the search
_DIFFERENCE = 1e-4
_FEW_FOLDS, _FOLDS, _MANY = 2, 5, 5_000
_FAR = 1e150  # z beyond are cut: their squares would overflow


class Gain(Protocol):
    """Gains in nats (n,) of a shift and a log factor (n,)."""

    def __call__(self, shift: Array, log_factor: Array) -> Array:
        """At every point."""


@dataclass(frozen=True, eq=False)
class Repairable:
    """The n points of a prediction: `gain(shift, log_factor)` in nats (n,), and `scores(…)`, the normal scores then."""

    n: int
    gain: Gain
    scores: Callable[[Array, Array], Array]


def repairable(judged: Judged, *, in_unit_of_y: bool = False) -> Repairable:
    """The points of a prediction, for repairs.

    A Gaussian and a law with bounded support are repaired in normal scores (for the latter the repaired law has another
    form, and no point leaves its support), every other law in the unit of y. `in_unit_of_y` asks for that always; for
    a Gaussian it is the same.
    """
    if is_gaussian(judged.predictive) or (in_normal_scores(judged) and not in_unit_of_y):
        return _of_scores(np.clip(normal_scores(judged), -_FAR, _FAR))
    return _of_law(judged.predictive, judged)


def in_normal_scores(judged: Judged) -> bool:
    """Whether a prediction is repaired in normal scores."""
    law = judged.predictive
    return is_gaussian(law) or any(bool(np.isfinite(np.asarray(end)).any()) for end in law.support)


def _of_scores(z: Array) -> Repairable:
    def moved(shift: Array, log_factor: Array) -> Array:
        return (z - shift) * np.exp(-log_factor)

    def gain(shift: Array, log_factor: Array) -> Array:
        return 0.5 * (z**2 - moved(shift, log_factor) ** 2) - log_factor

    return Repairable(z.size, gain, moved)


def _of_law(law: Predictive, judged: Judged) -> Repairable:
    mean, std, y = judged.mean, judged.std, judged.y
    before = law.log_density(y)

    def moved(shift: Array, log_factor: Array) -> Array:
        return mean + (y - mean - shift * std) * np.exp(-log_factor)

    def scores(shift: Array, log_factor: Array) -> Array:
        return special.ndtri(np.clip(law.cdf(moved(shift, log_factor)), 1e-300, 1 - 1e-16))

    def gain(shift: Array, log_factor: Array) -> Array:
        return law.log_density(moved(shift, log_factor)) - log_factor - before

    return Repairable(y.size, gain, scores)


@dataclass(frozen=True, eq=False)
class Repair:
    """A fitted repair: shift and log factor at each point, its gain on points that did not fit it, and coefficients."""

    shift: Array
    log_factor: Array
    gains: Array  # (n,), nats

    @property
    def gain(self) -> float:
        """The mean gain, nats per point."""
        return float(np.mean(self.gains))

    @property
    def error(self) -> float:
        """The standard error of the gain; 0 for a single point."""
        return float(np.std(self.gains, ddof=1) / np.sqrt(self.gains.size)) if self.gains.size > 1 else 0.0


def fixed_factor(points: Repairable, shifts: Array, log_factor: Array) -> Repair:
    """The repair with these factors, which are not fitted, and the best shift."""
    return fitted(points, shifts, no_column(points.n), offset=log_factor)


def fitted(points: Repairable, shifts: Array, factors: Array, offset: Array | float = 0.0) -> Repair:
    """The best repair with shift = shifts·a and log factor = offset + factors·b, columns (n, p) and (n, q).

    The gains are cross-fitted: each point's comes from coefficients fitted to the other folds.
    """
    offset = np.broadcast_to(np.asarray(offset, dtype=np.float64), (points.n,))
    every = np.ones(points.n)
    a, b = _coefficients(points, shifts, factors, offset, every)
    gains = np.zeros(points.n)
    fold = folds(points.n)
    for k in range(int(fold.max()) + 1) if points.n > 1 else ():
        one, other = _coefficients(points, shifts, factors, offset, (fold != k).astype(float), (a, b))
        out = fold == k
        gains[out] = points.gain(shifts @ one, offset + factors @ other)[out]
    return Repair(shifts @ a, offset + factors @ b, gains)


def folds(n: int) -> NDArray[np.intp]:
    """The fold of each of n points: five folds, two for many points, one point a fold for few; drawn from a seed."""
    count = min(n, _FOLDS if n > 4 * _FOLDS else n) if n <= _MANY else _FEW_FOLDS
    return np.random.default_rng(np.random.SeedSequence([7, n])).permutation(np.arange(n) % count)


def constant(n: int) -> Array:
    """One column of ones."""
    return np.ones((n, 1))


def no_column(n: int) -> Array:
    """No column: nothing is fitted."""
    return np.zeros((n, 0))


def _coefficients(
    points: Repairable,
    shifts: Array,
    factors: Array,
    offset: Array,
    weight: Array,
    start: tuple[Array, Array] | None = None,
) -> tuple[Array, Array]:
    """Coefficients of both by Newton's method with halved steps, a block at a time, on the points of weight 1."""
    a, b = start if start is not None else (np.zeros(shifts.shape[1]), _first_factor(points, factors, offset, weight))
    for _ in range(_STEPS):
        gained = 0.0
        if a.size:
            a, gained = _step(partial(points.gain, log_factor=offset + factors @ b), shifts, a, weight)
        if b.size:
            b, more = _step(partial(_of_factor, points, shifts @ a, offset), factors, b, weight)
            gained += more
        if gained < _CLOSE:
            break
    return a, b


def _of_factor(points: Repairable, shift: Array, offset: Array, log_factor: Array) -> Array:
    return points.gain(shift, offset + log_factor)


def _first_factor(points: Repairable, factors: Array, offset: Array, weight: Array) -> Array:
    """Where the search for the factor begins: at the root mean square of the normal scores."""
    first = np.zeros(factors.shape[1])
    if first.size:
        size = root_mean_square(points.scores(np.zeros(points.n), np.array(offset))[weight > 0])
        first[0] = np.log(size) if size > 0 else 0.0
    return first


def _step(gain: Callable[[Array], Array], columns: Array, at: Array, weight: Array) -> tuple[Array, float]:
    """One Newton step of the coefficients of `columns`, halved until the gain does not fall; and what it gained."""
    eta = columns @ at
    low, middle, high = (gain(eta + off) for off in (-_DIFFERENCE, 0.0, _DIFFERENCE))
    slope, bend = weight * (high - low) / (2 * _DIFFERENCE), weight * (2 * middle - low - high) / _DIFFERENCE**2
    curvature = max(float(np.sum(bend)), 0.1 * float(np.sum(slope**2)), 1e-12) / max(float(np.sum(weight)), 1.0)
    square = columns.T @ (weight[:, None] * columns) + 1e-9 * np.eye(at.size)
    move = np.linalg.solve(square, columns.T @ slope) / curvature
    total = float(np.sum(weight * middle))
    for _ in range(_HALVINGS):
        new = float(np.sum(weight * gain(columns @ (at + move))))
        if new >= total:
            return at + move, new - total
        move = move / 2
    return at, 0.0
