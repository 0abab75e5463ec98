"""Predictions with a known fault, or with none in five families: what `reproduce calibration` judges.

x is uniform in [0, 10], f(x) = sin x and σ(x) = 0.1 + 0.1·x, unless a row says otherwise. Each row makes a case from a
random generator and a number of points.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy.special import ndtri

from ..diagnosis.calibration.case import Case, ToRecalibrate
from ..distributions.laws import Predictive, gaussian, laplace, student_t
from ..distributions.mixture import GaussianMixture
from ..distributions.recalibrated import RemappedPredictive
from ..evaluation.judged import Judged

Array = np.ndarray
RNG = np.random.Generator

_DF = 4.0
_WEIGHTS, _MEANS, _STDS = np.array([0.7, 0.3]), np.array([0.0, 3.0]), np.array([1.0, 2.0])  # in σ: skewed
_LEVELS, _OBSERVED = np.array([0, 0.2, 0.5, 0.9, 1]), np.array([0, 0.1, 0.6, 0.8, 1])


def points(rng: RNG, n: int) -> tuple[Array, Array, Array]:
    """x, the true mean and the true std, (n,) each."""
    x = rng.uniform(0, 10, n)
    return x, np.sin(x), 0.1 + 0.1 * x


def case_with(law_of: Callable[[Array], Predictive], y: Array, x: Array, *, of_file: bool = True) -> Case:
    """A case of predictions like those of a file; `law_of(indices)` is the prediction at some of the points."""
    every = np.arange(y.size)
    return Case(
        Judged(law_of(every), y),
        x,
        "x",
        of_one_input=True,
        to_recalibrate=lambda: ToRecalibrate(law_of, y, x),
        of_file=of_file,
    )


def of_gaussian(x: Array, mean: Array, std: Array, y: Array) -> Case:
    """The same of a Gaussian with these means and std."""
    return case_with(lambda at: gaussian(mean[at], std[at]), y, x)


# No fault


def _gaussian(rng: RNG, n: int) -> Case:
    x, mean, std = points(rng, n)
    return of_gaussian(x, mean, std, mean + std * rng.normal(size=n))


def _laplace(rng: RNG, n: int) -> Case:
    x, mean, std = points(rng, n)
    return case_with(lambda at: laplace(mean[at], std[at]), mean + std * rng.laplace(size=n), x)


def _student_t(rng: RNG, n: int) -> Case:
    x, mean, std = points(rng, n)
    return case_with(lambda at: student_t(mean[at], std[at], _DF), mean + std * rng.standard_t(_DF, n), x)


def _mixture(rng: RNG, n: int) -> Case:
    x, mean, std = points(rng, n)
    which = (rng.random(n) < _WEIGHTS[1]).astype(int)
    y = mean + std * (_MEANS[which] + _STDS[which] * rng.normal(size=n))

    def law(at: Array) -> Predictive:
        weights = np.broadcast_to(_WEIGHTS, (at.size, 2))
        return GaussianMixture(weights, mean[at][:, None] + std[at][:, None] * _MEANS, std[at][:, None] * _STDS)

    return case_with(law, y, x)


def _recalibrated(rng: RNG, n: int) -> Case:
    x, mean, std = points(rng, n)
    y = mean + std * ndtri(np.interp(rng.random(n), _OBSERVED, _LEVELS))
    return case_with(lambda at: RemappedPredictive(gaussian(mean[at], std[at]), _LEVELS, _OBSERVED), y, x)


RIGHT: Mapping[str, Callable[[RNG, int], Case]] = MappingProxyType(
    {
        "Gaussian": _gaussian,
        "Laplace": _laplace,
        "Student-t": _student_t,
        "skewed mixture": _mixture,
        "recalibrated": _recalibrated,
    }
)

# Faults


def _biased(off: float) -> Callable[[RNG, int], Case]:
    def make(rng: RNG, n: int) -> Case:
        x, mean, std = points(rng, n)
        return of_gaussian(x, mean, std, mean + std * (off + rng.normal(size=n)))

    return make


def _narrow(factor: float) -> Callable[[RNG, int], Case]:
    def make(rng: RNG, n: int) -> Case:
        x, mean, std = points(rng, n)
        return of_gaussian(x, mean, std / factor, mean + std * rng.normal(size=n))

    return make


def _constant(rng: RNG, n: int) -> Case:
    x, mean, std = points(rng, n)
    return of_gaussian(x, mean, np.full(n, np.sqrt(np.mean(std**2))), mean + std * rng.normal(size=n))


def _bent(rng: RNG, n: int) -> Case:
    x, mean, std = points(rng, n)
    return of_gaussian(x, mean, std, mean + std * (0.7 * np.sin(1.3 * x) + rng.normal(size=n)))


def _chained(rng: RNG, n: int, correlation: float = 0.9) -> Case:
    x, mean, std = points(rng, n)
    z = rng.normal(size=n)
    for i in range(1, n):
        z[i] = correlation * z[i - 1] + np.sqrt(1 - correlation**2) * z[i]
    return of_gaussian(x, mean, std, mean + std * z)


def _reversed(rng: RNG, n: int) -> Case:
    x = np.sort(rng.uniform(0, 10, n))
    mean, std = np.sin(x), 0.1 + 0.1 * x
    return of_gaussian(x, mean, std[::-1].copy(), mean + std * rng.normal(size=n))


def _shuffled(rng: RNG, n: int) -> Case:
    x, mean, std = points(rng, n)
    return of_gaussian(x, mean, rng.permutation(std), mean + std * rng.normal(size=n))


def _variance(rng: RNG, n: int) -> Case:
    x, mean, std = points(rng, n)
    return of_gaussian(x, mean, std**2, mean + std * rng.normal(size=n))


def _heavy(rng: RNG, n: int) -> Case:
    x, mean, std = points(rng, n)
    return of_gaussian(x, mean, std, mean + std * rng.standard_t(3, n) / np.sqrt(3))


@dataclass(frozen=True)
class Fault:
    """A fault that is put in: its words, the cause that it is, how to make it, the n to judge it at, and the bar."""

    words: str
    cause: str
    make: Callable[[RNG, int], Case]
    n: int
    share: float  # of the verdicts that must name it first


FAULTS: tuple[Fault, ...] = (
    Fault("bias of 0.3 σ", "bias", _biased(0.3), 200, 0.9),
    Fault("bias of 1 σ", "bias", _biased(1.0), 200, 0.95),
    Fault("bias of 0.3 σ", "bias", _biased(0.3), 20_000, 0.95),
    Fault("std 2 times too small", "width", _narrow(2.0), 20, 0.9),
    Fault("std 2 times too small", "width", _narrow(2.0), 200, 0.95),
    Fault("std 1.2 times too small", "width", _narrow(1.2), 200, 0.5),
    Fault("one constant std", "width_along_x", _constant, 200, 0.9),
    Fault("mean off by 0.7 σ·sin 1.3x", "bias_along_x", _bent, 200, 0.9),
    Fault("errors of AR(1), ρ = 0.9, in order", "dependence", _chained, 200, 0.8),
    Fault("std in reversed order", "std_not_with_points", _reversed, 200, 0.9),
    Fault("std in random order", "std_not_with_points", _shuffled, 200, 0.9),
    Fault("a variance in the column of std", "variance_as_std", _variance, 200, 0.9),
    Fault("Student-t noise, ν = 3", "shape", _heavy, 200, 0.8),
    Fault("Student-t noise, ν = 3", "shape", _heavy, 2000, 0.95),
)
