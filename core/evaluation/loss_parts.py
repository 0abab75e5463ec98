"""Parts of a loss: how it follows the unit of y, where its floor turns negative, and which points pull at the mean."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
# y (n,), outputs (H, n) → ∂loss/∂mean per point, shape (n,)
MeanGradient = Callable[[Array, Array], Array]
FLOOR_DEVIATIONS = 2.0
SMOOTHED = 0.04  # a drawn loss is an average over this share of the steps


def final_loss(loss: ArrayLike) -> float | None:
    """What a loss by step ends at: the mean over the last tenth of its finite values; None where it has none."""
    loss = np.asarray(loss, dtype=float)
    loss = loss[np.isfinite(loss)]
    return float(loss[-math.ceil(0.1 * loss.size) :].mean()) if loss.size else None


def in_unit(values: ArrayLike, unit_power: float, unit_shift: float, k: float) -> Array:
    """A loss per point with y in a unit ``k`` times larger (y → y/k): value / k**power − shift·log k.

    The fit is the same; only the unit of y changes. ``unit_power`` and ``unit_shift`` are those of the loss: an NLL
    (0, 1) moves by −log k, the posted loss (0, ½) by −½ log k, a squared error (2, 0) is divided by k², a CRPS (1, 0)
    by k. For a single term give its own shift: only the scale term has one. Not to be confused with y → k·y, a unit k
    times *smaller*, in which a ``Loss`` states its law. Raises ValueError unless k > 0.
    """
    if not (np.isfinite(k) and k > 0):
        raise ValueError(f"k is {k}; a unit is a finite number above 0 times larger")
    return np.asarray(values, dtype=np.float64) / k**unit_power - unit_shift * np.log(k)


def history_in_unit(history: pd.DataFrame, unit_power: float, unit_shift: float, k: float) -> pd.DataFrame:
    """The history with loss and terms for y in a unit ``k`` times larger; other columns stay.

    The scale term takes the shift of the loss, so that the terms still add up to the loss.
    """
    shifts = {"loss": unit_shift, "residual": 0.0, "scale": unit_shift, "regulariser": 0.0}
    moved = {name: in_unit(history[name], unit_power, shift, k) for name, shift in shifts.items() if name in history}
    return history.assign(**moved)


def floor_band(floor: float, deviation: float, points: float, least: float = -np.inf) -> tuple[float, float]:
    """Floor ± 2 standard deviations of the mean loss over ``points`` points, for a model that knows the truth.

    It does not go below ``least``, the value of a loss that is exact: 0 for a squared error.

    ``deviation`` is the standard deviation of the loss of one point there: 0.707 for the Gaussian NLL, 0.378 for the
    posted loss, 0.755 for the Laplace NLL, for any σ. Raises ValueError for less than one point.
    """
    if not points >= 1:
        raise ValueError(f"points is {points}; a mean is over one point or more")
    half = FLOOR_DEVIATIONS * deviation / np.sqrt(points)
    return float(max(least, floor - half)), float(floor + half)


def geometric_mean(std: ArrayLike) -> float:
    """exp(mean log σ): the constant σ that has the same mean floor as σ(x)."""
    return float(np.exp(np.mean(np.log(np.asarray(std, dtype=np.float64)))))


def scatter(x: ArrayLike, y: ArrayLike) -> float:
    """The typical σ of y around an unknown smooth mean, in the unit of y: the geometric mean over tenths of the points.

    Neighbours in x differ by their noise and hardly by their mean: σ² = ½·mean (yᵢ₊₁ − yᵢ)² (Rice 1984,
    doi:10.1214/aos/1176346788). It is taken in each tenth of the points, because σ may change along x. It is too large
    where the mean moves between neighbours. Raises ValueError for less than two points.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if x.size < 2:
        raise ValueError(f"there are {x.size} points; neighbours are two or more")
    steps = np.diff(y[np.argsort(x, kind="stable")])
    tenths = [0.5 * np.mean(part**2) for part in np.array_split(steps, min(10, steps.size))]
    varied = [value for value in tenths if value > 0]
    return float(np.exp(0.5 * np.mean(np.log(varied)))) if varied else 0.0


