"""What a training log says: a loss by epoch or step, on training and validation points."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..tables.columns import Columns

Array = NDArray[np.float64]

EXAMPLE = "Epoch 3 - loss: -0.38 - val_loss: -0.35"
EXPECTED = (
    f"it needs lines such as “{EXAMPLE}”, or a table whose first line is “epoch,train_loss,val_loss”, "
    'or JSON such as {"loss": [0.9, 0.4], "val_loss": [1.0, 0.5]}'
)


class LogError(ValueError):
    """Why a text is no training log that can be read: one sentence that says what is wrong and what is expected."""


@dataclass(frozen=True, eq=False)
class Series:
    """Values at rising positions, both of shape (n,), n ≥ 1. A value is NaN or ±∞ where the log says so."""

    name: str
    x: Array
    values: Array

    @property
    def finite(self) -> "Series":
        """The same without values that are not finite."""
        kept = np.isfinite(self.values)
        return Series(self.name, self.x[kept], self.values[kept])


@dataclass(frozen=True, eq=False)
class Brought:
    """What a record brings beside its loss: code, numbers and predictions. All of it is from outside.

    `value` is the mean loss of the last steps, `points` the points of a batch. `predictions` has the columns y, mean
    and std, as a file of predictions would.
    """

    code: str = ""
    function: str = ""
    roles: Mapping[str, str | float] = field(default_factory=lambda: MappingProxyType({}))
    value: float | None = None
    points: int | None = None
    predictions: Columns | None = None


@dataclass(frozen=True, eq=False)
class TrainingLog:
    """A training log: the loss on training points, on validation points, or both, and the learning rate if it is there.

    `x_name` says what the positions are: "epoch", "step", or "row" where the log numbers nothing. `form` is the name of
    the form it was written in, `notes` are sentences on what was left out or taken for what. Only the
    record of a monitor has something `brought`.
    """

    form: str
    x_name: str
    training: Series | None
    validation: Series | None
    rate: Series | None = None
    notes: tuple[str, ...] = ()
    brought: Brought | None = None

    @property
    def main(self) -> Series:
        """The training loss, or of a log without one the validation loss."""
        series = self.training or self.validation
        assert series is not None  # a log has one of the two
        return series

    @property
    def judged(self) -> Series:
        """The validation loss, or of a log without one the training loss."""
        return self.validation or self.main
