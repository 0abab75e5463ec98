"""Before and after a recalibration that is fitted to one half of the held-out points and judged on the other half."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ..distributions.conformal_bounds import ConformalBounds
from ..distributions.laws import Predictive
from ..distributions.recalibrated import ConformalIntervals
from ..distributions.stated import MeanAlone, Partial
from .judged import Array, CannotScore, Estimate, mean_of, share_of
from .recalibration import RECALIBRATIONS, Fitted, Intervals, split
from .scores import covered, interval_score


@dataclass(frozen=True)
class _Tested:
    """A prediction at the test points, its interval there, and the observations."""

    predictive: Intervals
    y: Array
    level: float
    lower: Array
    upper: Array

    def whole(self) -> Predictive:
        """The whole distribution. Raises CannotScore if there are only intervals."""
        if isinstance(self.predictive, ConformalIntervals | ConformalBounds):
            raise CannotScore("Conformal intervals are not a distribution: they have no density.")
        if isinstance(self.predictive, Partial):
            raise CannotScore(self.predictive.what_is_missing)
        return self.predictive


@dataclass(frozen=True)
class Measure:
    """What is compared: its words, and its value per point (n,). Lower is better, unless it should equal the level."""

    name: str
    label: str
    help: str
    unit: str
    of: Callable[[_Tested], Array]
    aims_at_level: bool = False


@dataclass(frozen=True)
class Change:
    """A measure before and after, and the difference after − before, each with its standard error.

    The difference is paired by point, so its standard error is often far below the other two.
    """

    before: Estimate
    after: Estimate
    difference: Estimate


@dataclass(frozen=True, eq=False)
class Comparison:
    """A recalibration and what it changed on the test points, `changes` by the names of MEASURES.

    validation, test: disjoint indices of the points; before, after: the prediction at the test points. The standard
    errors are those of sampling the test points, for the recalibration as fitted.
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
    along: Array | None = None,
) -> Comparison:
    """Fits a recalibration to validation points and judges it on the other points, the test points.

    `predictive_of(indices)` is the prediction at the points with these indices; y (n,) are the observations.
    `along` (n,) is where they lie on an axis, the predicted mean if it is None. The first `validation` points are for
    validation; if it is 0, the seed chooses half of all points. Raises ValueError if there are too few points or the
    prediction cannot be recalibrated.
    """
    parts = (np.arange(validation), np.arange(validation, len(y))) if validation else split(len(y), seed)
    if not 0 < level < 1:
        raise ValueError(f"the level is {level}: it must be strictly between 0 and 1")
    row, (fits, test) = RECALIBRATIONS[name], parts
    if len(fits) < (need := row.least(level)):
        there = f"there are {validation}" if validation else f"half of the {len(y)} held-out points are {len(fits)}"
        raise ValueError(
            f"“{row.label}” needs at least {need} validation points for intervals of {100 * level:g} %, and "
            f"{there}: hold out more of the data or use a lower level."
        )
    of_fits, before = predictive_of(fits), predictive_of(test)
    at_fits, at_test = (None, None) if along is None else (along[fits], along[test])
    fitted = row.fit(of_fits, y[fits], at_fits)
    with np.errstate(all="ignore"):  # values that are not finite are reported in words
        after = fitted.apply(before, at_test)
        tested = [_Tested(each, y[test], level, *interval_of(each, level)) for each in (before, after)]
        changes = {measure.name: _change(measure, *tested) for measure in MEASURES.values()}
    return Comparison(name, level, fits, test, fitted, before, after, MappingProxyType(changes))


def interval_of(predictive: Intervals, level: float) -> tuple[Array, Array]:
    """The central interval; nan where there are means alone. Raises ValueError if another level alone is predicted."""
    if isinstance(predictive, MeanAlone):
        nothing = np.full(np.shape(predictive.mean), np.nan)
        return nothing, nothing
    return predictive.interval(level)


def _change(measure: Measure, before: _Tested, after: _Tested) -> Change:
    (one, why), (other, why_not) = _values(measure, before), _values(measure, after)
    difference = None if one is None or other is None else other - one
    of = share_of if measure.aims_at_level else mean_of
    parts = (of, one, why), (of, other, why_not), (mean_of, difference, why or why_not)
    return Change(*(Estimate(None, None, why) if values is None else mean(values) for mean, values, why in parts))


def _values(measure: Measure, tested: _Tested) -> tuple[Array | None, str]:
    """A measure at each point, or the reason why it has no value."""
    try:
        values = np.asarray(measure.of(tested), dtype=np.float64)
    except CannotScore as error:
        return None, str(error)
    if bad := int(np.sum(~np.isfinite(values))):
        return None, f"It is not a finite number at {bad:,} of {values.size:,} test points."
    return values, ""


_ROWS = (
    Measure(
        "coverage",
        "Covers",
        "Share of test points inside the interval.",
        "share",
        lambda tested: covered(tested.lower, tested.upper, tested.y),
        aims_at_level=True,
    ),
    Measure("width", "Mean width", "Of the interval.", "unit of y", lambda tested: tested.upper - tested.lower),
    Measure(
        "interval_score",
        "Interval score",
        "Width of the interval, plus a penalty for each point outside that grows with its distance.",
        "unit of y",
        lambda tested: interval_score(tested.level, tested.lower, tested.upper, tested.y),
    ),
    Measure("nll", "NLL, full", "−log density.", "nats", lambda tested: tested.whole().nll(tested.y)),
    Measure(
        "crps",
        "CRPS",
        "Distance of the predicted distribution from the point.",
        "unit of y",
        lambda tested: tested.whole().crps(tested.y),
    ),
)
MEASURES: Mapping[str, Measure] = MappingProxyType({row.name: row for row in _ROWS})
