"""Scatter in raw data, before any net: running mean and spread, and tests whether the variance is constant."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, stdtr

from .smooth_mean import smooth_mean

Array = NDArray[np.float64]

MOST_WINDOWS = 200
FEWEST_ROWS = 20  # for a test: with fewer rows its p-value means little
MOST_ROWS = 100_000  # for a test, divided by the number of features: of more rows, evenly chosen ones are taken
_ENOUGH_ROWS = 2_000  # are taken of any number of features
FEWEST_IN_WINDOW = 10
_WINDOW_SHARE = 0.1
_LEAST_LEFT = 0.7  # of the noise's std at a point: a residual of which the fit left less tells of the fit
_EXACT = 1e-9  # relative to the std of y: smaller residuals are rounding


@dataclass(frozen=True, eq=False)
class RunningSpread:
    """Mean and standard deviation of y along x, each of shape (windows,), x ascending; a window holds `rows` rows."""

    x: Array
    mean: Array
    std: Array
    rows: int


def running_spread(x: ArrayLike, y: ArrayLike, windows: int = MOST_WINDOWS) -> RunningSpread:
    """Mean of y and its std about a straight line, in windows along x of a tenth of the rows each, at least 10.

    x and y have shape (n,); rows where one of them is not finite are left out. The windows, at most `windows` and
    MOST_WINDOWS, are evenly spaced by rank and overlap; the x of a window is its mean. A straight line is removed in
    each window, because a slope would count as scatter:
    std² = (Σ(y − ȳ)² − (Σ(x − x̄)(y − ȳ))²/Σ(x − x̄)²)/(rows − 2).

    Raises ValueError if the shapes differ or there are fewer than 10 rows.
    """
    x, y = _finite_rows(x, y)
    if len(x) < FEWEST_IN_WINDOW:
        raise ValueError(f"{len(x)} rows are too few for a running std: at least {FEWEST_IN_WINDOW} are needed")
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    rows = max(FEWEST_IN_WINDOW, round(_WINDOW_SHARE * len(x)))
    starts = np.unique(np.linspace(0, len(x) - rows, min(windows, MOST_WINDOWS)).round().astype(int))
    (x_mean, x_unit), (y_mean, y_unit) = _unit(x), _unit(y)
    u, v = (x - x_mean) / x_unit, (y - y_mean) / y_unit

    def average(values: Array) -> Array:
        total = np.concatenate([[0.0], np.cumsum(values)])
        return (total[starts + rows] - total[starts]) / rows

    u_mean, v_mean = average(u), average(v)
    uu, uv, vv = (average(a * b) - average(a) * average(b) for a, b in ((u, u), (u, v), (v, v)))
    has_line = uu > 1e-12 * np.mean(u * u)  # a window where x is constant has no slope
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        variance = np.where(has_line, vv - uv**2 / uu, vv) * rows / (rows - np.where(has_line, 2, 1))
    std = np.sqrt(np.maximum(variance, 0.0))
    return RunningSpread(x_mean + x_unit * u_mean, y_mean + y_unit * v_mean, y_unit * std, rows)


@dataclass(frozen=True)
class UnequalVariance:
    """Whether the variance is constant: three tests, and by how much it differs.

    along: what the points are ordered by: the feature, or the fitted value if there are many features.
    n: rows that were used.
    statistic, p: Breusch and Pagan's test, studentised by Koenker: n·R² of the squared residuals on the features.
    rank, rank_p: Spearman's correlation of |residual| with `along`, which no single outlier can decide.
    low_std, high_std: of the residuals in the lower and the upper third of `along`.
    ends, ends_p: Spearman's correlation of |residual| with the distance of `along` from its median, by ranks: above 0
        if the variance is largest at both ends, below 0 if it is largest in the middle.
    middle_std: of the residuals in the middle third.
    why_not: why there is no test, in one sentence; the numbers are then NaN. Empty if there is a test.
    """

    along: str
    n: int
    statistic: float = np.nan
    p: float = np.nan
    rank: float = np.nan
    rank_p: float = np.nan
    low_std: float = np.nan
    high_std: float = np.nan
    ends: float = np.nan
    ends_p: float = np.nan
    middle_std: float = np.nan
    why_not: str = ""


def unequal_variance(x: ArrayLike, y: ArrayLike, along: str = "") -> UnequalVariance:
    """Tests of unequal variance of y, shape (n,), given x, shape (n,) or (n, k); `along` is the name of one feature.

    The mean is the one of `smooth_mean`, which bends, so that a curved mean is not mistaken for unequal variance. Its
    residuals are divided by what the fit has left of the noise at each point; points that it follows closely are left
    out, for there its own error would count as scatter. Breusch–Pagan in Koenker's form: the squared residuals are
    regressed on the ranks of the features, which an extreme x does not decide, and n·R² is compared with χ² with as
    many degrees of freedom as there are independent features. At most MOST_ROWS/k rows (2,000 at least) are used,
    evenly spaced along x or in the file.

    How often `is_unequal` says so, of 200 draws each (n = 60, 200, 1,000; std error at most 0.035):

    | noise | mean | n = 60 | 200 | 1,000 |
    |---|---|---|---|---|
    | equal, std 0.3 | 3x₁ + x₁², two log-uniform features | 0.02 | 0.02 | 0.05 |
    | equal, std 0.05 to 1 | exp(5x)/20 | 0.04 | 0.04 | 0.03 |
    | equal, std 0.2 | sin(20x²) | 0.08 | 0.04 | 0.04 |
    | equal, std 1 | Friedman's, ten features | 0.02 | 0.02 | 0.04 |
    | equal, std 0.3 | a jump of 3 | 0.06 | 0.04 | 0.34 |
    | 0.1 + 0.1x | sin(6x) | 0.21 | 0.84 | 1.00 |
    | 0.1 + 0.3x² on −1 … 1 | x | 0.58 | 1.00 | 1.00 |
    | 0.1 + 0.1x₁ | of two of five features | 0.08 | 0.50 | 1.00 |
    | 2, then 28, then 15 | like the motorcycle data | 0.76 | 1.00 | 1.00 |

    A mean that jumps is still mistaken for noise near the jump.

    Raises ValueError if the shapes differ.

    Sources: Breusch & Pagan 1979, doi:10.2307/1911963; Koenker 1981, doi:10.1016/0304-4076(81)90062-2.
    """
    x, y = _finite_rows(x, y)
    features, y = _thinned(x[:, None] if x.ndim == 1 else x, y)
    one = features.shape[1] == 1
    label = (along or "x") if one else "the fitted value"
    why_not = _why_not(y, features.shape[1])
    if why_not:
        return UnequalVariance(label, len(y), why_not=why_not)
    mean = smooth_mean(features, y)
    if mean.residual.std() <= _EXACT * y.std():
        return UnequalVariance(label, len(y), why_not="The points are exactly on a curve: there is no scatter to test.")
    kept = mean.left >= min(_LEAST_LEFT, float(np.median(mean.left)))
    order = features[:, 0] if one else mean.fitted
    return _tests(label, len(y), features[kept], (mean.residual / mean.left)[kept], order[kept])


def _tests(label: str, n: int, features: Array, residual: Array, order: Array) -> UnequalVariance:
    by_rank = np.apply_along_axis(_ranks, 0, features)
    distance = np.abs(_ranks(order) - (len(order) + 1) / 2)
    low, high = np.quantile(order, [1 / 3, 2 / 3])
    thirds = order <= low, order >= high, (order > low) & (order < high)
    low_std, high_std, middle_std = (float(residual[part].std()) if part.any() else np.nan for part in thirds)
    statistic, p = breusch_pagan(residual, by_rank)
    rank, rank_p = spearman(np.abs(residual), order)
    ends, ends_p = spearman(np.abs(residual), distance)
    return UnequalVariance(label, n, statistic, p, rank, rank_p, low_std, high_std, ends, ends_p, middle_std)


def breusch_pagan(residual: ArrayLike, features: ArrayLike) -> tuple[float, float]:
    """Koenker's n·R² of the squared residuals (n,) on the features (n, k), and its p-value from χ².

    The degrees of freedom are the independent features: one that is constant or a linear combination does not count.
    """
    squared = np.asarray(residual, dtype=np.float64) ** 2
    fitted, rank = _least_squares(_with_constant(np.asarray(features, dtype=np.float64)), squared)
    total = np.sum((squared - squared.mean()) ** 2)
    if rank < 2 or total == 0:
        return 0.0, 1.0
    statistic = len(squared) * max(0.0, 1 - float(np.sum((squared - fitted) ** 2) / total))
    return statistic, float(chdtrc(rank - 1, statistic))


def spearman(a: ArrayLike, b: ArrayLike) -> tuple[float, float]:
    """Spearman's rank correlation of a and b, shape (n,), and its two-sided p-value from Student's t of n − 2.

    Equal values share their mean rank. If all values of a or of b are equal the correlation is 0 and p is 1.
    """
    first, second = _ranks(np.asarray(a)), _ranks(np.asarray(b))
    n, scale = len(first), first.std() * second.std()
    if scale == 0:
        return 0.0, 1.0
    rank = float(np.clip(np.mean((first - first.mean()) * (second - second.mean())) / scale, -1.0, 1.0))
    if abs(rank) == 1:
        return rank, 0.0
    t = abs(rank) * np.sqrt((n - 2) / (1 - rank * rank))
    return rank, float(2 * stdtr(n - 2, -t))


def _why_not(y: Array, features: int) -> str:
    needed = max(FEWEST_ROWS, 2 * (features + 1))
    if len(y) < needed:
        return f"{len(y)} complete rows are too few to test whether the scatter differs: at least {needed} are needed."
    if np.ptp(y) == 0:
        return f"The target is {y[0]:g} in every row: it has no scatter."
    return ""


def _finite_rows(x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if y.ndim != 1 or x.ndim not in (1, 2) or len(x) != len(y):
        raise ValueError(f"x has shape {x.shape} and y {y.shape}: they must be (n,) or (n, k), and (n,)")
    keep = np.isfinite(y) & (np.isfinite(x) if x.ndim == 1 else np.isfinite(x).all(axis=1))
    return x[keep], y[keep]


def _thinned(features: Array, y: Array) -> tuple[Array, Array]:
    most = max(_ENOUGH_ROWS, MOST_ROWS // features.shape[1])
    if len(y) <= most:
        return features, y
    chosen = np.linspace(0, len(y) - 1, most).round().astype(int)
    if features.shape[1] == 1:
        chosen = np.argsort(features[:, 0], kind="stable")[chosen]
    return features[chosen], y[chosen]


def _unit(values: Array) -> tuple[float, float]:
    return float(values.mean()), float(values.std()) or 1.0


def _with_constant(features: Array) -> Array:
    # Columns are scaled alike, so that least squares drops dependent columns and not small ones.
    units = np.where(features.std(axis=0) > 0, features.std(axis=0), 1.0)
    return np.column_stack([np.ones(len(features)), (features - features.mean(axis=0)) / units])


def _least_squares(design: Array, y: Array) -> tuple[Array, int]:
    """Fitted values of y, and the rank of the design."""
    solution, _, rank, _ = np.linalg.lstsq(design, y, rcond=1e-10)
    return design @ solution, int(rank)


def _ranks(values: NDArray) -> Array:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]
