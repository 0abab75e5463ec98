"""Partial dependence: how the predicted mean and spread change with one feature, the others being as they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.distributions.predictive import Predictive

Array = NDArray[np.float64]

MOST_POINTS, MOST_ROWS = 50, 500
_ENDS = 0.01, 0.99  # of a number's quantiles: beyond them a few rows would draw most of the axis
_MIDDLE = 0.1, 0.9  # of the rows' own curves


@dataclass(frozen=True, eq=False)
class Dependence:
    """Mean and standard deviation at g values of a feature, averaged over rows, all (g,), in the unit of y.

    `at` are values of a number, or 0 … g − 1, the places of the feature's inputs, where it is a category. `mean_low`
    to `mean_high` hold the middle 80 % of the rows' own means, `std_low` to `std_high` of their standard deviations:
    far apart where the other features matter more than this one.
    """

    at: Array
    mean: Array
    std: Array
    mean_low: Array
    mean_high: Array
    std_low: Array
    std_high: Array
    category: bool
    rows: int


def partial_dependence(
    predict: Callable[[Array], Predictive], x: ArrayLike, inputs: Sequence[int], category: bool | None = None
) -> Dependence:
    """Partial dependence on the feature that the columns `inputs` of x (n, k) hold; Friedman 2001, section 8.2.

    doi:10.1214/aos/1013203451: the feature is set to a value in every row, and what is predicted there is averaged,
    over at most 500 rows, evenly taken. The std is √(mean of σ̂²), not the mean of σ̂: by the law of total variance
    that is how far y scatters about the predicted means. The variance of those means over the rows, its other part, is
    left out: it tells of the other features, and would hide the σ̂(x) that is asked for.

    A number takes at most 50 values, quantiles from the 1st to the 99th percentile; a category (several inputs, or as
    `category` says) each of its own, with 1 in its input and 0 in the others. A row that this makes of unlike features
    may be one that there could never be, and is predicted by extrapolation.

    Raises ValueError where x is not (n, k) with a row, or a number has other than one input.
    """
    x = np.asarray(x, dtype=np.float64)
    columns = list(inputs)
    if x.ndim != 2 or not len(x):
        raise ValueError(f"x has shape {x.shape}: it must be (n, k), with a row at least.")
    category = len(columns) > 1 if category is None else category
    if not columns or (len(columns) > 1 and not category):
        raise ValueError(f"The feature has {len(columns)} inputs: a number has one, a category one or more.")
    rows = x[np.unique(np.linspace(0, len(x) - 1, min(len(x), MOST_ROWS)).round().astype(int))]
    values = np.eye(len(columns)) if category else _grid(x[:, columns[0]])[:, None]
    at = np.arange(len(columns), dtype=np.float64) if category else values[:, 0]
    means, variances = _along(predict, rows, columns, values)
    with np.errstate(all="ignore"):  # a net that ran away: its numbers are shown as gaps
        low, high = np.quantile(means, _MIDDLE, axis=1)
        std_low, std_high = np.sqrt(np.quantile(variances, _MIDDLE, axis=1))
        mean, std = means.mean(axis=1), np.sqrt(variances.mean(axis=1))
    return Dependence(at, mean, std, low, high, std_low, std_high, category, len(rows))


def _along(
    predict: Callable[[Array], Predictive], rows: Array, columns: list[int], values: Array
) -> tuple[Array, Array]:
    """Predicted mean and variance of each row with each value, (g, rows): a value at a time, to keep memory small."""
    means, variances = np.empty((len(values), len(rows))), np.empty((len(values), len(rows)))
    changed = rows.copy()
    for i, value in enumerate(values):
        changed[:, columns] = value
        with np.errstate(all="ignore"):
            predictive = predict(changed)
            means[i], variances[i] = predictive.mean, predictive.var
    return means, variances


def _grid(values: Array) -> Array:
    """At most 50 values of a number, as its quantiles lie: where there are many rows, the curve has many points."""
    distinct = np.unique(values)
    if distinct.size <= MOST_POINTS:
        low, high = np.quantile(values, _ENDS)
        inside = distinct[(distinct >= low) & (distinct <= high)]
        return inside if inside.size > 1 else distinct
    return np.unique(np.quantile(values, np.linspace(*_ENDS, MOST_POINTS)))
