"""Densities transformed back: a distribution of log y as the distribution of y."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..once import cached_property
from .law import Array, Law, Value
from .laws import Predictive

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
_TAIL = 1e-12  # probability beyond the range over which the CRPS is integrated


@dataclass(frozen=True)
class ExpPredictive(Law):
    """Y = exp(U) for a predictive distribution of U: its density at y is that of U at log y, over y.

    Quantiles are exp of U's, so that intervals have the same coverage. Mean and std come from E[exp(tU)], t = 1, 2,
    which is infinite for a Student-t and for a Laplace distribution of scale 1/t and more. The CRPS is an integral,
    ∫(F(u) − 1{u ≥ log y})²·exp(u) du, by Gauss–Legendre rules between the tails, the median and log y.
    """

    inner: Predictive

    support = 0.0, np.inf

    @cached_property
    def mean(self) -> np.ndarray:
        return self.inner.exponential_moment(1.0)

    @cached_property
    def std(self) -> np.ndarray:
        with np.errstate(over="ignore", invalid="ignore"):
            ratio = self.inner.exponential_moment(2.0) / self.mean**2
            return np.where(np.isfinite(ratio), self.mean * np.sqrt(np.maximum(ratio - 1, 0)), np.inf)

    def log_density(self, y: Value) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            log_y = np.log(y)
            return np.where(np.greater(y, 0), -self.inner.nll(log_y) - log_y, -np.inf)

    def cdf(self, y: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(y > 0, self.inner.cdf(np.log(y)), 0.0)

    def quantile(self, p: Value) -> np.ndarray:
        return np.exp(self.inner.quantile(p))

    @property
    def members(self) -> tuple[Law, ...]:
        each = self.inner.members
        return (self,) if len(each) == 1 else tuple(ExpPredictive(law) for law in each)

    def _draws(self, rng: np.random.Generator, size: int) -> Array:
        return np.exp(self.inner._draws(rng, size))

    def crps(self, y: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):
            at = np.log(np.maximum(y, np.finfo(float).tiny))
        low, middle, high = (self.inner.quantile(p) for p in (_TAIL, 0.5, 1 - _TAIL))
        cuts = np.sort(np.stack(np.broadcast_arrays(np.minimum(low, at), middle, at, np.maximum(high, at))), axis=0)
        with np.errstate(over="ignore", invalid="ignore"):
            panels = [self._panel(*ends, at) for ends in pairwise(cuts)]
            return np.where(np.isfinite(self.mean), np.sum(panels, axis=0), np.inf)

    def _panel(self, low: np.ndarray, high: np.ndarray, at: np.ndarray) -> np.ndarray:
        half, centre = (high - low) / 2, (low + high) / 2
        total = np.zeros(np.shape(centre))
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            u = centre + half * node
            total += weight * (self.inner.cdf(u) - (u >= at)) ** 2 * np.exp(u)
        return half * total
