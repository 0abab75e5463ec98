"""Calibration: whether predicted probabilities come true. Curves for charts, and the errors that sum them up."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .calibration_bands import (
    BAND,
    LEVELS,
    binomial_band,
    curve_tail,
    drawn_ranks,
    joint_band,
    order_tail,
    right_curves,
    sidak_tail,
)
from .judged import CannotScore, Estimate, root_mean_square

Array = NDArray[np.float64]

PIT_BINS = 20
ENCE_BINS = 10  # of equal counts; netcal's are of equal width
_SAME_STD = 1.02  # ratio of the largest std to the smallest, below which one bin holds all points
_RESAMPLES = 200


@dataclass(frozen=True, eq=False)
class Curve:
    """What is observed against what a right model expects, (m,) each, with the band of a right model."""

    expected: Array
    observed: Array
    low: Array
    high: Array

    @property
    def middle(self) -> Array:
        """What a right model is expected at."""
        return self.expected


@dataclass(frozen=True, eq=False)
class PitHistogram:
    """Density of the PIT in bins between `edges`; a right model has density 1, and its bins lie within low … high."""

    edges: Array
    density: Array
    low: float
    high: float

    @property
    def middle(self) -> float:
        """The density of a right model."""
        return 1.0


@dataclass(frozen=True, eq=False)
class ErrorByStd:
    """Root mean predicted variance and RMSE per bin of equal count, ordered by std, with the band of a right model."""

    predicted: Array
    error: Array
    low: Array
    high: Array
    counts: Array

    @property
    def middle(self) -> Array:
        """What a right model is expected at."""
        return self.predicted


@dataclass(frozen=True, eq=False)
class CoverageAlong:
    """Share of points that their interval covers, per bin of x, with the band of a right model around `level`."""

    x: Array
    covered: Array
    low: Array
    high: Array
    level: float

    @property
    def middle(self) -> Array:
        """What a right model is expected at."""
        return np.full(self.x.size, self.level)


@dataclass(frozen=True, eq=False)
class Ordered:
    """At most 200 points, ordered by the width of their interval, narrowest first."""

    rank: Array
    lower: Array
    upper: Array
    mean: Array
    y: Array
    inside: NDArray[np.bool_]


def reliability(pit: Array, form: str) -> Curve:
    """The reliability curve of PIT values (n,), at 100 levels from 0 to 1.

    "interval": the share of points inside the central interval of each level, |2·PIT − 1| ≤ level. "quantile": the
    share at or below each quantile, PIT ≤ level. An error of scale alone looks twice as large in the interval form;
    the sign of a bias shows only in the quantile form. uncertainty_toolbox defines the residual as
    predicted − observed: its curve is this one rotated about the centre, with the same errors.
    """
    n = pit.size
    observed = np.cumsum(_cells(pit, form))[:-1] / n
    return Curve(LEVELS, observed, *binomial_band(n, LEVELS, curve_tail(n)))


def _cells(pit: Array, form: str) -> Array:
    """Numbers of points between one level and the next, (101,); the last entry counts those above the last level."""
    statistic = _FORMS[form](pit)
    return np.bincount(np.searchsorted(LEVELS, statistic, side="left"), minlength=LEVELS.size + 1).astype(float)


def _area(observed: Array) -> Array:
    """Area between the diagonal and the curve, which is linear between its levels."""
    off = observed - LEVELS
    left, right = np.abs(off[..., :-1]), np.abs(off[..., 1:])
    crosses = off[..., :-1] * off[..., 1:] < 0
    with np.errstate(divide="ignore", invalid="ignore"):
        two_triangles = (left**2 + right**2) / (2 * (left + right))
    return np.sum(np.diff(LEVELS) * np.where(crosses, two_triangles, (left + right) / 2), axis=-1)


# From an observed curve (…, levels) to its distance from the diagonal (…).
_SUMS = {
    "mean absolute": lambda observed: np.mean(np.abs(observed - LEVELS), axis=-1),
    "root mean squared": lambda observed: np.sqrt(np.mean((observed - LEVELS) ** 2, axis=-1)),
    "area": _area,
}
_FORMS = {"interval": lambda pit: np.abs(2 * pit - 1), "quantile": lambda pit: pit}


def calibration_error(pit: Array, form: str, how: str) -> Estimate:
    """The distance of a reliability curve from the diagonal, with its standard error from 200 seeded resamples.

    `form` as in `reliability`; `how` is "mean absolute", "root mean squared" or "area". The curve depends only on the
    counts between levels, so the bootstrap draws these counts: exact, and fast at any n. On a finite sample the
    distance is never zero: `by_luck` gives the value that a right model reaches.
    """
    counts, sums = _cells(pit, form), _SUMS[how]
    shares = _less_luck(counts / pit.size, pit.size)
    drawn = np.random.default_rng(np.random.SeedSequence(0)).multinomial(pit.size, shares, _RESAMPLES)
    spread = np.std(sums(np.cumsum(drawn, axis=-1)[:, :-1] / pit.size), ddof=1) if pit.size > 1 else None
    return Estimate(float(sums(np.cumsum(counts)[:-1] / pit.size)), None if spread is None else float(spread))


def _less_luck(shares: Array, n: int) -> Array:
    """Observed shares between levels, (101,), shrunk towards those of a right model (positive-part James & Stein 1961).

    A resample adds sampling error to the error that the sample has already. Without shrinking, the standard error of
    the distance of a right model, which cannot fall below 0, would come out a quarter too large.
    """
    right = np.diff(LEVELS, prepend=0.0, append=1.0)
    off = float(np.mean((np.cumsum(shares)[:-1] - LEVELS) ** 2))
    luck = float(np.mean(LEVELS * (1 - LEVELS))) / n
    kept = max(0.0, 1 - luck / off) if off > 0 else 0.0
    return kept * shares + (1 - kept) * right


@lru_cache(maxsize=64)
def by_luck(n: int, how: str) -> float:
    """The 95 % quantile of a right model's calibration error on n points, from seeded draws."""
    return float(np.quantile(_SUMS[how](right_curves(n) / n), BAND))