def lowest(grid: ArrayLike, values: ArrayLike) -> tuple[float, float] | None:
    """The minimum of ``values`` over an even ``grid``, (place, value), by a parabola through the lowest three points.

    None if the lowest value is at an end of the grid.
    """
    at, value = np.asarray(grid, dtype=np.float64), np.asarray(values, dtype=np.float64)
    i = int(np.argmin(np.where(np.isfinite(value), value, np.inf)))
    if i in (0, value.size - 1) or not np.isfinite(value[i - 1 : i + 2]).all():
        return None
    left, here, right = value[i - 1 : i + 2]
    bend = left - 2 * here + right
    shift = 0.5 * (left - right) / bend if bend > 0 else 0.0
    return float(at[i] + shift * (at[i + 1] - at[i])), float(here - 0.25 * (left - right) * shift)


def effective_weights(x: ArrayLike, y: ArrayLike, mean: ArrayLike, gradient: ArrayLike, edges: ArrayLike) -> Array:
    """How strongly the points around each x pull at the mean, relative to their residuals; shape (bins,).

    Σ|∂loss/∂mean| / Σ|y − mean| over each bin of ``edges`` (bins + 1,), divided by its mean over the points. A squared
    error has 1 everywhere: all points pull in proportion to their residual. A Gaussian NLL pulls with 1/σ̂², so that
    points that are fitted badly, and therefore have a large σ̂, pull least (Seitzer et al. 2022, arXiv:2203.09168).
    ``x``, ``y``, ``mean`` and ``gradient`` = ∂loss/∂mean have shape (n,); points that are not finite or lie outside the
    edges are left out. NaN in a bin without points, or whose residuals are all zero. The ratio is taken of the sums:
    that of a single point is unstable where its residual is small and its gradient is not.
    """
    x, y, mean, gradient = (np.asarray(values, dtype=np.float64) for values in (x, y, mean, gradient))
    edges = np.asarray(edges, dtype=np.float64)
    bins = edges.size - 1
    place = np.where(x == edges[-1], bins - 1, np.searchsorted(edges, x, side="right") - 1)
    kept = np.isfinite(gradient) & np.isfinite(y - mean) & (place >= 0) & (place < bins)
    counts, pull, residual = (
        np.bincount(place[kept], weights=values[kept], minlength=bins)
        for values in (np.ones_like(x), np.abs(gradient), np.abs(y - mean))
    )
    weights = np.divide(pull, residual, out=np.full(bins, np.nan), where=residual > 0)
    known = np.isfinite(weights)
    average = np.sum(counts[known] * weights[known]) / max(np.sum(counts[known]), 1.0)
    return np.divide(weights, average, out=np.full(bins, np.nan), where=average > 0)


def outputs_at(x: ArrayLike, grid: ArrayLike, outputs: ArrayLike) -> Array:
    """Outputs (…, G, H) on ``grid`` (G,), interpolated linearly at ``x`` (n,); (…, n, H)."""
    x, grid = np.asarray(x, dtype=np.float64), np.asarray(grid, dtype=np.float64)
    values = np.asarray(outputs, dtype=np.float64)
    right = np.clip(np.searchsorted(grid, x), 1, grid.size - 1)
    share = np.clip((x - grid[right - 1]) / (grid[right] - grid[right - 1]), 0.0, 1.0)[:, None]  # (n, 1)
    return (1 - share) * values[..., right - 1, :] + share * values[..., right, :]


def weights_by_frame(
    x: ArrayLike,
    y: ArrayLike,
    grid: ArrayLike,
    frames: ArrayLike,
    gradient: MeanGradient,
    edges: ArrayLike,
    location: int = 0,
) -> Array:
    """``effective_weights`` at each frame of a run, shape (frames, bins).

    ``frames`` (frames, G, H) are the outputs on ``grid``; output ``location`` is the mean. ``gradient(y, outputs)``
    takes outputs (H, n) and gives ∂loss/∂mean, shape (n,).
    """
    y = np.asarray(y, dtype=np.float64)
    at_points = outputs_at(x, grid, frames)  # (frames, n, H)
    return np.array([effective_weights(x, y, out[:, location], gradient(y, out.T), edges) for out in at_points])


def points_behind(steps: int, batch_size: int, points: int) -> int:
    """How many points one value of a loss curve averages, when it is smoothed over 4 % of its steps.

    At most ``points``, the size of the training set: a point that is used twice adds no information.
    """
    return max(1, min(points, round(SMOOTHED * steps) * batch_size))
