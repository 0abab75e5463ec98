"""What findings judge a run by, each computed once and only when a rule asks for it."""

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
        return loss_of(self.run.experiment.loss)

    @property
    def data(self) -> Dataset:
        """Its points."""
        return self.run.dataset

    @cached_property
    def floor(self) -> float | None:
        """The lowest the loss can average on new points; None where no truth is known, or there is none."""
        return self.levels.floor

    @cached_property
    def levels(self) -> Levels:
        """The levels that its loss is judged by."""
        return levels(self.loss, self.data)

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
    def runs_to(self) -> str:
        """Where the expected loss is lowest on this noise, or on Gaussian noise where none is known: "found" for a
        place, "unbounded" or "escapes" for none."""
        truth = self.data.truth
        noise = NOISES["gaussian"] if truth is None else truth.noise
        status = self.loss.optimum(noise, float(np.exp(np.mean(np.log(self._true_std))))).status
        # Learned degrees of freedom go to infinity on Gaussian noise, and nobody minds: the predictions settle.
        floor = self.levels.constant if truth is None else self.floor
        settles = floor is not None and np.isfinite(floor) and self.loss.constant is not None
        return "found" if status == "escapes" and settles else status

    @property
    def _true_std(self) -> np.ndarray:
        truth, data = self.data.truth, self.data
        return np.array([data.y.std()]) if truth is None else truth.std(data.x)

    @cached_property
    def std(self) -> np.ndarray:
        """Predicted std at the x of `costs`, as it is read."""
        return read_as(self.run.experiment.loss.reading, self.run.experiment, self.outputs).std

    @cached_property
    def typical_std(self) -> float:
        """The median predicted std."""
        return float(np.median(self.std))

    @cached_property
    def bound_ends(self) -> tuple[float, float] | None:
        """The least and the largest std that the loss's bound allows, where it has one."""
        settings = self.run.experiment.loss
        if self.loss.name == "clamped":
            low, high = (float(np.exp(0.5 * end)) for end in self.loss.numbers)
            return low, high
        return (settings.least_std, settings.most_std) if settings.bound in ("clamp", "soft") else None

    @cached_property
    def band(self) -> tuple[float, float] | None:
        """What the best possible net has on as many points as were looked at of the training: floor ± 2 standard
        errors."""
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
        """The residual term at the optimum, where it is one number for every σ: ½ for a Gaussian NLL.

        None for a loss that is not exp(−s)·g(r) + c·s, whose residual term has no such number.
        """
        truth = self.data.truth
        if truth is None or not self.loss.weighted_power or self.loss.limits.bound != "none":
            return None
        return self.loss.optimum(truth.noise, 1.0).terms[0]

    @cached_property
    def scale_factor(self) -> float | None:
        """By how much the predicted std is too small, judged by the residual term; None where that tells nothing."""
        due = self.residual_due
        if due is None or not np.isfinite(self.residual) or self.residual <= 0:
            return None
        return float((self.residual / due) ** (1 / self.loss.weighted_power))

    @cached_property
    def won_by_scale(self) -> float:
        """Nats a point that one factor on the predicted spread would win on new points."""
        due = self.residual_due
        if due is None:
            return 0.0
        # exp(−s)·g + c·s: with s moved by log(ratio) the residual term becomes `due`, and c = due at the optimum.
        ratio = self.residual / due
        return float(due * (ratio - 1 - np.log(ratio)) / (self.loss.unit_shift or 1.0))

    @cached_property
    def worst_tenth(self) -> tuple[float, float, float]:
        """The tenth of x on which most of the cost lies, and its share of it: (from, to, share)."""
        x = self.data.x_evaluation
        cost = np.maximum(self.costs[self.best_reading], 0)
        if not np.isfinite(cost).all() or not cost.sum():
            return float(x[0]), float(x[-1]), 0.0
        width = len(x) // 10
        sums = np.convolve(cost, np.ones(width), mode="valid")
        at = int(np.argmax(sums))
        return float(x[at]), float(x[at + width - 1]), float(sums[at] / cost.sum())

    @cached_property
    def cost(self) -> float | None:
        """What the predictions cost over the truth as they are read, nats a point; None where no truth is known."""
        if self.data.truth is None:
            return None
        return float(np.mean(self.costs[self.run.experiment.loss.reading]))

    @cached_property
    def price_of_family(self) -> float | None:
        """Nats a point between the truth and the best that this loss can fit to it, as it is read.

        None where the truth is not known or the loss has no optimum.
        """
        truth, settings = self.data.truth, self.run.experiment.loss
        if truth is None or not self.loss.has_scale:
            return None
        std = float(np.median(truth.std(self.data.x_evaluation)))
        optimum = self.loss.optimum(truth.noise, std)
        if not np.isfinite(optimum.outputs).all():
            return None
        fitted = read_as(settings.reading, self.run.experiment, np.array(optimum.outputs)[None])
        with np.errstate(all="ignore"):  # a loss without an end has fitted something absurd
            entropy = truth.noise.entropy + np.log(std)
            price = fitted.cross_entropy(np.zeros(1), np.full(1, std), truth.noise) - entropy
        return float(price[0]) if np.isfinite(price[0]) else None

    @property
    def noise_label(self) -> str:
        """The noise's name, for a sentence."""
        return NOISES[self.run.experiment.noise.family].label

    @cached_property
    def learns(self) -> str:
        """What the second output comes to stand for: the row's words, or what the doctor finds of a typed formula."""
        if self.loss.name != "typed":
            return self.loss.learns
        estimate = self._examined.estimate
        return (
            "the outputs fit another reading"
            if estimate is None
            else f"with this formula exp(s) learns {estimate.name}"
        )

    @property
    def off_the_middle(self) -> str | None:
        """Where a typed formula takes the first output, if that is neither a mean nor a median: "the 0.9 quantile"."""
        location = self._examined.location if self.loss.name == "typed" else None
        return location if location is not None and ("quantile" in location or "off" in location) else None

    @cached_property
    def _examined(self) -> Diagnosis:
        truth = self.data.truth
        noise = NOISES["gaussian"] if truth is None else truth.noise
        return examine(self.loss, noise, float(np.exp(np.mean(np.log(self._true_std)))))

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
        """Outputs (n, H) at the x of `costs`: the evaluation points, else, where no truth is known, the held-out."""
        return self.run.on_held_out if self.data.truth is None else self.run.on_evaluation

    @cached_property
    def costs(self) -> dict[str, np.ndarray]:
        """What each reading of this loss costs at each x, nats: the gap to the truth, else the NLL of held-out y."""
        data, experiment = self.data, self.run.experiment
        read = {name: read_as(name, experiment, self.outputs) for name in self.loss.readings}
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            if data.truth is None:
                return {name: predictive.nll(data.y_held_out) for name, predictive in read.items()}
            return {name: gap(predictive, data.x_evaluation, data.truth) for name, predictive in read.items()}

    @cached_property
    def best_reading(self) -> str:
        """The reading that costs least."""
        return min(self.costs, key=lambda name: float(np.mean(self.costs[name])))

    def saves(self, reading: str) -> float:
        """Nats a point by which `reading` is better than the chosen one, beyond luck where no truth is known."""
        with np.errstate(invalid="ignore"):  # no reading of outputs that ran away costs a finite number
            saved = self.costs[self.run.experiment.loss.reading] - self.costs[reading]
            luck = 2 * float(np.std(saved)) / np.sqrt(len(saved)) if self.data.truth is None else 0.0
        return float(np.mean(saved)) - min(luck, ALLOWANCE)

    def _average(self, outputs: np.ndarray, y: np.ndarray) -> Average:
        return Average.of(self.loss.value(y, outputs.T[: len(self.loss.outputs)], bounded=True))

    def _beyond_luck(self, low: float, found: Average) -> float:
        if not np.isfinite(found.mean):
            return np.inf
        distance = nats_between(self.loss, low, found.mean)
        luck = distance - nats_between(self.loss, low, found.mean - 2 * found.error)
        return distance - min(luck, ALLOWANCE)
