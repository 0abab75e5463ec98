"""RECALIBRATED DISTRIBUTIONS: a predictive distribution corrected after training, by what validation points show.

Not to be confused with another reading: a reading says what the outputs mean, these what they should have been. Each
wraps a base of any family, keeps its shape and its unit, and trains nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import special

from ..once import cached_property
from .law import Array, Law, Value
from .laws import LocationScale, Predictive

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_CUTS = np.linspace(-8, 8, 33)  # in z = Φ⁻¹(p): beyond 8, p rounds to 1


def moved(base: Predictive, shift: Value, factor: Value) -> LocationScale:
    """The base with its mean moved by `shift` (unit of y), and `factor` times as wide about its mean.

    Both are numbers, or arrays of one for each point. Raises ValueError for a factor of 0 or less.
    """
    if np.any(np.asarray(factor) <= 0):
        raise ValueError("every factor of a standard deviation must be above 0")
    mean = base.mean
    if isinstance(base, LocationScale):
        return LocationScale(base.law, mean + shift + factor * (base.loc - mean), factor * base.scale, base.centre)
    return LocationScale(base, mean + shift, factor, mean)


@dataclass(frozen=True)
class RemappedPredictive(Law):
    """The cdf R(F(y)), F the base's: a probability of `levels` becomes the one beside it in `observed`.

    R is piecewise linear through the two, both (knots,), increasing from 0 to 1. Density, cdf, quantiles and cross
    entropy are as exact as the base's, −log density being −log f(y) − log R'(F(y)): it jumps at the knots. Mean, std
    and CRPS are by quadrature: good to ten digits where the base is smooth, to some 1e-5 of the std between quantiles
    and some 1e-3 in a mixture of far modes. A variance leaves out what lies beyond a probability of 1e-15: with
    Student's t of ν = 3 a share of 1e-5.

    Raises ValueError if R is not such a map.
    """

    base: Predictive
    levels: np.ndarray
    observed: np.ndarray

    def __post_init__(self) -> None:
        for name, knots in (("levels", self.levels), ("observed", self.observed)):
            if len(knots) < 2 or knots[0] != 0 or knots[-1] != 1 or not np.all(np.diff(knots) > 0):
                raise ValueError(f"{name} are {knots}: they must increase from 0 to 1")
        if len(self.levels) != len(self.observed):
            raise ValueError(f"there are {len(self.levels)} levels and {len(self.observed)} observed: as many of each")

    @property
    def support(self) -> tuple[Value, Value]:
        return self.base.support

    @property
    def mean(self) -> np.ndarray:
        centre, scale, _ = self._standard
        return centre + scale * self._moments[0]

    @cached_property
    def std(self) -> np.ndarray:
        std = self._standard[1] * self._moments[1]
        return np.where(np.isfinite(self.base.std), std, self.base.std)  # a tail too long stays so

    def log_density(self, y: Value) -> Array:
        piece = np.searchsorted(self.levels[1:-1], self.base.cdf(y))
        return self._log_slopes[piece] - self.base.nll(y)

    def crps(self, y: np.ndarray) -> np.ndarray:
        # ∫T² at the median, and from there d CRPS/dy = 2·cdf − 1: whole panels, then a short one from the last cut.
        centre, scale, base = self._standard
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            y = (y - centre) / scale
            start, known = base.quantile(float(special.ndtr(_CUTS[0]))), np.zeros(())
            for low, high, above, _, weights, tail in self._panels():
                start = np.where(y >= high, high, start)
                passed = np.where(y >= high, above, above - 1)  # −1 on the way down from the median
                climb = (1 if above else -1) * (high - low - 2 * np.sum(weights * tail, axis=0))  # ∫(2G − 1)
                known = known + np.sum(weights * tail * tail, axis=0) + passed * climb
            x, weights = _nodes(start, y)
            return scale * (known + np.sum(weights * (2 * self._cdf(x) - 1), axis=0))

    def cdf(self, y: np.ndarray) -> np.ndarray:
        return np.interp(self.base.cdf(y), self.levels, self.observed)

    def quantile(self, p: Value) -> np.ndarray:
        return self.base.quantile(np.interp(p, self.observed, self.levels))

    @property
    def members(self) -> tuple[Law, ...]:
        if len(self.base.members) > 1:  # the cdf of a mixture was remapped, and those of its members were not
            raise ValueError("A remapped mixture has no members: its variance cannot be split.")
        return (self,)

    def cross_entropy(self, mean: np.ndarray, std: np.ndarray, noise: Law) -> np.ndarray:
        # log R' is constant on each piece: only the probability of the piece is needed.
        total = self.base.cross_entropy(mean, std, noise) - self._log_slopes[0]
        for level, jump in zip(self.levels[1:-1], np.diff(self._log_slopes), strict=True):
            total = total - jump * (1 - noise.cdf((self.base.quantile(float(level)) - mean) / std))
        return total

    @cached_property
    def _log_slopes(self) -> np.ndarray:
        """log R' on each piece, (knots − 1,)."""
        return np.log(np.diff(self.observed) / np.diff(self.levels))

    @cached_property
    def _standard(self) -> tuple[np.ndarray, np.ndarray, Predictive]:
        """Base = centre + scale·(one law of shape ()), whose integrals are computed once. Else 0, 1 and the base."""
        base = self.base
        if isinstance(base, LocationScale) and np.ndim(base.law.std) == 0:
            return base.loc, base.scale, LocationScale(base.law, np.zeros(()), np.ones(()), base.centre)
        return np.zeros(()), np.ones(()), base

    def _cdf(self, y: np.ndarray) -> np.ndarray:
        """Of the standard distribution, remapped."""
        return np.interp(self._standard[2].cdf(y), self.levels, self.observed)

    @cached_property
    def _moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and std of the standard distribution, remapped: E|Y − c| is ∫T, E(Y − c)² is 2·∫|y − c|·T."""
        centre = self._standard[2].quantile(0.5)
        off, squares = np.zeros(()), np.zeros(())
        with np.errstate(over="ignore", invalid="ignore"):
            for _, _, above, y, weights, tail in self._panels():
                off = off + (1 if above else -1) * np.sum(weights * tail, axis=0)
                squares = squares + np.sum(weights * np.abs(y - centre) * tail, axis=0)
            return centre + off, np.sqrt(np.maximum(2 * squares - off**2, 0))

    def _panels(self) -> Iterator[tuple[np.ndarray, np.ndarray, bool, np.ndarray, np.ndarray, np.ndarray]]:
        """Gauss–Legendre in y on panels that end at the knots, from below; one at a time, as each holds all points.

        Both ends (...), whether it is above the median c, nodes and weights (nodes, ...), and the tail T at the nodes:
        1 − G above c and G below it, G the cdf.
        """
        base = self._standard[2]
        z = np.unique(np.clip([*_CUTS, *special.ndtri(self.levels[1:-1])], _CUTS[0], _CUTS[-1]))
        cuts = (base.quantile(float(p)) for p in special.ndtr(z))
        for above, (low, high) in zip(z[:-1] >= 0, pairwise(cuts), strict=True):
            y, weights = _nodes(low, high)
            cdf = self._cdf(y)
            yield low, high, bool(above), y, weights, 1 - cdf if above else cdf


def _nodes(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights (nodes, ...) of an integral from low to high, which differ by point."""
    half, middle = (high - low) / 2, (high + low) / 2
    each = (slice(None), *(None,) * np.ndim(half))
    return middle + half * _NODES[each], half * _WEIGHTS[each]


