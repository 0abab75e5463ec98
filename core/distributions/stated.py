"""Predictions that are less than a distribution: means alone, or a few quantiles alone, as the ends of an interval.

They state what a file states and no more. A score that needs more is refused with the words of `what_is_missing`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .law import Array, Law, Value


class Partial(Law):
    """A law of which only some quantiles, or none, are stated. Its std is nan."""

    @property
    def what_is_missing(self) -> str:
        """Why a score of a whole distribution has no value, in one sentence."""
        raise NotImplementedError

    @property
    def stated(self) -> tuple[float, ...]:
        """The probabilities whose quantiles are stated."""
        return ()

    @property
    def std(self) -> Array:
        return np.full(np.shape(self.mean), np.nan)

    def _draws(self, rng: np.random.Generator, size: int) -> Array:
        raise ValueError(self.what_is_missing)


@dataclass(frozen=True, eq=False)
class MeanAlone(Partial):
    """Means (n,) without a spread."""

    centre: Array

    what_is_missing = "There are only means: nothing says how far y may be from them."

    @property
    def mean(self) -> Array:
        return self.centre

    def quantile(self, p: float) -> Value:
        raise ValueError(self.what_is_missing)


@dataclass(frozen=True, eq=False)
class QuantilesAlone(Partial):
    """Quantiles (n, Q) at rising `levels`, with nothing between them; means (n,), nan where none are predicted."""

    levels: tuple[float, ...]
    values: Array
    centre: Array

    @property
    def mean(self) -> Array:
        return self.centre

    @property
    def stated(self) -> tuple[float, ...]:
        return self.levels

    @property
    def what_is_missing(self) -> str:
        if self.central is None:
            few = " and ".join(f"{100 * p:g} %" for p in self.levels)
            ones = "There is the quantile" if len(self.levels) == 1 else "There are the quantiles"
            return f"{ones} of {few} only, not a distribution."
        return f"There is only an interval of {100 * self.central:g} %, which is not a distribution."

    @property
    def central(self) -> float | None:
        """The level of the central interval between the outermost quantiles; None if they bound none."""
        low, high = self.levels[0], self.levels[-1]
        return round(high - low, 12) if len(self.levels) > 1 and abs(low + high - 1) < 1e-9 else None

    def quantile(self, p: float) -> Any:
        for place, level in enumerate(self.levels):
            if abs(level - p) < 1e-9:
                return self.values[..., place]
        raise ValueError(self.what_is_missing)
