"""The standard deviation that a second output stands for, by numbers: the σ on whose noise E ∂loss/∂s = 0 at that s."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..data.noise import Noise
from .losses import Loss

Array = NDArray[np.float64]

_RATIOS = 10.0 ** np.arange(-4, 3.1, 0.5)
GRID = np.unique(np.concatenate([np.linspace(-30, 30, 31), _RATIOS, -_RATIOS]))  # of s
_LOG_STDS = np.log(10.0) * np.arange(-9, 10)  # of the noise, its unit that of y
_HALVINGS = 12  # of a bracket; then a straight line: log σ to some 1e-7
_SOUND = 1e-11  # a smaller change of the loss with s, relative to the loss, is its rounding
_ASIDE = 0.3  # of s, to either side, where a minimum is told from a maximum


@dataclass(frozen=True)
class HeadCurve:
    """At each s: log σ that it stands for (NaN where none), whether s has a gradient, whether the loss has a value."""

    s: Array
    log_std: Array
    live: NDArray[np.bool_]
    defined: NDArray[np.bool_]


class Slope:
    """E ∂loss/∂s under noise of any σ, at the place where the first output goes."""

    def __init__(self, loss: Loss, noise: Noise):
        self.loss = loss
        at = loss.optimum(noise, 1.0)
        self.place = at.outputs[0] if at.status == "found" else noise.median
        self.z, self.w = noise.quadrature_with([self.place])

    def __call__(self, s: Array, log_std: Array) -> Array:
        """The slope at pairs of s and log σ, shapes that broadcast: NaN where the loss has no value."""
        return self.parts(s, log_std)[0]

    def parts(self, s: Array, log_std: Array) -> tuple[Array, Array]:
        """The slope, and the mean size of the change it was taken from, relative to the loss."""
        s, log_std = np.broadcast_arrays(np.asarray(s, float), np.asarray(log_std, float))
        step = np.where(s == 0, 1e-4, np.minimum(1e-3 * np.abs(s), 3e-3))[..., None]
        std = np.exp(log_std)[..., None]
        high, low = (self._terms(s[..., None] + move, std) for move in (step, -step))
        with np.errstate(all="ignore"):
            change = sum(above - below for above, below in zip(high, low, strict=True))
            size = sum(np.abs(term) for term in high)
            slope = np.einsum("...i,i->...", change / (2 * step), self.w)
            share = np.einsum("...i,i->...", np.abs(change), self.w) / np.einsum("...i,i->...", size, self.w)
        return slope, share

    def value(self, s: Array, std: float) -> Array:
        """E loss at each s."""
        terms = self._terms(np.asarray(s, float)[:, None], np.full((len(s), 1), std))
        with np.errstate(all="ignore"):
            return np.asarray(sum(terms)) @ self.w

    def deviation(self, s: Array, std: float) -> Array:
        """The standard deviation of one point's loss at each s: how heavily residuals count there."""
        terms = self._terms(np.asarray(s, float)[:, None], np.full((len(s), 1), std))
        with np.errstate(all="ignore"):
            values = np.asarray(sum(terms))
            return np.sqrt(np.maximum((values - (values @ self.w)[:, None]) ** 2 @ self.w, 0.0))

    def _terms(self, s: Array, std: Array) -> tuple[Array, ...]:
        y = std * self.z
        shape = np.broadcast_shapes(s.shape, y.shape)
        columns = [np.broadcast_to(self.place * std, shape), np.broadcast_to(s, shape)]
        with np.errstate(all="ignore"):
            return self.loss.evaluate(np, np.broadcast_to(y, shape), columns)


@lru_cache(maxsize=128)
def slope_of(loss: Loss, noise: Noise) -> Slope:
    """The slope of a loss of two outputs, kept."""
    return Slope(loss, noise)


@lru_cache(maxsize=128)
def grid_curve(loss: Loss, noise: Noise) -> HeadCurve:
    """The curve over GRID, kept."""
    return curve_at(loss, noise, GRID)


def curve_at(loss: Loss, noise: Noise, s: Array) -> HeadCurve:
    """The curve at these s, shape (n,)."""
    slope = slope_of(loss, noise)
    slopes, shares = slope.parts(s[:, None], _LOG_STDS)
    usable = np.isfinite(slopes) & np.isfinite(slope.value(s, 1.0))[:, None]  # not across a pole at s itself
    changes = usable[:, 1:] & usable[:, :-1] & (np.sign(slopes[:, 1:]) * np.sign(slopes[:, :-1]) < 0)
    first = changes.argmax(axis=1)
    rows = np.flatnonzero(changes.any(axis=1))
    low, high = _LOG_STDS[first[rows]], _LOG_STDS[first[rows] + 1]
    falls = slopes[rows, first[rows]] > 0
    log_std = np.full(len(s), np.nan)
    log_std[rows] = _root(slope, s[rows], low, high, falls)
    middle = shares[:, _LOG_STDS.size // 2].copy()
    middle[rows] = slope.parts(s[rows], log_std[rows])[1]
    live: NDArray[np.bool_] = np.nan_to_num(middle) > _SOUND
    log_std[~live | ~_is_minimum(slope, s, log_std)] = np.nan
    return HeadCurve(s, log_std, live, np.asarray(usable.any(axis=1)))


def _root(slope: Slope, s: Array, low: Array, high: Array, falls: NDArray[np.bool_]) -> Array:
    """log σ where the slope changes its sign, between `low` and `high`."""
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        below = (slope(s, middle) > 0) == falls
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    at_low, at_high = slope(s, low), slope(s, high)
    with np.errstate(all="ignore"):
        share = np.nan_to_num(at_low / (at_low - at_high), nan=0.5)
    return low + np.clip(share, 0.0, 1.0) * (high - low)


def _is_minimum(slope: Slope, s: Array, log_std: Array) -> NDArray[np.bool_]:
    """Whether this s is no maximum; where the loss is all but level, rounding tells no more."""
    aside = np.minimum(_ASIDE, 0.1 * np.abs(s)) + (s == 0) * _ASIDE
    return ~((slope(s + aside, log_std) < 0) & (slope(s - aside, log_std) > 0))
