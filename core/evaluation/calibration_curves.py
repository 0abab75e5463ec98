"""Calibration: whether what is promised comes true. Curves for charts, and the errors that sum them up.

Every band is of sampling error alone, and for the whole chart: of 100 samples of a right model 95 stay inside it
everywhere, and a few more where counts are small, for these are whole. Where a curve is made of counts its bands are
quantiles of their binomial or beta law, each at the same local level (for a curve: Weine, McPeek & Abney 2023,
doi:10.18637/jss.v106.i10), not normal approximations.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from core.evaluation.judged import CannotScore, Estimate

Array = NDArray[np.float64]

LEVELS: Array = np.linspace(0, 1, 100)  # those of uncertainty_toolbox
LEVELS.setflags(write=False)
PIT_BINS = 20
ENCE_BINS = 10  # of equal counts; netcal's are of equal width
DRAWN = 200  # points of a chart that draws single ones
_BAND = 0.95
_SAME_STD = 1.02  # the largest over the least, below which one bin holds them all
_RESAMPLES = 200
_SAMPLES = 1000
_MANY = 20_000  # points, from which on a curve's local level is its limit's: to draw it would cost half a second
_CURVE_TAIL, _ORDER_TAIL = 1.1e-3, 7.8e-4  # of 20,000 samples of 100,000 points, each to 4 %; of _SAMPLES to 14 %


@dataclass(frozen=True, eq=False)
class Curve:
    """Observed share by promised share, (levels,) each, with the band of a right model."""

    levels: Array
    observed: Array
    low: Array
    high: Array


@dataclass(frozen=True, eq=False)
class PitHistogram:
    """Density of the PIT in bins between `edges`; a right model has 1, and a bin within low … high."""

    edges: Array
    density: Array
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class NormalQQ:
    """Normal scores Φ⁻¹(PIT) in order against those of a normal sample, with its band; (m,) each."""

    theoretical: Array
    observed: Array
    low: Array
    high: Array


@dataclass(frozen=True, eq=False)
class ErrorByStd:
    """Root mean predicted variance and RMSE of each bin of equal count, ordered by std; band of a right model."""

    predicted: Array
    error: Array
    low: Array
    high: Array
    counts: Array


@dataclass(frozen=True, eq=False)
class CoverageAlong:
    """Share of the points of each bin of x that their interval covers; the band of a right model around `level`."""

    x: Array
    covered: Array
    low: Array
    high: Array
    level: float


@dataclass(frozen=True, eq=False)
class Ordered:
    """Points in the order of their interval's width, narrowest first, at most 200 of them evenly chosen."""

    rank: Array
    lower: Array
    upper: Array
    mean: Array
    y: Array
    inside: NDArray[np.bool_]


def reliability(pit: Array, form: str) -> Curve:
    """The reliability curve of PIT values (n,), at 100 levels from 0 to 1.

    "interval": the share of points inside the central interval of each level, |2·PIT − 1| ≤ level. "quantile": the
    share at or below each quantile, PIT ≤ level; uncertainty_toolbox takes predicted − observed for the residual, so
    that its curve is this one turned about the centre, with the same errors. The two forms differ: a pure error of
    scale shows twice as large in the interval form, and a bias in the quantile form alone is seen with its sign.
    """
    n = pit.size
    observed = np.cumsum(_cells(pit, form))[:-1] / n
    return Curve(LEVELS, observed, *_binomial_band(n, LEVELS, _curve_tail(n)))


def _cells(pit: Array, form: str) -> Array:
    """How many points come to lie between one level and the next, (101,), those above the last at the end."""
    statistic = _FORMS[form](pit)
    return np.bincount(np.searchsorted(LEVELS, statistic, side="left"), minlength=LEVELS.size + 1).astype(float)


def mean_absolute(observed: Array) -> Array:
    """Mean over the levels of |observed − promised|; (…, levels) → (…)."""
    return np.mean(np.abs(observed - LEVELS), axis=-1)


def root_mean_squared(observed: Array) -> Array:
    """Root of the mean over the levels of (observed − promised)²."""
    return np.sqrt(np.mean((observed - LEVELS) ** 2, axis=-1))


