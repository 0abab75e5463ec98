"""The numbers that findings judge a run by, each computed once and only when a rule asks for it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.data.dataset import Dataset
from core.data.noise import NOISES, Noise
from core.diagnosis.doctor.examination import Diagnosis, examine
from core.evaluation.levels import Levels, levels, nats_between
from core.evaluation.loss_parts import floor_band, geometric_mean
from core.evaluation.truth import gap
from core.experiment.build import read_as
from core.experiment.loss_settings import loss_of
from core.model.losses import Loss
from core.training.run import Run
from core.words import number, quantity

POINTS = 5000  # in an average, at most
ALLOWANCE = 0.5  # nats: a larger difference is never explained by luck, however extreme the points are


@dataclass(frozen=True)
class Average:
    """A mean over `n` points, and its standard error."""

    mean: float
    error: float
    n: int

    @classmethod
    def of(cls, values: np.ndarray) -> "Average":
        """The average of values per point, shape (n,); infinite if one of them is not finite."""
        if not np.isfinite(values).all():
            return cls(np.inf, np.inf, len(values))
        return cls(float(np.mean(values)), float(np.std(values) / np.sqrt(len(values))), len(values))


@dataclass(frozen=True)
class Evidence:
    """A run and what can be computed from it. `on_new` and `on_trained` use its last weights, without dropout."""

    run: Run

    @property
    def loss(self) -> Loss:
        """The loss of the run."""
        return loss_of(self.run.experiment.loss)

    @property
    def data(self) -> Dataset:
        """The points of the run."""
        return self.run.dataset

    @property
    def noise(self) -> Noise:
        """The noise of the points; Gaussian if no truth is known."""
        return NOISES["gaussian"] if self.data.truth is None else self.data.truth.noise

    @property
    def floor(self) -> float | None:
        """The lowest expected loss on new points; None if no truth is known or the loss has no floor."""
        return self.levels.floor

    def shown(self, value: float) -> str:
        """A value of this loss as text."""
        return quantity(value) if self.loss.unit_power else number(value)

    @cached_property
    def levels(self) -> Levels:
        """The levels that the loss is compared with."""
        return levels(self.loss, self.data)

    @cached_property
    def on_new(self) -> Average:
        """The loss on held-out points."""
        return self._average(self.run.on_held_out, self.data.y_held_out)

    @cached_property
    def on_trained(self) -> Average:
        """The loss on training points."""
        stride = -(-len(self.data.x) // POINTS)
        return self._average(self.run.outputs(self.data.x[::stride]), self.data.y[::stride])

    @cached_property
    def optimum_status(self) -> str:
        """Whether the loss has a minimum on this noise: "found"; if not, "unbounded" or "escapes"."""
        status = self.loss.optimum(self.noise, self._true_std).status
        # On Gaussian noise learned degrees of freedom go to infinity, but the predictions converge: that is no fault.
        floor = self.levels.constant if self.data.truth is None else self.floor
        settles = floor is not None and self.loss.constant is not None
        return "found" if status == "escapes" and settles else status

    @property
    def _true_std(self) -> float:
        """The typical true σ, or the std of all y if no truth is known."""
        truth, data = self.data.truth, self.data
        return geometric_mean(data.y.std() if truth is None else truth.std(data.x))

    @cached_property
    def std(self) -> np.ndarray:
        """Predicted std at the x of `costs`, under the chosen reading."""
        return read_as(self.run.experiment.loss.reading, self.run.experiment, self.outputs).std

    @cached_property
    def bound_ends(self) -> tuple[float, float] | None:
        """The smallest and largest std that the bound of the loss allows; None if it has no bound."""
        settings = self.run.experiment.loss
        if self.loss.name == "clamped":
            low, high = (float(np.exp(0.5 * end)) for end in self.loss.values)
            return low, high
        return (settings.least_std, settings.most_std) if settings.bound in ("clamp", "soft") else None

    @cached_property
    def band(self) -> tuple[float, float] | None:
        """Where the loss of the best possible net lies on as many points as in `on_trained`: floor ± 2 std errors."""
        if self.floor is None or self.levels.deviation is None:
            return None
        return floor_band(self.floor, self.levels.deviation, self.on_trained.n)

    @cached_property
    def terms(self) -> tuple[float, float, float]:
        """Residual term, scale term and regulariser on new points."""
        y, outputs = self.data.y_held_out, self.run.on_held_out.T[: len(self.loss.outputs)]
        with np.errstate(all="ignore"):
            residual, scale, regulariser = (float(np.mean(term)) for term in self.loss.evaluate(np, y, outputs))
        return residual, scale, regulariser

    @cached_property
    def residual_due(self) -> float | None:
        """The residual term at the optimum of a loss exp(−s)·g(r) + c·s, for any σ: ½ for a Gaussian NLL."""
        truth = self.data.truth
        if truth is None or not self.loss.weighted_power or self.loss.limits.bound != "none":
            return None
        return self.loss.optimum(truth.noise, 1.0).terms[0]

    @cached_property
    def price_of_family(self) -> float | None:
        """Nats per point from the truth to the best fit of this loss as it is read; None without either."""
        truth, settings = self.data.truth, self.run.experiment.loss
        if truth is None or not self.loss.has_scale:
            return None
        std = float(np.median(truth.std(self.data.x_evaluation)))
        optimum = self.loss.optimum(truth.noise, std)
        if not np.isfinite(optimum.outputs).all():
            return None
        fitted = read_as(settings.reading, self.run.experiment, np.array(optimum.outputs)[None])
        with np.errstate(all="ignore"):  # a loss without a minimum may have an extreme optimum
            entropy = truth.noise.entropy + np.log(std)
            price = fitted.cross_entropy(np.zeros(1), np.full(1, std), truth.noise) - entropy
        return float(price[0]) if np.isfinite(price[0]) else None

    @cached_property
    def learns(self) -> str:
        """What the second output learns: the words of its row, or what the doctor finds for a typed formula."""
        if self.loss.name != "typed":
            return self.loss.learns
        estimate = self._examined.estimate
        return f"with this formula exp(s) learns {estimate.name}" if estimate else "the outputs fit another reading"

    @property
    def off_centre(self) -> str | None:
        """What the first output of a typed formula learns, if neither mean nor median: "the 0.9 quantile"."""
        location = (self._examined.location if self.loss.name == "typed" else None) or ""
        return location if "quantile" in location or "off" in location else None

    @cached_property
    def _examined(self) -> Diagnosis:
        return examine(self.loss, self.noise, self._true_std)

    @cached_property
    def above_floor(self) -> float | None:
        """Nats by which the loss on new points is above the floor, beyond sampling error."""
        return None if self.floor is None else self._beyond_luck(self.floor, self.on_new)

    @cached_property
    def above_trained(self) -> float:
        """Nats by which the loss on new points is above that on training points, beyond sampling error."""
        return self._beyond_luck(self.on_trained.mean, self.on_new)

    @cached_property
    def outputs(self) -> np.ndarray:
        """Outputs (n, H) at the x of `costs`: the evaluation points, or the held-out points if no truth is known."""
        return self.run.on_held_out if self.data.truth is None else self.run.on_evaluation

    @cached_property
    def costs(self) -> dict[str, np.ndarray]:
        """The cost of each reading at each x, nats: the gap to the truth, or the NLL of held-out y without a truth."""
        data, experiment = self.data, self.run.experiment
        readings = {name: read_as(name, experiment, self.outputs) for name in self.loss.readings}
        with np.errstate(all="ignore"):
            if data.truth is None:
                return {name: predictive.nll(data.y_held_out) for name, predictive in readings.items()}
            return {name: gap(predictive, data.x_evaluation, data.truth) for name, predictive in readings.items()}

    @cached_property
    def best_reading(self) -> str:
        """The reading with the lowest cost."""
        return min(self.costs, key=lambda name: float(np.mean(self.costs[name])))

    def saves(self, reading: str) -> float:
        """Nats per point by which `reading` is better than the chosen one; without a truth, beyond sampling error."""
        with np.errstate(invalid="ignore"):  # outputs that diverged have an infinite cost under every reading
            saved = self.costs[self.run.experiment.loss.reading] - self.costs[reading]
            luck = 2 * float(np.std(saved)) / np.sqrt(len(saved)) if self.data.truth is None else 0.0
        return float(np.mean(saved)) - min(luck, ALLOWANCE)

    def _average(self, outputs: np.ndarray, y: np.ndarray) -> Average:
        return Average.of(self.loss.value(y, outputs.T[: len(self.loss.outputs)], bounded=True))

    def _beyond_luck(self, low: float, average: Average) -> float:
        if not np.isfinite(average.mean):
            return np.inf
        distance = nats_between(self.loss, low, average.mean)
        luck = distance - nats_between(self.loss, low, average.mean - 2 * average.error)
        return distance - min(luck, ALLOWANCE)
