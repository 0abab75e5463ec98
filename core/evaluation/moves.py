"""Recalibrations that move the mean or change the width, by one number or along x."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..distributions.laws import Predictive
from ..distributions.recalibrated import moved
from ..words import number, quantity
from .judged import Judged
from .repairs import Repairable, constant, fitted, no_column, repairable
from .right_model import curve_along, line_along

Array = NDArray[np.float64]

_MOST_KNOTS = 200
_SAME_STD = 1.02  # ratio of the largest std to the smallest, below which one unit of a shift is as good as the other


@dataclass(frozen=True)
class Moved:
    """Every mean moved by `shift`, in the unit of y or of σ̂, and every std times `factor`."""

    shift: float
    in_std: bool
    factor: float = 1.0

    @property
    def words(self) -> str:
        unit = " predicted standard deviations" if self.in_std else ""
        shift = f"Every mean {'plus' if self.shift >= 0 else 'minus'} {quantity(abs(self.shift))}{unit}"
        return f"{shift}, every standard deviation times {quantity(self.factor)}." if self.factor != 1 else f"{shift}."

    def apply(self, predictive: Predictive, along: Array | None = None) -> Predictive:
        return moved(predictive, self.shift * predictive.std if self.in_std else self.shift, self.factor)


@dataclass(frozen=True, eq=False)
class MovedAlong:
    """A shift (in σ̂) and a log factor that change along an axis: given at `knots`, linear between, constant beyond."""

    knots: Array
    shifts: Array
    log_factors: Array

    @property
    def words(self) -> str:
        if np.any(self.shifts):
            low, high = (number(float(end), 2) for end in (self.shifts.min(), self.shifts.max()))
            return f"Means moved by {low} to {high} predicted standard deviations along the axis."
        low, high = (quantity(float(np.exp(end))) for end in (self.log_factors.min(), self.log_factors.max()))
        return f"Standard deviations times {low} to {high} along the axis."

    def apply(self, predictive: Predictive, along: Array | None = None) -> Predictive:
        at = np.asarray(predictive.mean if along is None else along)
        shift, log_factor = (np.interp(at, self.knots, values) for values in (self.shifts, self.log_factors))
        return moved(predictive, shift * predictive.std, np.exp(log_factor))


@dataclass(frozen=True)
class Power:
    """σ̂ becomes scale·σ̂^power."""

    scale: float
    power: float

    @property
    def words(self) -> str:
        return f"Every standard deviation σ̂ becomes {quantity(self.scale)}·σ̂^{quantity(self.power)}."

    def apply(self, predictive: Predictive, along: Array | None = None) -> Predictive:
        log_std = np.log(predictive.std)
        return moved(predictive, 0.0, self.scale * np.exp((self.power - 1) * log_std))


def shift_of(predictive: Predictive, y: Array) -> Moved:
    """The shift with the lowest NLL: of one size in the unit of y, or in σ̂, whichever fits better."""
    return _moved(predictive, y, factors=0)


def shift_and_scale_of(predictive: Predictive, y: Array) -> Moved:
    """Shift and factor with the lowest NLL, fitted together."""
    return _moved(predictive, y, factors=1)


def _moved(predictive: Predictive, y: Array, factors: int) -> Moved:
    points, std = _points(predictive, y), np.broadcast_to(predictive.std, y.shape)
    one = constant(points.n)
    unit = float(np.exp(np.mean(np.log(std))))  # so that the column is near 1 in any unit of y
    tried = [(True, one)] if std.max() < _SAME_STD * std.min() else [(True, one), (False, unit / std[:, None])]
    found = [(in_std, fitted(points, columns, one[:, :factors])) for in_std, columns in tried]
    in_std, best = max(found, key=lambda pair: float(np.sum(points.gain(pair[1].shift, pair[1].log_factor))))
    factor = float(np.exp(best.log_factor[0]))
    if len(tried) == 1:  # one std for all: said in the unit of y
        return Moved(float(best.shift[0] * std[0]), False, factor)
    return Moved(float(best.shift[0] * (1.0 if in_std else std[0])), in_std, factor)


def factor_along(predictive: Predictive, y: Array, along: Array) -> MovedAlong:
    """The factor along an axis, a line or a curve in log σ̂ over the ranks: what gains more when cross-fitted."""
    points, one = _points(predictive, y), constant(y.size)
    tried = [fitted(points, no_column(y.size), np.column_stack([one, columns])) for columns in _columns(along)]
    best = max(tried, key=lambda repair: repair.gain)
    return _at_knots(along, best.shift, best.log_factor)


def shift_along(predictive: Predictive, y: Array, along: Array) -> MovedAlong:
    """The same for a shift of the mean, in σ̂."""
    points, one = _points(predictive, y), constant(y.size)
    tried = [fitted(points, np.column_stack([one, columns]), no_column(y.size)) for columns in _columns(along)]
    best = max(tried, key=lambda repair: repair.gain)
    return _at_knots(along, best.shift, best.log_factor)


def power_of(predictive: Predictive, y: Array) -> Power:
    """The power law of σ̂ with the lowest NLL. Raises ValueError if every σ̂ is the same."""
    log_std = np.log(np.broadcast_to(predictive.std, y.shape))
    if np.ptp(log_std) < np.log(_SAME_STD):
        raise ValueError("Every predicted standard deviation is about the same, so a power of it is just one factor.")
    points, middle = _points(predictive, y), log_std.mean()
    columns = np.column_stack([np.ones(y.size), log_std - middle])
    log_factor = fitted(points, no_column(y.size), columns).log_factor
    slope = float(np.polyfit(log_std - middle, log_factor, 1)[0])
    return Power(float(np.exp(np.mean(log_factor) - slope * middle)), 1 + slope)


def _points(predictive: Predictive, y: Array) -> Repairable:
    return repairable(Judged(predictive, y), in_unit_of_y=True)


def _columns(along: Array) -> list[Array]:
    line, curve = line_along(along), curve_along(along)
    if not line.shape[1]:
        raise ValueError("All validation points have the same position on the axis: nothing can change along it.")
    return [line, curve] if curve.shape[1] else [line]


def _at_knots(along: Array, shift: Array, log_factor: Array) -> MovedAlong:
    knots, first = np.unique(along, return_index=True)
    kept = np.unique(np.round(np.linspace(0, knots.size - 1, min(knots.size, _MOST_KNOTS))).astype(int))
    chosen = first[kept]
    return MovedAlong(knots[kept], shift[chosen], log_factor[chosen])
