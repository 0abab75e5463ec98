"""A run as the checker of claims sees it: what is true of it, from quadrature and formulas of its own."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..diagnosis.finding import Finding
from ..evaluation.expected_loss import best_outputs
from ..experiment.experiment import Experiment
from ..experiment.loss_settings import loss_of
from ..model.losses import Loss
from ..once import cached_property
from ..training.run import Run
from . import own_laws, own_losses, own_optima

Array = NDArray[np.float64]

AVERAGED = 5000  # training points in an average, at most, evenly taken
_SEARCHED_SURELY = 2  # outputs, of which a search finds the lowest place
FEW = 1000  # x at which an expectation is taken
# Losses that are not in nats: the power of the unit of y; and those that count a nat otherwise.
_UNIT_POWER = {"squared_error": 2, "gaussian_crps": 1, "pinball": 1}
_PER_NAT = {"posted": 0.5, "posted_abs": 0.5, "no_half_log": 2.0}


@dataclass(frozen=True, eq=False)
class Case:
    """A run, what was said of it, and what is true of it. Arrays of x are (n,), of outputs (n, H)."""

    run: Run
    finding: Finding

    @property
    def experiment(self) -> Experiment:
        """Its experiment."""
        return self.run.experiment

    @property
    def loss(self) -> Loss:
        """The row of its loss: here for names and shapes alone."""
        return loss_of(self.experiment.loss)

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The settings of its loss, by their short names."""
        return {**self.experiment.loss.model_dump(), "levels": tuple(self.experiment.loss.levels)}

    @property
    def noise(self) -> str:
        """The name of the noise."""
        return self.experiment.noise.family

    @property
    def known(self) -> bool:
        """Whether the truth is known."""
        return self.run.dataset.truth is not None

    def true_mean(self, x: Array) -> Array:
        """f(x)."""
        assert self.run.dataset.truth is not None
        return self.run.dataset.truth.mean(x)

    def true_std(self, x: Array) -> Array:
        """σ(x)."""
        assert self.run.dataset.truth is not None
        return self.run.dataset.truth.std(x)

    def values(self, y: Array, outputs: Array) -> Array:
        """The loss at points y (n,), (n,)."""
        return self._formula(y[:, None], self._columns(outputs), self.settings)[:, 0]

    def expected(self, x: Array, outputs: Array) -> Array:
        """The expected loss at each x, (n,)."""
        z, weights = own_laws.quadrature(self.noise)
        y = self.true_mean(x)[:, None] + self.true_std(x)[:, None] * z
        return self._formula(y, self._columns(outputs), self.settings) @ weights

    def deviation(self, x: Array, outputs: Array) -> Array:
        """The standard deviation of the loss of one point at each x, (n,)."""
        z, weights = own_laws.quadrature(self.noise)
        y = self.true_mean(x)[:, None] + self.true_std(x)[:, None] * z
        values = self._formula(y, self._columns(outputs), self.settings)
        return np.sqrt(np.maximum((values - (values @ weights)[:, None]) ** 2 @ weights, 0))

    def best(self, x: Array, **changed: Any) -> Array | None:
        """The outputs with the lowest expected loss at each x; `changed` are other settings of the loss."""
        settings = {**self.settings, **changed}
        own = own_optima.best(self.loss, settings, self.noise, self.true_mean(x), self.true_std(x))
        truth = self.run.dataset.truth
        if changed or truth is None or len(self.loss.outputs) <= _SEARCHED_SURELY:
            return own
        # A search of many outputs may end beside the lowest place: outputs that reach a lower loss, as worked out here,
        # prove that it did.
        found = [each for each in (own, best_outputs(self.loss, truth, x)) if each is not None]
        return min(found, key=lambda outputs: float(np.mean(self.expected(x, outputs))), default=None)

    def floor(self, x: Array) -> float | None:
        """The lowest expected loss, mean over x; None where there is none."""
        best = self.best(x)
        return None if best is None else float(np.mean(self.expected(x, best)))

    def gap(self, outputs: Array, reading: str | None = None, x: Array | None = None) -> float:
        """KL(true ‖ predicted), mean over the evaluation x or others, of outputs there."""
        x = self.x if x is None else x
        predicted = own_laws.predicted(reading or self.settings["reading"], outputs, self.settings)
        return float(np.mean(own_laws.gap(predicted, self.true_mean(x), self.true_std(x), self.noise)))

    def gap_at_best(self, reading: str, **changed: Any) -> float | None:
        """The gap that the lowest loss leaves, mean over the evaluation x; None without a lowest loss."""
        x, best = self.x, self.best(self.x, **changed)
        if best is None:
            return None
        if not self.loss.has_scale:
            off = best[:, 0] - self.true_mean(x)
            best = np.column_stack([best, np.full(len(x), np.log(np.mean(self.true_std(x) ** 2 + off**2)))])
        return self.gap(best, reading)

    def nats(self, low: float, high: float) -> float:
        """The distance between two values of the loss, in nats."""
        name, offset = self.loss.name, self.settings["offset"]
        if power := _UNIT_POWER.get(name, 0):
            return float(np.log((high + offset) / (low + offset)) / power)
        return (high - low) / _PER_NAT.get(name, 1.0)

    def nats_above(self, nats: float) -> float:
        """The value of the loss that lies so many nats above its floor at `x_new`."""
        name, offset, floor = self.loss.name, self.settings["offset"], self.floor(self.x_new) or 0.0
        if power := _UNIT_POWER.get(name, 0):
            return float((floor + offset) * np.exp(power * nats) - offset)
        return floor + nats * _PER_NAT.get(name, 1.0)

    @cached_property
    def x(self) -> Array:
        """The evaluation x."""
        return self.run.dataset.x_evaluation

    @cached_property
    def x_new(self) -> Array:
        """FEW of the held-out x, evenly taken of the sorted ones."""
        x = np.sort(self.run.dataset.x_held_out)
        return x[np.linspace(0, len(x) - 1, FEW).round().astype(int)]

    @cached_property
    def points_trained(self) -> tuple[Array, Array]:
        """x and y of at most AVERAGED training points."""
        data = self.run.dataset
        step = -(-len(data.x) // AVERAGED)
        return data.x[::step], data.y[::step]

    @cached_property
    def on_new(self) -> Array:
        """The loss on the held-out points."""
        return self.values(self.run.dataset.y_held_out, self.run.on_held_out)

    @cached_property
    def on_trained(self) -> Array:
        """The loss on the training points."""
        x, y = self.points_trained
        return self.values(y, self.run.outputs(x))

    @property
    def mean_new(self) -> float:
        """The mean loss on the held-out points."""
        return float(np.mean(self.on_new))

    @property
    def mean_trained(self) -> float:
        """The mean loss on the training points."""
        return float(np.mean(self.on_trained))

    @property
    def values_at_start(self) -> Array:
        """The loss at the first training points where every output is as small as at the start, (n,)."""
        x, y = (each[:100] for each in self.points_trained)
        near = [[-0.1], [0.0], [0.1]]
        scales = np.repeat(near, len(x), axis=0)
        outputs = np.column_stack([np.full(len(scales), y.mean()), *[scales[:, 0]] * (len(self.loss.outputs) - 1)])
        return self.values(np.tile(y, len(near)), outputs)

    @property
    def off_mean_at_best(self) -> float:
        """How far the first output lies from the mean at the lowest loss of σ = 1, in σ."""
        best = own_optima.best(self.loss, self.settings, self.noise, np.zeros(1), np.ones(1))
        return np.inf if best is None else float(best[0, 0])

    @cached_property
    def excess(self) -> float | None:
        """The expected loss above its floor, nats per point; None without a floor, infinite where it has no value."""
        floor = self.floor(self.x_new)
        if floor is None or not self.run.has_curve:
            return None
        reached = float(np.mean(self.expected(self.x_new, self.run.outputs(self.x_new))))
        return self.nats(floor, reached) if np.isfinite(reached) else np.inf

    @cached_property
    def own_gap(self) -> float:
        """The gap of the run as it is read."""
        return self.gap(self.run.on_evaluation)

    @cached_property
    def band(self) -> tuple[float, float] | None:
        """Floor at the training x ∓ 2 standard errors of the mean loss there; no error in y is below 0."""
        x = self.points_trained[0]
        best = self.best(x)
        if best is None:
            return None
        floor, each = float(np.mean(self.expected(x, best))), self.deviation(x, best)
        error = float(np.sqrt(np.mean(each**2) / len(x)))
        least = -self.loss.offset if self.loss.unit_power else -np.inf
        return max(least, floor - 2 * error), floor + 2 * error

    @cached_property
    def std(self) -> Array:
        """The predicted std at the evaluation x, or on held-out rows where no truth is known."""
        outputs = self.run.on_evaluation if self.known else self.run.on_held_out
        return own_laws.predicted(self.settings["reading"], outputs, self.settings).std[:, 0]

    @property
    def std_ratio(self) -> Array:
        """Predicted std over true std at the evaluation x."""
        return self.std / self.true_std(self.x)

    @property
    def gap_as_meant(self) -> float | None:
        """The gap of a typed formula read as it means itself, a Gaussian; None where it has no simple meaning."""
        meant = own_losses.TYPED_STD.get(self.settings["formula"])
        if meant is None:
            return None
        outputs = self.run.on_evaluation
        log_variance = 2 * np.log(meant(outputs[:, 1], own_optima.median_and_mad(self.noise)[1]))
        return self.gap(np.column_stack([outputs[:, 0], log_variance]), "log_variance")

    @cached_property
    def retrained(self) -> Run | None:
        """The run with the change of its first fix, trained again; None without a fix."""
        from ..training.loop import train

        if not self.finding.fixes:
            return None
        return train(self.experiment.with_settings(self.finding.fixes[0].settings))

    @property
    def _formula(self) -> own_losses.Formula:
        return own_losses.loss(self.loss.name, self.settings)

    def _columns(self, outputs: Array) -> list[Array]:
        return [np.asarray(column, float)[:, None] for column in outputs.T[: len(self.loss.outputs)]]
