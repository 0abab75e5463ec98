"""RECALIBRATIONS: ways to correct a prediction from half of the held-out points, judged on the other half.

They train no network. Each is fitted to validation points (`row.fit(predictive, y, along)`) and then applied to any
other prediction of the same model (`fitted.apply(predictive, along)`); `along` is where the points lie on an axis, x or
the predicted mean, and only some rows ask for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np

from ..distributions.conformal_bounds import ConformalBounds
from ..distributions.laws import Gaussian, LocationScale, Predictive, scaled
from ..distributions.recalibrated import ConformalIntervals, RemappedPredictive, points_for
from ..distributions.stated import Partial, QuantilesAlone
from ..words import number, quantity
from .judged import root_mean_square
from .level_map import level_map
from .moves import (
    Moved,
    MovedAlong,
    Power,
    factor_along,
    power_of,
    shift_along,
    shift_and_scale_of,
    shift_of,
)

_SPLIT_KEY = 5  # beside the seed, so that the split has a random stream of its own
_LEAST_ALONG = 20  # validation points for what changes along an axis
_FACTORS = np.geomspace(1e-2, 1e2, 81)  # tried around a first guess, before the search near the best of them


@dataclass(frozen=True)
class Scale:
    """Every std times `factor`."""

    factor: float

    @property
    def words(self) -> str:
        return f"Every standard deviation times {quantity(self.factor)}."

    def apply(self, predictive: Predictive, along: np.ndarray | None = None) -> Predictive:
        return scaled(predictive, self.factor)


@dataclass(frozen=True)
class Isotonic:
    """Each probability in `levels` becomes its partner in `observed`, with linear interpolation between."""

    levels: np.ndarray
    observed: np.ndarray

    @property
    def words(self) -> str:
        low, high = 100 * np.interp([0.05, 0.95], self.levels, self.observed)
        return f"Predicted probabilities redrawn: 5 % becomes {number(low, 1)} %, 95 % becomes {number(high, 1)} %."

    def apply(self, predictive: Predictive, along: np.ndarray | None = None) -> RemappedPredictive:
        return RemappedPredictive(predictive, self.levels, self.observed)


@dataclass(frozen=True)
class Conformal:
    """Intervals from the sorted `scores` |residual| of the validation points, in the unit of y or of σ̂."""

    scores: np.ndarray
    normalised: bool

    @property
    def words(self) -> str:
        reach = quantity(float(np.median(self.scores)))
        middle = f"{reach}·σ̂" if self.normalised else reach
        return f"Intervals from the errors of {len(self.scores)} points, half of which are within ±{middle}."

    def apply(self, predictive: Predictive, along: np.ndarray | None = None) -> ConformalIntervals:
        scale = predictive.std if self.normalised else np.ones(np.shape(predictive.mean))
        return ConformalIntervals(predictive.mean, scale, self.scores)


@dataclass(frozen=True, eq=False)
class ConformalQuantiles:
    """Both ends of an interval moved by one amount, from the predictions at the validation points and their y."""

    of_validation: Predictive
    y: np.ndarray

    @property
    def words(self) -> str:
        return f"Both ends of each interval are moved by the same amount, from the errors of {len(self.y)} points."

    def apply(self, predictive: Predictive, along: np.ndarray | None = None) -> ConformalBounds:
        return ConformalBounds(predictive, self.of_validation, self.y)


Intervals = (
    Predictive | ConformalIntervals | ConformalBounds
)  # what a recalibration gives: a mean and central intervals, at least
Fitted = (
    Scale | Isotonic | Conformal | ConformalQuantiles | Moved | MovedAlong | Power
)  # fitted to validation points: `words` say what, `apply` recalibrates


@dataclass(frozen=True)
class Recalibration:
    """A way to recalibrate. `least(level)` is the smallest number of validation points for intervals of this level.

    `needs` is what it corrects: "distribution", "mean" or "interval". Means alone have no more than the second.

    `fit` takes the prediction at the validation points, their y (n,) and where they lie along an axis (n,). It raises
    ValueError if the prediction cannot be recalibrated: it is not finite, has no spread, or has no error.
    """

    name: str
    label: str
    help: str
    reference: str
    least: Callable[[float], int]
    fit_along: Callable[[Predictive, np.ndarray, np.ndarray], Fitted]
    needs: str = "distribution"

    def why_not(self, predictive: Predictive) -> str:
        """Why a form of predictions cannot be corrected in this way, in one sentence; empty if it can."""
        if not isinstance(predictive, Partial) or self.needs in _has(predictive):
            return ""
        return f"“{self.label}” corrects a whole {self.needs}. {predictive.what_is_missing}"

    def fit(self, predictive: Predictive, y: np.ndarray, along: np.ndarray | None = None) -> Fitted:
        """Fitted to these points; without `along` they lie along the predicted mean."""
        if reason := self.why_not(predictive):
            raise ValueError(reason)
        with np.errstate(over="ignore", invalid="ignore"):  # a mean that is not finite is refused where it is needed
            return self.fit_along(predictive, y, np.asarray(predictive.mean if along is None else along))


def _has(law: Partial) -> set[str]:
    """What predictions have that are less than a distribution."""
    interval = isinstance(law, QuantilesAlone) and law.central is not None
    return {name for name, there in (("mean", not np.isnan(law.mean).all()), ("interval", interval)) if there}


def ways_for(predictive: Predictive) -> tuple[str, ...]:
    """The names of the recalibrations that this form of predictions can have."""
    return tuple(name for name, row in RECALIBRATIONS.items() if not row.why_not(predictive))


def split(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sorted indices of a validation and a test half of n points; if n is odd the test half has one more.

    The same n and seed give the same halves. Raises ValueError for fewer than 2 points.
    """
    if n < 2:
        raise ValueError(
            "Recalibration needs at least 2 held-out points, one to fit and one to judge by, but there "
            f"{'is' if n == 1 else 'are'} {n}: hold out more of the data."
        )
    order = np.random.default_rng(np.random.SeedSequence([seed, _SPLIT_KEY])).permutation(n)
    return np.sort(order[: n // 2]), np.sort(order[n // 2 :])


def _scale(predictive: Predictive, y: np.ndarray) -> Scale:
    """The factor k of the std with the lowest NLL: √(mean z²) for a Gaussian, else by search over log k."""
    from scipy.optimize import minimize_scalar  # a third of a second to import

    guess = root_mean_square(_residual(predictive, y) / _spread(predictive))
    if isinstance(predictive, LocationScale) and isinstance(predictive.law, Gaussian):
        return Scale(guess)

    def nll(log_factor: float) -> float:
        return float(np.mean(scaled(predictive, float(np.exp(log_factor))).nll(y)))

    logs = np.log(guess * _FACTORS)
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.array([nll(log) for log in logs])
        best = int(np.argmin(np.where(np.isnan(values), np.inf, values)))
        if best in (0, len(logs) - 1):
            raise ValueError(
                "No factor on the standard deviation is best: the predicted distribution does not fit the "
                "validation points at any width. Choose another recalibration."
            )
        found = minimize_scalar(nll, bounds=(logs[best - 1], logs[best + 1]), method="bounded", options={"xatol": 1e-9})
    return Scale(float(np.exp(found.x if found.fun <= values[best] else logs[best])))


def _isotonic(predictive: Predictive, y: np.ndarray) -> Isotonic:
    """The map of levels through the validation points."""
    _residual(predictive, y)
    _spread(predictive)
    return Isotonic(*level_map(_finite(predictive.cdf(y), "distribution")))


def _conformal(predictive: Predictive, y: np.ndarray, normalised: bool = False) -> Conformal:
    sizes = np.abs(_residual(predictive, y))
    return Conformal(np.sort(sizes / _spread(predictive) if normalised else sizes), normalised)


def _conformal_quantiles(predictive: Predictive, y: np.ndarray) -> ConformalQuantiles:
    if isinstance(predictive, QuantilesAlone):
        _finite(y, "target")
        _finite(predictive.values, "bound")
    else:
        _residual(predictive, y)
        _spread(predictive)
    return ConformalQuantiles(predictive, y)


def _plain(fit: Callable[[Predictive, np.ndarray], Fitted]) -> Callable[[Predictive, np.ndarray, np.ndarray], Fitted]:
    """A fit that asks for no axis."""
    return lambda predictive, y, along: fit(predictive, y)


def _checked(fit: Callable[..., Fitted], *, of_axis: bool = False) -> Callable[..., Fitted]:
    """A fit of mean or width, refused where there is nothing to fit to."""

    def checked(predictive: Predictive, y: np.ndarray, along: np.ndarray) -> Fitted:
        residual, std = _residual(predictive, y), _spread(predictive)
        if len(y) > 1 and np.ptp(residual / std) == 0:
            raise ValueError("Every residual is the same number of standard deviations: there is no noise to fit.")
        with np.errstate(all="ignore"):  # steps that overflow are not taken
            return fit(predictive, y, along) if of_axis else fit(predictive, y)

    return checked


def _residual(predictive: Predictive, y: np.ndarray) -> np.ndarray:
    """y − mean. Raises ValueError if nothing can be fitted to it."""
    if len(y) == 0:
        raise ValueError("There is no validation point to fit a recalibration: hold out more of the data.")
    with np.errstate(over="ignore", invalid="ignore"):  # values that are not finite are refused below
        residual = _finite(y, "target") - _finite(predictive.mean, "mean")
    if len(y) > 1 and np.ptp(y) == 0:
        raise ValueError("All validation targets are equal, so they have no std: use data that varies.")
    if not np.any(residual):
        raise ValueError("Every validation point is predicted without error, so there is no std to fit.")
    return residual


def _spread(predictive: Predictive) -> np.ndarray:
    """The predicted std. Raises ValueError if it is not finite and above 0."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # values that are not finite are refused below
        std = _finite(predictive.std, "standard deviation")
    if zero := int(np.sum(std <= 0)):
        raise ValueError(
            f"The predicted standard deviation is zero or negative at {zero:,} of {std.size:,} validation points, "
            "so it cannot be rescaled. Change the reading or bound the variance from below."
        )
    return std


def _finite(values: np.ndarray, what: str) -> np.ndarray:
    values = np.asarray(values, dtype=np.float64)
    if bad := int(np.sum(~np.isfinite(values))):
        raise ValueError(
            f"The {what} is not a finite number at {bad:,} of {values.size:,} validation points: "
            "no recalibration can be fitted to these."
        )
    return values


_NIX = "Nix & Weigend 1994, doi:10.1109/ICNN.1994.374138"
_LAVES = "Laves, Ihler, Fast, Kahrs & Ortmaier 2021, arXiv:2104.12376"

_ROWS = (
    Recalibration(
        "shift",
        "A shift of the mean",
        "Every mean is shifted by one number or one multiple of its std, whichever makes the validation points "
        "more likely. It corrects a bias, not a mean that is wrong only at some x.",
        _NIX,
        lambda level: 1,
        _checked(shift_of),
    ),
    Recalibration(
        "shift_scale",
        "A shift, and one factor for the std",
        "Both together: a bias makes the factor too large, so the mean must be shifted too.",
        _LAVES,
        lambda level: 2,
        _checked(shift_and_scale_of),
    ),
    Recalibration(
        "scale",
        "One factor for the std",
        "Every predicted std is multiplied by the number that makes the validation points most likely. It "
        "corrects a wrong unit or reading, not a std that is too large here and too small there.",
        _LAVES,
        lambda level: 1,
        _plain(_scale),
    ),
    Recalibration(
        "scale_along",
        "A factor along x",
        "The factor on the std changes along x, or along the prediction if there is no single x. Its logarithm "
        "is a line or a curve. It corrects a constant std where the noise varies.",
        _LAVES,
        lambda level: _LEAST_ALONG,
        _checked(factor_along, of_axis=True),
    ),
    Recalibration(
        "power",
        "A power of the std",
        "Every std σ̂ becomes a·σ̂^p: p is below 1 if they vary too much, and ½ for a variance given as a std.",
        _LAVES,
        lambda level: _LEAST_ALONG,
        _checked(power_of),
    ),
    Recalibration(
        "shift_along",
        "A shift along x",
        "The mean is shifted by a line or a curve along x, or along the prediction, in standard deviations. It "
        "corrects a mean that bends too little; a better fit is better.",
        _NIX,
        lambda level: _LEAST_ALONG,
        _checked(shift_along, of_axis=True),
    ),
    Recalibration(
        "isotonic",
        "Isotonic, on the levels",
        "At every level, the predicted probability is replaced by the observed share. It corrects tails and skew "
        "on average over x, not a std or a mean that is wrong only at some x.",
        "Kuleshov, Fenner & Ermon 2018, arXiv:1807.00263",
        lambda level: 2,
        _plain(_isotonic),
    ),
    Recalibration(
        "conformal",
        "Conformal intervals, one width",
        "Intervals of one width around the mean, from the sizes of the validation errors. Their coverage is "
        "right on average over x for any model, but they do not show where the noise is.",
        "Lei, G'Sell, Rinaldo, Tibshirani & Wasserman 2018, doi:10.1080/01621459.2017.1307116",
        points_for,
        _plain(_conformal),
        needs="mean",
    ),
    Recalibration(
        "conformal_normalised",
        "Conformal intervals, in σ̂",
        "Intervals of a multiple of σ̂, from the validation errors divided by σ̂: the same guarantee, and wide "
        "where the model expects noise.",
        "Lei, G'Sell, Rinaldo, Tibshirani & Wasserman 2018, doi:10.1080/01621459.2017.1307116",
        points_for,
        _plain(partial(_conformal, normalised=True)),
    ),
    Recalibration(
        "conformal_bounds",
        "Conformal bounds",
        "Both ends of each interval are moved by one amount, from how far validation points are outside or "
        "inside theirs. The guarantee is the same, and the interval keeps its form.",
        "Romano, Patterson & Candès 2019, arXiv:1905.03222",
        points_for,
        _plain(_conformal_quantiles),
        needs="interval",
    ),
)

RECALIBRATIONS: Mapping[str, Recalibration] = MappingProxyType({row.name: row for row in _ROWS})
