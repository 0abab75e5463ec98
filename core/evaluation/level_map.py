"""Repairs of the shape: monotone maps of probability levels, and heavier tails."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from ..distributions.laws import Gaussian, StudentT
from .repairs import folds

Array = NDArray[np.float64]

_MOST_KNOTS = 50
_DEGREES = (np.inf, 30.0, 10.0, 6.0, 4.0, 3.0, 2.4)
_NORMAL = Gaussian()
_TIE = 12  # decimals: probabilities that agree to so many are equal, and may be 0 or 1


def level_map(pit: Array) -> tuple[Array, Array]:
    """The empirical cdf of F(y): levels and what was observed there, (knots,) each, rising from 0 to 1.

    k/(n + 1) at the k-th, through √n of its steps (at most 50). All steps would give a density of spikes: each further
    piece costs about 1/(2n) nats on new points. The knots are even in Φ⁻¹(k/(n + 1)), so that the tails, where wide
    intervals end, have knots too. Raises ValueError if every F(y) is 0 or 1.
    """
    n = pit.size
    pit = np.sort(np.round(pit, _TIE))
    first, last = np.searchsorted(pit, 0.0, "right") + 1, np.searchsorted(pit, 1.0, "left")  # ranks strictly inside
    if first > last:
        raise ValueError(
            "At all validation points the model's probability is zero, so nothing can be remapped: rescale the "
            "standard deviation first."
        )
    low, high = ndtri(first / (n + 1)), ndtri(last / (n + 1))
    z = np.linspace(low, high, min(_MOST_KNOTS, max(2, int(np.sqrt(n)))))
    levels = np.unique(pit[np.clip(np.round(ndtr(z) * (n + 1)).astype(int), first, last) - 1])
    rank = (np.searchsorted(pit, levels, "left") + np.searchsorted(pit, levels, "right") + 1) / 2  # ties: mean rank
    return np.array([0, *levels, 1]), np.array([0, *rank / (n + 1), 1])


def gains_of_levels(pit: Array) -> Array:
    """What a map of levels gains at each point, fitted to the other folds: log slope of the map there, in nats (n,).

    Raises ValueError if there is nothing to map.
    """
    fold, gains = folds(pit.size), np.zeros(pit.size)
    for k in range(int(fold.max()) + 1):
        levels, observed = level_map(pit[fold != k])
        slopes = np.log(np.diff(observed) / np.diff(levels))
        gains[fold == k] = slopes[np.searchsorted(levels[1:-1], pit[fold == k])]
    return gains


def gains_of_tails(z: Array) -> Array:
    """What heavier tails gain at each normal score z: Student's t of variance 1 in place of N(0, 1), in nats (n,).

    Its degrees of freedom are the best of a few, fitted to the other folds; a normal is among them.
    """
    ratios = np.array([_heavier(z, df) for df in _DEGREES])  # (degrees, n)
    fold, gains = folds(z.size), np.zeros(z.size)
    for k in range(int(fold.max()) + 1):
        best = int(np.argmax(ratios[:, fold != k].sum(axis=1)))
        gains[fold == k] = ratios[best, fold == k]
    return gains


def _heavier(z: Array, df: float) -> Array:
    if np.isinf(df):
        return np.zeros(z.size)
    scale = np.sqrt(1 - 2 / df)  # of variance 1
    return _NORMAL.nll(z) + StudentT(df).log_density(z / scale) - np.log(scale)
