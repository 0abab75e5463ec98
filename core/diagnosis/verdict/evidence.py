"""The numbers that findings judge a run by, each computed once and only when a rule asks for it.

Where the truth is known, a run is judged by its *expected* loss at the x of its held-out points, by quadrature, and by
the loss of the truth itself on the same points: neither depends on which values the noise happened to take.
"""

from dataclasses import dataclass

import numpy as np

from ...data.dataset import Dataset
from ...data.noise import NOISES, Noise
from ...distributions.laws import gaussian
from ...evaluation.cost_split import CostSplit, cost_split
from ...evaluation.expected_loss import best_outputs, expected_loss, floors, gap_at_optimum, is_identified
from ...evaluation.levels import Levels, levels, nats_between
from ...evaluation.loss_parts import floor_band, geometric_mean
from ...evaluation.truth import gap
from ...experiment.build import read_as
from ...experiment.loss_settings import loss_of
from ...model.losses import LOSSES, Loss
from ...once import cached_property
from ...training.run import Run
from ...words import number, quantity
from ..doctor.examination import Diagnosis, examine
from ..doctor.head_meaning import HeadMeaning, has_head, head_meaning

POINTS = 5000  # in an average, at most
JUDGED = 600  # x at which an expectation is taken, at most
ASKED = 200  # training points that are asked for a gradient, at most
AGREES = 0.03  # nats: a reading that is no farther from the truth is as good
OTHER_STDS = (0.2, 5.0)  # times the true one, at which a reading must fit too
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

    def shown(self, value: float) -> str:
        """A value of this loss as text."""
        return quantity(value) if self.loss.unit_power else number(value)

    @cached_property
    def levels(self) -> Levels:
        """The levels that the loss is compared with."""
        return levels(self.loss, self.data)

    @cached_property
    def floor(self) -> float | None:
        """The lowest expected loss at the x of the held-out points; None without a known truth or without a floor."""
        return self._floor_at(self.data.x_held_out)

    @cached_property
    def on_new(self) -> Average:
        """The loss on held-out points."""
        return Average.of(self._loss_at(self.run.on_held_out, self.data.y_held_out))

    @cached_property
    def on_trained(self) -> Average:
        """The loss on training points, at most POINTS of them."""
        return Average.of(self._loss_at(self.run.outputs(self._trained[0]), self._trained[1]))

    @cached_property
    def truth_on_new(self) -> Average | None:
        """The loss of the best outputs at each x, which the truth gives, on the held-out points; None without them."""
        return self._of_truth(self.data.x_held_out, self.data.y_held_out)

    @cached_property
    def truth_on_trained(self) -> Average | None:
        """The same on the training points of `on_trained`."""
        return self._of_truth(*self._trained)

    @cached_property
    def band(self) -> tuple[float, float] | None:
        """Where the loss of the truth lies on as many points as in `on_trained`: their floor ± 2 standard errors."""
        x, truth = self._trained[0], self.data.truth
        floor = self._floor_at(x)
        best = None if truth is None or floor is None else best_outputs(self.loss, truth, x[:: -(-len(x) // JUDGED)])
        if truth is None or floor is None or best is None:
            return None
        deviation = expected_loss(self.loss, truth, x[:: -(-len(x) // JUDGED)], best)[1]
        return floor_band(floor, float(np.sqrt(np.mean(deviation**2))), len(x), self.loss.least)

    @cached_property
    def x_judged(self) -> np.ndarray:
        """At most JUDGED of the held-out x, in their order."""
        x = np.sort(self.data.x_held_out, axis=0)
        return x[np.unique(np.linspace(0, len(x) - 1, JUDGED).round().astype(int))]

    @cached_property
    def above_floor(self) -> float | None:
        """Nats by which the expected loss at the x of the held-out points is above its floor; None without a floor."""
        return None if self._best is None else self.excess_of(self.run)

    def excess_of(self, run: Run) -> float:
        """`above_floor` of another run on the same data, whose loss has the same value at each output."""
        truth, best = self.data.truth, self._best
        if truth is None or best is None:
            raise ValueError("an excess needs a floor")
        net, _ = expected_loss(loss_of(run.experiment.loss), truth, self.x_judged, run.outputs(self.x_judged))
        least, reached = float(np.mean(best)), float(np.mean(net))
        return nats_between(self.loss, least, reached) if np.isfinite(reached) else np.inf

    @cached_property
    def above_floor_on_trained(self) -> float | None:
        """Nats by which the loss on the training points is above that of the truth on the same points."""
        truth = self.truth_on_trained
        return None if truth is None else nats_between(self.loss, truth.mean, self.on_trained.mean)

    @cached_property
    def above_trained(self) -> float:
        """Nats by which the loss on new points is above that on training points.

        With a known truth both are taken against it, so that the luck of the points cancels. Without, it is what is
        left beyond sampling error.
        """
        trained = self.above_floor_on_trained
        if trained is not None and self.above_floor is not None:
            return self.above_floor - trained
        return self._beyond_luck(self.on_trained.mean, self.on_new)

    @cached_property
    def fits_trained(self) -> bool:
        """Whether the loss on the training points is as low as that of the truth, or lower: at or below the band."""
        return self.band is None or self.on_trained.mean <= self.band[1]

    def loss_on_new_of(self, run: Run) -> float:
        """The mean loss of another run on the same held-out points."""
        return Average.of(Evidence(run)._loss_at(run.outputs(self.data.x_held_out), self.data.y_held_out)).mean

    @cached_property
    def dead_share(self) -> float:
        """The share of the training points at which no output beside the first has a gradient that can move it."""
        few = np.unique(np.linspace(0, len(self.data.x) - 1, ASKED).round().astype(int))
        y, outputs = self.data.y[few], self.run.outputs(self.data.x[few]).T[: len(self.loss.outputs)]
        if not self.loss.has_scale or not np.isfinite(outputs).all():
            return 0.0
        gradient, limits = self.loss.gradient(y, outputs)[1:], self.loss.limits
        still = (gradient == 0) | ~np.isfinite(gradient)
        if limits.bound == "clamp":
            ends = np.array([limits.low[1:], limits.high[1:]])[:, :, None]
            still |= np.isclose(outputs[1:], ends, rtol=1e-6, atol=1e-6).any(axis=0)
        return float(np.mean(still.all(axis=0)))

    @cached_property
    def optimum_status(self) -> str:
        """Whether the loss has a minimum on this noise: "found"; if not, "unbounded" or "escapes"."""
        # A soft limit only nears its ends as s goes to infinity: there the outputs, as it bends them, have settled.
        loss = self.loss.without_limits() if self.loss.limits_outputs else self.loss
        status = loss.optimum(self.noise, self._true_std).status
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
        """The smallest and largest std, as it is read, that the bound of the loss allows; None if it sets none.

        Of more than two outputs a bound on one leaves the std free.
        """
        experiment = self.run.experiment
        if not self.loss.limits_outputs or len(self.loss.outputs) != 2:
            return None
        ends = np.array([[0.0, self.loss.limits.low[1]], [0.0, self.loss.limits.high[1]]])
        low, high = sorted(float(end) for end in read_as(experiment.loss.reading, experiment, ends).std)
        return low, high

    @cached_property
    def terms(self) -> tuple[float, float, float]:
        """Residual term, scale term and regulariser on new points."""
        y, outputs = self.data.y_held_out, self.run.on_held_out.T[: len(self.loss.outputs)]
        with np.errstate(all="ignore"):
            residual, scale, regulariser = (float(np.mean(term)) for term in self.loss.evaluate(np, y, outputs))
        return residual, scale, regulariser

    @cached_property
    def learns(self) -> str:
        """What the second output learns: the words of its row, or what the doctor finds for a typed formula."""
        if self.loss.name != "typed":
            return self.loss.learns
        estimate = self._examined.estimate
        return f"with this formula exp(s) learns {estimate.name}" if estimate else "the outputs fit another reading"

    @cached_property
    def meaning(self) -> HeadMeaning | None:
        """What the second output of a typed formula means on this noise, if it is a formula or s cannot learn.

        None for another loss, without a truth, or where s means nothing that can be said: readings are then compared.
        """
        if self.loss.name != "typed" or self.data.truth is None or not has_head(self.loss):
            return None
        found = head_meaning(self.loss, self.noise, self._true_std)
        return found if found.formula is not None or found.status in ("level", "escapes") else None

    def gap_by_formula(self, outputs: np.ndarray) -> float:
        """The mean gap at the evaluation x if the std is what a typed formula itself takes it to be, nats."""
        truth, meaning = self.data.truth, self.meaning
        if truth is None or meaning is None:
            return np.inf
        with np.errstate(all="ignore"):
            predictive = gaussian(outputs[:, 0], meaning.std(outputs[:, 1]))
            found = float(np.mean(gap(predictive, self.data.x_evaluation, truth)))
        return found if np.isfinite(found) else np.inf

    @property
    def gap_as_meant(self) -> float:
        """The mean gap of the run if a typed formula is read as it is meant: by itself, or by a reading that agrees."""
        read = [float(np.mean(self.costs[name])) for name in self.agreeing]
        return min([self.gap_by_formula(self.outputs), *read])

    @cached_property
    def agreeing(self) -> tuple[str, ...]:
        """The readings that are as good at the lowest loss as a typed formula's own meaning, also at other σ.

        At one σ alone a reading may fit by chance.
        """
        if self.meaning is None:
            return ()
        stds = [ratio * self._true_std for ratio in (1, *OTHER_STDS)]
        own = gap_at_optimum(LOSSES["gaussian_nll"], "log_variance", self.noise, 1.0)
        worst = {
            name: max(gap_at_optimum(self.loss, name, self.noise, std) for std in stds) for name in self.loss.readings
        }
        return tuple(sorted((name for name in worst if worst[name] < own + AGREES), key=worst.__getitem__))

    @property
    def off_centre(self) -> str | None:
        """What the first output of a typed formula learns, if neither mean nor median: "the 0.9 quantile"."""
        location = (self._examined.location if self.loss.name == "typed" else None) or ""
        return location if "quantile" in location or "off" in location else None

    @cached_property
    def _examined(self) -> Diagnosis:
        return examine(self.loss, self.noise, self._true_std)

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

    @cached_property
    def split(self) -> CostSplit | None:
        """The gap to the truth under the chosen reading, by cause; None without a truth, or if it is not finite."""
        return None if self.data.truth is None else self.split_as(self.run.experiment.loss.reading)

    def split_as(self, reading: str) -> CostSplit | None:
        """The gap to the truth under any reading, by cause."""
        truth, experiment = self.data.truth, self.run.experiment
        if truth is None:
            return None
        return cost_split(
            lambda indices: read_as(reading, experiment, self.outputs[indices]), self.data.x_evaluation, truth
        )

    @cached_property
    def _trained(self) -> tuple[np.ndarray, np.ndarray]:
        stride = -(-len(self.data.x) // POINTS)
        return self.data.x[::stride], self.data.y[::stride]

    @cached_property
    def _best(self) -> np.ndarray | None:
        """The lowest expected loss at each of `x_judged`; None where there is none."""
        truth = self.data.truth
        if truth is None or self.loss.fits_constant:
            return None
        if is_identified(self.loss):
            outputs = best_outputs(self.loss, truth, self.x_judged)
            return None if outputs is None else expected_loss(self.loss, truth, self.x_judged, outputs)[0]
        least = floors(self.loss, truth, self.x_judged)
        return least if np.isfinite(least).all() else None

    def _floor_at(self, x: np.ndarray) -> float | None:
        if self.data.truth is None:
            return None
        if self.loss.fits_constant:
            return self.levels.floor
        floor = float(np.mean(floors(self.loss, self.data.truth, x)))
        return floor if np.isfinite(floor) else None

    def _of_truth(self, x: np.ndarray, y: np.ndarray) -> Average | None:
        truth = self.data.truth
        known = truth is not None and is_identified(self.loss)  # others are known in their expected loss alone
        outputs = best_outputs(self.loss, truth, x) if known and truth is not None else None
        return None if outputs is None else Average.of(self._loss_at(outputs, y))

    def _loss_at(self, outputs: np.ndarray, y: np.ndarray) -> np.ndarray:
        return self.loss.value(y, outputs.T[: len(self.loss.outputs)], bounded=True)

    def _beyond_luck(self, low: float, average: Average) -> float:
        if not np.isfinite(average.mean):
            return np.inf
        distance = nats_between(self.loss, low, average.mean)
        luck = distance - nats_between(self.loss, low, average.mean - 2 * average.error)
        return distance - min(luck, ALLOWANCE)
