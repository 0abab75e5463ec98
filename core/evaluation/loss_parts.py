"""What a loss is made of: its unit law, where its floor turns negative, and who pulls at the mean."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
# y (n,), outputs (H, n) → ∂loss/∂mean per point, shape (n,)
Slope = Callable[[Array, Array], Array]
FLOOR_DEVIATIONS = 2.0
SMOOTHED = 0.04  # share of the steps that a drawn loss is an average over


def in_unit(values: ArrayLike, unit_power: float, unit_shift: float, k: float) -> Array:
    """A loss per point as it reads with y in a unit ``k`` times larger (y → y/k): value / k**power − shift·log k.

    The fit is the same one, only the numbers that y is written in change. ``unit_power`` and ``unit_shift`` are those
    of the loss: an NLL (0, 1) moves by −log k, the posted loss (0, ½) by −½ log k, a squared error (2, 0) is divided
    by k², a CRPS (1, 0) by k. For a term alone give its own shift: only the scale term has one. Not to be confused
    with y → k·y, a unit k times *smaller*, in which a ``Loss`` states its law. Raises ValueError unless k > 0.
    """
    if not (np.isfinite(k) and k > 0):
        raise ValueError(f"k is {k}; a unit is a finite number above 0 times larger")
    return np.asarray(values, dtype=np.float64) / k**unit_power - unit_shift * np.log(k)


def history_in_unit(history: pd.DataFrame, unit_power: float, unit_shift: float, k: float) -> pd.DataFrame:
    """The history with loss and terms as with y in a unit ``k`` times larger; its other columns as they are.

    The scale term takes the loss's shift, residual term and regulariser none, so that the terms still add up.
    """
    shifts = {"loss": unit_shift, "residual": 0.0, "scale": unit_shift, "regulariser": 0.0}
    moved = {name: in_unit(history[name], unit_power, shift, k) for name, shift in shifts.items() if name in history}
    return history.assign(**moved)


def zero_crossing(floor_at_one: float, unit_shift: float, constant: float = 0.0) -> float | None:
    """The σ (unit of y) at which a floor that follows floor(1) + constant + shift·log σ is zero; below it, negative.

    ``constant`` is what the formula leaves out of the full NLL, 0 where it stays out: for the Gaussian NLL
    exp(−½) = 0.607 without, and with ½ log 2π 0.242. None where the floor does not move with the unit: a squared
    error and a CRPS are never negative.
    """
    return float(np.exp(-(floor_at_one + constant) / unit_shift)) if unit_shift else None


def zero_crossings(floor_at_one: float, unit_shift: float, constant: float | None) -> tuple[float | None, float | None]:
    """The crossing with the constant left out, and the one with it kept: None where ``constant`` is None."""
    with_constant = None if constant is None else zero_crossing(floor_at_one, unit_shift, constant)
    return zero_crossing(floor_at_one, unit_shift), with_constant


def floor_band(floor: float, deviation: float, points: float) -> tuple[float, float]:
    """Floor ± 2 standard deviations of the mean loss of ``points`` points, for a model that is the truth itself.

    ``deviation`` is the standard deviation of one point's loss there: 0.707 for the Gaussian NLL, 0.378 for the
    posted loss, 0.755 for the Laplace NLL, whatever σ is. Raises ValueError for less than one point.
    """
    if not points >= 1:
        raise ValueError(f"points is {points}; a mean is over one point or more")
    half = FLOOR_DEVIATIONS * deviation / np.sqrt(points)
    return float(floor - half), float(floor + half)


def geometric_mean(std: ArrayLike) -> float:
    """exp(mean log σ): the constant σ whose floor is the mean floor of a σ(x) that varies."""
    return float(np.exp(np.mean(np.log(np.asarray(std, dtype=np.float64)))))


def scatter(x: ArrayLike, y: ArrayLike) -> float:
    """The typical σ of y around a smooth mean that nobody knows, in the unit of y: its geometric mean over the points.

    Neighbours in x differ by their noise and hardly by their mean: σ² = ½·mean (yᵢ₊₁ − yᵢ)² (Rice 1984,
    doi:10.1214/aos/1176346788), here in each tenth of the points, for σ may change along x. Too large where the mean
    moves between neighbours. Raises ValueError for less than two points.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if x.size < 2:
        raise ValueError(f"there are {x.size} points; neighbours are two or more")
    steps = np.diff(y[np.argsort(x, kind="stable")])
    tenths = [0.5 * np.mean(part**2) for part in np.array_split(steps, min(10, steps.size))]
    varied = [value for value in tenths if value > 0]
    return float(np.exp(0.5 * np.mean(np.log(varied)))) if varied else 0.0


