"""Levels a loss curve is judged by: the floor no model gets under, and where a model of constants stands."""

from dataclasses import dataclass

import numpy as np

from core.data.dataset import Dataset
from core.data.noise import NOISES
from core.model.losses import Loss
from core.model.readings import READINGS


@dataclass(frozen=True)
class Levels:
    """Per point, in the unit of the loss. `floor` and `scale_at_floor` are None where no truth is known.

    floor: lowest expected loss on new points of this noise, averaged over the training x.
    scale_at_floor: the scale term at that optimum.
    constant: the loss of the best constant mean and spread, as if y were Gaussian: where a fit begins to learn.
    """

    floor: float | None
    scale_at_floor: float | None
    constant: float


def levels(loss: Loss, data: Dataset) -> Levels:
    """The levels of a loss on a dataset."""
    spread = max(float(data.y.std()), float(np.finfo(np.float32).tiny))
    constant = float(loss.floor(NOISES["gaussian"], spread))
    if data.truth is None:
        return Levels(None, None, constant)
    floor = float(np.mean(loss.floor(data.truth.noise, data.truth.std(data.x))))
    return Levels(floor, floor - loss.residual_at_floor if loss.has_scale else None, constant)


def nats_between(loss: Loss, low: float, high: float) -> float:
    """How far `high` lies above `low`, two values of this loss, in nats that no unit of y and no factor changes.

    For an NLL their difference (for half an NLL, twice); for a squared error ½·log(high/low), what a Gaussian of
    matching variance gains per point.
    """
    if not loss.unit_power:
        return (high - low) / loss.unit_shift
    tiny = np.finfo(np.float64).tiny
    return float(np.log(max(high, tiny) / max(low, tiny))) / loss.unit_power


def converged_std(loss: Loss, reading: str, data: Dataset) -> float | None:
    """The largest standard deviation over x that a net at the floor of this loss is read to predict.

    None where no truth is known, or the loss trains no second output.
    """
    if data.truth is None or not loss.has_scale:
        return None
    per_s = loss.unit_shift / loss.outputs[1].log_power  # the scale term is this times s
    s = (loss.floor(data.truth.noise, data.truth.std(data.x_grid)) - loss.residual_at_floor) / per_s
    return float(READINGS[reading].predictive(np.zeros_like(s), s).std.max())
