"""Standardising: the fixed affine map between the unit of the data and the unit the network trains in."""

from dataclasses import dataclass

import numpy as np

from core.data.dataset import Dataset


@dataclass(frozen=True)
class Scaling:
    """x and y minus a shift, over a scale. Shifts 0 and scales 1 are the raw numbers."""

    x_shift: float = 0.0
    x_scale: float = 1.0
    y_shift: float = 0.0
    y_scale: float = 1.0

    @classmethod
    def of(cls, dataset: Dataset, standardise: bool) -> "Scaling":
        """Mean and standard deviation of the training part; a part without spread is only shifted."""
        if not standardise:
            return cls()
        x, y = dataset.x, dataset.y
        return cls(float(x.mean()), float(x.std()) or 1.0, float(y.mean()), float(y.std()) or 1.0)

    def x_in(self, x: np.ndarray) -> np.ndarray:
        """x as the network sees it."""
        return (np.asarray(x, dtype=np.float64) - self.x_shift) / self.x_scale

    def y_in(self, y: np.ndarray) -> np.ndarray:
        """y as the network sees it."""
        return (np.asarray(y, dtype=np.float64) - self.y_shift) / self.y_scale
