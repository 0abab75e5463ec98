"""RECALIBRATED DISTRIBUTIONS: a predictive distribution mended from without, by what a validation part has shown.

Not to be confused with another reading: a reading says what the outputs were meant as, these only what they should
have been. Each wraps a base of any family, keeps its shape and its unit, and trains nothing.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy import special

from core.data.noise import Noise
from core.model.predictives import GaussianPredictive, LaplacePredictive, Predictive, StudentTPredictive, _Shared

__all__ = ["ConformalIntervals", "RemappedPredictive", "ScaledPredictive", "scaled"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_CUTS = np.linspace(-8, 8, 33)  # in z = Φ⁻¹(p): beyond 8 a probability next to 1 is no longer told from it


def scaled(base: Predictive, factor: float) -> Predictive:
    """The base made `factor` times as wide about its mean, as ScaledPredictive says; of its own family where it can be.

    A std of 1e−75 is lost beside any mean: its quantiles are the mean, and no factor brings them back.
    """
    if isinstance(base, GaussianPredictive):
        return replace(base, std=factor * base.std)
    if isinstance(base, LaplacePredictive | StudentTPredictive):
        return replace(base, scale=factor * base.scale)
    return ScaledPredictive(base, factor)


@dataclass(frozen=True)
class ScaledPredictive(_Shared):
    """Y' = m + k·(Y − m): the base Y made k times as wide about its mean m, `factor` = k > 0. Exact where the base is.

    Raises ValueError for a factor that is not a positive number.
    """

    base: Predictive
    factor: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.factor) and self.factor > 0):
            raise ValueError(f"the factor is {self.factor}: it must be a positive number")

    @property
    def mean(self) -> np.ndarray:
        return self.base.mean

    @property
    def std(self) -> np.ndarray:
        return self.factor * self.base.std

    def nll(self, y: np.ndarray) -> np.ndarray:
        return self.base.nll(self._inner(y)) + np.log(self.factor)

    def crps(self, y: np.ndarray) -> np.ndarray:
        return self.factor * self.base.crps(self._inner(y))

    def cdf(self, y: np.ndarray) -> np.ndarray:
        return self.base.cdf(self._inner(y))

    def quantile(self, p: float) -> np.ndarray:
        mean = self.base.mean
        return mean + self.factor * (self.base.quantile(p) - mean)

    def cross_entropy(self, mean: np.ndarray, std: np.ndarray, noise: Noise) -> np.ndarray:
        return self.base.cross_entropy(self._inner(mean), std / self.factor, noise) + np.log(self.factor)

    def _inner(self, y: np.ndarray) -> np.ndarray:
        """Where y lies for the base."""
        mean = self.base.mean
        return mean + (y - mean) / self.factor


@dataclass(frozen=True)
class RemappedPredictive(_Shared):
    """The cdf R(F(y)), F the base's: a probability of `levels` becomes the one beside it in `observed`.

    R is piecewise linear through the two, both (knots,), increasing from 0 to 1. Density, cdf, quantiles and cross
    entropy are as exact as the base's, −log density being −log f(y) − log R'(F(y)): it jumps at the knots. Mean, std
    and CRPS are by quadrature: good to ten digits where the base is smooth, to some 1e-5 of the std between quantiles
    and some 1e-3 in a mixture of far modes. A variance lacks what lies beyond a probability of 1e-15: with Student's t
    of ν = 3 a share of 1e-5.

    Raises ValueError where R is no such map.
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
    def mean(self) -> np.ndarray:
        return self._integrals.mean

    @cached_property
    def std(self) -> np.ndarray:
        return np.where(np.isfinite(self.base.std), self._integrals.std, self.base.std)  # a tail too long still is

    def nll(self, y: np.ndarray) -> np.ndarray:
        piece = np.searchsorted(self.levels[1:-1], self.base.cdf(y))
        return self.base.nll(y) - self._log_slopes[piece]

    def crps(self, y: np.ndarray) -> np.ndarray:
        # d CRPS/dy = 2·cdf − 1: from the last cut below y the rest of the way is one short integral.
        found = self._integrals
        start, known = np.broadcast_arrays(found.cuts[0], found.crps[0])
        for cut, crps in zip(found.cuts[1:], found.crps[1:], strict=True):
            start, known = np.where(y >= cut, cut, start), np.where(y >= cut, crps, known)
        x, weights = _panel(start, y)
        return known + np.sum(weights * (2 * self.cdf(x) - 1), axis=0)

    def cdf(self, y: np.ndarray) -> np.ndarray:
        return np.interp(self.base.cdf(y), self.levels, self.observed)

    def quantile(self, p: float) -> np.ndarray:
        return self.base.quantile(float(np.interp(p, self.observed, self.levels)))

    def cross_entropy(self, mean: np.ndarray, std: np.ndarray, noise: Noise) -> np.ndarray:
        # log R' is a constant on each piece: it asks only for the probability of the piece.
        total = self.base.cross_entropy(mean, std, noise) - self._log_slopes[0]
        for level, jump in zip(self.levels[1:-1], np.diff(self._log_slopes), strict=True):
            total = total - jump * (1 - noise.cdf((self.base.quantile(float(level)) - mean) / std))
        return total

    @cached_property
    def _log_slopes(self) -> np.ndarray:
        """log R' on each piece, (knots − 1,)."""
        return np.log(np.diff(self.observed) / np.diff(self.levels))

    @cached_property
    def _integrals(self) -> "_Integrals":
        """Gauss–Legendre in y on panels that end at the knots: all follows from the two tails of the cdf, about c.

        Y ≥ c: T = 1 − G, else T = G. E|Y − c| is ∫T, E(Y − c)² is 2·∫|y − c|·T, and the CRPS at c is ∫T².
        """
        z = np.unique(np.clip([*_CUTS, *special.ndtri(self.levels[1:-1])], _CUTS[0], _CUTS[-1]))
        cuts = np.stack([self.base.quantile(float(p)) for p in special.ndtr(z)])
        centre = int(np.searchsorted(z, 0.0))
        panels = []  # (3, ...) each: ∫T, ∫|y − c|·T and ∫T²
        with np.errstate(over="ignore", invalid="ignore"):
            for i, (low, high) in enumerate(pairwise(cuts)):
                y, weights = _panel(low, high)
                tail = self.cdf(y) if i < centre else 1 - self.cdf(y)
                panels.append(np.sum(weights * np.stack([tail, np.abs(y - cuts[centre]) * tail, tail**2]), axis=1))
            return _integrals(cuts, centre, np.array(panels))


