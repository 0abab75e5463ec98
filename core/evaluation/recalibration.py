"""RECALIBRATIONS: ways to correct a predicted spread from half of the held-out points, judged on the other half.

They train no network and move no mean towards the points: an error in f(x) stays. Each is fitted to validation points
(`row.fit(predictive, y)`) and then applied to any other prediction of the same model (`fitted.apply`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np

from core.distributions.laws import Gaussian, LocationScale, Predictive, scaled
from core.distributions.recalibrated import ConformalIntervals, RemappedPredictive, points_for
from core.evaluation.judged import root_mean_square
from core.words import number, quantity

_SPLIT_KEY = 5  # beside the seed, so that the split has a random stream of its own
_FACTORS = np.geomspace(1e-2, 1e2, 81)  # tried around a first guess, before the search near the best of them
_MOST_KNOTS = 50
_TIE = 12  # decimals: probabilities that agree to so many are equal, and may be 0 or 1


@dataclass(frozen=True)
class Scale:
    """Every std times `factor`."""

    factor: float

    @property
    def words(self) -> str:
        return f"Every standard deviation times {quantity(self.factor)}."

    def apply(self, predictive: Predictive) -> Predictive:
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

    def apply(self, predictive: Predictive) -> RemappedPredictive:
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
        return f"Intervals from the errors of {len(self.scores)} points, half of which lie within ±{middle}."

    def apply(self, predictive: Predictive) -> ConformalIntervals:
        scale = predictive.std if self.normalised else np.ones(np.shape(predictive.mean))
        return ConformalIntervals(predictive.mean, scale, self.scores)


Intervals = Predictive | ConformalIntervals  # what a recalibration gives: a mean and central intervals, at least
Fitted = Scale | Isotonic | Conformal  # fitted to validation points: `words` say what, `apply` recalibrates


@dataclass(frozen=True)
class Recalibration:
    """A way to recalibrate. `least(level)` is the smallest number of validation points for intervals of this level.

    `fit` takes the prediction at the validation points and their y (n,). It raises ValueError if the prediction cannot
    be recalibrated: it is not finite, has no spread, or has no error.
    """

    name: str
    label: str
    help: str
    reference: str
    least: Callable[[float], int]
    fit: Callable[[Predictive, np.ndarray], Fitted]


def split(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sorted indices of a validation and a test half of n points; if n is odd the test half has one more.

    The same n and seed give the same halves. Raises ValueError for fewer than 2 points.
    """
    if n < 2:
        raise ValueError(
            f"Recalibration needs 2 held-out points at least, one to fit and one to judge by, and there "
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
                "No factor of the standard deviation is the best one: the predicted distribution does not fit the "
                "validation points at any width. Take another recalibration."
            )
        found = minimize_scalar(nll, bounds=(logs[best - 1], logs[best + 1]), method="bounded", options={"xatol": 1e-9})
    return Scale(float(np.exp(found.x if found.fun <= values[best] else logs[best])))


def _isotonic(predictive: Predictive, y: np.ndarray) -> Isotonic:
    """The empirical cdf of F(y) at the validation points, k/(n + 1) at the k-th, through √n of its steps (at most 50).

    All steps would give a density of spikes: each further piece costs about 1/(2n) nats on new points. The knots are
    even in Φ⁻¹(k/(n + 1)), so that the tails, where wide intervals end, have knots too.
    """
    from scipy.special import ndtr, ndtri

    _residual(predictive, y)
    _spread(predictive)
    n = len(y)
    pit = np.sort(np.round(_finite(predictive.cdf(y), "distribution"), _TIE))
    first, last = np.searchsorted(pit, 0.0, "right") + 1, np.searchsorted(pit, 1.0, "left")  # ranks strictly inside
    if first > last:
        raise ValueError(
            "All validation points lie where the model gives no probability, so that there is nothing to remap: "
            "rescale the standard deviation first."
        )
    low, high = ndtri(first / (n + 1)), ndtri(last / (n + 1))
    z = np.linspace(low, high, min(_MOST_KNOTS, max(2, int(np.sqrt(n)))))
    levels = np.unique(pit[np.clip(np.round(ndtr(z) * (n + 1)).astype(int), first, last) - 1])
    rank = (np.searchsorted(pit, levels, "left") + np.searchsorted(pit, levels, "right") + 1) / 2  # ties: mean rank
    return Isotonic(np.array([0, *levels, 1]), np.array([0, *rank / (n + 1), 1]))


def _conformal(predictive: Predictive, y: np.ndarray, normalised: bool = False) -> Conformal:
    sizes = np.abs(_residual(predictive, y))
    return Conformal(np.sort(sizes / _spread(predictive) if normalised else sizes), normalised)


def _residual(predictive: Predictive, y: np.ndarray) -> np.ndarray:
    """y − mean. Raises ValueError if nothing can be fitted to it."""
    if len(y) == 0:
        raise ValueError("There is no validation point to fit a recalibration to: hold out more of the data.")
    with np.errstate(over="ignore", invalid="ignore"):  # values that are not finite are refused below
        residual = _finite(y, "target") - _finite(predictive.mean, "mean")
    if len(y) > 1 and np.ptp(y) == 0:
        raise ValueError("All validation targets are equal, so that they show no spread: take data that varies.")
    if not np.any(residual):
        raise ValueError("Every validation point is predicted without error, so that there is no spread to fit.")
    return residual


def _spread(predictive: Predictive) -> np.ndarray:
    """The predicted std. Raises ValueError if it is not finite and above 0."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # values that are not finite are refused below
        std = _finite(predictive.std, "standard deviation")
    if zero := int(np.sum(std <= 0)):
        raise ValueError(
            f"The predicted standard deviation is zero or negative at {zero:,} of {std.size:,} validation points: "
            "there is nothing to rescale. Read the outputs otherwise or bound the variance from below."
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


_ROWS = (
    Recalibration(
        "scale",
        "One factor for the std",
        "Every predicted standard deviation times the one number that makes the validation points most likely. It "
        "mends a wrong unit or reading; a spread that is wrong here and right there stays so.",
        "Laves, Ihler, Fast, Kahrs & Ortmaier 2021, arXiv:2104.12376",
        lambda level: 1,
        _scale,
    ),
    Recalibration(
        "isotonic",
        "Isotonic, on the levels",
        "What the model calls 10 % is replaced by how often it came true, at every level: tails and skew are mended on "
        "average over x, a spread or a mean that is wrong at some x alone is not.",
        "Kuleshov, Fenner & Ermon 2018, arXiv:1807.00263",
        lambda level: 2,
        _isotonic,
    ),
    Recalibration(
        "conformal",
        "Conformal intervals, one width",
        "Intervals of one width around the mean, from the sizes of the validation errors. They hold their share on "
        "average over x whatever the model, and say nothing of where the noise is.",
        "Lei, G'Sell, Rinaldo, Tibshirani & Wasserman 2018, doi:10.1080/01621459.2017.1307116",
        points_for,
        _conformal,
    ),
    Recalibration(
        "conformal_normalised",
        "Conformal intervals, in σ̂",
        "Intervals of a multiple of σ̂, from the validation errors over σ̂: the same promise, and wide where the model "
        "expects noise.",
        "Lei, G'Sell, Rinaldo, Tibshirani & Wasserman 2018, doi:10.1080/01621459.2017.1307116",
        points_for,
        partial(_conformal, normalised=True),
    ),
)

RECALIBRATIONS: Mapping[str, Recalibration] = MappingProxyType({row.name: row for row in _ROWS})
