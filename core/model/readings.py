"""READINGS: what a network's outputs are taken to mean, apart from the loss that trained them.

A reading turns outputs (in the unit of y) into a predictive distribution. Changing the reading of a finished run
redraws and rescores it and trains nothing: the posted loss read as a log variance is the question's puzzle, the same
outputs read as a Laplace scale are a good model.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
from scipy.special import erf, ndtri

from core.data.noise import Noise


class Predictive(Protocol):
    """A predictive distribution at each point: arrays of shape (n,), in the unit of y; densities in nats."""

    @property
    def mean(self) -> np.ndarray:
        """Expected value."""

    @property
    def std(self) -> np.ndarray:
        """Standard deviation."""

    def nll(self, y: np.ndarray) -> np.ndarray:
        """−log density of y per point, constants included."""

    def crps(self, y: np.ndarray) -> np.ndarray:
        """Continuous ranked probability score of y per point, in the unit of y."""

    def interval(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Central interval that should hold a share `level` of the observations."""

    def cross_entropy(self, mean: np.ndarray, std: np.ndarray, noise: Noise) -> np.ndarray:
        """E[−log density of Y] for Y = mean + std·Z, Z ~ noise: exact, no sampling."""


@dataclass(frozen=True)
class GaussianPredictive:
    """Normal(mean, std²)."""

    mean: np.ndarray
    std: np.ndarray

    def nll(self, y: np.ndarray) -> np.ndarray:
        return 0.5 * np.log(2 * np.pi) + np.log(self.std) + 0.5 * ((y - self.mean) / self.std) ** 2

    def crps(self, y: np.ndarray) -> np.ndarray:
        # Gneiting & Raftery 2007, doi:10.1198/016214506000001437, eq. 21, as a loss.
        z = (y - self.mean) / self.std
        density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
        return self.std * (z * erf(z / np.sqrt(2)) + 2 * density - 1 / np.sqrt(np.pi))

    def interval(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        reach = ndtri(0.5 + level / 2) * self.std
        return self.mean - reach, self.mean + reach

    def cross_entropy(self, mean: np.ndarray, std: np.ndarray, noise: Noise) -> np.ndarray:
        # E(Y − μ)² = std² + (mean − μ)² for any noise of mean 0 and variance 1.
        expected_square = std**2 + (mean - self.mean) ** 2
        return 0.5 * np.log(2 * np.pi) + np.log(self.std) + 0.5 * expected_square / self.std**2


@dataclass(frozen=True)
class LaplacePredictive:
    """Laplace(mean, b), std = √2·b."""

    mean: np.ndarray
    scale: np.ndarray

    @property
    def std(self) -> np.ndarray:
        return np.sqrt(2) * self.scale

    def nll(self, y: np.ndarray) -> np.ndarray:
        return np.log(2 * self.scale) + np.abs(y - self.mean) / self.scale

    def crps(self, y: np.ndarray) -> np.ndarray:
        # Jordan, Krüger & Lerch 2019, doi:10.18637/jss.v090.i12, appendix A.
        z = np.abs(y - self.mean) / self.scale
        return self.scale * (z + np.exp(-z) - 0.75)

    def interval(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        reach = -np.log1p(-level) * self.scale
        return self.mean - reach, self.mean + reach

    def cross_entropy(self, mean: np.ndarray, std: np.ndarray, noise: Noise) -> np.ndarray:
        expected_absolute = std * noise.mean_abs((self.mean - mean) / std)
        return np.log(2 * self.scale) + expected_absolute / self.scale


@dataclass(frozen=True)
class Reading:
    """A name for what the second output s means, and how it becomes a distribution."""

    name: str
    label: str
    short: str
    help: str
    predictive: Callable[[np.ndarray, np.ndarray], Predictive]  # (mean, s), each (n,) in the unit of y


_ROWS = (
    Reading(
        "log_variance",
        "s is a log variance",
        "a log variance",
        "variance = exp(s), a Gaussian",
        lambda mean, s: GaussianPredictive(mean, np.exp(0.5 * s)),
    ),
    Reading(
        "laplace_scale",
        "exp(s) is a Laplace scale",
        "a Laplace scale",
        "std = √2·exp(s), a Laplace distribution",
        lambda mean, s: LaplacePredictive(mean, np.exp(s)),
    ),
    Reading(
        "mean_absolute",
        "exp(s) is the mean absolute error of a Gaussian",
        "a Gaussian's E|r|",
        "std = √(π/2)·exp(s), a Gaussian",
        lambda mean, s: GaussianPredictive(mean, np.sqrt(np.pi / 2) * np.exp(s)),
    ),
    Reading(
        "constant_variance",
        "one constant variance, of the residuals",
        "one constant",
        "variance = mean squared residual on the training points, the same at every x",
        lambda mean, s: GaussianPredictive(mean, np.exp(0.5 * s)),
    ),
)

READINGS: Mapping[str, Reading] = MappingProxyType({row.name: row for row in _ROWS})