def area(observed: Array) -> Array:
    """Area between the curve, straight between its levels, and the diagonal."""
    off = observed - LEVELS
    left, right = np.abs(off[..., :-1]), np.abs(off[..., 1:])
    crosses = off[..., :-1] * off[..., 1:] < 0
    with np.errstate(divide="ignore", invalid="ignore"):
        two_triangles = (left**2 + right**2) / (2 * (left + right))
    return np.sum(np.diff(LEVELS) * np.where(crosses, two_triangles, (left + right) / 2), axis=-1)


_SUMS = {"mean absolute": mean_absolute, "root mean squared": root_mean_squared, "area": area}
_FORMS = {"interval": lambda pit: np.abs(2 * pit - 1), "quantile": lambda pit: pit}


def calibration_error(pit: Array, form: str, how: str) -> Estimate:
    """How far a reliability curve lies off the diagonal, with its standard error from 200 seeded resamples.

    `form` as in `reliability`; `how` is "mean absolute", "root mean squared" or "area". The curve only counts points
    between levels, so that to resample the points is to draw those counts anew: exact, and quick at any n. It is
    never zero on a finite sample: `by_luck` says what a right model reads.
    """
    counts, sums = _cells(pit, form), _SUMS[how]
    shares = _less_luck(counts / pit.size, pit.size)
    drawn = np.random.default_rng(np.random.SeedSequence(0)).multinomial(pit.size, shares, _RESAMPLES)
    spread = np.std(sums(np.cumsum(drawn, axis=-1)[:, :-1] / pit.size), ddof=1) if pit.size > 1 else None
    return Estimate(float(sums(np.cumsum(counts)[:-1] / pit.size)), None if spread is None else float(spread))


def _less_luck(shares: Array, n: int) -> Array:
    """Observed shares between levels, (101,), drawn to a right model's by as much of their distance as is luck.

    A curve that is off by luck alone would be off by it twice in a resample, and the standard error of a distance,
    which cannot be below 0, a quarter too large. The positive part of James & Stein 1961.
    """
    right = np.diff(LEVELS, prepend=0.0, append=1.0)
    off = float(np.mean((np.cumsum(shares)[:-1] - LEVELS) ** 2))
    luck = float(np.mean(LEVELS * (1 - LEVELS))) / n
    kept = max(0.0, 1 - luck / off) if off > 0 else 0.0
    return kept * shares + (1 - kept) * right


@lru_cache(maxsize=64)
def by_luck(n: int, how: str) -> float:
    """What 95 of 100 right models read at most as their calibration error on n points, from seeded draws."""
    return float(np.quantile(_SUMS[how](_right_curves(n) / n), _BAND))


def pit_histogram(pit: Array) -> PitHistogram:
    """The histogram of PIT values (n,) in 20 bins, as a density. Hump: too wide; bowl: too narrow; slope: biased."""
    counts, edges = np.histogram(np.clip(pit, 0, 1), bins=PIT_BINS, range=(0, 1))
    low, high = _joint_band(np.full(PIT_BINS, pit.size), 1 / PIT_BINS)
    # As whole counts first, so that a bar of just as many as are allowed is not outside by rounding.
    low, high = (float(np.rint(end[0] * pit.size) * PIT_BINS / pit.size) for end in (low, high))
    return PitHistogram(edges, counts * PIT_BINS / pit.size, low, high)


def normal_qq(pit: Array) -> NormalQQ:
    """Quantiles of the normal scores Φ⁻¹(PIT) against those of N(0, 1); (n,) → at most 200 points.

    For a Gaussian prediction the scores are z = (y − mean)/std; for any other a right model gives the same straight
    line. The band is that of the order statistics, from their beta law.
    """
    n = pit.size
    rank = _drawn_ranks(n)
    tiny = np.finfo(np.float64).tiny
    scores = special.ndtri(np.clip(np.sort(pit)[rank.astype(int) - 1], tiny, 1 - 1e-16))
    tail = _order_tail(n)
    low, high = (special.ndtri(special.betaincinv(rank, n + 1 - rank, share)) for share in (tail, 1 - tail))
    return NormalQQ(special.ndtri((rank - 0.5) / n), scores, low, high)