def pit_histogram(pit: Array) -> PitHistogram:
    """The histogram of PIT values (n,) in 20 bins, as a density.

    A hump shows predictions that are too wide, a bowl too narrow, a slope biased.
    """
    counts, edges = np.histogram(np.clip(pit, 0, 1), bins=PIT_BINS, range=(0, 1))
    low, high = joint_band(np.full(PIT_BINS, pit.size), 1 / PIT_BINS)
    # Rounded to whole counts first: otherwise rounding could put a bar outside that is exactly on the limit.
    low, high = (float(np.rint(end[0] * pit.size) * PIT_BINS / pit.size) for end in (low, high))
    return PitHistogram(edges, counts * PIT_BINS / pit.size, low, high)


def normal_qq(pit: Array) -> Curve:
    """Quantiles of the normal scores Φ⁻¹(PIT) against those of N(0, 1); (n,) → at most 200 points.

    For a Gaussian prediction the scores are z = (y − mean)/std; a right model of any other family gives the same
    straight line. The band comes from the beta law of the order statistics.
    """
    n = pit.size
    rank = drawn_ranks(n)
    tiny = np.finfo(np.float64).tiny
    scores = special.ndtri(np.clip(np.sort(pit)[rank.astype(int) - 1], tiny, 1 - 1e-16))
    tail = order_tail(n)
    low, high = (special.ndtri(special.betaincinv(rank, n + 1 - rank, share)) for share in (tail, 1 - tail))
    return Curve(special.ndtri((rank - 0.5) / n), scores, low, high)


