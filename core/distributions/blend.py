"""The equal mixture of several laws of any kind: what an ensemble predicts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..once import cached_property
from .law import Array, Law, Value, half_width, mean_difference_of
from .laws import Gaussian, LocationScale
from .mixture import GaussianMixture


def equal_mixture(laws: Sequence[Law]) -> Law:
    """(1/M) Σ lawₘ, at each point: the law itself for M = 1, a GaussianMixture of Gaussians, else a Blend.

    The laws have one shape. Raises ValueError without any law.
    """
    if not laws:
        raise ValueError("an equal mixture needs at least one law")
    if len(laws) == 1:
        return laws[0]
    if all(isinstance(law, LocationScale) and isinstance(law.law, Gaussian) for law in laws):
        means, stds = (np.stack([getattr(law, name) for law in laws], axis=-1) for name in ("mean", "std"))
        return GaussianMixture(np.full(means.shape, 1 / len(laws)), means, stds, (1,) * len(laws))
    if all(isinstance(law, GaussianMixture) for law in laws):
        parts = ([getattr(law, name) for law in laws] for name in ("weights", "means", "stds"))
        weights, means, stds = (np.concatenate(part, axis=-1) for part in parts)
        sizes = tuple(law.weights.shape[-1] for law in laws if isinstance(law, GaussianMixture))
        return GaussianMixture(weights / len(laws), means, stds, sizes)
    return Blend(tuple(laws))


@dataclass(frozen=True, eq=False)
class Blend(Law):
    """(1/M) Σ lawₘ, of laws of any kind and one shape.

    The quantile is found between those of the laws, by Newton's method with bisection; E|Y − Y′| by quadrature.
    """

    laws: tuple[Law, ...]

    @property
    def support(self) -> tuple[Value, Value]:
        ends = [part.support for part in self.laws]
        return np.minimum.reduce([low for low, _ in ends]), np.maximum.reduce([high for _, high in ends])

    @cached_property
    def mean(self) -> Array:
        return np.mean([part.mean for part in self.laws], axis=0)

    @cached_property
    def std(self) -> Array:
        variances = np.mean([part.var for part in self.laws], axis=0)
        return np.sqrt(variances + np.var([part.mean for part in self.laws], axis=0))

    def log_density(self, y: Value) -> Array:
        terms = [part.log_density(y) for part in self.laws]
        largest = np.maximum.reduce(terms)
        with np.errstate(invalid="ignore"):  # −∞ less −∞, where no part has a density
            total = largest + np.log(sum(np.exp(term - largest) for term in terms) / len(terms))
        return np.where(np.isneginf(largest), largest, total)

    def cdf(self, y: Value) -> Array:
        return np.mean([part.cdf(y) for part in self.laws], axis=0)

    @property
    def members(self) -> tuple[Law, ...]:
        return self.laws

    def _draws(self, rng: np.random.Generator, size: int) -> Array:
        which = rng.integers(len(self.laws), size=(size, *self._dims))
        drawn = np.zeros(which.shape)
        for k, law in enumerate(self.laws):
            drawn = np.where(which == k, law._draws(rng, size), drawn)
        return drawn

    def quantile(self, p: Value) -> Array:
        each = np.array([part.quantile(p) for part in self.laws], dtype=np.float64)
        low, high, y = each.min(axis=0), each.max(axis=0), each.mean(axis=0)
        with np.errstate(all="ignore"):  # no density between two far parts: bisect; of 0 and 1 it is infinite
            for _ in range(100):
                off = self.cdf(y) - p
                low, high = np.where(off <= 0, y, low), np.where(off >= 0, y, high)
                newton = y - off * np.exp(self.nll(y))
                new = np.where((newton > low) & (newton < high), newton, (low + high) / 2)
                done = np.abs(new - y) <= 1e-10 * (high - low) + 4e-16 * np.abs(y)
                y = new
                if np.all(done | ~np.isfinite(y) | (high - low <= 1e-10 * self.std)):
                    break
        return y

    def mean_abs(self, a: Value) -> Array:
        return np.mean([part.mean_abs(a) for part in self.laws], axis=0)

    @cached_property
    def mean_difference(self) -> Array:
        shares = [half_width(part) for part in self.laws] / half_width(self)
        # A single point with a narrow part may be a little off: it must not make the grid of all points fine.
        return mean_difference_of(self, float(np.quantile(shares, 0.01)))

    def exponential_moment(self, t: float) -> Array:
        return np.mean([part.exponential_moment(t) for part in self.laws], axis=0)
