"""Tests of a predicted distribution whose law is known if the model is right: z-scores against independent N(0, 1).

The normal score of a point is z = Φ⁻¹(F(y)), F the predicted cdf there; for a Gaussian it is (y − mean)/std. If the
model is right and the points are independent, the z are independent N(0, 1), whatever the family. Each test returns a
p-value: the probability that a right model looks at least as wrong. The tests along an axis and of dependence use
ranks, so that a wrong mean, width or shape alone does not set them off.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ..distributions.laws import Gaussian, LocationScale, Predictive
from .judged import Judged

Array = NDArray[np.float64]

LEAST_ALONG = 10  # points for a test along an axis, of dependence or of shape: below, ranks take too few values
_LEAST_SMOOTH = 30  # points for a curve along an axis
_TINY = float(np.finfo(np.float64).tiny)


def normal_scores(judged: Judged) -> Array:
    """z = Φ⁻¹(F(y)), (n,); between −37 and 8.2 where F(y) rounds to 0 or 1, and exact for a Gaussian.

    Raises CannotScore if a prediction is not finite or a standard deviation is not above 0.
    """
    std = judged.need_std()
    if is_gaussian(judged.predictive):
        return judged.residual / std
    return special.ndtri(np.clip(judged.pit, _TINY, 1 - 1e-16))


def is_gaussian(law: Predictive) -> bool:
    """Whether a prediction is a Gaussian at each point."""
    return isinstance(law, LocationScale) and isinstance(law.law, Gaussian)


def bias_p(z: Array) -> float:
    """Of the mean: √n·mean z ~ N(0, 1), two-sided."""
    return _two_sided(float(np.mean(z)) * np.sqrt(z.size))


def width_p(z: Array, lost: int = 0) -> float:
    """Of the width: Σz² ~ χ² with n degrees of freedom, less `lost` for parameters fitted before; two-sided."""
    return chi2_p(float(np.sum(z**2)), z.size - lost)


def chi2_p(total: float, freedom: float) -> float:
    """Two-sided p-value of a sum of squares under χ²: twice the smaller tail."""
    return min(1.0, 2 * float(min(special.chdtr(freedom, total), special.chdtrc(freedom, total))))


def t_p(z: Array) -> float:
    """Of the mean where the width is not known: Student's t of √n·mean z/sd z, two-sided; 1 for a single point."""
    spread = float(np.std(z, ddof=1)) if z.size > 1 else 0.0
    if spread == 0:
        return 1.0
    return float(2 * special.stdtr(z.size - 1, -abs(np.mean(z)) * np.sqrt(z.size) / spread))


def farthest_p(z: Array) -> float:
    """Of the largest |z|: 1 − (1 − 2Φ(−|z|))ⁿ."""
    return float(-np.expm1(z.size * np.log1p(-2 * special.ndtr(-np.max(np.abs(z))))))


def shape_p(z: Array, told: float = 1.0) -> float:
    """Of the shape: Neyman's smooth test, Σ over k of n·(mean of the k-th Legendre polynomial of Φ(z))² ~ χ².

    Up to degree 6, or 4 for fewer than 100 points. Neyman 1937, doi:10.1080/03461238.1937.10404821. 1 for few points.
    `told` is the share of the points that independent ones would need to tell as much.
    """
    if z.size < LEAST_ALONG:
        return 1.0
    degree = 6 if z.size >= 100 else 4
    means = np.mean(_legendre(special.ndtr(z), degree), axis=0)
    return float(special.chdtrc(degree, told * z.size * np.sum(means**2)))


def follows_p(values: Array, columns: Array) -> float:
    """Of `values` along an axis: the F test that they do not depend on the columns of `line_along` or `curve_along`.

    1 for few points, or without a column.
    """
    off = values - np.mean(values)
    n, degree, total = values.size, columns.shape[1], float(np.mean(off**2))
    if total == 0 or degree == 0 or n < max(LEAST_ALONG, degree + 2):
        return 1.0
    explained = float(np.sum((off @ columns / n) ** 2)) / total
    ratio = explained / degree / max((1 - explained) / (n - 1 - degree), _TINY)
    return float(special.fdtrc(degree, n - 1 - degree, ratio))


def squared_scores(z: Array) -> Array:
    """What takes the place of z² along an axis: Φ⁻¹(½ + ½·rank of |z|/(n + 1))², free of shape and width.

    Klotz 1962, doi:10.1214/aoms/1177704576. As efficient as z² itself if z is Gaussian.
    """
    return special.ndtri(0.5 + 0.5 * _ranks(np.abs(z)) / (z.size + 1)) ** 2


def rank_scores(z: Array) -> Array:
    """Φ⁻¹(rank of z/(n + 1)): what takes the place of z along an axis, free of shape and width."""
    return special.ndtri(_ranks(z) / (z.size + 1))


def lag_one(z: Array, order: NDArray[np.intp]) -> tuple[float, float]:
    """The correlation of rank scores of neighbours in this order, and its p-value, two-sided; (0, 1) for few points.

    For independent points it has mean −1/n and variance (n − 2)/n² or so (Wald & Wolfowitz 1943,
    doi:10.1214/aoms/1177731358), whatever the distribution of z.
    """
    n, scores = z.size, rank_scores(z)[order]
    total = float(np.sum((scores - scores.mean()) ** 2))
    if n < LEAST_ALONG or total == 0:
        return 0.0, 1.0
    correlation = float(np.sum(scores[1:] * scores[:-1])) / total
    return correlation, _two_sided((correlation + 1 / n) / np.sqrt((n - 2) / n**2))


def line_along(axis: Array) -> Array:
    """The ranks of `axis`, moved and scaled to mean 0 and mean square 1: (n, 1), or (n, 0) if all are equal."""
    return _curve(axis, min(1, np.unique(axis).size - 1))


def curve_along(axis: Array) -> Array:
    """Orthonormal polynomials of the ranks of `axis`, of mean 0 and mean square 1: (n, 3), (n, 5) or (n, 8) by n.

    No column for fewer than 30 points, or for fewer than 5 values.
    """
    degree = 3 if axis.size < 60 else 5 if axis.size < 150 else 8
    values = np.unique(axis).size
    return _curve(axis, min(degree, values - 1) if axis.size >= _LEAST_SMOOTH and values > 4 else 0)


def _curve(axis: Array, degree: int) -> Array:
    if degree == 0:
        return np.zeros((axis.size, 0))
    raw = _legendre((_ranks(axis) - 0.5) / axis.size, degree)
    raw = raw - raw.mean(axis=0)  # ties shift ranks: orthonormal for these points
    factor = np.linalg.cholesky(raw.T @ raw / axis.size)
    return np.asarray(raw @ np.linalg.inv(factor).T, dtype=np.float64)


def _legendre(share: Array, degree: int) -> Array:
    """Legendre polynomials 1 … degree of a share (n,), normalised to variance 1 for a uniform one: (n, degree)."""
    values: Array = np.polynomial.legendre.legvander(2 * share - 1, degree)[:, 1:].astype(np.float64)
    return values * np.sqrt(2 * np.arange(1, degree + 1) + 1)


def _ranks(values: Array) -> Array:
    """Ranks from 1, ties at their mean."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[where]


def _two_sided(standard: float) -> float:
    return float(2 * special.ndtr(-abs(standard)))
