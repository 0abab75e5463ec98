"""Axis domains: fixed by the experiment and not by the run, so that no axis jumps.

Each function gives (low, high) on round numbers. Marks are clipped to them, so that a run that diverges leaves the
picture instead of compressing it.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from .spec import Domain, tick_step


def nice(low: float, high: float, count: int = 5) -> Domain:
    """The narrowest domain around low…high whose ends are multiples of a round step of about a ``count``-th."""
    if not (math.isfinite(low) and math.isfinite(high)) or low > high:
        raise ValueError(f"a domain takes finite low ≤ high; it got {low} and {high}")
    if low == high:
        widening = 0.1 * abs(low) or 1.0
        low, high = low - widening, high + widening
    step = tick_step(low, high, count)
    decimals = max(0, 1 - math.floor(math.log10(step)))
    # The slack prevents an extra step at an edge that is a multiple of the step up to rounding.
    return (
        round(step * math.floor(low / step + 1e-9), decimals),
        round(step * math.ceil(high / step - 1e-9), decimals),
    )


def fit_domain(
    y: ArrayLike, truth_mean: ArrayLike | None = None, truth_std: ArrayLike | None = None, stds: float = 4.0
) -> Domain:
    """The y domain of the fit: the points (without 0.1 % at each end) and the true mean ± ``stds`` true σ(x).

    The margin around the truth leaves room for a band of twice the right width. If no point is negative, the axis does
    not begin below 0.
    """
    points = _finite(y)
    if points.size == 0:
        raise ValueError("y has no finite value to draw")
    low, high = (float(edge) for edge in np.quantile(points, [0.001, 0.999]))
    if truth_mean is None:
        margin = 0.15 * (high - low)
        return nice(max(0.0, low - margin) if low >= 0 else low - margin, high + margin)
    mean = np.asarray(truth_mean, dtype=float)
    reach = stds * np.asarray(0.0 if truth_std is None else truth_std, dtype=float)
    return nice(min(low, float(np.min(mean - reach))), max(high, float(np.max(mean + reach))))


def spread_domain(
    truth_std: ArrayLike | None = None, *, y: ArrayLike | None = None, reaches: float | None = None
) -> Domain:
    """The domain of the spread chart: standard deviations from zero to 2.2 times the largest true σ(x).

    Without a truth it reaches 2.5 times the marginal standard deviation of ``y``, which a good model exceeds in places
    but not on average. ``reaches`` is a std that the run is known to learn (under a wrong reading) and must be visible.
    """
    tops = []
    if truth_std is not None:
        tops.append(2.2 * float(np.max(_finite(truth_std))))
    elif y is not None:
        tops.append(2.5 * float(np.std(_finite(y))))
    if reaches is not None:
        tops.append(1.15 * reaches)
    top = max(tops, default=0.0)
    return nice(0.0, top if top > 0 else 1.0, count=4)


def loss_domain(
    floor: float | None = None, scale_at_optimum: float | None = None, marginal_loss: float | None = None
) -> Domain:
    """The domain of the loss and its terms, including zero: from below the lowest optimum to above the first losses.

    ``floor`` is the expected loss at the optimum, ``scale_at_optimum`` its scale term there (their difference is
    the residual term), and ``marginal_loss`` the loss of a constant with the mean and variance of y: that of a
    standardised net after its first steps. All are in nats (or the unit of the loss) per point; values that are None or
    not finite are left out.
    """
    levels = [0.0, *(value for value in (floor, scale_at_optimum, marginal_loss) if value is not None)]
    if floor is not None and scale_at_optimum is not None:
        levels.append(floor - scale_at_optimum)
    levels = [value for value in levels if math.isfinite(value)]
    low, high = min(levels), max(levels)
    span = high - low or 1.0
    # A loss with a scale term may turn negative even if its optimum is not.
    below = 0.1 * span if low < 0.0 or scale_at_optimum is not None else 0.0
    return nice(low - below, high + 0.25 * span, count=7)


def union(*domains: Domain) -> Domain:
    """The narrowest domain that contains all given domains, for charts to be compared."""
    return min(low for low, _ in domains), max(high for _, high in domains)


def _finite(values: ArrayLike) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    return values[np.isfinite(values)]


def weight_domain(*weights: ArrayLike) -> Domain:
    """Powers of ten around all but the outermost hundredths of the effective weights, and at least 0.1 to 10.

    It spans at most six decades: values farther out are clipped.
    """
    values = np.concatenate([_finite(np.ravel(part)) for part in weights]) if weights else np.empty(0)
    values = values[values > 0]
    low, high = np.quantile(np.log10(values), [0.01, 0.99]) if values.size else (0.0, 0.0)
    bottom, top = max(-4, min(-1, math.floor(low))), min(2, max(1, math.ceil(high)))
    return 10.0**bottom, 10.0**top


def domain_in_unit(domain: Domain, factor: float) -> Domain:
    """The domain multiplied by a ``factor`` above 0, its ends rounded."""
    if not (np.isfinite(factor) and factor > 0):
        raise ValueError(f"factor is {factor}; it takes a finite number above 0")
    low, high = (float(f"{factor * edge:.12g}") for edge in domain)
    return low, high