def error_by_std(std: Array, residual: Array, bins: int = ENCE_BINS, *, by: Array | None = None) -> ErrorByStd:
    """RMSE and root mean predicted variance in bins of about equal count, ordered by predicted std.

    RMV_b = √mean σ̂² and RMSE_b = √mean r² over bin b (Levi et al. 2022, doi:10.3390/s22155540). Points of equal std
    share a bin; if the largest std is less than 2 % above the smallest, all points do. The band is that of a Gaussian
    with these σ̂: ν·(RMSE/RMV)² ~ χ² with ν = (Σσ̂²)²/Σσ̂⁴ degrees of freedom, which is n where the σ̂ of a bin are equal
    (Satterthwaite 1946, doi:10.2307/3002019). `by` (n,) orders the points where it is not the std itself.
    """
    parts = _by_std(std if by is None else by, bins)
    counts = np.array([part.size for part in parts], dtype=float)
    predicted, error = (np.array([root_mean_square(values[part]) for part in parts]) for values in (std, residual))
    freedom = np.array([_freedom(std[part]) for part in parts])
    tail = sidak_tail(counts.size)
    low, high = (np.sqrt(2 * special.gammaincinv(freedom / 2, share) / freedom) for share in (tail, 1 - tail))
    return ErrorByStd(predicted, error, predicted * low, predicted * high, counts)


def ence(std: Array, residual: Array) -> Estimate:
    """Expected normalised calibration error: mean over bins of |RMSE_b − RMV_b|/RMV_b, 10 bins of equal count.

    Levi et al. 2022, doi:10.3390/s22155540; netcal's bins are of equal width. On a finite sample a right model is above
    0 as well. The standard error comes from the delta method per bin, and from `_of_distance`.
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
    """Standard errors of |off|, where `off` is normal with standard errors `errors`: 0.6 of them at 0, all far from 0.

    The sd of a folded normal (Leone, Nelson & Nottingham 1961, doi:10.2307/1266560). Before, `off` is moved towards 0
    by what sampling error adds to its square.
    """
    nearer = np.sqrt(np.maximum(off**2 - errors**2, 0))
    z = nearer / errors
    mean = errors * np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2) + nearer * special.erf(z / np.sqrt(2))
    return np.sqrt(np.maximum(nearer**2 + errors**2 - mean**2, 0))


def _freedom(std: Array) -> float:
    """Degrees of freedom of Σ r², where r have these standard deviations: (Σσ²)²/Σσ⁴."""
    shares = (std / np.max(std)) ** 2  # relative to the largest, so that no square overflows
    return float(np.sum(shares) ** 2 / np.sum(shares**2))


def _by_size(values: Array, bins: int) -> list[NDArray[np.intp]]:
    """Indices of the values in bins of equal count, smallest values first; at most as many bins as points."""
    return np.array_split(np.argsort(values, kind="stable"), min(bins, values.size))


def _by_std(std: Array, bins: int) -> list[NDArray[np.intp]]:
    """The same, but points of equal std are never split between bins."""
    order = np.argsort(std, kind="stable")
    ranked = std[order]
    if ranked[-1] < _SAME_STD * ranked[0]:
        return [order]
    cuts = np.cumsum([part.size for part in _by_size(std, bins)])[:-1]
    firsts = np.unique(np.searchsorted(ranked, ranked[cuts] * (1 - 1e-9)))  # equal up to rounding
    return np.split(order, firsts[firsts > 0])


def _error_of_mean(values: Array) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(values.size)) if values.size > 1 else np.nan


def coverage_along(x: Array, covered: Array, level: float, bins: int = 20) -> CoverageAlong:
    """The share of points covered in bins of equal count along x; `covered` (n,) holds 0 and 1.

    The `x` of a bin is the mean of its points. Raises CannotScore if there is no point.
    """
    if x.size == 0:
        raise CannotScore("There are no points along x.")
    parts = _by_size(x, max(1, min(bins, x.size // 10)))
    return CoverageAlong(
        np.array([np.mean(x[part]) for part in parts]),
        np.array([np.mean(covered[part]) for part in parts]),
        *joint_band(np.array([part.size for part in parts]), level),
        level,
    )


def ordered(mean: Array, lower: Array, upper: Array, y: Array) -> Ordered:
    """The points ordered by the width of their intervals, narrowest first: at most 200, evenly chosen."""
    order = np.argsort(upper - lower, kind="stable")
    chosen = order[drawn_ranks(y.size).astype(int) - 1]
    inside = (lower[chosen] <= y[chosen]) & (y[chosen] <= upper[chosen])
    rank = np.arange(1.0, chosen.size + 1)
    return Ordered(rank, lower[chosen], upper[chosen], mean[chosen], y[chosen], inside)
