"""Families of noise: standardised distributions, one class each.

Every family has mean 0 and variance 1: it says only what *shape* the scatter has, not how wide it is. What a
loss's floor, a score or a chart of the truth needs (density, cdf, entropy, mean absolute deviation about any
point) is here in closed form, or else computed once, exact to rounding.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special  # not scipy.stats, which takes a second to import

Array = NDArray[np.float64]
Size = int | tuple[int, ...]

_HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)
# Quadrature: where one panel ends and the next begins, on both sides of 0. Beyond 10,000 Student's t with ν = 5
# keeps 1e-11 of its variance; panels may grow, since a tail is a power or an exponential, smooth in log z.
_CUTS = np.array([0, 0.3, 0.7, 1.2, 1.8, 2.6, 4, 6.5, 11, 20, 45, 200, 1_400, 10_000], dtype=np.float64)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True)
class Noise(ABC):
    """The law of Z in y = f(x) + σ(x)·Z, with mean 0 and variance 1. `formula` says it in LaTeX.

    Arrays of any shape go in and come out in that shape, float64; logarithms are natural. A new family shifts
    and rescales itself in its own class: whatever reads it relies on mean 0 and variance 1.
    """

    name: str
    label: str
    help: str
    formula: str
    reference: str
    sample: Callable[[np.random.Generator, Size], Array]

    @property
    def variance(self) -> float:
        """Var Z, 1 by construction."""
        return 1.0

    @property
    def median(self) -> float:
        """The value that Z exceeds half of the time; 0 for a symmetric family."""
        return 0.0

    @property
    def start(self) -> float:
        """Where the support begins: no Z lies below."""
        return -np.inf

    def quantile(self, p: float) -> float:
        """The value that Z stays below with probability p, 0 < p < 1, by bisection on the cdf."""
        low, high = -1.0, 1.0
        while self.cdf(low) > p:
            low *= 2
        while self.cdf(high) < p:
            high *= 2
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if self.cdf(middle) < p else (low, middle)
        return (low + high) / 2

    @property
    def mad(self) -> float:
        """E|Z − median|, the smallest mean absolute deviation. Not the *median* absolute deviation."""
        return float(self.mean_abs(self.median))

    @property
    @abstractmethod
    def entropy(self) -> float:
        """Differential entropy −E[log density(Z)] in nats; with noise σ·Z it grows by log σ."""

    @abstractmethod
    def log_density(self, z: ArrayLike) -> Array:
        """Natural logarithm of the density at z, constants included; −∞ outside the support."""

    @abstractmethod
    def cdf(self, z: ArrayLike) -> Array:
        """P(Z ≤ z)."""

    @abstractmethod
    def mean_abs(self, a: ArrayLike) -> Array:
        """E|Z − a|: what an absolute error costs on average when the prediction is off by a."""

    @cached_property
    def quadrature(self) -> tuple[Array, Array]:
        """Nodes z and weights w, some 400 at most and read-only, with E[g(Z)] ≈ Σ w·g(z).

        Gauss–Legendre on panels. Good to some 1e-9 for a g that is smooth but for kinks at 0 or at the median, and
        to some 1e-4 with a kink elsewhere; rougher only where Z has hardly a variance (Student's ν near 2). The
        weights sum to 1, so a constant comes out exact.
        """
        return self.quadrature_with(())

    def quadrature_with(self, kinks: Iterable[float]) -> tuple[Array, Array]:
        """The same for a g with kinks at these z too: panels end there."""
        cuts = np.concatenate([-_CUTS, _CUTS, [self.median, self.start], np.fromiter(kinks, float)])
        edges = np.unique(np.maximum(cuts[np.isfinite(cuts)], self.start))
        half, middle = np.diff(edges)[:, None] / 2, ((edges[1:] + edges[:-1]) / 2)[:, None]
        z = (middle + half * _NODES).ravel()
        w = (half * _WEIGHTS).ravel() * np.exp(self.log_density(z))
        kept = w * (1 + z**2) > 1e-20  # most families end long before the last panel
        z, w = z[kept], w[kept] / w[kept].sum()
        z.setflags(write=False)
        w.setflags(write=False)
        return z, w


@dataclass(frozen=True)
class Gaussian(Noise):
    """Z ~ Normal(0, 1)."""

    @property
    def entropy(self) -> float:
        return float(0.5 + _HALF_LOG_2PI)

    def log_density(self, z: ArrayLike) -> Array:
        return _normal_log_density(z)

    def cdf(self, z: ArrayLike) -> Array:
        return special.ndtr(_float(z))

    def mean_abs(self, a: ArrayLike) -> Array:
        return _normal_mean_abs(a)


@dataclass(frozen=True)
class Laplace(Noise):
    """Z ~ Laplace(0, b) with b = 1/√2, since the variance is 2b²."""

    @property
    def scale(self) -> float:
        """b, which is also E|Z|."""
        return float(np.sqrt(0.5))

    @property
    def entropy(self) -> float:
        return float(1 + np.log(2 * self.scale))

    def log_density(self, z: ArrayLike) -> Array:
        return -np.abs(_float(z)) / self.scale - np.log(2 * self.scale)

    def cdf(self, z: ArrayLike) -> Array:
        z = _float(z)
        tail = 0.5 * np.exp(-np.abs(z) / self.scale)
        return np.where(z < 0, tail, 1 - tail)

    def mean_abs(self, a: ArrayLike) -> Array:
        distance = np.abs(_float(a))
        return distance + self.scale * np.exp(-distance / self.scale)


@dataclass(frozen=True)
class StudentT(Noise):
    """Z = T·√((ν − 2)/ν), T Student's t with ν > 2 degrees of freedom (else it has no variance)."""

    degrees_of_freedom: float

    def __post_init__(self) -> None:
        if not 2 < self.degrees_of_freedom < np.inf:
            raise ValueError(f"degrees_of_freedom is {self.degrees_of_freedom}: it must be finite and above 2")

    @property
    def scale(self) -> float:
        """τ in Z = τ·T."""
        return float(np.sqrt((self.degrees_of_freedom - 2) / self.degrees_of_freedom))

    @property
    def entropy(self) -> float:
        nu = self.degrees_of_freedom
        digammas = special.digamma((nu + 1) / 2) - special.digamma(nu / 2)
        return float((nu + 1) / 2 * digammas + 0.5 * np.log(nu) + special.betaln(nu / 2, 0.5) + np.log(self.scale))

    def log_density(self, z: ArrayLike) -> Array:
        return self._t_log_density(_float(z) / self.scale) - np.log(self.scale)

    def cdf(self, z: ArrayLike) -> Array:
        return special.stdtr(self.degrees_of_freedom, _float(z) / self.scale)

    def mean_abs(self, a: ArrayLike) -> Array:
        # From ∫_t^∞ u·f(u) du = f(t)·(ν + t²)/(ν − 1).
        nu, t = self.degrees_of_freedom, _float(a) / self.scale
        upper = np.exp(self._t_log_density(t)) * (nu + t**2) / (nu - 1)
        return self.scale * (2 * upper + t * (2 * special.stdtr(nu, t) - 1))

    def _t_log_density(self, t: Array) -> Array:
        nu = self.degrees_of_freedom
        return -(nu + 1) / 2 * np.log1p(t**2 / nu) - 0.5 * np.log(nu) - special.betaln(nu / 2, 0.5)


@dataclass(frozen=True)
class ShiftedGamma(Noise):
    """Z = (G − k)/√k, G ~ Gamma(shape k, scale 1): mean 0, variance 1, skewness 2/√k, nothing below −√k."""

    shape: float

    def __post_init__(self) -> None:
        if not 0 < self.shape < np.inf:
            raise ValueError(f"shape is {self.shape}: it must be finite and above 0")

    @property
    def start(self) -> float:
        return float(-np.sqrt(self.shape))

    @property
    def median(self) -> float:
        return float((special.gammaincinv(self.shape, 0.5) - self.shape) / np.sqrt(self.shape))

    @property
    def entropy(self) -> float:
        k = self.shape
        return float(k + special.gammaln(k) + (1 - k) * special.digamma(k) - 0.5 * np.log(k))

    def log_density(self, z: ArrayLike) -> Array:
        k, g = self.shape, self._gamma_value(z)
        inside = np.maximum(g, 0)
        log_density = special.xlogy(k - 1, inside) - inside - special.gammaln(k) + 0.5 * np.log(k)
        return np.where(g < 0, -np.inf, log_density)

    def cdf(self, z: ArrayLike) -> Array:
        return special.gammainc(self.shape, np.maximum(self._gamma_value(z), 0))

    def mean_abs(self, a: ArrayLike) -> Array:
        # E|G − g| = k − g + 2·E max(g − G, 0), where E max(g − G, 0) = g·F_k(g) − k·F_{k+1}(g); 0 for g < 0.
        k, g = self.shape, self._gamma_value(a)
        inside = np.maximum(g, 0)
        shortfall = inside * special.gammainc(k, inside) - k * special.gammainc(k + 1, inside)
        return (k - g + 2 * shortfall) / np.sqrt(k)

    def _gamma_value(self, z: ArrayLike) -> Array:
        return self.shape + np.sqrt(self.shape) * _float(z)


@dataclass(frozen=True)
class Outliers(Noise):
    """Normal(0, s²) that with probability `share` becomes Normal(0, (ratio·s)²); s makes the variance 1."""

    share: float
    ratio: float

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError(f"share is {self.share}: it must be from 0 to 1")
        if not 1 <= self.ratio < np.inf:
            raise ValueError(f"ratio is {self.ratio}: it must be finite and at least 1")

    @property
    def stds(self) -> tuple[float, float]:
        """Standard deviations of the two components, the narrow one first."""
        narrow = float(1 / np.sqrt(1 - self.share + self.share * self.ratio**2))
        return narrow, self.ratio * narrow

    @cached_property
    def entropy(self) -> float:
        # No closed form. The trapezoidal rule converges exponentially on a smooth integrand that vanishes at
        # both ends: here at 12 stds of the wide component, with 20 nodes per narrow std.
        wide = self.stds[1]
        z = np.linspace(-12 * wide, 12 * wide, int(480 * self.ratio) + 1)
        return float(np.sum(special.entr(np.exp(self.log_density(z)))) * (z[1] - z[0]))

    def log_density(self, z: ArrayLike) -> Array:
        narrow, wide = self.stds
        usual = special.log1p(-self.share) + _normal_log_density(z, narrow)
        return np.logaddexp(usual, special.xlogy(1, self.share) + _normal_log_density(z, wide))

    def cdf(self, z: ArrayLike) -> Array:
        narrow, wide = self.stds
        return (1 - self.share) * special.ndtr(_float(z) / narrow) + self.share * special.ndtr(_float(z) / wide)

    def mean_abs(self, a: ArrayLike) -> Array:
        narrow, wide = self.stds
        return (1 - self.share) * _normal_mean_abs(a, narrow) + self.share * _normal_mean_abs(a, wide)


def _float(values: ArrayLike) -> Array:
    return np.asarray(values, dtype=np.float64)


def _normal_log_density(z: ArrayLike, std: float = 1.0) -> Array:
    return -0.5 * (_float(z) / std) ** 2 - _HALF_LOG_2PI - np.log(std)


def _normal_mean_abs(a: ArrayLike, std: float = 1.0) -> Array:
    """E|N(0, std²) − a| = std·(2φ(t) + t·(2Φ(t) − 1)), t = a/std."""
    t = _float(a) / std
    return std * (2 * np.exp(_normal_log_density(t)) + t * special.erf(t / np.sqrt(2)))
