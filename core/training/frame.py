"""One moment of a training, and the history of its loss."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.data.dataset import GRID
from core.model.bounds import bounded
from core.model.losses import Loss
from core.training.scaling import Scaling

if TYPE_CHECKING:
    import pandas as pd

HISTORY_ROWS = 500
_NUMBERS = ("step", "steps", "seconds", "held_out_loss")  # of a frame, in a message
_ARRAYS = {"outputs": (GRID, -1), "history": (-1, 4)}


def history_rows(terms: np.ndarray, steps: int) -> np.ndarray:
    """(rows, 4): last step and mean of each loss term of each row, at most HISTORY_ROWS for the whole run.

    `terms` (done, 3) are the terms of every step so far; row borders depend on `steps` alone.
    """
    if not len(terms):
        return np.empty((0, 4))
    borders = np.unique(np.round(np.linspace(0, steps, min(steps, HISTORY_ROWS) + 1)).astype(int))
    borders = np.append(borders[borders < len(terms)], len(terms))
    means = np.add.reduceat(terms, borders[:-1], axis=0) / np.diff(borders)[:, None]
    return np.column_stack([borders[1:], means])


def outputs_of(loss: Loss, raw: np.ndarray, scaling: Scaling) -> np.ndarray:
    """The outputs of a network (…, H), from training units to the unit of y, within the bound of the loss."""
    # The bound comes first: the shift of a natural parameter η₁ depends on the bounded precision.
    limits = loss.in_training_units(scaling.y_shift, scaling.y_scale).limits
    return loss.in_unit_of_y(bounded(raw, limits), scaling.y_shift, scaling.y_scale)


def history_table(rows: np.ndarray) -> "pd.DataFrame":
    """History rows as a table: step, loss, residual, scale, regulariser, in the unit of the loss, per point."""
    import pandas as pd  # only here, because a worker does not need it

    rows = np.asarray(rows, dtype=np.float64)
    terms = dict(zip(("residual", "scale", "regulariser"), rows[:, 1:].T, strict=True))
    return pd.DataFrame({"step": rows[:, 0].astype(int), "loss": rows[:, 1:].sum(axis=1), **terms})


@dataclass(frozen=True)
class Frame:
    """One moment of a training: outputs on the grid (n_grid, H), history so far, loss on held-out points."""

    step: int
    steps: int
    seconds: float
    outputs: np.ndarray
    held_out_loss: float
    history: np.ndarray

    def to_message(self) -> dict[str, Any]:
        """Plain numbers and bytes (float32), for a message between processes."""
        return {
            **{name: getattr(self, name) for name in _NUMBERS},
            **{name: getattr(self, name).astype(np.float32).tobytes() for name in _ARRAYS},
        }

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> "Frame":
        """The frame that `to_message` wrote."""
        parts: dict[str, Any] = {name: message[name] for name in _NUMBERS}
        for name, shape in _ARRAYS.items():
            parts[name] = np.frombuffer(message[name], np.float32).reshape(shape)
        return cls(**parts)