def lowest(grid: ArrayLike, values: ArrayLike) -> tuple[float, float] | None:
    """Where ``values`` over an even ``grid`` are lowest, and how low: a parabola through the lowest and its neighbours.

    None where they are lowest at an end of the grid: there is no minimum in sight.
    """
    at, value = np.asarray(grid, dtype=np.float64), np.asarray(values, dtype=np.float64)
    i = int(np.argmin(np.where(np.isfinite(value), value, np.inf)))
    if i in (0, value.size - 1) or not np.isfinite(value[i - 1 : i + 2]).all():
        return None
    left, here, right = value[i - 1 : i + 2]
    bend = left - 2 * here + right
    shift = 0.5 * (left - right) / bend if bend > 0 else 0.0
    return float(at[i] + shift * (at[i + 1] - at[i])), float(here - 0.25 * (left - right) * shift)


def effective_weights(x: ArrayLike, y: ArrayLike, mean: ArrayLike, slope: ArrayLike, edges: ArrayLike) -> Array:
    """How strongly the points around each x pull at the mean, for the size of their residuals; shape (bins,).

    Σ|∂loss/∂mean| / Σ|y − mean| over each bin of ``edges`` (bins + 1,), divided by its mean over the points. 1
    everywhere is a squared error: all pull alike, in proportion to their residual. A Gaussian NLL pulls with 1/σ̂²,
    so what is fitted badly, and therefore has a large σ̂, pulls least (Seitzer et al. 2022, arXiv:2203.09168).
    ``x``, ``y``, ``mean`` and ``slope`` = ∂loss/∂mean have shape (n,); points that are not finite, or outside the
    edges, are left out. NaN in a bin without points, or whose residuals are all zero. The sums are taken before the
    quotient, for a single point's is unsteady where its residual is small and the slope is not.
    """
    x, y, mean, slope = (np.asarray(values, dtype=np.float64) for values in (x, y, mean, slope))
    edges = np.asarray(edges, dtype=np.float64)
    bins = edges.size - 1
    place = np.where(x == edges[-1], bins - 1, np.searchsorted(edges, x, side="right") - 1)
    kept = np.isfinite(slope) & np.isfinite(y - mean) & (place >= 0) & (place < bins)
    counts, pull, residual = (
        np.bincount(place[kept], weights=values[kept], minlength=bins)
        for values in (np.ones_like(x), np.abs(slope), np.abs(y - mean))
    )
    weights = np.divide(pull, residual, out=np.full(bins, np.nan), where=residual > 0)
    known = np.isfinite(weights)
    average = np.sum(counts[known] * weights[known]) / max(np.sum(counts[known]), 1.0)
    return np.divide(weights, average, out=np.full(bins, np.nan), where=average > 0)


def outputs_at(x: ArrayLike, grid: ArrayLike, outputs: ArrayLike) -> Array:
    """Outputs (…, G, H) on ``grid`` (G,), read at ``x`` (n,) by straight lines between its points; (…, n, H)."""
    x, grid = np.asarray(x, dtype=np.float64), np.asarray(grid, dtype=np.float64)
    values = np.asarray(outputs, dtype=np.float64)
    right = np.clip(np.searchsorted(grid, x), 1, grid.size - 1)
    share = np.clip((x - grid[right - 1]) / (grid[right] - grid[right - 1]), 0.0, 1.0)[:, None]  # (n, 1)
    return (1 - share) * values[..., right - 1, :] + share * values[..., right, :]


def weights_by_frame(
    x: ArrayLike, y: ArrayLike, grid: ArrayLike, frames: ArrayLike, slope: Slope, edges: ArrayLike, location: int = 0
) -> Array:
    """``effective_weights`` at each frame of a run, shape (frames, bins).

    ``frames`` (frames, G, H) are the outputs on ``grid``, of which ``location`` is the mean; ``slope(y, outputs)``
    takes outputs (H, n) and gives ∂loss/∂mean, shape (n,).
    """
    y = np.asarray(y, dtype=np.float64)
    at_points = outputs_at(x, grid, frames)  # (frames, n, H)
    return np.array([effective_weights(x, y, out[:, location], slope(y, out.T), edges) for out in at_points])


def points_behind(steps: int, batch_size: int, points: int) -> int:
    """How many points stand behind one value of a loss curve that is smoothed over 4 % of its steps.

    At most ``points``, all there are: a point that comes twice tells no more than once.
    """
    return max(1, min(points, round(SMOOTHED * steps) * batch_size))
