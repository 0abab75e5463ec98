"""Mixtures of Gaussians: what a mixture density network predicts, and noise with outliers."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import special

from ..once import cached_property
from .law import Law, Value
from .laws import Gaussian, gaussian

_POINTS = 2**13  # solved for at a time
_NORMAL = Gaussian()


@dataclass(frozen=True, eq=False)
class GaussianMixture(Law):
    """Σ_k weight_k · Normal(mean_k, std_k²): a mixture density network, Bishop 1994.

    Arrays of shape (..., K), the components last and the weights summing to 1 over them; the law's shape is (...). The
    quantile is by Halley's method, entropy and cross entropy by quadrature. `sizes` says how many components in turn
    are those of one member, where it is the equal mixture of several nets.
    """

    weights: np.ndarray
    means: np.ndarray
    stds: np.ndarray
    sizes: tuple[int, ...] = ()

    @property
    def members(self) -> tuple[Law, ...]:
        if len(self.sizes) < 2:
            return (self,)
        ends = np.cumsum(self.sizes)
        return tuple(self._member(slice(end - size, end)) for end, size in zip(ends, self.sizes, strict=True))

    def _member(self, some: slice) -> Law:
        weights, means, stds = (values[..., some] for values in (self.weights, self.means, self.stds))
        if means.shape[-1] == 1:
            return gaussian(means[..., 0], stds[..., 0])
        return GaussianMixture(weights * len(self.sizes), means, stds)

    def _draws(self, rng: np.random.Generator, size: int) -> np.ndarray:
        shape = (size, *self.weights.shape[:-1])
        uniform, normal = rng.random(shape), rng.standard_normal(shape)
        below = np.cumsum(self.weights, axis=-1)
        which = np.zeros(shape, dtype=np.int64)
        for k in range(self.weights.shape[-1] - 1):
            which += uniform >= below[..., k]
        mean, std = (
            np.take_along_axis(np.broadcast_to(each, (size, *each.shape)), which[..., None], axis=-1)[..., 0]
            for each in (self.means, self.stds)
        )
        return mean + std * normal

    @cached_property
    def mean(self) -> np.ndarray:
        return np.sum(self.weights * self.means, axis=-1)

    @cached_property
    def std(self) -> np.ndarray:
        # About the mixture's mean: E Y² − mean² would lose digits far from 0.
        around = (self.means - self.mean[..., None]) ** 2
        return np.sqrt(np.sum(self.weights * (self.stds**2 + around), axis=-1))

    def log_density(self, y: Value) -> np.ndarray:
        # logsumexp, one component at a time: a sum over a last axis of length K is several times slower.
        log_factors = special.xlogy(1, self.weights) - np.log(self.stds)
        terms = [log_factors[..., k] + _NORMAL.log_density(z) for k, z in enumerate(self._z(y))]
        largest = np.maximum.reduce(terms)
        return largest + np.log(sum(np.exp(term - largest) for term in terms))

    def mean_abs(self, a: Value) -> Value:
        parts = enumerate(self._z(a))
        return sum(self.weights[..., k] * self.stds[..., k] * _NORMAL.mean_abs(z) for k, z in parts)

    @cached_property
    def mean_difference(self) -> Value:
        # Over pairs of components: Grimit, Gneiting, Berrocal & Johnson 2006, doi:10.1256/qj.05.235.
        means, stds, weights = self.means, self.stds, self.weights
        # A component with itself gives E|N(0, 2·std²)|.
        total = sum(weights[..., k] ** 2 * stds[..., k] for k in range(means.shape[-1])) * _NORMAL.mean_difference
        for k, m in combinations(range(means.shape[-1]), 2):
            both = np.hypot(stds[..., k], stds[..., m])
            mean_abs = both * _NORMAL.mean_abs((means[..., k] - means[..., m]) / both)
            total = total + 2 * weights[..., k] * weights[..., m] * mean_abs
        return total

    def cdf(self, y: Value) -> Value:
        return sum(self.weights[..., k] * _NORMAL.cdf(z) for k, z in enumerate(self._z(y)))

    def quantile(self, p: Value) -> np.ndarray:
        # It lies between the smallest and the largest quantile of the components.
        z = np.asarray(_NORMAL.quantile(p))
        each = self.means + z[..., None] * self.stds
        low, high, fine = each.min(axis=-1), each.max(axis=-1), 1e-10 * self.stds.min(axis=-1)
        guess = np.clip(self.mean + z * self.std, low, high)
        parts = (np.broadcast_to(values, each.shape) for values in (self.weights, self.means, self.stds))
        weights, means, stds = (values.reshape(-1, values.shape[-1]) for values in parts)
        starts = np.stack([np.broadcast_to(part, guess.shape).ravel() for part in (p, guess, low, high, fine)])
        roots = np.empty(guess.size)
        for first in range(0, guess.size, _POINTS):  # what a processor's cache holds
            some = slice(first, first + _POINTS)
            with np.errstate(invalid="ignore"):  # p of 0 or 1: the quantile is infinite
                roots[some] = GaussianMixture(weights[some], means[some], stds[some])._roots(*starts[:, some])
        return roots.reshape(guess.shape)

    def _roots(self, p: np.ndarray, x: np.ndarray, low: np.ndarray, high: np.ndarray, fine: np.ndarray) -> np.ndarray:
        """The quantiles (n,) at p of a law of shape (n,), from x, between low and high, to a step of `fine`.

        Halley's method, with a bisection wherever a step leaves the bracket or is more than half the step before.
        Finished points are left out, as most need 4 steps and a few 40.
        """
        law, roots, left, step = self, x.copy(), np.arange(x.size), high - low
        for _ in range(200):
            value, slope, bend = law._cdf_off(x, p)
            low, high = np.where(value <= 0, x, low), np.where(value >= 0, x, high)
            with np.errstate(all="ignore"):  # a slope of 0 between two far modes: bisect
                newton = value / slope
                halley = x - newton / np.clip(1 - 0.5 * newton * bend / slope, 0.5, 2.0)
            good = (halley >= low) & (halley <= high) & (np.abs(halley - x) <= 0.5 * np.abs(step))
            new = np.where(good, halley, (low + high) / 2)
            x, step = new, new - x
            # Near the root the remaining error is a power of the step: one below 1e-5 of a std is the last. Written so
            # that a nan ends it too.
            moves = np.abs(step) > np.where(good, 1e5 * fine, fine) + 4e-16 * np.abs(x)
            if 2 * np.count_nonzero(moves) <= moves.size:
                roots[left] = x
                left, p, x, step, low, high, fine = (part[moves] for part in (left, p, x, step, low, high, fine))
                if not left.size:
                    break
                law = GaussianMixture(self.weights[left], self.means[left], self.stds[left])
        roots[left] = x
        return roots

    def exponential_moment(self, t: float) -> np.ndarray:
        return np.sum(self.weights * np.exp(t * self.means + 0.5 * (t * self.stds) ** 2), axis=-1)

    def _cdf_off(self, y: np.ndarray, p: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The cdf less p, the density and its slope."""
        cdf, density, slope = -p, np.zeros_like(y), np.zeros_like(y)
        for k, z in enumerate(self._z(y)):
            std = self.stds[..., k]
            part = self.weights[..., k] / std * np.exp(_NORMAL.log_density(z))
            cdf += self.weights[..., k] * _NORMAL.cdf(z)
            density += part
            slope -= z / std * part
        return cdf, density, slope

    def _z(self, y: Value) -> list[np.ndarray]:
        """y as each component sees it, standardised."""
        return [(y - self.means[..., k]) / self.stds[..., k] for k in range(self.means.shape[-1])]
