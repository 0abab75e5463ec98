"""The gap to the truth by cause, once more: the mean put right, then one factor on the std, then one at each x."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from . import own_laws
from .judged_case import Case
from .own_laws import Predicted

Array = NDArray[np.float64]

_WIDE, _SCAN = 5.0, 21  # log factors around a first guess
_GOLDEN = (np.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Split:
    """What each repair wins, nats per point, in this order; `shape` is left after all. They add up to the gap."""

    mean: float
    width: float
    along_x: float
    shape: float

    @property
    def after_mean(self) -> float:
        """What is left once the mean is right."""
        return self.width + self.along_x + self.shape


def split(case: Case) -> Split:
    """The split of a run as it is read; the middle goes to the true mean, or to the median where that is nearer."""
    x = case.x
    predicted = own_laws.predicted(case.settings["reading"], case.run.on_evaluation, case.settings)
    mean, std = case.true_mean(x), case.true_std(x)
    median = float(own_laws.NOISES[case.noise].ppf(np.array(0.5)))
    places = [mean] + ([mean + median * std] if predicted.is_symmetric and abs(median) > 1e-6 else [])

    def gap(move: Array | float, factor: Array | float) -> Array:
        return own_laws.gap(predicted, mean, std, case.noise, move, factor)

    def repaired(place: Array) -> list[float]:
        move = place[:, None] - predicted.mean
        one, logs = _closed(case, predicted, mean - place) or _searched(gap, move, np.log(std / predicted.std[:, 0]))
        gaps = gap(move, 1.0), gap(move, float(np.exp(one))), gap(move, np.exp(logs)[:, None])
        return [float(np.mean(each)) for each in gaps]

    each = min(map(repaired, places), key=lambda gaps: gaps[-1])
    left = np.minimum.accumulate([float(np.mean(gap(0.0, 1.0))), *each])
    won = -np.diff(left)
    return Split(float(won[0]), float(won[1]), float(won[2]), float(left[-1]))


def _closed(case: Case, predicted: Predicted, off: Array) -> tuple[float, Array] | None:
    """Log factor, and that at each x: √E(r²/v) of a Gaussian, E|r|/b of a Laplace distribution; None of another.

    `off` is how far the true mean lies from the place that the prediction was moved to.
    """
    power = {"a Gaussian": 2, "a Laplace distribution": 1}.get(predicted.family)
    if power is None:
        return None
    z, weights = own_laws.quadrature(case.noise)
    residual = np.abs(off[:, None] + case.true_std(case.x)[:, None] * z)
    # In logs, for the std of a run that went wrong may be 1e243.
    logs = np.log(residual**power @ weights * (1 if power == 2 else np.sqrt(2))) - power * np.log(predicted.std[:, 0])
    return float(special.logsumexp(logs) - np.log(len(logs))) / power, logs / power


def _searched(gap, move: Array, start: Array) -> tuple[float, Array]:  # type: ignore[no-untyped-def]
    """The same by search, around a first guess at each x."""
    start = np.where(np.isfinite(start), start, 0.0)  # of a t distribution whose std is infinite
    logs = _scanned(lambda log: gap(move, np.exp(log)[:, None]), start)
    middle = np.full(1, np.median(logs))
    one = _scanned(lambda log: np.array([np.mean(gap(move, float(np.exp(log[0]))))]), middle)
    return float(one[0]), logs


def _scanned(of, start: Array) -> Array:  # type: ignore[no-untyped-def]
    """Where a function is lowest within _WIDE of the start: by golden section around the best of a scan."""
    steps = np.linspace(-_WIDE, _WIDE, _SCAN)
    best = steps[np.argmin([of(start + step) for step in steps], axis=0)]
    half = steps[1] - steps[0]
    return _lowest(of, start + best - half, start + best + half)


def _lowest(of, low: Array, high: Array) -> Array:  # type: ignore[no-untyped-def]
    """Where a function of one variable is lowest between two ends, by golden section, all at once."""
    low, high = low.copy(), high.copy()
    for _ in range(26):
        step = _GOLDEN * (high - low)
        left, right = high - step, low + step
        falls = of(left) < of(right)
        low, high = np.where(falls, low, left), np.where(falls, right, high)
    return (low + high) / 2