@dataclass(frozen=True)
class ConformalIntervals:
    """Split-conformal intervals around `mean`: mean ± scale·(the ⌈(n + 1)·level⌉-th smallest of n `scores`).

    If the points are exchangeable with those of the scores, an interval holds a new point with a probability of
    `level` or more, and of less than level + 1/(n + 1) more where no scores tie; for any model, on average over x.
    Lei, G'Sell, Rinaldo, Tibshirani & Wasserman 2018, doi:10.1080/01621459.2017.1307116. An interval is no
    distribution: there is no density, no NLL and no CRPS.

    mean, scale: the distribution's shape, unit of y; scores (n,): of the validation points, |y − mean|/scale, rising.
    """

    mean: np.ndarray
    scale: np.ndarray
    scores: np.ndarray

    def interval(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Its two ends. Raises ValueError if n scores are too few for the level."""
        need, n = points_for(level), len(self.scores)
        if n < need:
            raise ValueError(
                f"A conformal interval of {100 * level:g} % needs at least {need} validation points, but there "
                f"are {n}: use more points or a lower level."
            )
        rank = int(np.ceil((n + 1) * level - 1e-9))  # 20·0.95 is 19, rounding aside
        reach = self.scores[max(1, min(n, rank)) - 1] * self.scale
        return self.mean - reach, self.mean + reach


def points_for(level: float) -> int:
    """The fewest validation points that a conformal interval of this level can be drawn from: ⌈(n + 1)·level⌉ ≤ n.

    Raises ValueError for a level outside 0 to 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"the level is {level}: it must be strictly between 0 and 1")
    return max(1, int(np.ceil(level / (1 - level) - 1e-9)))
