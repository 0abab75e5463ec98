"""Bands of sampling error for calibration charts: in 95 of 100 samples the whole curve of a right model is inside.

Where a curve is made of counts, its band holds quantiles of their binomial or beta law, all at one local level (for a
curve: Weine, McPeek & Abney 2023, doi:10.18637/jss.v106.i10), not normal approximations. Counts are whole numbers, so
that a few more than 95 stay inside where counts are small.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]

LEVELS: Array = np.linspace(0, 1, 100)  # as in uncertainty_toolbox
LEVELS.setflags(write=False)
DRAWN = 200  # points at most in a chart that draws single points
BAND = 0.95
_SAMPLES = 1000
_MANY = 20_000  # above so many points the local level is that of the limit: simulating it would take half a second
_CURVE_TAIL, _ORDER_TAIL = 1.1e-3, 7.8e-4  # from 20,000 samples of 100,000 points, each to 4 %; from _SAMPLES to 14 %


class Band(Protocol):
    """Something with a band from `low` to `high` about the `middle` that a right model is expected at."""

    @property
    def low(self) -> Any:
        """Its lower end."""

    @property
    def high(self) -> Any:
        """Its upper end."""

    @property
    def middle(self) -> Any:
        """What is expected."""


Banded = TypeVar("Banded", bound=Band)


def widened(band: Banded, times: float) -> Banded:
    """The same with a band `times` as wide: that of points that depend on each other."""
    if times == 1:
        return band
    low, high = (band.middle + times * (end - band.middle) for end in (band.low, band.high))
    return replace(band, low=low, high=high)  # type: ignore[type-var]


def joint_band(counts: NDArray[np.int_], share: float) -> tuple[Array, Array]:
    """Shares (bins,) between which all bins of a right model lie with probability 95 %, for `counts` points per bin.

    The narrowest such bands with one local level for all bins, found by bisection. It starts at Šidák's level, which is
    exact for a continuous law: with whole counts it would hold up to 99.5 %.
    """

    def band(tail: float) -> tuple[Array, Array]:
        return binomial_band(counts, np.full(counts.size, share), tail)

    least, most = sidak_tail(counts.size), 1 - BAND
    for _ in range(20):
        middle = (least + most) / 2
        low, high = (np.rint(end * counts) for end in band(middle))
        inside = special.bdtr(high, counts, share) + special.bdtrc(low - 1, counts, share) - 1
        least, most = (middle, most) if np.prod(inside) >= BAND else (least, middle)
    return band(least)


def binomial_band(n: int | NDArray[np.int_], share: Array, tail: float) -> tuple[Array, Array]:
    """The two quantiles, at `tail` and 1 − `tail`, of the share of n trials that succeed with probability `share`."""
    within = np.clip(share, 1e-12, 1 - 1e-12)
    low, high = (np.ceil(special.bdtrik(p, n, within)) / n for p in (tail, 1 - tail))
    fixed = (share <= 0) | (share >= 1)
    return np.where(fixed, share, np.clip(low, 0, 1)), np.where(fixed, share, np.clip(high, 0, 1))


def sidak_tail(places: int) -> float:
    """The probability in each tail of one of `places` independent bands that hold jointly at 95 % (Šidák 1967)."""
    return float(1 - BAND ** (1 / places)) / 2


@lru_cache(maxsize=16)
def right_curves(n: int) -> Array:
    """Counts at or below each level in 1,000 samples of n points from a right model, (1000, levels); seeded."""
    shares = np.diff(LEVELS, prepend=0.0)
    drawn = np.random.default_rng(np.random.SeedSequence([1, n])).multinomial(n, shares, _SAMPLES)
    return np.cumsum(drawn, axis=-1).astype(float)


@lru_cache(maxsize=64)
def curve_tail(n: int) -> float:
    """The local level at which 95 of 100 reliability curves of a right model stay inside their band everywhere."""
    if n > _MANY:
        return _CURVE_TAIL
    counts, levels = right_curves(n)[:, 1:-1], LEVELS[1:-1]
    return _local_level(special.bdtr(counts, n, levels), special.bdtrc(counts - 1, n, levels))


@lru_cache(maxsize=64)
def order_tail(n: int) -> float:
    """The same for the drawn order statistics of a uniform sample.

    A uniform order statistic is a ratio of sums of exponentials: those between two drawn ranks add up to one gamma.
    """
    if n > _MANY:
        return _ORDER_TAIL
    rank = drawn_ranks(n)
    rng = np.random.default_rng(np.random.SeedSequence([2, n]))
    sums = np.cumsum(rng.gamma(np.diff(rank, prepend=0.0, append=n + 1.0), size=(_SAMPLES, rank.size + 1)), axis=-1)
    p = special.betainc(rank, n + 1 - rank, sums[:, :-1] / sums[:, -1:])
    return _local_level(p, 1 - p)


def _local_level(below: Array, above: Array) -> float:
    """The 5 % quantile, over samples (rows), of the smallest tail probability on either side."""
    return float(np.quantile(np.minimum(below, above).min(axis=-1), 1 - BAND))


def drawn_ranks(n: int) -> Array:
    """Ranks of the order statistics that a chart draws: evenly chosen from 1 … n, at most 200."""
    return np.unique(np.round(np.linspace(1, n, min(n, DRAWN))))
