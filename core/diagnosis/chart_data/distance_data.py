"""Ignorance of held-out rows against their distance to the training rows, and whether it grows with it."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ...training.run import Run
from ...words import quantity
from ..finding import ClaimKind, Finding

Array = NDArray[np.float64]
LEVEL = 0.01  # of the test: by chance 1 run in 100 is said to know less far away
MOST_ROWS = 2_000  # evenly taken: among many inputs the nearest of 20,000 rows takes a while to find
_FEWEST = 20  # rows, for a nearest and a farthest fifth

_NEAR = ClaimKind("ignorance_near", "root mean square of the ignorance std, nearest fifth of held-out rows", quantity)
_FAR = ClaimKind("ignorance_far", "the same, the farthest fifth", quantity)
_ROWS = ClaimKind("rows", "number of held-out rows", lambda value: f"{value:,.0f}")


@dataclass(frozen=True, eq=False)
class Distances:
    """Of held-out rows (n,): distance, and the std of noise and of ignorance, in the unit of y.

    The distance is to the nearest training row, each input in its standard deviations; 1 is where a row counts as far.
    """

    distance: Array
    noise: Array
    ignorance: Array


@lru_cache(maxsize=8)
def distances_of(run: Run) -> Distances | None:
    """The distances of at most MOST_ROWS held-out rows, of a run with several members; None of one net."""
    if len(run.predicting) == 1 or run.neighbours is None:
        return None
    x = run.dataset.x_held_out.reshape(len(run.y_held_out), -1)
    x = x[:: -(-len(x) // MOST_ROWS)]
    parts = run.std_parts(x)
    found = Distances(run.neighbours.ratio(x), parts["std_noise"], parts["std_ignorance"])
    finite = all(np.isfinite(values).all() for values in vars(found).values())
    return found if finite else None


def distance_finding(found: Distances) -> Finding:
    """Whether ignorance grows with the distance: by the rank correlation of both, at 1 % (one-sided).

    The p-value is that of Spearman's ρ by t = ρ·√((n − 2)/(1 − ρ²)), good for 20 rows and more.
    """
    n = len(found.distance)
    if n < _FEWEST:
        return Finding("open", "Too few rows", "There are too few held-out rows to say where the networks know less.")
    order = np.argsort(found.distance, kind="stable")
    fifth = n // 5
    near, far = (float(np.sqrt(np.mean(found.ignorance[part] ** 2))) for part in (order[:fifth], order[-fifth:]))
    claims = _ROWS(n), _NEAR(near), _FAR(far)
    words = (
        "Of {rows} held-out rows, the fifth nearest to training rows has an ignorance of **{ignorance_near}**, "
        "the farthest fifth **{ignorance_far}** (std, in y's units)"
    )
    if _p_value(found.distance, found.ignorance) < LEVEL and far > near:
        return Finding.said("good", "Far from the training rows the networks know less", f"{words}.", claims)
    return Finding.said("open", "No more ignorance far away", f"{words}: the difference may be chance.", claims)


def _p_value(one: Array, other: Array) -> float:
    """One-sided, of Spearman's rank correlation above 0."""
    n = len(one)
    if not (np.ptp(one) and np.ptp(other)):
        return 1.0
    rho = float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])
    t = rho * np.sqrt((n - 2) / max(1 - rho**2, 1e-12))
    return float(special.stdtr(n - 2, -t))


def _ranks(values: Array) -> Array:
    """Ranks, equal values sharing their middle one."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(count)
    middle: Array = ends - (count - 1) / 2
    return middle[place]
