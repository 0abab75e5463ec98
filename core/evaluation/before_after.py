"""Before and after a recalibration: fitted to one half of the held-out points, judged on the other half alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

import numpy as np

from core.distributions.predictive import Predictive
from core.distributions.recalibrated import ConformalIntervals
from core.evaluation.judged import Array, CannotScore, Estimate, mean_of, share_of
from core.evaluation.recalibration import RECALIBRATIONS, Fitted, Intervals, split
from core.evaluation.scores import interval_score

__all__ = ["MEASURES", "Change", "Comparison", "Measure", "before_and_after"]


@dataclass(frozen=True)
class _Seen:
    """A prediction at the test points, its interval there, and what came."""

    predictive: Intervals
    y: Array
    level: float
    lower: Array
    upper: Array

    def whole(self) -> Predictive:
        """The whole distribution. Raises CannotScore where there are intervals alone."""
        if isinstance(self.predictive, ConformalIntervals):
            raise CannotScore("Conformal intervals are no distribution: they have no density.")
        return cast(Predictive, self.predictive)


@dataclass(frozen=True)
class Measure:
    """What is compared: its words, and its value per point (n,). Lower is better, but where it should be the level."""

    name: str
    label: str
    help: str
    unit: str
    of: Callable[[_Seen], Array]
    aims_at_level: bool = False


@dataclass(frozen=True)
class Change:
    """A measure before and after, each with its standard error, and their difference, after − before.

    The difference is taken point by point: its standard error is that of pairs, often far below the other two.
    """

    before: Estimate
    after: Estimate
    difference: Estimate


@dataclass(frozen=True, eq=False)
class Comparison:
    """A recalibration on trial. `changes` are over the test points alone, by the names of MEASURES.

    validation, test: indices of the points, disjoint; before, after: the prediction at the test points. Standard errors
    are of sampling the test points, the fit taken as it is.
    """

    name: str
    level: float
    validation: np.ndarray
    test: np.ndarray
    fitted: Fitted
    before: Predictive
    after: Intervals
    changes: Mapping[str, Change]


def before_and_after(
    name: str,
    predictive_of: Callable[[np.ndarray], Predictive],
    y: Array,
    level: float = 0.95,
    seed: int = 0,
    *,
    validation: int = 0,
) -> Comparison:
    """Fits a recalibration to validation points and judges it on the others, the test points.

    `predictive_of(indices)` is the prediction at those of the points, whose observations are y (n,). The first
    `validation` of them are for validation; where none is, half of all are, by the seed. Raises ValueError, a sentence,
    where there are too few points or the prediction cannot be mended.
    """
    parts = (np.arange(validation), np.arange(validation, len(y))) if validation else split(len(y), seed)
    if not 0 < level < 1:
        raise ValueError(f"the level is {level}: it must lie strictly between 0 and 1")
    row, (fits, test) = RECALIBRATIONS[name], parts
    if len(fits) < (need := row.least(level)):
        there = f"there are {validation}" if validation else f"half of the {len(y)} held-out points are {len(fits)}"
        raise ValueError(
            f"“{row.label}” needs at least {need} validation points for intervals of {100 * level:g} %, and {there}: "
            "hold out more of the data or take a lower level."
        )
    fitted = row.fit(predictive_of(fits), y[fits])
    before = predictive_of(test)
    with np.errstate(all="ignore"):  # a prediction that ran away: what is no number is said by name
        after = fitted.apply(before)
        seen = [_seen(prediction, y[test], level) for prediction in (before, after)]
        changes = {measure.name: _change(measure, *seen) for measure in MEASURES.values()}
    return Comparison(name, level, fits, test, fitted, before, after, MappingProxyType(changes))


def _seen(predictive: Intervals, y: Array, level: float) -> _Seen:
    return _Seen(predictive, y, level, *predictive.interval(level))


def _change(measure: Measure, before: _Seen, after: _Seen) -> Change:
    (one, why), (other, why_not) = _values(measure, before), _values(measure, after)
    difference = None if one is None or other is None else other - one
    of = share_of if measure.aims_at_level else mean_of
    return Change(
        _estimate(of, one, why), _estimate(of, other, why_not), _estimate(mean_of, difference, why or why_not)
    )


def _values(measure: Measure, seen: _Seen) -> tuple[Array | None, str]:
    """A measure at each point, or why there is none."""
    try:
        values = np.asarray(measure.of(seen), dtype=np.float64)
    except CannotScore as error:
        return None, str(error)
    if bad := int(np.sum(~np.isfinite(values))):
        return None, f"It is not a finite number at {bad:,} of {values.size:,} test points."
    return values, ""


def _estimate(of: Callable[[Array], Estimate], values: Array | None, reason: str) -> Estimate:
    return Estimate(None, None, reason) if values is None else of(values)


def _covered(seen: _Seen) -> Array:
    inside = (seen.lower <= seen.y) & (seen.y <= seen.upper)
    return np.where(np.isfinite(seen.upper - seen.lower), inside, np.nan)


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        row.name: row
        for row in (
            Measure(
                "coverage", "Covers", "Share of test points inside the interval.", "share", _covered, aims_at_level=True
            ),
            Measure("width", "Mean width", "Of the interval.", "unit of y", lambda seen: seen.upper - seen.lower),
            Measure(
                "interval_score",
                "Interval score",
                "Width of the interval, and a fine for each point outside that grows with its distance.",
                "unit of y",
                lambda seen: interval_score(seen.level, seen.lower, seen.upper, seen.y),
            ),
            Measure("nll", "NLL, full", "−log density.", "nats", lambda seen: seen.whole().nll(seen.y)),
            Measure(
                "crps",
                "CRPS",
                "Distance of the predicted distribution from the point.",
                "unit of y",
                lambda seen: seen.whole().crps(seen.y),
            ),
        )
    }
)
