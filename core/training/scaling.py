"""Standardising: the affine map between the unit of the data and the unit that the network trains in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data.dataset import Dataset


@dataclass(frozen=True)
class Scaling:
    """(x − shift)/scale, and the same for y; shift 0 and scale 1 leave the values as they are.

    `x_shift` and `x_scale` have one number per input.
    """

    x_shift: tuple[float, ...] = (0.0,)
    x_scale: tuple[float, ...] = (1.0,)
    y_shift: float = 0.0
    y_scale: float = 1.0

    def __post_init__(self) -> None:
        for name in ("x_shift", "x_scale"):
            value: float | Sequence[float] = getattr(self, name)
            # Runs from before there were several inputs hold a single number.
            numbers = (value,) if isinstance(value, int | float) else tuple(value)
            object.__setattr__(self, name, numbers)
        if len(self.x_shift) != len(self.x_scale):
            raise ValueError("x_shift and x_scale differ in length: they must have one number for each input")

    @classmethod
    def of(cls, dataset: Dataset, standardise: bool) -> "Scaling":
        """Mean and standard deviation of the training part; a constant column is only shifted."""
        if not standardise:
            return cls((0.0,) * dataset.inputs, (1.0,) * dataset.inputs)
        columns, y = dataset.x.reshape(len(dataset.x), -1).T, dataset.y
        return cls(
            tuple(float(x.mean()) for x in columns),
            tuple(float(x.std()) or 1.0 for x in columns),
            float(y.mean()),
            float(y.std()) or 1.0,
        )

    @property
    def inputs(self) -> int:
        """How many inputs there are."""
        return len(self.x_shift)

    def x_in(self, x: np.ndarray) -> np.ndarray:
        """x, (n,) or (n, inputs), as the network sees it: (n, inputs)."""
        given = np.asarray(x, dtype=np.float64).reshape(-1, self.inputs)
        return (given - np.array(self.x_shift)) / np.array(self.x_scale)

    def y_in(self, y: np.ndarray) -> np.ndarray:
        """y as the network sees it."""
        return (np.asarray(y, dtype=np.float64) - self.y_shift) / self.y_scale
