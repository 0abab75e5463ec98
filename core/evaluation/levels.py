"""Levels a loss curve is compared with: the floor that no model can beat, and the loss of the best constants."""

from dataclasses import dataclass

import numpy as np

from ..data.dataset import Dataset
from ..data.noise import NOISES
from ..model.losses import Loss

_HOPED = 0.2  # a good fit may leave this share of the spread of y


@dataclass(frozen=True)
class Levels:
    """Levels per point, in the unit of the loss; None if no truth is known or the value is not finite.

    floor: lowest expected loss on new points with this noise, averaged over the training x.
    deviation: standard deviation of the loss of one point at that optimum. Over n points the mean loss of the best
    possible net still scatters by deviation/√n.
    scale_at_floor: the scale term at that optimum.
    constant: the loss of the best constant mean and spread if y were Gaussian: a fit below it has learnt something.
    """

    floor: float | None = None
    deviation: float | None = None
    scale_at_floor: float | None = None
    constant: float | None = None


def levels(loss: Loss, data: Dataset) -> Levels:
    """The levels of a loss on a dataset."""
    spread = max(float(data.y.std()), float(np.finfo(np.float32).tiny))
    constant = _finite(float(loss.floor(NOISES["gaussian"], spread)))
    if data.truth is None:
        return Levels(constant=constant)
    noise, std = (NOISES["gaussian"], spread) if loss.fits_constant else (data.truth.noise, data.truth.std(data.x))
    floor = _finite(float(np.mean(loss.floor(noise, std))))
    if floor is None:
        return Levels(constant=constant)
    # By the unit law either only the scale term moves with σ, or all terms scale alike: one optimum serves every σ(x).
    typical = float(np.exp(np.mean(np.log(std))))
    optimum = loss.optimum(noise, typical)
    grown = (floor + loss.offset) / (optimum.floor + loss.offset) if loss.unit_power else 1.0
    scale = optimum.terms[1] * grown + (0.0 if loss.unit_power else floor - optimum.floor)
    return Levels(floor, _finite(optimum.deviation * grown), _finite(scale) if loss.has_scale else None, constant)


def lowest_in_view(loss: Loss, data: Dataset) -> tuple[float | None, float | None]:
    """The lowest value that an axis of the loss must show, and the scale term there: the floor, where it is known.

    For a table it is the floor under Gaussian noise of a fifth of the spread of y: a good fit is seldom better. Its
    scale term is given only if it is negative, because only then does the axis need to reach below zero.
    """
    if data.truth is not None or loss.fits_constant:
        known = levels(loss, data)
        return known.floor, known.scale_at_floor
    spread = _HOPED * max(float(data.y.std()), float(np.finfo(np.float32).tiny))
    floor = _finite(float(loss.floor(NOISES["gaussian"], spread)))
    if floor is None or not loss.has_scale:
        return floor, None
    scale = loss.optimum(NOISES["gaussian"], spread).terms[1]
    return floor, scale if -np.inf < scale < 0 else None


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def nats_between(loss: Loss, low: float, high: float) -> float:
    """The distance between two values of this loss, in nats, independent of the unit of y and of factors.

    For an NLL it is their difference (for half an NLL, twice that); for a squared error ½·log(high/low), what a
    Gaussian of matching variance gains per point; for a loss in the unit of y log(high/low). A loss without a unit law
    counts as an NLL.
    """
    if not loss.unit_power:
        return (high - low) / (abs(loss.unit_shift) or 1.0)
    tiny = np.finfo(np.float64).tiny
    high, low = high + loss.offset, low + loss.offset
    return float(np.log(max(high, tiny) / max(low, tiny))) / loss.unit_power


def converged_std(loss: Loss, reading: str, data: Dataset) -> float | None:
    """The largest standard deviation over x that a net at the floor of this loss predicts under this reading.

    None if no truth is known, the loss trains no second output, or the loss has no floor.
    """
    if data.truth is None or not loss.has_scale:
        return None
    std = float(data.truth.std(data.x_grid).max())
    noise = data.truth.noise
    if loss.fits_constant:
        std, noise = float(data.y.std()), NOISES["gaussian"]
    optimum = loss.optimum(noise, std)
    if optimum.status != "found":
        return None
    predictive = loss.reading(reading).predictive(np.array(optimum.outputs)[None], loss.values)
    return _finite(float(predictive.std[0]))
