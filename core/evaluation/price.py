"""What a wrong family costs: nats per point between a noise and the best that a loss can make of it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from core.data.noise import Noise
from core.model.losses import Loss
from core.model.readings import READINGS, Predictive

if TYPE_CHECKING:
    import pandas as pd


def price(loss: Loss, noise: Noise) -> float | None:
    """KL(noise ‖ best prediction), nats per point: E[−log q(Z)] − h(Z), 0 where the loss's family holds the noise.

    q is the predictive distribution at the constant outputs that make the expected loss smallest, read as the loss's
    first reading has it, and h the differential entropy. The gap of a run can come down to it and, up to luck, no
    lower; with a loss that is no likelihood, q is not the best of its family, and the price holds that too. For a
    Gaussian NLL it is ½·log 2πe − h(Z). Taken at σ = 1: for a loss that follows the unit of y it is the same at any σ.

    None where the expected loss has no single finite optimum, or q has no finite cross entropy there.

    White 1982, doi:10.2307/1912526 (a likelihood of the wrong family comes to the member nearest in KL).
    """
    best = _best(loss, noise)
    if best is None:
        return None
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        cross_entropy = best.cross_entropy(np.zeros(1), np.ones(1), noise)
    found = float(cross_entropy[0]) - noise.entropy
    return found if np.isfinite(found) else None


def prices(losses: Iterable[Loss], noises: Iterable[Noise]) -> "pd.DataFrame":
    """The price of each loss under each noise: a row a noise, a column a loss, by their names; NaN where it is None."""
    import pandas as pd

    losses = list(losses)
    rows = {noise.name: [price(loss, noise) for loss in losses] for noise in noises}
    return pd.DataFrame.from_dict(rows, orient="index", columns=[loss.name for loss in losses], dtype=float)


def _best(loss: Loss, noise: Noise) -> Predictive | None:
    optimum = loss.optimum(noise, 1.0)
    if optimum.status != "found":
        return None
    outputs = np.array(optimum.outputs)
    if not loss.has_scale:  # read with the variance of the residuals
        outputs = np.append(outputs, np.log(noise.variance + outputs[0] ** 2))
    return READINGS[loss.readings[0]].predictive(outputs[None], loss.numbers)
