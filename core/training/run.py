"""The record of a run: plain arrays and words, written once and read by every page. `run_bytes` stores it.

`Frame` is one moment of a training that goes on; `Run` is the whole training once it has ended. Both hold the network's
outputs in the unit of y, before any reading, so that another reading redraws and rescores without training.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from core.data.dataset import GRID, Dataset
from core.data.tables.encoding import Encoding, Feature, inputs_of
from core.distributions.laws import Predictive
from core.distributions.transformed import ExpPredictive
from core.evaluation.judged import Judged
from core.evaluation.scores import QUICK, SCORES, estimates
from core.experiment.build import architecture_of, dataset_of, read
from core.experiment.experiment import Experiment
from core.experiment.loss_settings import loss_of
from core.model.networks import Architecture, predict
from core.training.frame import history_table, outputs_of
from core.training.scaling import Scaling

if TYPE_CHECKING:
    import pandas as pd

STATUSES = ("done", "stopped", "diverged", "failed")


@dataclass(frozen=True, eq=False)  # a record is itself: comparing arrays would answer with arrays
class Run:
    """The result of a training: status (one of STATUSES), words, times, weights, history and film.

    weights: (parameters,) float32, in training units; empty if no step was taken.
    frame_outputs: (frames, n_grid, H), in the unit of y: the outputs of the loss; if it has a mean alone, the constant
        log variance of the residuals is the second.
    """

    experiment: Experiment
    status: str
    message: str
    steps_done: int
    seconds: float
    device: str
    scaling: Scaling
    weights: np.ndarray
    residual_log_variance: float | None  # of the training points, if the loss trains no second output
    history_rows: np.ndarray
    frame_steps: np.ndarray
    frame_outputs: np.ndarray
    frame_held_out_loss: np.ndarray
    versions: Mapping[str, str] = field(default_factory=dict)
    created: str = ""
    encoding: Encoding | None = None  # how rows of its table become inputs; None for simulated points

    @classmethod
    def without_steps(cls, experiment: Experiment, status: str, message: str) -> "Run":
        """The record of a training that never took a step."""
        outputs = max(2, len(loss_of(experiment.loss).outputs))
        weights, steps, losses = np.empty(0, np.float32), np.empty(0, np.int64), np.empty(0)
        history, film = np.empty((0, 4), np.float32), np.empty((0, GRID, outputs), np.float32)
        return cls(experiment, status, message, 0, 0.0, "", Scaling(), weights, None, history, steps, film, losses)

    @property
    def key(self) -> str:
        """The key of its experiment."""
        return self.experiment.key

    @property
    def has_curve(self) -> bool:
        """Whether it has weights, all of them finite: without them there is no prediction."""
        return self.weights.size > 0 and bool(np.isfinite(self.weights).all())

    @cached_property
    def history(self) -> "pd.DataFrame":
        """step, loss, residual, scale, regulariser: at most 500 rows, each the mean over its steps."""
        return history_table(self.history_rows)

    @property
    def architecture(self) -> Architecture:
        """The shapes of its network."""
        return architecture_of(self.experiment, self.scaling.inputs)

    @property
    def input_encoding(self) -> Encoding:
        """How rows become its inputs; a run on simulated points has the single feature x."""
        if self.encoding is not None:
            return self.encoding
        data = self.experiment.data
        return Encoding("y", (Feature("x", "number", low=data.x_min, high=data.x_max),))

    @cached_property
    def dataset(self) -> Dataset:
        """The points it was trained and scored on."""
        return dataset_of(self.experiment)

    def outputs(self, x: Any) -> np.ndarray:
        """Outputs (n, H) at x, in the unit of what was fitted: y, or its log. x is as in `predict`."""
        loss = loss_of(self.experiment.loss)
        inputs = inputs_of(x, self.input_encoding)
        raw = predict(self.weights, self.scaling.x_in(inputs), self.architecture)
        outputs = outputs_of(loss, raw, self.scaling)
        if loss.has_scale:
            return outputs
        return np.column_stack([outputs, np.full(len(outputs), self.residual_log_variance)])

    def predictive(self, x: Any) -> Predictive:
        """The predictive distribution at x by the experiment's reading, in the unit of y. x is as in `predict`."""
        return self.read(self.outputs(x))

    def read(self, outputs: np.ndarray) -> Predictive:
        """The predictive distribution of outputs (…, H) of this run, in the unit of y."""
        return self.in_unit_of_y(read(self.experiment, outputs))

    def in_unit_of_y(self, predictive: Predictive) -> Predictive:
        """A distribution of what was fitted as one of y: transformed back if that was its log."""
        return ExpPredictive(predictive) if self.input_encoding.log_target else predictive

    def predict(self, x: Any) -> "pd.DataFrame":
        """x (or its inputs by name), mean, std, var and the central 95 % interval (lower, upper), in the unit of y.

        x is an array (n, k), or (n,) for one input; or a DataFrame or mapping, whose columns are taken by name, in any
        order: numbers, dates and words as in the table. Raises TableError, a ValueError, if the array has another
        width or a column is missing. A row with a missing value that cannot be filled in is NaN.
        """
        import pandas as pd

        rows = inputs_of(x, self.input_encoding)
        inputs = rows.T
        named = {"x": inputs[0]} if len(inputs) == 1 else dict(zip(self.input_names, inputs, strict=True))
        predictive = self.predictive(rows)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # ν = 2 has no variance
            lower, upper = predictive.interval(0.95)
            moments = {"mean": predictive.mean, "std": predictive.std, "var": predictive.std**2}
            return pd.DataFrame({**named, **moments, "lower": lower, "upper": upper})

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of its inputs."""
        return self.input_encoding.inputs

    @cached_property
    def y_held_out(self) -> np.ndarray:
        """The held-out targets in the unit of y, also if their log was fitted."""
        return self.target(self.dataset.y_held_out)

    def target(self, fitted: np.ndarray) -> np.ndarray:
        """Targets as they were fitted, in the unit of y."""
        return np.exp(fitted) if self.input_encoding.log_target else fitted

    @cached_property
    def on_held_out(self) -> np.ndarray:
        """Outputs (n, H) at the held-out x."""
        return self.outputs(self.dataset.x_held_out)

    @cached_property
    def on_evaluation(self) -> np.ndarray:
        """Outputs (1000, H) at the evaluation x."""
        return self.outputs(self.dataset.x_evaluation)

    @cached_property
    def judged(self) -> Judged:
        """Its predictions with the held-out points, and with the truth if it is known: for `estimates`."""
        data = self.dataset
        evaluated = None if data.truth is None else read(self.experiment, self.on_evaluation)
        return Judged(self.read(self.on_held_out), self.y_held_out, evaluated, data.x_evaluation, data.truth)

    @cached_property
    def scores(self) -> dict[str, float | None]:
        """nll, crps, rmse, coverage_95 on held-out points; gap, log_std_rmse if the truth is known. None: no value.

        `estimates(run.judged)` gives all of `core.evaluation.scores.SCORES`, with standard errors and reasons.
        """
        return {name: found.value for name, found in estimates(self.judged, QUICK).items()}

    @cached_property
    def gap(self) -> float | None:
        """`scores["gap"]` alone: faster, since it does not read the held-out points."""
        data = self.dataset
        if data.truth is None:
            return None
        evaluated = read(self.experiment, self.on_evaluation)
        of_truth = Judged(evaluated, np.zeros(len(data.x_evaluation)), evaluated, data.x_evaluation, data.truth)
        return SCORES["gap"].estimate(of_truth).value

    def with_reading(self, reading: str) -> "Run":
        """The same run with another reading of its outputs: nothing is trained."""
        return replace(self, experiment=self.experiment.with_settings({"loss.reading": reading}))