@dataclass(frozen=True)
class _Integrals:
    """Mean and std (...), and the CRPS of an observation at each of the cuts, both (cuts, ...)."""

    mean: np.ndarray
    std: np.ndarray
    cuts: np.ndarray
    crps: np.ndarray


def _integrals(cuts: np.ndarray, centre: int, panels: np.ndarray) -> _Integrals:
    tails, squares, crps = np.moveaxis(panels, 1, 0)
    off = np.sum(tails[centre:], axis=0) - np.sum(tails[:centre], axis=0)
    std = np.sqrt(np.maximum(2 * np.sum(squares, axis=0) - off**2, 0))
    widths = np.diff(cuts, axis=0)
    climbs = np.concatenate([2 * tails[:centre] - widths[:centre], widths[centre:] - 2 * tails[centre:]])  # ∫(2G − 1)
    climb = np.concatenate([np.zeros_like(cuts[:1]), np.cumsum(climbs, axis=0)])
    return _Integrals(cuts[centre] + off, std, cuts, np.sum(crps, axis=0) + climb - climb[centre])


def _panel(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights (nodes, ...) of an integral from low to high, at each point its own."""
    half, middle = (high - low) / 2, (high + low) / 2
    each = (slice(None), *(None,) * np.ndim(half))
    return middle + half * _NODES[each], half * _WEIGHTS[each]


@dataclass(frozen=True)
class ConformalIntervals:
    """Split-conformal intervals around `mean`: mean ± scale·(the ⌈(n + 1)·level⌉-th smallest of n `scores`).

    If the points are exchangeable with those of the scores, an interval holds a new point with a probability of
    `level` or more, and of less than level + 1/(n + 1) more where no scores tie: whatever the model, on average over x.
    Lei, G'Sell, Rinaldo, Tibshirani & Wasserman 2018, doi:10.1080/01621459.2017.1307116. An interval is no
    distribution: there is no density, no NLL and no CRPS.

    mean, scale: the distribution's shape, unit of y; scores (n,): of the validation points, |y − mean|/scale, rising.
    """

    mean: np.ndarray
    scale: np.ndarray
    scores: np.ndarray

    def interval(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Its two ends. Raises ValueError where n scores are too few for the level."""
        need = points_for(level)
        if len(self.scores) < need:
            raise ValueError(
                f"A conformal interval of {100 * level:g} % needs at least {need} validation points, "
                f"and there are {len(self.scores)}: take more points or a lower level."
            )
        reach = self.scores[max(0, _rank(len(self.scores), level) - 1)] * self.scale
        return self.mean - reach, self.mean + reach


def points_for(level: float) -> int:
    """The fewest validation points that a conformal interval of this level can be drawn from: ⌈(n + 1)·level⌉ ≤ n.

    Raises ValueError for a level outside 0 to 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"the level is {level}: it must lie strictly between 0 and 1")
    return max(1, int(np.ceil(level / (1 - level) - 1e-9)))


def _rank(n: int, level: float) -> int:
    return min(n, int(np.ceil((n + 1) * level - 1e-9)))  # 20·0.95 is 19, whatever its last digit
