"""One moment of a training, and the history of its loss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.dataset import GRID
from ..model.bounds import bounded
from ..model.losses import Loss
from .scaling import Scaling

if TYPE_CHECKING:
    import pandas as pd

HISTORY_ROWS = 500
_NUMBERS = ("step", "steps", "seconds", "held_out_loss")  # of a frame, in a message
_ARRAYS = ("outputs", "history", "others")


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


def mean_history(histories: Sequence[np.ndarray]) -> np.ndarray:
    """The mean of several history rows (rows, 4) of one training length; each row over the histories that reach it."""
    if len(histories) == 1:
        return histories[0]
    longest = max(histories, key=lambda rows: rows[-1, 0] if len(rows) else 0.0)
    total, count = np.zeros((len(longest), 3)), np.zeros(len(longest))
    for rows in histories:
        shared = min(len(rows), len(longest))  # the last row of a history that ended early holds part of its steps
        total[:shared] += rows[:shared, 1:]
        count[:shared] += 1
    return np.column_stack([longest[:, 0], total / np.maximum(count, 1)[:, None]])


def outputs_of(loss: Loss, raw: np.ndarray, scaling: Scaling) -> np.ndarray:
    """The outputs of a network (…, H), from training units to the unit of y, by its head and within its bound."""
    # The bound comes first: the shift of a natural parameter η₁ depends on the bounded precision.
    limits = loss.in_training_units(scaling.y_shift, scaling.y_scale).limits
    return loss.in_unit_of_y(bounded(loss.spread_of(raw), limits), scaling.y_shift, scaling.y_scale)


def history_table(rows: np.ndarray) -> "pd.DataFrame":
    """History rows as a table: step, loss, residual, scale, regulariser, in the unit of the loss, per point."""
    import pandas as pd  # only here, because a worker does not need it

    rows = np.asarray(rows, dtype=np.float64)
    terms = dict(zip(("residual", "scale", "regulariser"), rows[:, 1:].T, strict=True))
    return pd.DataFrame({"step": rows[:, 0].astype(int), "loss": rows[:, 1:].sum(axis=1), **terms})


@dataclass(frozen=True, eq=False)
class Frame:
    """One moment of a training: outputs on the grid (n_grid, H), history so far, loss on held-out points.

    others: the outputs of the other members that have begun, (n_grid, others, H).
    """

    step: int
    steps: int
    seconds: float
    outputs: np.ndarray
    held_out_loss: float
    history: np.ndarray
    others: np.ndarray = field(default_factory=lambda: np.empty((GRID, 0, 0), np.float32))

    @property
    def members(self) -> np.ndarray:
        """The outputs of all members that have begun, (n_grid, members, H)."""
        first = self.outputs[:, None]
        return np.concatenate([first, self.others], axis=1) if self.others.size else first

    def to_message(self) -> dict[str, Any]:
        """Plain numbers and bytes (float32), for a message between processes."""
        return {
            **{name: getattr(self, name) for name in _NUMBERS},
            **{name: getattr(self, name).astype(np.float32).tobytes() for name in _ARRAYS},
            "more": self.others.shape[1],
        }

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> "Frame":
        """The frame that `to_message` wrote."""
        parts: dict[str, Any] = {name: message[name] for name in _NUMBERS}
        more = message["more"]
        shapes = ((GRID, -1), (-1, 4), (GRID, more, -1 if more else 0))
        for name, shape in zip(_ARRAYS, shapes, strict=True):
            parts[name] = np.frombuffer(message[name], np.float32).reshape(shape)
        return cls(**parts)
