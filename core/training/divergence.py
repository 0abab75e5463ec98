"""Why a training diverged: the first step without a finite loss or gradient, and the reason in words."""

import numpy as np

from ..model.losses import Loss
from ..words import number, quantity
from .start import Batch

NO_VALUE = "the loss has no value"
MODERATE = 30.0  # in training units


def divergence(step: int, loss: Loss, batch: Batch, target: str = "") -> str:
    """The message of a training whose loss or gradient was first not finite at this step, with this batch.

    `target` is the name of the target of the batch, where one net has several.
    """
    fast = "the weights grew beyond what float32 can hold"
    of = f", for “{target}”" if target and not batch.finite else ""
    return f"Diverged at step {step + 1:,}{of}: {fast if batch.finite else _why(loss, batch)}."


def _why(loss: Loss, batch: Batch) -> str:
    """Why a step is not finite. `batch` is in training units."""
    if loss.failure is not None and loss.failure.happens(batch.y, batch.outputs):
        return loss.failure.words
    for output, values in zip(loss.outputs, batch.outputs, strict=True):
        if not np.isfinite(values).all():
            return f"the {output.label} is no longer a finite number"
    # Of moderate outputs alone: of extreme ones an overflow makes a loss no number.
    spreads = loss.spread_of(batch.outputs.T).T
    without = np.isnan(loss.value(batch.y, spreads)) & (np.abs(batch.outputs) < MODERATE).all(axis=0)
    if without.any():
        output, first = loss.outputs[-1], quantity(float(batch.outputs[-1][without][0]))
        name = output.label if output.label == output.symbol else f"the {output.label}"
        if not loss.head.is_own:
            return f"{NO_VALUE} where s is {first}: the head “{loss.head.label}” needs a positive s"
        return f"{NO_VALUE} where {name} is {first}"
    for output, values in zip(loss.outputs, spreads, strict=True):
        least = float((np.sign(output.log_power) * values).min())
        if output.log_power and least < -40 * abs(output.log_power):
            fell = f"{output.label} came to {number(np.sign(output.log_power) * least, 0)}"
            return f"the predicted std collapsed ({fell}), and its weight is too large for float32"
    return "the gradient is too large for float32"