def error_by_std(std: Array, residual: Array, bins: int = ENCE_BINS) -> ErrorByStd:
    """The RMSE of points in bins of about equal count, ordered by predicted std, beside what their std promises.

    Points of equal std are in one bin, and all are where no std is 2 % above the least: they cannot be told apart.

    RMV_b = √mean σ̂² and RMSE_b = √mean r² over bin b (Levi et al. 2022, doi:10.3390/s22155540). The band is that of a
    Gaussian of those σ̂: ν·(RMSE/RMV)² ~ χ² of ν = (Σσ̂²)²/Σσ̂⁴ degrees of freedom, n of them where the σ̂ of a bin are
    equal (Satterthwaite 1946, doi:10.2307/3002019).
    """
    parts = _by_std(std, bins)
    counts = np.array([part.size for part in parts], dtype=float)
    predicted, error = (np.array([_root_mean_square(values[part]) for part in parts]) for values in (std, residual))
    freedom = np.array([_freedom(std[part]) for part in parts])
    tail = _tail(counts.size)
    low, high = (np.sqrt(2 * special.gammaincinv(freedom / 2, share) / freedom) for share in (tail, 1 - tail))
    return ErrorByStd(predicted, error, predicted * low, predicted * high, counts)


def ence(std: Array, residual: Array) -> Estimate:
    """Expected normalised calibration error: mean over bins of |RMSE_b − RMV_b|/RMV_b, 10 bins of equal count.

    Levi et al. 2022, doi:10.3390/s22155540; netcal's bins are of equal width. A right model reads above 0 on a finite
    sample. The standard error is by the delta method, bin by bin, and of a distance: see `_of_distance`.
    """
    parts = _by_size(std, ENCE_BINS)
    variances, squares = (values**2 for values in (std, residual))
    predicted, error, errors = np.array(
        [
            (np.sqrt(np.mean(variances[part])), np.sqrt(np.mean(squares[part])), _error_of_mean(squares[part]))
            for part in parts
        ]
    ).T
    with np.errstate(divide="ignore", invalid="ignore"):
        errors, off = errors / (2 * error * predicted), (error - predicted) / predicted
    std_error = float(np.sqrt(np.sum(_of_distance(off, errors) ** 2)) / len(parts))
    return Estimate(float(np.mean(np.abs(off))), std_error if np.isfinite(std_error) else None)


def _of_distance(off: Array, errors: Array) -> Array:
    """Standard errors of |off|, of a normal `off` with standard error `errors`: these where it is far from 0, 0.6 at 0.

    The sd of a folded normal (Leone, Nelson & Nottingham 1961, doi:10.2307/1266560), of an `off` that is nearer to 0
    by what luck adds to its square.
    """
    nearer = np.sqrt(np.maximum(off**2 - errors**2, 0))
    z = nearer / errors
    mean = errors * np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2) + nearer * special.erf(z / np.sqrt(2))
    return np.sqrt(np.maximum(nearer**2 + errors**2 - mean**2, 0))


def _root_mean_square(values: Array) -> float:
    """√mean v². Squares of the largest are 1: neither of 1e−200 nor of 1e200 do they leave the numbers."""
    largest = float(np.max(np.abs(values)))
    return largest * float(np.sqrt(np.mean((values / largest) ** 2))) if largest > 0 else 0.0


def _freedom(std: Array) -> float:
    """Degrees of freedom of Σ r², where r have these standard deviations: (Σσ²)²/Σσ⁴."""
    shares = (std / np.max(std)) ** 2  # of the largest, so that no square leaves the numbers
    return float(np.sum(shares) ** 2 / np.sum(shares**2))


def _by_size(values: Array, bins: int) -> list[NDArray[np.intp]]:
    """Places of the values in bins of equal count, the smallest first; as many bins as points, at most."""
    return np.array_split(np.argsort(values, kind="stable"), min(bins, values.size))


def _by_std(std: Array, bins: int) -> list[NDArray[np.intp]]:
    """The same, with each cut moved to the first of the points that have its std."""
    order = np.argsort(std, kind="stable")
    ranked = std[order]
    if ranked[-1] < _SAME_STD * ranked[0]:
        return [order]
    cuts = np.cumsum([part.size for part in _by_size(std, bins)])[:-1]
    firsts = np.unique(np.searchsorted(ranked, ranked[cuts] * (1 - 1e-9)))  # but for rounding
    return np.split(order, firsts[firsts > 0])


def _error_of_mean(values: Array) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(values.size)) if values.size > 1 else np.nan


