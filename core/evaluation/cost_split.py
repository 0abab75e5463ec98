"""Where the gap to the truth comes from: the mean, one factor on the std, a factor that changes along x, the shape."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ..data.dataset import Truth
from ..distributions.laws import Gaussian, Laplace, LocationScale, Predictive, StudentT
from .truth import gap

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
_SEARCHED = 150  # x at which factors are searched for where they have no closed form
_TRIED = 17  # factors that are tried before the search near the best of them
_GOLDEN = (np.sqrt(5) - 1) / 2
_WIDE = 4.0  # a search goes from a first guess this far in log factor, both ways
_FINE = 0.01
_SEARCHES = 14  # each narrows the range of the log factor by 0.618: to 6e-4 of a factor, 1e-7 nats


@dataclass(frozen=True, eq=False)
class CostSplit:
    """The mean gap to the truth, nats per point, as a sum of four costs, each won by one more repair.

    mean: the predicted distributions moved to the true mean (or median, if that is nearer). width: then every std times
    one factor. along_x: then every std times the best factor at its x. shape: what remains. A repair that wins nothing
    costs 0. `ratio` (n,) is the predicted std over the one that is best at that x once the mean is right; `factor` is
    the same as one number for all x. `is_exact`: the factors are in closed form, and not from a search at some x.
    """

    total: float
    mean: float
    width: float
    along_x: float
    shape: float
    factor: float
    ratio: Array
    is_exact: bool


def cost_split(predictive_of: Callable[[Indices], Predictive], x: Array, truth: Truth) -> CostSplit | None:
    """The split of the gap at x (n,), averaged over x; None if the gap is not finite.

    `predictive_of` gives the prediction at the x of these indices. KL(true ‖ predicted) is taken four times, each time
    after one more repair, so that the costs add up.
    """
    every = np.arange(len(x))
    predictive = predictive_of(every)
    is_exact = _is_closed(predictive)
    few = every if is_exact else np.unique(np.linspace(0, every[-1], _SEARCHED).round().astype(int))
    with np.errstate(all="ignore"):
        total = _mean_gap(predictive, x, truth)
        if not np.isfinite(total):
            return None
        found = [_repaired(predictive_of, place, few, x, truth) for place in _places(predictive, x, truth)]
        each = [[_mean_gap(one, x, truth) for one in repairs] for repairs, _ in found]
        best = int(np.argmin([gaps[-1] for gaps in each]))
    left = np.minimum.accumulate([total, *each[best]])  # a repair that wins nothing is not made
    mean, width, along_x = -np.diff(left)
    logs, log = found[best][1]
    ratio, factor = np.exp(-logs), float(np.exp(-log))
    return CostSplit(total, float(mean), float(width), float(along_x), float(left[-1]), factor, ratio, is_exact)


def _mean_gap(predictive: Predictive, x: Array, truth: Truth) -> float:
    value = float(np.mean(gap(predictive, x, truth)))
    return value if np.isfinite(value) else np.inf


def _is_closed(predictive: Predictive) -> bool:
    return isinstance(predictive, LocationScale) and isinstance(predictive.law, Gaussian | Laplace)


def _places(predictive: Predictive, x: Array, truth: Truth) -> list[Array]:
    """Where the middle of a prediction may best lie: at the true mean or, if it is symmetric, at the true median."""
    mean, off = truth.mean(x), truth.noise.median
    symmetric = isinstance(predictive, LocationScale) and isinstance(predictive.law, Gaussian | Laplace | StudentT)
    return [mean, mean + truth.std(x) * off] if symmetric and abs(off) > 1e-9 else [mean]


Repairs = tuple[tuple[LocationScale, LocationScale, LocationScale], tuple[Array, float]]


def _repaired(
    predictive_of: Callable[[Indices], Predictive], place: Array, few: Indices, x: Array, truth: Truth
) -> Repairs:
    """The prediction moved to `place`, then with one factor, then with one at each x; and these, in logs."""
    centred, some = _centred(predictive_of(np.arange(len(x))), place), _centred(predictive_of(few), place[few])
    logs, log = (_closed if _is_closed(some) else _searched)(some, x[few], truth)
    logs = np.interp(x, x[few], logs)
    return (centred, _scaled(centred, log), _scaled(centred, logs)), (logs, log)


def _centred(predictive: Predictive, place: Array) -> LocationScale:
    if isinstance(predictive, LocationScale):
        return LocationScale(predictive.law, place, predictive.scale, predictive.law.mean)
    return LocationScale(predictive, place, np.ones(len(place)), predictive.mean)


def _closed(centred: LocationScale, x: Array, truth: Truth) -> tuple[Array, float]:
    """Of a Gaussian k² = E r²/v, of a Laplace distribution k = E|r|/b: at each x, and averaged over x."""
    std, off, scale = truth.std(x), truth.mean(x) - centred.loc, np.log(centred.scale)
    if isinstance(centred.law, Gaussian):
        logs = np.log(np.hypot(std, off)) - scale
        return logs, float(logsumexp(2 * logs) - np.log(len(x))) / 2  # of squares that may overflow
    logs = np.log(std * truth.noise.mean_abs(-off / std)) - scale
    return logs, float(logsumexp(logs) - np.log(len(x)))


def _searched(centred: LocationScale, x: Array, truth: Truth) -> tuple[Array, float]:
    """By a scan of factors, and near the best of them by golden section: there may be several valleys."""
    # The std of a Student-t says little of its width where ν is near 2.
    std = centred.scale if isinstance(centred.law, StudentT) else centred.std
    logs = _lowest(lambda each: gap(_scaled(centred, each), x, truth), np.log(truth.std(x) / std), _WIDE)
    middle, reach = (logs.min() + logs.max()) / 2, max((logs.max() - logs.min()) / 2, _FINE)
    one = _lowest(
        lambda log: np.array([_mean_gap(_scaled(centred, float(log[0])), x, truth)]), np.array([middle]), reach
    )
    return logs, float(one[0])


def _scaled(centred: LocationScale, log_factor: Array | float) -> LocationScale:
    return LocationScale(centred.law, centred.loc, centred.scale * np.exp(log_factor), centred.centre)


def _lowest(of: Callable[[Array], Array], middle: Array, reach: float) -> Array:
    """The minimum of a function of one variable within `reach` of each middle, all at once."""
    tried = np.linspace(-reach, reach, _TRIED)
    values = np.array([of(middle + move) for move in tried])
    middle = middle + tried[np.argmin(np.where(np.isnan(values), np.inf, values), axis=0)]
    low, high = middle - (tried[1] - tried[0]), middle + (tried[1] - tried[0])
    for _ in range(_SEARCHES):
        step = _GOLDEN * (high - low)
        left, right = high - step, low + step
        falls = of(left) < of(right)
        low, high = np.where(falls, low, left), np.where(falls, right, high)
    return (low + high) / 2
