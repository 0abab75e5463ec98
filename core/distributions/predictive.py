"""PREDICTIVE DISTRIBUTIONS: what a reading turns a network's outputs into, with everything a score or a chart asks.

One class each, all in the unit of y and in nats, in closed form unless its docstring says otherwise. Parameters may be
of any shape ("the distribution's shape" below), be it (points,) or (frames, points).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Protocol

import numpy as np
from scipy import special  # not scipy.stats, which takes a second to import

from core.distributions.laws import Noise

__all__ = [
    "GaussianPredictive",
    "HasExponential",
    "LaplacePredictive",
    "MixturePredictive",
    "Predictive",
    "QuantilePredictive",
    "StudentTPredictive",
]

_HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)
_BLOCK = 2**16  # values of y at a time: half a megabyte an array, which a processor's cache holds
_POINTS = 2**13  # of a mixture whose quantile is searched for at a time
_LEAST_SLOPE = 1e-3  # of a quantile piece, relative to the slope from the first quantile to the last


class Predictive(Protocol):
    """A predictive distribution at each point: arrays of the distribution's shape, in the unit of y."""

    @property
    def mean(self) -> np.ndarray:
        """Expected value."""

    @property
    def std(self) -> np.ndarray:
        """Standard deviation."""

    @property
    def var(self) -> np.ndarray:
        """Variance, std²."""

    def nll(self, y: np.ndarray) -> np.ndarray:
        """−log density of y per point, in nats, constants included."""

    def crps(self, y: np.ndarray) -> np.ndarray:
        """Continuous ranked probability score of y per point, ∫(F(x) − 1{x ≥ y})² dx, in the unit of y."""

    def cdf(self, y: np.ndarray) -> np.ndarray:
        """P(Y ≤ y) per point."""

    def quantile(self, p: float) -> np.ndarray:
        """The value that Y stays below with probability p, 0 < p < 1: the inverse of the cdf."""

    def interval(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Central interval that should hold a share `level` of the observations."""

    def cross_entropy(self, mean: np.ndarray, std: np.ndarray, noise: Noise) -> np.ndarray:
        """E[−log density of Y] for Y = mean + std·Z, Z ~ noise, in nats per point: no sampling."""


class HasExponential(Predictive, Protocol):
    """A predictive distribution of U of which exp(U) can be taken: those of this module."""

    def exponential_moment(self, t: float) -> np.ndarray:
        """E[exp(tU)], t > 0; infinite where the tail is too heavy."""


class _Shared:
    """What follows from the rest of a distribution, whichever it is."""

    @property
    def var(self: Predictive) -> np.ndarray:
        return self.std**2

    def interval(self: Predictive, level: float) -> tuple[np.ndarray, np.ndarray]:
        return self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)

    def cross_entropy(self: Predictive, mean: np.ndarray, std: np.ndarray, noise: Noise) -> np.ndarray:
        mean, std, *_ = np.broadcast_arrays(mean, std, self.mean, self.std)
        return _expectation(self.nll, mean, std, noise)


@dataclass(frozen=True)
class GaussianPredictive(_Shared):
    """Normal(mean, std²). The cross entropy is exact for every noise."""

    mean: np.ndarray
    std: np.ndarray

    def nll(self, y: np.ndarray) -> np.ndarray:
        return _HALF_LOG_2PI + np.log(self.std) + 0.5 * ((y - self.mean) / self.std) ** 2

    def crps(self, y: np.ndarray) -> np.ndarray:
        # Gneiting & Raftery 2007, doi:10.1198/016214506000001437, eq. 21, as a loss.
        return self.std * (_normal_mean_abs((y - self.mean) / self.std) - 1 / np.sqrt(np.pi))

    def cdf(self, y: np.ndarray) -> np.ndarray:
        return special.ndtr((y - self.mean) / self.std)

    def quantile(self, p: float) -> np.ndarray:
        return self.mean + special.ndtri(p) * self.std

    def cross_entropy(self, mean: np.ndarray, std: np.ndarray, noise: Noise) -> np.ndarray:
        # E(Y − μ)² = std² + (mean − μ)² for any noise of mean 0 and variance 1.
        expected_square = std**2 + (mean - self.mean) ** 2
        return _HALF_LOG_2PI + np.log(self.std) + 0.5 * expected_square / self.std**2

    def exponential_moment(self, t: float) -> np.ndarray:
        return np.exp(t * self.mean + 0.5 * (t * self.std) ** 2)


@dataclass(frozen=True)
class LaplacePredictive(_Shared):
    """Laplace(mean, b), b the scale; std = √2·b. The cross entropy is exact for every noise."""

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

    def cdf(self, y: np.ndarray) -> np.ndarray:
        tail = 0.5 * np.exp(-np.abs(y - self.mean) / self.scale)
        return np.where(y < self.mean, tail, 1 - tail)

    def quantile(self, p: float) -> np.ndarray:
        return self.mean - np.sign(p - 0.5) * np.log(2 * min(p, 1 - p)) * self.scale

    def cross_entropy(self, mean: np.ndarray, std: np.ndarray, noise: Noise) -> np.ndarray:
        expected_absolute = std * noise.mean_abs((self.mean - mean) / std)
        return np.log(2 * self.scale) + expected_absolute / self.scale

    def exponential_moment(self, t: float) -> np.ndarray:
        rest = 1 - (t * self.scale) ** 2
        return np.where(rest > 0, np.exp(t * self.mean) / np.where(rest > 0, rest, 1.0), np.inf)


@dataclass(frozen=True)
class StudentTPredictive(_Shared):
    """Student's t with `df` = ν degrees of freedom, moved and scaled: mean + scale·T, std = scale·√(ν/(ν − 2)).

    ν > 1, as the mean needs; for ν ≤ 2 the std is infinite. Scores: Jordan, Krüger & Lerch 2019,
    doi:10.18637/jss.v090.i12, appendix A. The cross entropy is by quadrature.
    """

    mean: np.ndarray
    scale: np.ndarray
    df: np.ndarray | float

    @property
    def std(self) -> np.ndarray:
        above = np.asarray(self.df) - 2.0
        ratio = np.where(above > 0, self.df / np.where(above > 0, above, 1.0), np.inf)
        return self.scale * np.sqrt(ratio)

    def nll(self, y: np.ndarray) -> np.ndarray:
        return np.log(self.scale) - self._log_density((y - self.mean) / self.scale)

    def crps(self, y: np.ndarray) -> np.ndarray:
        # E|T − t| − ½·E|T − T'|, the second from two Beta functions, which are far apart for a large ν: logarithms.
        nu, t = self.df, (y - self.mean) / self.scale
        upper = np.exp(self._log_density(t)) * (nu + t**2) / (nu - 1)
        betas = np.exp(special.betaln(0.5, nu - 0.5) - 2 * special.betaln(0.5, nu / 2))
        return self.scale * (t * (2 * special.stdtr(nu, t) - 1) + 2 * upper - 2 * np.sqrt(nu) / (nu - 1) * betas)

    def cdf(self, y: np.ndarray) -> np.ndarray:
        return special.stdtr(self.df, (y - self.mean) / self.scale)

    def quantile(self, p: float) -> np.ndarray:
        return self.mean + special.stdtrit(self.df, p) * self.scale

    def exponential_moment(self, t: float) -> np.ndarray:
        return np.full(np.shape(self.mean), np.inf)  # its tails fall as a power

    def _log_density(self, t: np.ndarray) -> np.ndarray:
        nu = self.df
        return -(nu + 1) / 2 * np.log1p(t**2 / nu) - 0.5 * np.log(nu) - special.betaln(0.5, nu / 2)


@dataclass(frozen=True)
class MixturePredictive(_Shared):
    """Σ_k weight_k · Normal(mean_k, std_k²): a mixture density network, Bishop 1994.

    Arrays of shape (..., K), the components last and the weights summing to 1 over them; the distribution's shape is
    (...). The quantile is by Halley's method, the cross entropy by quadrature.
    """

    weights: np.ndarray
    means: np.ndarray
    stds: np.ndarray

    @cached_property
    def mean(self) -> np.ndarray:
        return np.sum(self.weights * self.means, axis=-1)

    @cached_property
    def std(self) -> np.ndarray:
        # About the mixture's mean: E Y² − mean² would lose digits far from 0.
        around = (self.means - self.mean[..., None]) ** 2
        return np.sqrt(np.sum(self.weights * (self.stds**2 + around), axis=-1))

    def nll(self, y: np.ndarray) -> np.ndarray:
        # −logsumexp, one component at a time: a sum over a last axis of length K is several times slower.
        log_factors = special.xlogy(1, self.weights) - np.log(self.stds)
        terms = [log_factors[..., k] - 0.5 * z**2 for k, z in enumerate(self._z(y))]
        largest = np.maximum.reduce(terms)
        return _HALF_LOG_2PI - largest - np.log(sum(np.exp(term - largest) for term in terms))

    def crps(self, y: np.ndarray) -> np.ndarray:
        # E|Y − y| − ½·E|Y − Y'|: Grimit, Gneiting, Berrocal & Johnson 2006, doi:10.1256/qj.05.235.
        means, stds, weights = self.means, self.stds, self.weights
        to_y = sum(weights[..., k] * stds[..., k] * _normal_mean_abs(z) for k, z in enumerate(self._z(y)))
        # Half of E|Y − Y'| over pairs of components: a component with itself gives E|N(0, 2·std²)| = 2·std/√π.
        pairs = sum(weights[..., k] ** 2 * stds[..., k] for k in range(means.shape[-1])) / np.sqrt(np.pi)
        for k, m in combinations(range(means.shape[-1]), 2):
            both = np.hypot(stds[..., k], stds[..., m])
            mean_abs = both * _normal_mean_abs((means[..., k] - means[..., m]) / both)
            pairs = pairs + weights[..., k] * weights[..., m] * mean_abs
        return to_y - pairs

    def cdf(self, y: np.ndarray) -> np.ndarray:
        return sum(self.weights[..., k] * special.ndtr(z) for k, z in enumerate(self._z(y)))

    def quantile(self, p: float) -> np.ndarray:
        # It lies between the least and the greatest of the components' own.
        each = self.means + special.ndtri(p) * self.stds
        low, high, fine = each.min(axis=-1), each.max(axis=-1), 1e-10 * self.stds.min(axis=-1)
        guess = np.clip(self.mean + special.ndtri(p) * self.std, low, high)
        components = [values.reshape(-1, values.shape[-1]) for values in (self.weights, self.means, self.stds)]

        def at(points: np.ndarray) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]:
            part = MixturePredictive(*(values[points] for values in components))
            return lambda y: part._cdf_off(y, p)

        parts = (guess.ravel(), low.ravel(), high.ravel(), fine.ravel())
        roots = np.empty(guess.size)
        for start in range(0, guess.size, _POINTS):  # as many points as a processor's cache holds
            points = np.arange(start, min(start + _POINTS, guess.size))
            roots[points] = _solve(at, points, *(part[points] for part in parts))
        return roots.reshape(guess.shape)

    def exponential_moment(self, t: float) -> np.ndarray:
        return np.sum(self.weights * np.exp(t * self.means + 0.5 * (t * self.stds) ** 2), axis=-1)

    def _cdf_off(self, y: np.ndarray, p: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The cdf less p, the density and its slope."""
        cdf, density, slope = np.full_like(y, -p), np.zeros_like(y), np.zeros_like(y)
        for k, z in enumerate(self._z(y)):
            std = self.stds[..., k]
            part = self.weights[..., k] / std * np.exp(-0.5 * z**2 - _HALF_LOG_2PI)
            cdf += self.weights[..., k] * special.ndtr(z)
            density += part
            slope -= z / std * part
        return cdf, density, slope

    def _z(self, y: np.ndarray) -> list[np.ndarray]:
        """y as each component sees it, standardised."""
        return [(y - self.means[..., k]) / self.stds[..., k] for k in range(self.means.shape[-1])]


@dataclass(frozen=True)
class QuantilePredictive(_Shared):
    """A whole distribution through Q predicted quantiles: `values` (..., Q) at the increasing `levels`, in (0, 1).

    Values that cross are sorted: the rearrangement of Chernozhukov, Fernández-Val & Galichon 2010,
    doi:10.3982/ECTA7880, never further from the true quantiles. Then y is piecewise linear in z = Φ⁻¹(p): between two
    quantiles a piece of Normal(a, b²), the first and last pieces going on for ever. A Gaussian's quantiles give that
    Gaussian; of other tails the levels say nothing, and these fall as a Gaussian's do. (Linear in p, the usual choice,
    would end at the outermost quantiles, with a density of 0 beyond.)

    One level alone has no spread: mean = the value, all else nan. The cross entropy is by quadrature but
    for what is not smooth: good to some 1e-5, and to some 1e-2 where values are all but tied.
    """

    levels: tuple[float, ...]
    values: np.ndarray

    def __post_init__(self) -> None:
        steps = np.diff([0.0, *self.levels, 1.0])
        if not (self.levels and np.all(steps > 0)):
            raise ValueError(f"levels are {self.levels}: they must increase, strictly between 0 and 1")
        if self.values.shape[-1] != len(self.levels):
            raise ValueError(f"values are of shape {self.values.shape}: the last axis must hold {len(self.levels)}")

    @cached_property
    def mean(self) -> np.ndarray:
        if len(self.levels) == 1:
            return self.values[..., 0]
        a, b = self._pieces
        share, first, _ = self._moments
        return a @ share + b @ first

    @cached_property
    def std(self) -> np.ndarray:
        a, b = self._pieces
        share, first, second = self._moments
        off = a - self.mean[..., None]
        return np.sqrt(off**2 @ share + 2 * (off * b) @ first + b**2 @ second)

    def nll(self, y: np.ndarray) -> np.ndarray:
        z, b = self._z_and_slope(y)
        return _HALF_LOG_2PI + np.log(b) + 0.5 * z**2

    def crps(self, y: np.ndarray) -> np.ndarray:
        # dx = b·dz on a piece; below y its share is ∫Φ², above ∫(1 − Φ)², and both antiderivatives are monotone, so
        # that to stop at y is to clip them.
        z = np.asarray(self._z_and_slope(y)[0])[..., None]
        inner = self._edges[1:-1]
        below = np.minimum(_squared_cdf_integral(z), np.array([0, *_squared_cdf_integral(inner), np.inf]))
        above = np.minimum(_squared_cdf_integral(-z), np.array([np.inf, *_squared_cdf_integral(-inner), 0]))
        return np.sum(self._pieces[1] * (np.diff(below) - np.diff(above)), axis=-1)

    def cdf(self, y: np.ndarray) -> np.ndarray:
        return special.ndtr(self._z_and_slope(y)[0])

    def quantile(self, p: float) -> np.ndarray:
        a, b = self._pieces
        z = special.ndtri(p)
        piece = int(np.searchsorted(self._edges[1:-1], z))
        return a[..., piece] + b[..., piece] * z

    def cross_entropy(self, mean: np.ndarray, std: np.ndarray, noise: Noise) -> np.ndarray:
        # −log density = ½·log 2π + log b + ½·z². Where pieces meet b jumps and ½·z² has a kink, at both of which
        # quadrature is rough: the jumps need only the noise's cdf, and the kinks E max(Y − knot, 0), from its E|Z − a|.
        mean, std, _ = np.broadcast_arrays(mean, std, self.mean)
        a, b = self._pieces
        exact, kinks = _HALF_LOG_2PI + np.log(b[..., 0]), []
        for i, edge in enumerate(self._edges[1:-1]):
            knot = a[..., i] + b[..., i] * edge
            at, bend = (knot - mean) / std, edge * (1 / b[..., i + 1] - 1 / b[..., i])
            exact = exact + np.log(b[..., i + 1] / b[..., i]) * (1 - noise.cdf(at))
            exact = exact + bend * std * (noise.mean_abs(at) - at) / 2
            kinks.append((knot, bend))

        def smooth(y: np.ndarray) -> np.ndarray:
            return 0.5 * self._z_and_slope(y)[0] ** 2 - sum(bend * np.maximum(y - knot, 0) for knot, bend in kinks)

        return exact + _expectation(smooth, mean, std, noise)

    def exponential_moment(self, t: float) -> np.ndarray:
        # E[exp(t(a + bz))] on a piece of a normal z: exp(ta + t²b²/2) times the share of the piece moved by tb.
        a, b = self._pieces
        return np.sum(np.exp(t * a + 0.5 * (t * b) ** 2) * self._moved(t * b), axis=-1)

    def _moved(self, by: np.ndarray) -> np.ndarray:
        """The normal share of each piece, its ends moved down by `by` (..., pieces)."""
        low, high = self._edges[:-1] - by, self._edges[1:] - by
        return special.ndtr(high) - special.ndtr(low)

    @cached_property
    def _edges(self) -> np.ndarray:
        """Where the pieces end, in z: (pieces + 1,), −∞ and ∞ included. Q levels make Q − 1 pieces, one level one."""
        return np.array([-np.inf, *special.ndtri(self.levels[1:-1]), np.inf])

    @cached_property
    def _pieces(self) -> tuple[np.ndarray, np.ndarray]:
        """(a, b) with y = a + b·z on each piece, both (..., pieces)."""
        values, z = np.sort(self.values, axis=-1), special.ndtri(self.levels)
        if len(z) == 1:
            return values, np.full_like(values, np.nan)
        # Two equal values would be a point mass: an infinite density between them, and none at all beyond them if they
        # are the outermost. So a piece has a least slope, small beside the whole, and rounding sets one for the whole.
        whole = (values[..., -1:] - values[..., :1]) / (z[-1] - z[0])
        least = np.maximum(_LEAST_SLOPE * whole, 1e-12 * np.abs(values).max(axis=-1, keepdims=True) + 1e-150)
        b = np.maximum(np.diff(values) / np.diff(z), least)
        # A raised slope moves the values around it: counted from the middle one, so that the median stays.
        climb = np.concatenate([np.zeros_like(whole), np.cumsum(b * np.diff(z), axis=-1)], axis=-1)
        middle = slice(len(z) // 2, len(z) // 2 + 1)
        knots = values[..., middle] + climb - climb[..., middle]
        return knots[..., :-1] - b * z[:-1], b

    @cached_property
    def _moments(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """∫φ, ∫z·φ and ∫z²·φ dz over each piece, (pieces,) each: those of a truncated normal, not yet divided."""
        edges = self._edges
        density = np.exp(-0.5 * edges**2 - _HALF_LOG_2PI)
        z_density = np.concatenate([[0], edges[1:-1] * density[1:-1], [0]])
        share = np.diff(special.ndtr(edges))
        return share, -np.diff(density), share - np.diff(z_density)

    def _z_and_slope(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """z = Φ⁻¹(F(y)) and the slope dy/dz of the piece that y is on."""
        a, b = self._pieces
        z, slope = (y - a[..., 0]) / b[..., 0], b[..., 0]
        for i, edge in enumerate(self._edges[1:-1], start=1):
            on_or_beyond = y >= a[..., i] + b[..., i] * edge
            z = np.where(on_or_beyond, (y - a[..., i]) / b[..., i], z)
            slope = np.where(on_or_beyond, b[..., i], slope)
        return z, slope


def _expectation(of: Callable[[np.ndarray], np.ndarray], mean: np.ndarray, std: np.ndarray, noise: Noise) -> np.ndarray:
    """E[of(Y)] for Y = mean + std·Z by the noise's quadrature, all of one shape. A block of nodes at a time."""
    nodes, weights = noise.quadrature
    at_once = max(1, _BLOCK // max(1, mean.size))
    total = np.zeros(())
    for start in range(0, len(nodes), at_once):
        z, w = nodes[start : start + at_once], weights[start : start + at_once]
        y = mean + std * z.reshape(-1, *(1,) * mean.ndim)  # (nodes, ...)
        total = total + np.tensordot(w, of(y), axes=1)
    return total


def _solve(
    at: Callable[[np.ndarray], Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]],
    points: np.ndarray,
    x: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    fine: np.ndarray,
) -> np.ndarray:
    """Roots (n,) of the increasing functions of n points, from x, between low and high; done when a step is `fine`.

    `at(points)` gives the functions of some points: arrays of values, slopes and second derivatives. Halley's method,
    with a bisection wherever a step leaves the bracket or is more than half the step before. Points that are done are
    left out, for most need 4 steps and a few 40.
    """
    roots, left, step = x.copy(), np.arange(x.size), high - low
    function = at(points)
    for _ in range(200):
        value, slope, bend = function(x)
        low, high = np.where(value <= 0, x, low), np.where(value >= 0, x, high)
        with np.errstate(all="ignore"):  # a slope of 0 between two far modes: bisect
            newton = value / slope
            halley = x - newton / np.clip(1 - 0.5 * newton * bend / slope, 0.5, 2.0)
        good = (halley >= low) & (halley <= high) & (np.abs(halley - x) <= 0.5 * np.abs(step))
        new = np.where(good, halley, (low + high) / 2)
        x, step = new, new - x
        # What a step leaves near the root is some power of it: one below 1e-5 of a std is the last. So written, a nan
        # is not waited for.
        moves = np.abs(step) > np.where(good, 1e5 * fine, fine) + 4e-16 * np.abs(x)
        if 2 * np.count_nonzero(moves) <= moves.size:
            roots[left] = x
            left, x, step, low, high, fine = (part[moves] for part in (left, x, step, low, high, fine))
            if not left.size:
                break
            function = at(points[left])
    roots[left] = x
    return roots


def _normal_mean_abs(z: np.ndarray) -> np.ndarray:
    """E|N(0, 1) − z| = z·(2Φ(z) − 1) + 2φ(z)."""
    return z * special.erf(z / np.sqrt(2)) + np.sqrt(2 / np.pi) * np.exp(-0.5 * z**2)


def _squared_cdf_integral(z: np.ndarray) -> np.ndarray:
    """∫Φ² from −∞ to z: z·Φ² + 2Φφ − Φ(√2·z)/√π. With −z it is ∫(1 − Φ)² from z to ∞."""
    cdf, density = special.ndtr(z), np.exp(-0.5 * z**2 - _HALF_LOG_2PI)
    return z * cdf**2 + 2 * cdf * density - special.ndtr(np.sqrt(2) * z) / np.sqrt(np.pi)