def coverage_along(x: Array, covered: Array, level: float, bins: int = 20) -> CoverageAlong:
    """The share of points covered in bins of equal count along x; `covered` (n,) are 0 and 1.

    `x` of a bin is the mean of its points. Raises CannotScore without a point.
    """
    if x.size == 0:
        raise CannotScore("There are no points to look at along x.")
    parts = _by_size(x, max(1, min(bins, x.size // 10)))
    return CoverageAlong(
        np.array([np.mean(x[part]) for part in parts]),
        np.array([np.mean(covered[part]) for part in parts]),
        *_joint_band(np.array([part.size for part in parts]), level),
        level,
    )


def ordered(mean: Array, lower: Array, upper: Array, y: Array) -> Ordered:
    """The points by the width of their intervals, narrowest first: at most 200, evenly chosen among all."""
    order = np.argsort(upper - lower, kind="stable")
    chosen = order[_drawn_ranks(y.size).astype(int) - 1]
    inside = (lower[chosen] <= y[chosen]) & (y[chosen] <= upper[chosen])
    rank = np.arange(1.0, chosen.size + 1)
    return Ordered(rank, lower[chosen], upper[chosen], mean[chosen], y[chosen], inside)


def _joint_band(counts: NDArray[np.int_], share: float) -> tuple[Array, Array]:
    """The narrowest bands of independent counts, each of n (bins,) and at one local level, that hold all in 95 %.

    Counts are whole: the level of a continuous law (Šidák's, where the search begins) would hold up to 99.5 %.
    """

    def band(tail: float) -> tuple[Array, Array]:
        return _binomial_band(counts, np.full(counts.size, share), tail)

    least, most = _tail(counts.size), 1 - _BAND
    for _ in range(20):
        middle = (least + most) / 2
        low, high = (np.rint(end * counts) for end in band(middle))
        inside = special.bdtr(high, counts, share) + special.bdtrc(low - 1, counts, share) - 1
        least, most = (middle, most) if np.prod(inside) >= _BAND else (least, middle)
    return band(least)


def _binomial_band(n: int | NDArray[np.int_], share: Array, tail: float) -> tuple[Array, Array]:
    """Shares below and above which a count of n, each of probability `share`, lies with probability `tail` at most."""
    within = np.clip(share, 1e-12, 1 - 1e-12)
    low, high = (np.ceil(special.bdtrik(p, n, within)) / n for p in (tail, 1 - tail))
    fixed = (share <= 0) | (share >= 1)
    return np.where(fixed, share, np.clip(low, 0, 1)), np.where(fixed, share, np.clip(high, 0, 1))


def _tail(places: int) -> float:
    """The probability to leave one of `places` independent bands on either side, of 5 % for all (Šidák 1967)."""
    return float(1 - _BAND ** (1 / places)) / 2


@lru_cache(maxsize=16)
def _right_curves(n: int) -> Array:
    """Counts at or below each level of 1,000 samples of a right model, (1000, levels), from seeded draws."""
    shares = np.diff(LEVELS, prepend=0.0)
    drawn = np.random.default_rng(np.random.SeedSequence([1, n])).multinomial(n, shares, _SAMPLES)
    return np.cumsum(drawn, axis=-1).astype(float)


@lru_cache(maxsize=64)
def _curve_tail(n: int) -> float:
    """The local level at which 95 of 100 reliability curves stay inside everywhere."""
    if n > _MANY:
        return _CURVE_TAIL
    counts, levels = _right_curves(n)[:, 1:-1], LEVELS[1:-1]
    return _local_level(special.bdtr(counts, n, levels), special.bdtrc(counts - 1, n, levels))


@lru_cache(maxsize=64)
def _order_tail(n: int) -> float:
    """The same of the order statistics of a uniform sample. Those between two drawn ones are a gamma variable's sum."""
    if n > _MANY:
        return _ORDER_TAIL
    rank = _drawn_ranks(n)
    rng = np.random.default_rng(np.random.SeedSequence([2, n]))
    sums = np.cumsum(rng.gamma(np.diff(rank, prepend=0.0, append=n + 1.0), size=(_SAMPLES, rank.size + 1)), axis=-1)
    p = special.betainc(rank, n + 1 - rank, sums[:, :-1] / sums[:, -1:])
    return _local_level(p, 1 - p)


def _local_level(below: Array, above: Array) -> float:
    """What 5 % of the samples (rows) fall short of with the least of their probabilities on either side."""
    return float(np.quantile(np.minimum(below, above).min(axis=-1), 1 - _BAND))


def _drawn_ranks(n: int) -> Array:
    """Ranks 1 … n of the order statistics that are drawn, at most 200, evenly chosen."""
    return np.unique(np.round(np.linspace(1, n, min(n, DRAWN))))
