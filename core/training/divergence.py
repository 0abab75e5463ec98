"""Why a training diverged: the first step without a finite loss or gradient, and the reason in words."""

import numpy as np

from core.model.losses import Loss
from core.training.start import Batch
from core.words import number


def divergence(step: int, loss: Loss, batch: Batch) -> str:
    """The message of a training whose loss or gradient was first not finite at this step, with this batch."""
    fast = "the weights grew beyond what float32 can hold; lower the learning rate"
    return f"Diverged at step {step + 1:,}: {fast if batch.finite else _why(loss, batch)}."


def _why(loss: Loss, batch: Batch) -> str:
    """Why a step is not finite. `batch` is in training units."""
    if loss.failure is not None and loss.failure.happens(batch.y, batch.outputs):
        return loss.failure.words
    for output, values in zip(loss.outputs, batch.outputs, strict=True):
        if not np.isfinite(values).all():
            return f"the {output.label} is no longer a finite number; lower the learning rate or standardise x and y"
    for output, values in zip(loss.outputs, batch.outputs, strict=True):
        least = float((np.sign(output.log_power) * values).min())
        if output.log_power and least < -40 * abs(output.log_power):
            fell = f"{output.label} came to {number(np.sign(output.log_power) * least, 0)}"
            return f"the predicted spread collapsed ({fell}), and its weight is too large for float32"
    return "the gradient is too large for float32; lower the learning rate or standardise x and y"
