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


def history_rows(terms: np.ndarray, steps: int) -> np.ndarray:
    """(rows, 4): last step and mean of each loss term of each row, at most HISTORY_ROWS for the whole run.

    `terms` (done, 3) are the terms of every step so far; row borders depend on `steps` alone.
    """
    ends = np.unique(np.round(np.linspace(0, steps, min(steps, HISTORY_ROWS) + 1)).astype(int))[1:]
    ends = np.append(ends[ends < len(terms)], len(terms)) if len(terms) else ends[:0]
    starts = np.concatenate([[0], ends[:-1]]).astype(int)[: len(ends)]
    if len(ends) == 0:
        return np.empty((0, 4))
    return np.column_stack([ends, np.add.reduceat(terms, starts, axis=0) / (ends - starts)[:, None]])


def outputs_of(loss: Loss, raw: np.ndarray, scaling: Scaling) -> np.ndarray:
    """The outputs of a network (…, H), from training units to the unit of y, within the bound of the loss."""
    # The bound comes first: the shift of a natural parameter η₁ depends on the bounded precision.
    limits = loss.in_training_units(scaling.y_shift, scaling.y_scale).limits
    return loss.in_unit_of_y(bounded(raw, limits), scaling.y_shift, scaling.y_scale)


def history_table(rows: np.ndarray) -> "pd.DataFrame":
    """History rows as a table: step, loss, residual, scale, regulariser, in the unit of the loss, per point."""
    import pandas as pd  # only here, because a worker does not need it

    rows = np.asarray(rows, dtype=np.float64)
    return pd.DataFrame(
        {
            "step": rows[:, 0].astype(int),
            "loss": rows[:, 1:].sum(axis=1),
            "residual": rows[:, 1],
            "scale": rows[:, 2],
            "regulariser": rows[:, 3],
        }
    )


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
            "step": self.step,
            "steps": self.steps,
            "seconds": self.seconds,
            "held_out_loss": self.held_out_loss,
            "outputs": self.outputs.astype(np.float32).tobytes(),
            "history": self.history.astype(np.float32).tobytes(),
        }

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> "Frame":
        """The frame that `to_message` wrote."""
        return cls(
            step=message["step"],
            steps=message["steps"],
            seconds=message["seconds"],
            outputs=np.frombuffer(message["outputs"], np.float32).reshape(GRID, -1),
            held_out_loss=message["held_out_loss"],
            history=np.frombuffer(message["history"], np.float32).reshape(-1, 4),
        )
