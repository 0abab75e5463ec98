"""What findings judge a run by, each computed once and only when a rule asks for it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.data.dataset import Dataset
from core.evaluation.levels import levels, nats_between
from core.evaluation.scores import gap
from core.model.losses import LOSSES, Loss
from core.model.readings import READINGS
from core.training.run import Run

POINTS = 5000  # at most so many points go into an average
ALLOWANCE = 0.5  # nats: more than this is never put down to luck, however wild the points


@dataclass(frozen=True)
class Average:
    """A mean over `n` points, and its standard error."""

    mean: float
    error: float
    n: int

    @classmethod
    def of(cls, values: np.ndarray) -> "Average":
        """The average of values per point, shape (n,); infinite where one of them is not finite."""
        if not np.isfinite(values).all():
            return cls(np.inf, np.inf, len(values))
        return cls(float(np.mean(values)), float(np.std(values) / np.sqrt(len(values))), len(values))


@dataclass(frozen=True)
class Evidence:
    """A run, and what can be computed of it. `on_new` and `on_trained` judge its last weights, without dropout."""

    run: Run

    @property
    def loss(self) -> Loss:
        """The loss it was trained with."""
        return LOSSES[self.run.experiment.loss.name]

    @property
    def data(self) -> Dataset:
        """Its points."""
        return self.run.dataset

    @cached_property
    def floor(self) -> float | None:
        """The lowest the loss can average on new points; None where no truth is known."""
        return levels(self.loss, self.data).floor

    @cached_property
    def on_new(self) -> Average:
        """The loss on held-out points."""
        return self._average(self.run.on_held_out, self.data.y_held_out)

    @cached_property
    def on_trained(self) -> Average:
        """The loss on training points."""
        every = -(-len(self.data.x) // POINTS)
        return self._average(self.run.outputs(self.data.x[::every]), self.data.y[::every])

    @cached_property
    def above_floor(self) -> float | None:
        """Nats by which the loss on new points lies above the floor, beyond what the luck of the draw explains."""
        return None if self.floor is None else self._beyond_luck(self.floor, self.on_new)

    @cached_property
    def above_trained(self) -> float:
        """Nats by which the loss on new points lies above that on training points, beyond luck."""
        return self._beyond_luck(self.on_trained.mean, self.on_new)

    @cached_property
    def outputs(self) -> np.ndarray:
        """Mean and s (n, 2) at the x of `costs`: the evaluation points, else, where no truth is known, the held-out."""
        return self.run.on_held_out if self.data.truth is None else self.run.on_evaluation

    @cached_property
    def costs(self) -> dict[str, np.ndarray]:
        """What each reading of this loss costs at each x, nats: the gap to the truth, else the NLL of held-out y."""
        data, mean, s = self.data, self.outputs[:, 0], self.outputs[:, 1]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            read = {name: READINGS[name].predictive(mean, s) for name in self.loss.readings}
            if data.truth is None:
                return {name: predictive.nll(data.y_held_out) for name, predictive in read.items()}
            return {name: gap(predictive, data.x_evaluation, data.truth) for name, predictive in read.items()}

    @cached_property
    def best_reading(self) -> str:
        """The reading that costs least."""
        return min(self.costs, key=lambda name: float(np.mean(self.costs[name])))

    def saves(self, reading: str) -> float:
        """Nats a point by which `reading` is better than the chosen one, beyond luck where no truth is known."""
        saved = self.costs[self.run.experiment.loss.reading] - self.costs[reading]
        with np.errstate(invalid="ignore"):
            luck = 2 * float(np.std(saved)) / np.sqrt(len(saved)) if self.data.truth is None else 0.0
        return float(np.mean(saved)) - min(luck, ALLOWANCE)

    def _average(self, outputs: np.ndarray, y: np.ndarray) -> Average:
        with np.errstate(over="ignore", invalid="ignore"):
            residual, scale = self.loss.terms(np, y, outputs[:, 0], outputs[:, 1])
            return Average.of(residual + scale)

    def _beyond_luck(self, low: float, found: Average) -> float:
        if not np.isfinite(found.mean):
            return np.inf
        distance = nats_between(self.loss, low, found.mean)
        luck = distance - nats_between(self.loss, low, found.mean - 2 * found.error)
        return distance - min(luck, ALLOWANCE)
