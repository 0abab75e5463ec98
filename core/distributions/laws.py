"""The laws in their standard form, each stated once, and a law moved and scaled: for losses, noises and predictions.

A predictive distribution is a law with arrays for parameters, of any shape: one law a point, in the unit of y and nats.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special  # not scipy.stats, which takes a second to import

from ..once import cached_property
from .law import Array, Law, Value

HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True, eq=False)
class Gaussian(Law):
    """Normal(0, 1). Gneiting & Raftery 2007, doi:10.1198/016214506000001437, eq. 21 (CRPS, as a loss)."""

    mean = 0.0
    std = 1.0
    mean_difference = float(2 / np.sqrt(np.pi))
    entropy = float(0.5 + HALF_LOG_2PI)

    def log_density(self, z: Value) -> Array:
        return -0.5 * _float(z) ** 2 - HALF_LOG_2PI

    def cdf(self, z: Value) -> Array:
        return special.ndtr(_float(z))

    def quantile(self, p: Value) -> Value:
        return special.ndtri(p)

    def mean_abs(self, a: Value) -> Array:
        a = _float(a)
        return a * special.erf(a / np.sqrt(2)) + np.sqrt(2 / np.pi) * np.exp(-0.5 * a**2)

    def log_mgf(self, t: Value) -> Array:
        return 0.5 * _float(t) ** 2

    def cross_entropy(self, mean: Value, std: Value, noise: Law) -> Array:
        # E Y² = std² + mean² for every noise of mean 0 and variance 1.
        return HALF_LOG_2PI + 0.5 * (_float(std) ** 2 + _float(mean) ** 2)


@dataclass(frozen=True, eq=False)
class Laplace(Law):
    """Density ½·exp(−|z|). Jordan, Krüger & Lerch 2019, doi:10.18637/jss.v090.i12, appendix A (CRPS)."""

    kinks = (0.0,)
    mean = 0.0
    std = float(np.sqrt(2))
    mean_difference = 1.5
    entropy = float(1 + np.log(2))

    def log_density(self, z: Value) -> Array:
        return -np.abs(_float(z)) - np.log(2)

    def cdf(self, z: Value) -> Array:
        z = _float(z)
        tail = 0.5 * np.exp(-np.abs(z))
        return np.where(z < 0, tail, 1 - tail)

    def quantile(self, p: Value) -> Value:
        with np.errstate(divide="ignore"):  # of 0 and 1 it is infinite
            return -np.sign(p - 0.5) * np.log(2 * np.minimum(p, 1 - p))

    def mean_abs(self, a: Value) -> Array:
        distance = np.abs(_float(a))
        return distance + np.exp(-distance)

    def log_mgf(self, t: Value) -> Array:
        rest = 1 - _float(t) ** 2
        return np.where(rest > 0, -np.log(np.where(rest > 0, rest, 1.0)), np.inf)

    def cross_entropy(self, mean: Value, std: Value, noise: Law) -> Array:
        return np.log(2) + std * noise.mean_abs(-_float(mean) / std)


@dataclass(frozen=True, eq=False)
class StudentT(Law):
    """Student's t with `df` = ν > 1 degrees of freedom; for ν ≤ 2 the std is infinite.

    Jordan, Krüger & Lerch 2019, doi:10.18637/jss.v090.i12, appendix A (CRPS).
    """

    df: Value

    mean = 0.0

    @property
    def std(self) -> Value:
        above = np.asarray(self.df) - 2.0
        return np.sqrt(np.where(above > 0, self.df / np.where(above > 0, above, 1.0), np.inf))

    @property
    def mean_difference(self) -> Value:
        # From two Beta functions, which are far apart for a large ν: logarithms.
        nu = self.df
        betas = np.exp(special.betaln(0.5, nu - 0.5) - 2 * special.betaln(0.5, nu / 2))
        return 4 * np.sqrt(nu) / (nu - 1) * betas

    @property
    def entropy(self) -> Value:
        nu = self.df
        digammas = special.digamma((nu + 1) / 2) - special.digamma(nu / 2)
        return (nu + 1) / 2 * digammas + 0.5 * np.log(nu) + special.betaln(nu / 2, 0.5)

    def log_density(self, z: Value) -> Array:
        nu = self.df
        return -(nu + 1) / 2 * np.log1p(_float(z) ** 2 / nu) - 0.5 * np.log(nu) - special.betaln(0.5, nu / 2)

    def cdf(self, z: Value) -> Array:
        return special.stdtr(self.df, _float(z))

    def quantile(self, p: Value) -> Value:
        return np.where(np.equal(p, 0), -np.inf, special.stdtrit(self.df, p))[()]  # which says +∞ of 0

    def mean_abs(self, a: Value) -> Array:
        # From ∫_a^∞ u·f(u) du = f(a)·(ν + a²)/(ν − 1).
        nu, a = self.df, _float(a)
        upper = np.exp(self.log_density(a)) * (nu + a**2) / (nu - 1)
        return a * (2 * special.stdtr(nu, a) - 1) + 2 * upper

    def log_mgf(self, t: Value) -> Array:
        return np.full(np.shape(t), np.inf)  # its tails fall as a power


@dataclass(frozen=True, eq=False)
class Gamma(Law):
    """Gamma(shape k, scale 1): mean k, variance k, skewness 2/√k."""

    shape: float

    support = 0.0, np.inf

    @property
    def mean(self) -> float:
        return self.shape

    @property
    def std(self) -> float:
        return float(np.sqrt(self.shape))

    @property
    def mean_difference(self) -> float:
        # E|G − G'| = 4·Γ(k + ½)/(√π·Γ(k)).
        return float(2 / np.sqrt(np.pi) * special.poch(self.shape, 0.5))

    @property
    def entropy(self) -> float:
        k = self.shape
        return float(k + special.gammaln(k) + (1 - k) * special.digamma(k))

    def log_density(self, z: Value) -> Array:
        k, z = self.shape, _float(z)
        inside = np.maximum(z, 0)
        return np.where(z < 0, -np.inf, special.xlogy(k - 1, inside) - inside - special.gammaln(k))

    def cdf(self, z: Value) -> Array:
        return special.gammainc(self.shape, np.maximum(_float(z), 0))

    def quantile(self, p: Value) -> Value:
        return special.gammaincinv(self.shape, p)

    def mean_abs(self, a: Value) -> Array:
        # E|G − a| = k − a + 2·E max(a − G, 0), where E max(a − G, 0) = a·F_k(a) − k·F_{k+1}(a); 0 for a < 0.
        k, a = self.shape, _float(a)
        inside = np.maximum(a, 0)
        return k - a + 2 * (inside * special.gammainc(k, inside) - k * special.gammainc(k + 1, inside))


@dataclass(frozen=True, eq=False)
class LocationScale(Law):
    """Y = loc + scale·(T − centre), T ~ law, as exact as T. With arrays, one law per point: loc and scale (points,)."""

    law: Law
    loc: Value = 0.0
    scale: Value = 1.0
    centre: Value = 0.0

    @property
    def support(self) -> tuple[Value, Value]:
        low, high = self.law.support
        return self._moved(low), self._moved(high)

    @property
    def kinks(self) -> tuple[float, ...]:
        return tuple(self._moved(kink) for kink in self.law.kinks)

    @property
    def members(self) -> tuple[Law, ...]:
        each = self.law.members  # of a mixture that is moved and scaled, as by a recalibration
        if len(each) == 1:
            return (self,)
        return tuple(LocationScale(law, self.loc, self.scale, self.centre) for law in each)

    @property
    def mean(self) -> Value:
        # Without the product where it is 0: an infinite scale leaves a mean.
        return self._moved(self.law.mean) if np.any(self.law.mean - self.centre) else self.loc

    @property
    def std(self) -> Value:
        return self.scale * self.law.std

    @property
    def mean_difference(self) -> Value:
        return self.scale * self.law.mean_difference

    @property
    def entropy(self) -> Value:
        return self.law.entropy + np.log(self.scale)

    @cached_property
    def median(self) -> Value:
        return self._moved(self.law.median)

    def log_density(self, y: Value) -> Array:
        return self.law.log_density(self._standard(y)) - np.log(self.scale)

    def cdf(self, y: Value) -> Array:
        return self.law.cdf(self._standard(y))

    def quantile(self, p: Value) -> Value:
        return self._moved(self.law.quantile(p))

    def _draws(self, rng: np.random.Generator, size: int) -> Array:
        if not np.ndim(self.law.mean):  # one law for all points: its quantiles take arrays
            return super()._draws(rng, size)
        return self._moved(self.law._draws(rng, size))

    def mean_abs(self, a: Value) -> Array:
        return self.scale * self.law.mean_abs(self._standard(a))

    def crps(self, y: Value) -> Array:
        return self.scale * self.law.crps(self._standard(y))

    def cross_entropy(self, mean: Value, std: Value, noise: Law) -> Array:
        return self.law.cross_entropy(self._standard(mean), std / self.scale, noise) + np.log(self.scale)

    def log_mgf(self, t: Value) -> Array:  # for a centre of 0
        return t * self.loc + self.law.log_mgf(t * self.scale)

    def _standard(self, y: Value) -> Array:
        """The value of T where Y is y."""
        return (y - self.loc) / self.scale + self.centre

    def _moved(self, t: Value) -> Value:
        """The value of Y where T is t."""
        return self.loc + self.scale * (t - self.centre)


def scaled(base: Law, factor: float) -> LocationScale:
    """The base made `factor` times as wide about its mean; of its own family where it is moved and scaled already.

    A std of 1e−75 is lost beside any mean: its quantiles are the mean, and no factor brings them back.

    Raises ValueError for a factor that is not a positive number.
    """
    if not (np.isfinite(factor) and factor > 0):
        raise ValueError(f"the factor is {factor}: it must be a positive number")
    if isinstance(base, LocationScale):
        return LocationScale(base.law, base.loc, factor * base.scale, base.centre)
    return LocationScale(base, base.mean, factor, base.mean)


def _float(values: Value) -> Array:
    return np.asarray(values, dtype=np.float64)


Predictive = Law  # of array parameters: one law for each point


def gaussian(mean: np.ndarray, std: np.ndarray) -> LocationScale:
    """Normal(mean, std²)."""
    return LocationScale(Gaussian(), mean, std)


def laplace(mean: np.ndarray, scale: np.ndarray) -> LocationScale:
    """Laplace(mean, b), b the scale; std = √2·b."""
    return LocationScale(Laplace(), mean, scale)


def student_t(mean: np.ndarray, scale: np.ndarray, df: np.ndarray | float) -> LocationScale:
    """mean + scale·T, T Student's t with `df` = ν > 1 degrees of freedom; std = scale·√(ν/(ν − 2))."""
    return LocationScale(StudentT(df), mean, scale)
