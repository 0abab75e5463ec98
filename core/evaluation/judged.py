"""A prediction beside the observations: what all scores and calibration charts read, computed once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..data.dataset import Truth
from ..distributions.drawn import SamplePredictive
from ..distributions.laws import Predictive
from ..distributions.stated import Partial
from ..once import cached_property

Array = NDArray[np.float64]
_ROUNDING = 1e-13  # relative to the mean: equal numbers may seem to scatter by so much


@dataclass(frozen=True)
class Estimate:
    """The value of a score and its standard error (from sampling the points); None without a value, with the reason."""

    value: float | None
    std_error: float | None = None
    reason: str = ""


class CannotScore(ValueError):
    """Why a score has no value, in one sentence."""


@dataclass(frozen=True, eq=False)
class Judged:
    """A predictive distribution at n points, the observed y (n,), and the truth where it is known.

    `on_evaluation` is the predictive distribution at `x_evaluation` (m,), where it is compared with `truth`; None if no
    truth is known. `need_mean`, `need_std` and `need_truth` check before they answer: they raise CannotScore with the
    reason if a prediction is not finite or a standard deviation is not above 0.

    Raises ValueError if the prediction is of another number of points than y, or y is no list of numbers.
    """

    predictive: Predictive
    y: Array
    on_evaluation: Predictive | None = None
    x_evaluation: Array | None = None
    truth: Truth | None = None

    def __post_init__(self) -> None:
        with np.errstate(all="ignore"):  # a mean that is not finite is refused where it is needed
            predicted = np.shape(self.predictive.mean)
        if self.y.ndim != 1 or predicted not in ((), self.y.shape):
            raise ValueError(
                f"The prediction has the shape {predicted} and y the shape {self.y.shape}: both must be lists of the "
                "same number of points, (n,)."
            )

    @cached_property
    def mean(self) -> Array:
        """Predicted mean (n,), unit of y."""
        return self._read(lambda: self.predictive.mean)

    @cached_property
    def std(self) -> Array:
        """Predicted standard deviation (n,), unit of y."""
        return self._read(lambda: self.predictive.std)

    @cached_property
    def residual(self) -> Array:
        """y − mean, (n,)."""
        return self.y - self.need_mean()

    @cached_property
    def pit(self) -> Array:
        """Probability integral transform F(y), (n,): uniform on 0 … 1 if the predicted distribution is right."""
        self.need_std()
        return self._read(lambda: self.predictive.cdf(self.y))

    def quantile(self, p: float) -> Array:
        """The predicted quantile at each point, (n,); kept, because that of a mixture takes a search."""
        self.need_quantile(p)
        if p not in self._quantiles:
            self._quantiles[p] = self._read(lambda: self.predictive.quantile(p))
        return self._quantiles[p]

    def interval(self, level: float) -> tuple[Array, Array]:
        """The central interval of this level at each point."""
        return self.quantile(round((1 - level) / 2, 12)), self.quantile(round((1 + level) / 2, 12))

    @cached_property
    def _quantiles(self) -> dict[float, Array]:
        return {}

    def need_mean(self) -> Array:
        """The predicted mean. Raises CannotScore if it or y is not a finite number, or there is no point."""
        if self.y.size == 0:
            raise CannotScore("There are no points to score.")
        _refuse(~np.isfinite(self.y), "y is not a finite number")
        if isinstance(self.predictive, Partial) and np.isnan(self.mean).all():
            raise CannotScore("No mean is predicted.")
        _refuse(~np.isfinite(self.mean), "the predicted mean is not a finite number")
        return self.mean

    def need_std(self) -> Array:
        """The predicted standard deviation. Raises CannotScore if it is not a finite number above 0."""
        self.need_whole()
        self.need_mean()
        std = self.std
        if np.isnan(std).all():
            raise CannotScore("This prediction has no standard deviation.")
        _refuse(~np.isfinite(std), "the predicted standard deviation is not a finite number")
        _refuse(std <= 0, "the predicted standard deviation is not above 0")
        return std

    def need_whole(self) -> None:
        """Raises CannotScore if there are means, or a few quantiles, and no distribution."""
        if isinstance(self.predictive, Partial):
            raise CannotScore(self.predictive.what_is_missing)

    def need_density(self) -> None:
        """Raises CannotScore for samples, which have no density."""
        self.need_std()
        if isinstance(self.predictive, SamplePredictive):
            raise CannotScore("Samples have no density, which this score needs.")

    def need_quantile(self, p: float) -> None:
        """Raises CannotScore if the quantile of probability p is not predicted, or y is not finite."""
        law = self.predictive
        if not isinstance(law, Partial):
            self.need_std()
        elif not any(abs(level - p) < 1e-9 for level in law.stated):
            raise CannotScore(law.what_is_missing)
        elif self.y.size == 0:
            raise CannotScore("There are no points to score.")
        else:
            _refuse(~np.isfinite(self.y), "y is not a finite number")
            _refuse(~np.isfinite(law.quantile(p)), "the predicted quantile is not a finite number")

    def need_truth(self) -> tuple[Predictive, Array, Truth]:
        """Prediction, x and truth. Raises CannotScore if no truth is known or the prediction is not finite."""
        if self.truth is None or self.on_evaluation is None or self.x_evaluation is None:
            raise CannotScore("It needs a known truth, which a table does not have.")
        with np.errstate(all="ignore"):
            fine = np.isfinite(self.on_evaluation.mean) & np.isfinite(self.on_evaluation.std)
        _refuse(~fine, "the prediction is not a finite number")
        return self.on_evaluation, self.x_evaluation, self.truth

    def _read(self, of: Callable[[], Array]) -> Array:
        with np.errstate(all="ignore"):  # values that are not finite are refused where they are needed
            return np.broadcast_to(np.asarray(of(), dtype=np.float64), self.y.shape)


def _refuse(bad: NDArray[np.bool_], what: str) -> None:
    """Raises CannotScore if any point is bad, with their number and the first."""
    if bad.any():
        raise CannotScore(
            f"At {int(bad.sum()):,} of {bad.size:,} points {what}; the first is point {int(np.argmax(bad)) + 1:,}."
        )


def mean_of(values: Array) -> Estimate:
    """The mean of a score per point, (n,), and its standard error sd/√n; None for a single point.

    Values that differ only by rounding count as equal: their standard error is 0.
    """
    n, mean = values.size, float(np.mean(values))
    if n == 1:
        return Estimate(mean)
    spread = float(np.std(values, ddof=1))
    return Estimate(mean, spread / np.sqrt(n) if spread > _ROUNDING * abs(mean) else 0.0)


def share_of(inside: Array) -> Estimate:
    """The share k/n of n zeros and ones, (n,); its standard error is the sd of Beta(k + ½, n − k + ½), None for n = 1.

    It agrees with √(p(1 − p)/n) where that is a good approximation, and stays above 0 if all points or no point is
    inside: 50 of 50 covered does not make 100 % certain. Brown, Cai & DasGupta 2001, doi:10.1214/ss/1009213286.
    """
    n = inside.size
    share = (np.sum(inside) + 0.5) / (n + 1)
    return Estimate(float(np.mean(inside)), float(np.sqrt(share * (1 - share) / (n + 2))) if n > 1 else None)


def root(squared: Estimate) -> Estimate:
    """√ of an estimate; its standard error by the delta method, se/(2√value)."""
    assert squared.value is not None
    value = float(np.sqrt(squared.value))
    error = squared.std_error
    return Estimate(value, error / (2 * value) if error is not None and value > 0 else None)


def root_mean_square(values: Array) -> float:
    """√mean v², scaled by the largest value so that squares of 1e−200 and 1e200 neither underflow nor overflow."""
    largest = float(np.max(np.abs(values)))
    return largest * float(np.sqrt(np.mean((values / largest) ** 2))) if largest > 0 else 0.0
