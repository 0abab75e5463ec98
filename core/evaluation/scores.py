"""SCORES: how good a predictive distribution is, on held-out points and against a known truth. One row per score.

A row holds direction, unit, range and meaning; pages, the command line, documents and tests read it. Scoring rules are
means over points, in closed form. Tests compare them with `scoringrules` to 1e-9; it is not used here because it
compiles on import, which takes three seconds.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ..data.dataset import Truth
from ..distributions.drawn import SamplePredictive
from ..distributions.laws import Predictive
from ..distributions.quantiles import QuantilePredictive
from ..distributions.stated import QuantilesAlone
from ..words import amount, margin, number, quantity, rounded
from .calibration_curves import Array, calibration_error, ence
from .judged import CannotScore, Estimate, Judged, mean_of, root, share_of
from .truth import coverage, gap

LEVELS = (0.5, 0.9, 0.95)
QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Score:
    """One score: its words, and how it is computed.

    `aim` is the value of a right model, None if lower is better; `low` and `high` are the range, None if it is
    unbounded. `of` gives the estimate for a `Judged`, or raises CannotScore.
    """

    name: str
    label: str
    help: str  # one sentence
    unit: str  # "nats", "unit of y", "share" or "1"
    of: Callable[[Judged], Estimate]
    aim: float | None = None
    low: float | None = 0.0
    high: float | None = None
    decimals: int = 3
    needs_truth: bool = False

    @property
    def direction(self) -> str:
        """Which way is better, in words."""
        return "lower is better" if self.aim is None else f"{self.words(self.aim)} is right"

    @property
    def range(self) -> str:
        """The values it can have, in words."""
        ends = ["−∞" if self.low is None else f"{self.low:g}", "∞" if self.high is None else f"{self.high:g}"]
        return " to ".join(ends)

    def words(self, value: float | None, std_error: float | None = None) -> str:
        """The value as it is shown, with as many digits as its standard error allows; a dash for None."""
        if value is None:
            return "–"
        if self.unit == "share":
            return f"{self._per_cent(100 * value, std_error)} %"
        if std_error:
            return rounded(value, std_error)
        if self.unit == "unit of y":
            return amount(value)
        tiny = self.low is not None and 0 < abs(value) < 10**-self.decimals  # such a score can be 0
        return quantity(value) if tiny else number(value, self.decimals)

    def _per_cent(self, value: float, std_error: float | None) -> str:
        if abs(value) >= 1e6:  # ENCE is unbounded
            return number(value)
        return rounded(value, 100 * std_error) if std_error else f"{value:.1f}"

    def margin(self, error: float) -> str:
        """A standard error as it is shown, in the unit of the value."""
        return f"{margin(100 * error)} %" if self.unit == "share" else margin(error)

    def miss(self, value: float) -> float:
        """How bad a value is: the value, or its distance from the aim. Lower is better."""
        return value if self.aim is None else abs(value - self.aim)

    def estimate(self, judged: Judged) -> Estimate:
        """The score with its standard error, or without a value and with the reason in one sentence."""
        try:
            with np.errstate(all="ignore"):
                estimate = self.of(judged)
        except CannotScore as error:
            return Estimate(None, None, str(error))
        if estimate.value is None or not np.isfinite(estimate.value):
            return Estimate(None, None, "It is not finite here: a prediction is too far from its point.")
        finite = estimate.std_error is not None and np.isfinite(estimate.std_error)
        return estimate if finite else Estimate(estimate.value)


def _rule(of: Callable[[Predictive, Array], Array]) -> Callable[[Judged], Estimate]:
    """A scoring rule per point that needs the whole distribution."""

    def mean(judged: Judged) -> Estimate:
        judged.need_std()
        return mean_of(of(judged.predictive, judged.y))

    return mean


def _nll(judged: Judged) -> Estimate:
    judged.need_density()
    return mean_of(judged.predictive.nll(judged.y))


def _over_x(judged: Judged, of: Callable[[Predictive, Array, Truth], Array]) -> Estimate:
    """The mean over the evaluation x: nothing is sampled there, so it has no standard error."""
    return Estimate(float(np.mean(of(*judged.need_truth()))))


def interval_score(level: float, lower: Array, upper: Array, y: Array) -> Array:
    """Width + 2/(1 − level) times the distance of y from the interval, per point; Gneiting & Raftery 2007, eq. 43."""
    outside = np.maximum(lower - y, 0) + np.maximum(y - upper, 0)
    return upper - lower + 2 / (1 - level) * outside


def quantile_score(p: float, quantile: Array, y: Array) -> Array:
    """The pinball loss max(p·u, (p − 1)·u) with u = y − quantile, per point, in the unit of y."""
    return np.maximum(p * (y - quantile), (p - 1) * (y - quantile))


def covered(lower: Array, upper: Array, y: Array) -> Array:
    """1 where y is inside the interval, else 0, per point; NaN where an end is not finite."""
    return np.where(np.isfinite(upper - lower), (lower <= y) & (y <= upper), np.nan)


def _at_level(level: float) -> tuple[Score, ...]:
    name, words = f"{100 * level:g}".replace(".", "_"), f"{100 * level:g} %"
    return (
        Score(
            f"coverage_{name}",
            f"{words} covers",
            f"Share of points inside the central {words} interval.",
            "share",
            lambda judged: share_of(covered(*judged.interval(level), judged.y)),
            aim=level,
            high=1.0,
        ),
        Score(
            f"width_{name}",
            f"Width of {words}",
            f"Mean width of the central {words} interval. Of two with equal coverage the narrower is better.",
            "unit of y",
            lambda judged: mean_of(np.diff(judged.interval(level), axis=0)[0]),
        ),
        Score(
            f"interval_score_{name}",
            f"Interval score, {words}",
            f"Width of the {words} interval, plus a penalty for each point outside that grows with its distance.",
            "unit of y",
            lambda judged: mean_of(interval_score(level, *judged.interval(level), judged.y)),
        ),
    )


def _at_quantile(p: float) -> Score:
    return Score(
        f"quantile_score_{f'{100 * p:04.1f}'.removesuffix('.0').replace('.', '_')}",
        f"Quantile score, {100 * p:g} %",
        f"Pinball loss of the predicted {100 * p:g} % quantile.",
        "unit of y",
        lambda judged: mean_of(quantile_score(p, judged.quantile(p), judged.y)),
    )


def _calibration(form: str, how: str) -> Score:
    name, label, words = _SUMS[how]
    return Score(
        f"{name}_{form}",
        f"{label}, {form}",
        f"{words}, over 100 levels of {_FORMS[form]}.",
        "share",
        lambda judged: calibration_error(judged.pit, form, how),
        high=0.5 if how == "area" else 1.0,
    )


_SUMS = {
    "mean absolute": ("mace", "Calibration error, mean", "Mean distance of the reliability curve from its diagonal"),
    "root mean squared": (
        "rmsce",
        "Calibration error, RMS",
        "Root mean squared distance of that curve from its diagonal",
    ),
    "area": ("miscalibration_area", "Miscalibration area", "Area between the reliability curve and its diagonal"),
}
_FORMS = {"interval": "central intervals", "quantile": "quantiles"}

_ROWS = (
    Score(
        "nll",
        "NLL, full",
        "−log density of held-out points, constants included.",
        "nats",
        _nll,
        low=None,
    ),
    Score(
        "crps",
        "CRPS",
        "Distance of the predicted distribution from the point. For a prediction without uncertainty it is the "
        "absolute error.",
        "unit of y",
        _rule(lambda predictive, y: predictive.crps(y)),
    ),
    Score(
        "rmse",
        "RMSE",
        "Root mean squared error of the mean. It cannot be below the noise.",
        "unit of y",
        lambda judged: root(mean_of(judged.residual**2)),
    ),
    Score(
        "mae", "MAE", "Mean absolute error of the mean.", "unit of y", lambda judged: mean_of(np.abs(judged.residual))
    ),
    *(score for level in LEVELS for score in _at_level(level)),
    *map(_at_quantile, QUANTILES),
    Score(
        "mean_z2",
        "Mean z²",
        "Mean squared residual in predicted standard deviations. Above 1 they are too small, below 1 too large.",
        "1",
        lambda judged: mean_of((judged.residual / judged.need_std()) ** 2),
        aim=1.0,
    ),
    Score(
        "sharpness",
        "Sharpness",
        "Root mean predicted variance. Of two calibrated predictions the sharper is better.",
        "unit of y",
        lambda judged: root(mean_of(judged.need_std() ** 2)),
    ),
    *(_calibration(form, how) for form in _FORMS for how in _SUMS),
    Score(
        "ence",
        "ENCE",
        "Mean of |RMSE − σ̂|/σ̂ over 10 bins of equal count, ordered by the predicted standard deviation σ̂.",
        "share",
        lambda judged: ence(judged.need_std(), judged.residual),
    ),
    Score(
        "gap",
        "Gap to truth",
        "Mean KL divergence from the true distribution: the extra nats per point over the true model.",
        "nats",
        lambda judged: _over_x(judged, gap),
        decimals=4,
        needs_truth=True,
    ),
    Score(
        "mean_rmse",
        "RMSE to true mean",
        "Root mean squared distance of the predicted from the true mean, over x.",
        "unit of y",
        lambda judged: root(_over_x(judged, lambda predictive, x, truth: (predictive.mean - truth.mean(x)) ** 2)),
        needs_truth=True,
    ),
    Score(
        "log_std_rmse",
        "RMSE of log σ̂",
        "Root mean squared log(σ̂/σ) over x: 0.1 means the standard deviation is wrong by about 10 %.",
        "1",
        lambda judged: root(_over_x(judged, lambda predictive, x, truth: np.log(predictive.std / truth.std(x)) ** 2)),
        needs_truth=True,
    ),
    Score(
        "local_coverage_miss_95",
        "Coverage error along x",
        "Mean distance between 95 % and the true coverage of the 95 % interval at each x.",
        "share",
        lambda judged: _over_x(
            judged, lambda predictive, x, truth: np.abs(coverage(predictive, x, truth, 0.95) - 0.95)
        ),
        high=0.95,
        needs_truth=True,
    ),
)

SCORES: Mapping[str, Score] = MappingProxyType({row.name: row for row in _ROWS})
QUICK = ("nll", "crps", "rmse", "coverage_95", "gap", "log_std_rmse")  # shown for every run on every page
# They rank two runs, whatever their losses. A raw loss does not: other families have other floors and units.
COMPARED: Mapping[str, Score] = MappingProxyType(
    {name: SCORES[name] for name in ("nll", "crps", "rmse", "coverage_95", "gap")}
)


def estimates(judged: Judged, names: Iterable[str] = tuple(SCORES)) -> dict[str, Estimate]:
    """Scores by their names, each with its standard error, or with the reason why it has no value."""
    return {name: SCORES[name].estimate(judged) for name in names}


def scores_for(law: Predictive) -> dict[str, Score]:
    """The scores of predictions whose truth nobody knows: those of SCORES, and those of the form's own."""
    return {**{name: row for name, row in SCORES.items() if not row.needs_truth}, **own_scores(law)}


def own_scores(law: Predictive) -> dict[str, Score]:
    """The scores that a form of predictions has beside SCORES: at its own levels, and of samples as they are."""
    if isinstance(law, SamplePredictive):
        return {"crps_of_samples": _CRPS_OF_SAMPLES}
    if isinstance(law, QuantilesAlone):
        level = () if law.central is None else _at_level(law.central)
        rows = (*level, *map(_at_quantile, law.levels))
    elif isinstance(law, QuantilePredictive):
        rows = tuple(map(_at_quantile, law.levels))
    else:
        rows = ()
    return {row.name: row for row in rows if row.name not in SCORES}


_CRPS_OF_SAMPLES = Score(
    "crps_of_samples",
    "CRPS of the samples",
    "CRPS with weight 1/K on each of K samples. It is larger than the fair CRPS if samples are few.",
    "unit of y",
    lambda judged: _of_samples(judged),
)


def _of_samples(judged: Judged) -> Estimate:
    judged.need_std()
    assert isinstance(judged.predictive, SamplePredictive)
    return mean_of(judged.predictive.crps_of_ensemble(judged.y))
