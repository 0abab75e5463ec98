"""Partial dependence: how the predicted mean and spread change with one feature while the others stay as they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..distributions.laws import Predictive

Array = NDArray[np.float64]

MOST_POINTS, MOST_ROWS = 50, 500
_ENDS = 0.01, 0.99  # quantiles of a numeric feature: outside them a few rows would take up most of the axis
_MIDDLE = 0.1, 0.9  # quantiles of the curves of single rows


@dataclass(frozen=True, eq=False)
class Dependence:
    """Mean and standard deviation at g values of a feature, averaged over rows, all (g,), in the unit of y.

    `at` are the values of a numeric feature, or 0 … g − 1, the places of its inputs, for a category. `mean_low` to
    `mean_high` hold the middle 80 % of the means of single rows, `std_low` to `std_high` of their standard deviations:
    they are far apart where the other features matter more than this one.
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
    """Partial dependence on the feature in the columns `inputs` of x (n, k).

    The feature is set to one value in every row, and the predictions are averaged over at most 500 evenly chosen rows
    (Friedman 2001, section 8.2, doi:10.1214/aos/1013203451). The std is √(mean of σ̂²), not the mean of σ̂: by the law of
    total variance this is how far y scatters around the predicted means. The other part of the total variance, that of
    the means over rows, is left out: it comes from the other features and would hide the σ̂(x) in question.

    A numeric feature takes at most 50 values, quantiles from the 1st to the 99th percentile. A category (several
    inputs, or as `category` says) takes each of its values, with 1 in its input and 0 in the others. Such combinations
    of features may never occur in reality; there the prediction is an extrapolation.

    Raises ValueError if x is not (n, k) with at least one row, or a numeric feature does not have exactly one input.
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
    with np.errstate(all="ignore"):  # values of a diverged net are drawn as gaps
        low, high = np.quantile(means, _MIDDLE, axis=1)
        std_low, std_high = np.sqrt(np.quantile(variances, _MIDDLE, axis=1))
        mean, std = means.mean(axis=1), np.sqrt(variances.mean(axis=1))
    return Dependence(at, mean, std, low, high, std_low, std_high, category, len(rows))


def _along(
    predict: Callable[[Array], Predictive], rows: Array, columns: list[int], values: Array
) -> tuple[Array, Array]:
    """Predicted mean and variance of each row with each value, (g, rows); one value at a time to save memory."""
    means, variances = np.empty((len(values), len(rows))), np.empty((len(values), len(rows)))
    changed = rows.copy()
    for i, value in enumerate(values):
        changed[:, columns] = value
        with np.errstate(all="ignore"):
            predictive = predict(changed)
            means[i], variances[i] = predictive.mean, predictive.var
    return means, variances


def _grid(values: Array) -> Array:
    """At most 50 values of a numeric feature, at its quantiles: the curve has most points where most rows are."""
    distinct = np.unique(values)
    if distinct.size <= MOST_POINTS:
        low, high = np.quantile(values, _ENDS)
        inside = distinct[(distinct >= low) & (distinct <= high)]
        return inside if inside.size > 1 else distinct
    return np.unique(np.quantile(values, np.linspace(*_ENDS, MOST_POINTS)))
