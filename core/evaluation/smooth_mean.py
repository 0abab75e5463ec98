"""A mean of y that may bend, and residuals that scatter alike wherever the noise does.

Cubic regression splines of every feature, products of two features and a bend of the fitted value as a whole, fitted by
ridge regression whose penalty is chosen by generalised cross-validation. Being linear in y, its residuals have a known
variance at every point, so that no refitting is needed to make up for what a flexible fit takes out of them.

Why not boosting or one smoothing spline: trees are too rough where a mean bends fast, and their residuals are then
largest there, which is the mistake to be avoided; SciPy's smoothing spline takes one feature and gives no leverage.

Sources: Eilers & Marx 1996, doi:10.1214/ss/1038425655 (splines with a penalty); Golub, Heath & Wahba 1979,
doi:10.1080/00401706.1979.10489751 (the choice of the penalty).
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_MOST_BENDS = 40  # spline columns of a single feature
_MOST_BENDS_EACH = 8  # of each of many features
_MOST_COLUMNS = 300  # of all splines together, about
_MOST_IN_PRODUCTS = 10  # features; of twice as many the lines alone are multiplied, of more nothing
_PENALTIES = np.logspace(-10, 8, 73)  # of columns of unit mean square, times the number of rows
_ON_PRODUCTS = (1.0, 30.0, 1e6)  # penalties of products relative to those of splines: the last leaves them out
_MOST_FREEDOM = 0.6  # degrees of freedom, as a share of the rows: a closer fit leaves too little of the noise
_ROUNDING = 1e-10
_LEAST = 1e-3  # variance that a fit leaves at a point, at least, so that one can divide by it


@dataclass(frozen=True, eq=False)
class SmoothMean:
    """A fit at its own n points.

    fitted: the mean (n,). residual: y − fitted, (n,).
    left: standard deviation of the residual at each point in units of the noise's, (n,): below 1, for the fit follows
        its points. Under equal noise residual/left scatters alike everywhere.
    freedom: degrees of freedom of the fit.
    """

    fitted: Array
    residual: Array
    left: Array
    freedom: float


@dataclass(frozen=True, eq=False)
class _Columns:
    """Columns (n, ·) of a fit: those free of a penalty, splines and products, both already divided by their weight."""

    free: Array
    bends: Array
    products: Array


def smooth_mean(features: ArrayLike, y: ArrayLike) -> SmoothMean:
    """Fit the mean of y, shape (n,), given features (n, k), all of them finite numbers.

    With many features the fitted value of a first fit becomes one more feature, which lets a mean bend that is a
    function of a sum, such as exp(x₁ + x₂). The knots of a spline are quantiles.
    """
    features, y = np.asarray(features, dtype=np.float64), np.asarray(y, dtype=np.float64)
    shift, unit = float(y.mean()), float(y.std()) or 1.0
    target = (y - shift) / unit
    columns = _columns(features)
    fit, on_products = _ridge(columns, target, _ON_PRODUCTS)
    if features.shape[1] > 1 and np.ptp(fit.fitted) > _ROUNDING:
        whole = _columns(fit.fitted[:, None], _MOST_BENDS_EACH)
        free = np.column_stack([columns.free, whole.free[:, 1:]])
        both = _Columns(free, np.column_stack([columns.bends, whole.bends]), columns.products)
        fit, _ = _ridge(both, target, (on_products,))
    return SmoothMean(shift + unit * fit.fitted, unit * fit.residual, fit.left, fit.freedom)


def _columns(features: Array, most: int = 0) -> _Columns:
    rows, k = features.shape
    if not most:
        one = min(_MOST_BENDS, max(3, rows // 4))
        most = one if k == 1 else max(1, min(_MOST_BENDS_EACH, rows // (6 * k), _MOST_COLUMNS // k))
    lines = [(x - x.mean()) / x.std() for x in features.T if np.ptp(x) > 0]
    bends = [_bends(x, most) for x in lines]
    empty = np.empty((rows, 0))
    return _Columns(
        np.column_stack([np.ones(rows), *lines]),
        np.column_stack([empty, *bends]),
        np.column_stack([empty, *_products(lines, bends)]),
    )


def _bends(x: Array, most: int) -> Array:
    """Cubic splines of x (n,) without constant and line: orthogonal columns (n, at most `most` + 2), smoothest first.

    Their mean square is 1/weight, where the weight grows with the fourth power of the order, as the mean square of a
    wave's second derivative does: so one ridge penalty smooths.
    """
    distinct = np.unique(x)
    inner = min(most, len(distinct) - 2)
    if inner < 1:
        return np.empty((len(x), 0))
    knots = np.unique(np.quantile(x, np.linspace(0, 1, inner + 2)))
    from scipy.interpolate import BSpline  # a tenth of a second and 20 MB to load

    splines = BSpline.design_matrix(x, np.concatenate([[knots[0]] * 3, knots, [knots[-1]] * 3]), 3).toarray()
    line = np.column_stack([np.ones(len(x)), x])
    splines = splines - line @ np.linalg.lstsq(line, splines, rcond=None)[0]
    size, axes = np.linalg.eigh(splines.T @ splines / len(x))
    axes = axes[:, size > 1e-8 * size[-1]] / np.sqrt(size[size > 1e-8 * size[-1]])
    differences = np.diff(np.eye(splines.shape[1]), 2, axis=0) @ axes
    _, by_roughness = np.linalg.eigh(differences.T @ differences)
    columns = splines @ (axes @ by_roughness)
    return columns / (np.arange(2, 2 + columns.shape[1]) / 2) ** 2


def _products(lines: list[Array], bends: list[Array]) -> list[Array]:
    """Line times line of two features, and of few features line times first bend; each bend halves a product."""
    if len(lines) > 2 * _MOST_IN_PRODUCTS:
        return []
    pairs = list(combinations(range(len(lines)), 2))
    found = [lines[i] * lines[j] for i, j in pairs]
    if len(lines) <= _MOST_IN_PRODUCTS:
        both_ways = pairs + [(j, i) for i, j in pairs]
        found += [lines[i] * bends[j][:, 0] / np.sqrt(2) for i, j in both_ways if bends[j].shape[1]]
    return found


def _ridge(columns: _Columns, y: Array, on_products: tuple[float, ...]) -> tuple[SmoothMean, float]:
    """The ridge fit of y with the best penalties, and its penalty on products."""
    free, triangle = np.linalg.qr(columns.free)
    size = np.abs(np.diag(triangle))
    free = free[:, size > _ROUNDING * size.max()]
    penalised = np.column_stack([columns.bends, columns.products])
    penalised = penalised - free @ (free.T @ penalised)
    rest = y - free @ (free.T @ y)
    ratios = on_products if columns.products.shape[1] else on_products[:1]
    is_product = np.arange(penalised.shape[1]) >= columns.bends.shape[1]
    paths = [_path(penalised, rest, np.where(is_product, ratio**-0.5, 1.0), free.shape[1]) for ratio in ratios]
    best, ratio = min(zip(paths, ratios, strict=True), key=lambda each: each[0].score)
    unit = penalised @ best.axes  # orthonormal columns
    residual = rest - unit @ (best.share * (unit.T @ rest))
    # The diagonal of (I − H)(I − H)ᵀ for the hat matrix H = free·freeᵀ + unit·diag(share)·unitᵀ.
    left = 1 - np.sum(free**2, axis=1) - unit**2 @ (best.share * (2 - best.share))
    return SmoothMean(y - residual, residual, np.sqrt(np.maximum(left, _LEAST)), best.freedom), ratio


@dataclass(frozen=True, eq=False)
class _Choice:
    """The best penalty: its score, the axes that make columns orthonormal, what is kept along each, and the freedom."""

    score: float
    axes: Array
    share: Array
    freedom: float


def _path(columns: Array, y: Array, scale: Array, lines: int) -> _Choice:
    """The penalty with the least n·RSS/(n − freedom)² for a ridge fit of y (n,) on columns (n, m) times scale (m,).

    `lines` degrees of freedom are already taken. If none of the penalties is allowed it is the largest.
    """
    n = len(y)
    size, axes = np.linalg.eigh(scale[:, None] * (columns.T @ columns) * scale)
    kept = size > _ROUNDING * n
    size, axes = size[kept], scale[:, None] * axes[:, kept] / np.sqrt(size[kept])
    along = axes.T @ (columns.T @ y)
    share = size[:, None] / (size[:, None] + _PENALTIES)
    freedom = lines + share.sum(axis=0)
    misfit = y @ y - np.sum(along[:, None] ** 2 * share * (2 - share), axis=0)
    allowed = freedom <= max(_MOST_FREEDOM * n, freedom[-1])
    score = np.where(allowed, n * np.maximum(misfit, 0) / np.maximum(n - freedom, _ROUNDING) ** 2, np.inf)
    at = int(np.argmin(score))
    return _Choice(float(score[at]), axes, share[:, at], float(freedom[at]))
