"""The numbers that findings judge a run by, each computed once and only when a rule asks for it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.data.dataset import Dataset
from core.data.noise import NOISES
from core.diagnosis.doctor.examination import Diagnosis, examine
from core.evaluation.levels import Levels, levels, nats_between
from core.evaluation.truth import gap
from core.experiment.build import read_as
from core.experiment.loss_settings import loss_of
from core.model.losses import Loss
from core.training.run import Run

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

    @cached_property
    def floor(self) -> float | None:
        """The lowest expected loss on new points; None if no truth is known or the loss has no floor."""
        return self.levels.floor

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
        """Whether the expected loss has a minimum on this noise (Gaussian if unknown).

        "found" if it has one, "unbounded" or "escapes" if not.
        """
        truth = self.data.truth
        noise = NOISES["gaussian"] if truth is None else truth.noise
        status = self.loss.optimum(noise, float(np.exp(np.mean(np.log(self._true_std))))).status
        # On Gaussian noise learned degrees of freedom go to infinity, but the predictions converge: that is no fault.
        floor = self.levels.constant if truth is None else self.floor
        settles = floor is not None and np.isfinite(floor) and self.loss.constant is not None
        return "found" if status == "escapes" and settles else status

    @property
    def _true_std(self) -> np.ndarray:
        truth, data = self.data.truth, self.data
        return np.array([data.y.std()]) if truth is None else truth.std(data.x)

    @cached_property
    def std(self) -> np.ndarray:
        """Predicted std at the x of `costs`, under the chosen reading."""
        return read_as(self.run.experiment.loss.reading, self.run.experiment, self.outputs).std

    @cached_property
    def typical_std(self) -> float:
        """The median predicted std."""
        return float(np.median(self.std))

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
        width = 2 * self.levels.deviation / np.sqrt(self.on_trained.n)
        return self.floor - width, self.floor + width

    @cached_property
    def terms(self) -> tuple[float, float, float]:
        """Residual term, scale term and regulariser on new points."""
        y, outputs = self.data.y_held_out, self.run.on_held_out.T[: len(self.loss.outputs)]
        with np.errstate(all="ignore"):
            residual, scale, regulariser = (float(np.mean(term)) for term in self.loss.evaluate(np, y, outputs))
        return residual, scale, regulariser

    @property
    def residual(self) -> float:
        """The residual term on new points."""
        return self.terms[0]

    @cached_property
    def residual_due(self) -> float | None:
        """The residual term at the optimum, if it is the same for every σ: ½ for a Gaussian NLL.

        None for a loss that is not of the form exp(−s)·g(r) + c·s.
        """
        truth = self.data.truth
        if truth is None or not self.loss.weighted_power or self.loss.limits.bound != "none":
            return None
        return self.loss.optimum(truth.noise, 1.0).terms[0]

    @cached_property
    def scale_factor(self) -> float | None:
        """The factor by which the predicted std is too small, from the residual term; None if that is unknown."""
        due = self.residual_due
        if due is None or not np.isfinite(self.residual) or self.residual <= 0:
            return None
        return float((self.residual / due) ** (1 / self.loss.weighted_power))

    @cached_property
    def won_by_scale(self) -> float:
        """Nats per point that one factor on the predicted spread would gain on new points."""
        due = self.residual_due
        if due is None:
            return 0.0
        # In exp(−s)·g + c·s, adding log(ratio) to s makes the residual term `due`; at the optimum c = due.
        ratio = self.residual / due
        return float(due * (ratio - 1 - np.log(ratio)) / (self.loss.unit_shift or 1.0))

    @cached_property
    def worst_tenth(self) -> tuple[float, float, float]:
        """The tenth of the x range with the largest share of the cost: (from, to, share)."""
        x = self.data.x_evaluation
        cost = np.maximum(self.costs[self.best_reading], 0)
        if not np.isfinite(cost).all() or not cost.sum():
            return float(x[0]), float(x[-1]), 0.0
        width = len(x) // 10
        sums = np.convolve(cost, np.ones(width), mode="valid")
        at = int(np.argmax(sums))
        return float(x[at]), float(x[at + width - 1]), float(sums[at] / cost.sum())

    @cached_property
    def price_of_family(self) -> float | None:
        """Nats per point between the truth and the best fit of this loss to it, under the chosen reading.

        None if the truth is not known or the loss has no optimum.
        """
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

    @property
    def noise_label(self) -> str:
        """The name of the noise, for a sentence."""
        return NOISES[self.run.experiment.noise.family].label

    @cached_property
    def learns(self) -> str:
        """What the second output learns: the words of its row, or what the doctor finds for a typed formula."""
        if self.loss.name != "typed":
            return self.loss.learns
        estimate = self._examined.estimate
        return (
            "the outputs fit another reading"
            if estimate is None
            else f"with this formula exp(s) learns {estimate.name}"
        )

    @property
    def off_centre(self) -> str | None:
        """What the first output of a typed formula learns, if neither mean nor median: "the 0.9 quantile"."""
        location = self._examined.location if self.loss.name == "typed" else None
        return location if location is not None and ("quantile" in location or "off" in location) else None

    @cached_property
    def _examined(self) -> Diagnosis:
        truth = self.data.truth
        noise = NOISES["gaussian"] if truth is None else truth.noise
        return examine(self.loss, noise, float(np.exp(np.mean(np.log(self._true_std)))))

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
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
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
