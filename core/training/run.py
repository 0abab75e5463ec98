"""A run is a record: plain arrays and words, written once, read by every page.

`Frame` is one moment of a training that goes on; `Run` is what is left when it has ended. Both hold the network's
outputs in the unit of y, before any reading, so that another reading redraws and rescores without training.
"""

import io
import json
import math
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from core.data.dataset import GRID, Dataset
from core.data.tables.encoding import Encoding, Feature
from core.data.tables.inputs import inputs_of
from core.distributions.predictive import Predictive
from core.distributions.transformed import ExpPredictive
from core.evaluation.judged import Judged
from core.evaluation.scores import QUICK, SCORES, estimates
from core.experiment.build import architecture_of, dataset_of, read
from core.experiment.experiment import Experiment
from core.experiment.loss_settings import loss_of
from core.experiment.settings import InvalidExperiment
from core.model.networks import Architecture, predict
from core.training.frame import history_table, outputs_of
from core.training.scaling import Scaling

if TYPE_CHECKING:
    import pandas as pd

STATUSES = ("done", "stopped", "diverged", "failed")

FILM_FRAMES = 40
_DRAWN = Encoding("y", (Feature("x", "number"),))  # how rows become the input of a run on drawn points


@dataclass(frozen=True, eq=False)  # a record is itself: comparing arrays would answer with arrays
class Run:
    """What a training left: status (one of STATUSES), words, times, weights, history and film.

    `weights` (parameters,) float32 in training units, none where it never took a step; `frame_outputs`
    (frames, n_grid, H) the outputs in the unit of y: those of the loss and, behind a mean alone, the constant log
    variance of the residuals.
    """

    experiment: Experiment
    status: str
    message: str
    steps_done: int
    seconds: float
    device: str
    scaling: Scaling
    weights: np.ndarray
    residual_log_variance: float | None  # of the training points, where the loss trains no second output
    history_rows: np.ndarray
    frame_steps: np.ndarray
    frame_outputs: np.ndarray
    frame_held_out_loss: np.ndarray
    versions: Mapping[str, str] = field(default_factory=dict)
    created: str = ""
    encoding: Encoding | None = None  # how rows of its table become inputs

    @classmethod
    def without_steps(cls, experiment: Experiment, status: str, message: str) -> "Run":
        """The record of a training that never took a step."""
        empty = np.empty(0, np.float32)
        return cls(
            experiment,
            status,
            message,
            0,
            0.0,
            "",
            Scaling(),
            empty,
            None,
            np.empty((0, 4), np.float32),
            np.empty(0, np.int64),
            np.empty((0, GRID, max(2, len(loss_of(experiment.loss).outputs))), np.float32),
            np.empty(0),
        )

    @property
    def key(self) -> str:
        """Name of the run: its experiment's."""
        return self.experiment.key

    @property
    def has_curve(self) -> bool:
        """Whether there are weights to draw a curve from, and all of them numbers."""
        return self.weights.size > 0 and bool(np.isfinite(self.weights).all())

    @cached_property
    def history(self) -> "pd.DataFrame":
        """step, loss, residual, scale, regulariser: at most 500 rows, each the mean over its steps."""
        return history_table(self.history_rows)

    @property
    def architecture(self) -> Architecture:
        """The shapes of its network."""
        return architecture_of(self.experiment, self.scaling.inputs)

    @cached_property
    def dataset(self) -> Dataset:
        """The points it was trained and scored on."""
        return dataset_of(self.experiment)

    def outputs(self, x: Any) -> np.ndarray:
        """Outputs (n, H) for x (n,), or (n, k) of many inputs, in the unit of what was fitted: y, or its log.

        x may also hold columns by name: see `core.data.tables.inputs.inputs_of`, and what it raises.
        """
        loss = loss_of(self.experiment.loss)
        inputs = inputs_of(x, self.encoding or _DRAWN)
        raw = predict(self.weights, self.scaling.x_in(inputs), self.architecture)
        outputs = outputs_of(loss, raw, self.scaling)
        if loss.has_scale:
            return outputs
        return np.column_stack([outputs, np.full(len(outputs), self.residual_log_variance)])

    def predictive(self, x: Any) -> Predictive:
        """The predictive distribution at x, (n,) or (n, k), as the experiment's reading has it, in the unit of y."""
        return self.read(self.outputs(x))

    def read(self, outputs: np.ndarray) -> Predictive:
        """The predictive distribution of outputs (…, H) of this run, in the unit of y: of a log, transformed back."""
        return self.in_unit_of_y(read(self.experiment, outputs))

    def in_unit_of_y(self, predictive: Predictive) -> Predictive:
        """A distribution of what was fitted as one of y: transformed back where that was its log."""
        log_target = self.encoding is not None and self.encoding.log_target
        return ExpPredictive(predictive) if log_target else predictive

    def predict(self, x: Any) -> "pd.DataFrame":
        """x (or its inputs by name), mean, std, var and the central 95 % interval (lower, upper), in the unit of y.

        x is an array (n, k), (n,) where there is one input; or a DataFrame or mapping, whose columns are taken by name,
        in any order: numbers, dates and words as the table has them. Raises TableError, a ValueError, where the array
        has another width or a column is missing. A row that lacks a value which nothing stands for is NaN.
        """
        import pandas as pd

        rows = inputs_of(x, self.encoding or _DRAWN)
        inputs = rows.T
        named = {"x": inputs[0]} if len(inputs) == 1 else dict(zip(self.input_names, inputs, strict=True))
        predictive = self.predictive(rows)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # ν = 2 has no variance
            lower, upper = predictive.interval(0.95)
            return pd.DataFrame(
                {
                    **named,
                    "mean": predictive.mean,
                    "std": predictive.std,
                    "var": predictive.std**2,
                    "lower": lower,
                    "upper": upper,
                }
            )

    @property
    def input_names(self) -> tuple[str, ...]:
        """What its inputs are called."""
        return ("x",) if self.encoding is None else self.encoding.inputs

    @cached_property
    def y_held_out(self) -> np.ndarray:
        """Held-out targets in the unit of y, whatever was fitted."""
        return self.target(self.dataset.y_held_out)

    def target(self, fitted: np.ndarray) -> np.ndarray:
        """Targets as they were fitted, in the unit of y."""
        return np.exp(fitted) if self.encoding is not None and self.encoding.log_target else fitted

    @cached_property
    def on_held_out(self) -> np.ndarray:
        """Outputs (n, H) at the held-out x."""
        return self.outputs(self.dataset.x_held_out)

    @cached_property
    def on_evaluation(self) -> np.ndarray:
        """Outputs (1000, H) at the evaluation x."""
        return self.outputs(self.dataset.x_evaluation)

    @cached_property
    def along(self) -> np.ndarray:
        """Where each held-out point lies on a chart of one axis, (n,): its x; with many inputs its predicted mean."""
        x = self.dataset.x_held_out
        return x if x.ndim == 1 else np.asarray(self.judged.mean)

    @property
    def along_label(self) -> str:
        """The words for that axis."""
        data = self.dataset
        many = data.inputs > 1 and data.encoding is not None
        return f"predicted {data.encoding.target}" if many and data.encoding is not None else data.x_label

    @cached_property
    def judged(self) -> Judged:
        """Its prediction beside the held-out points, and beside the truth where that is known: for `estimates`."""
        data = self.dataset
        evaluated = None if data.truth is None else read(self.experiment, self.on_evaluation)
        return Judged(self.read(self.on_held_out), self.y_held_out, evaluated, data.x_evaluation, data.truth)

    @cached_property
    def scores(self) -> dict[str, float | None]:
        """nll, crps, rmse, coverage_95 on held-out points; gap, log_std_rmse where the truth is known. None: no value.

        All of `core.evaluation.scores.SCORES`, with standard errors and reasons, are `estimates(run.judged)`.
        """
        return {name: found.value for name, found in estimates(self.judged, QUICK).items()}

    @cached_property
    def gap(self) -> float | None:
        """`scores["gap"]` alone: the held-out points, twenty times as many as the evaluation x, are not read for it."""
        data = self.dataset
        if data.truth is None:
            return None
        evaluated = read(self.experiment, self.on_evaluation)
        of_truth = Judged(evaluated, np.zeros(len(data.x_evaluation)), evaluated, data.x_evaluation, data.truth)
        return SCORES["gap"].estimate(of_truth).value

    def with_reading(self, reading: str) -> "Run":
        """The same run, read otherwise: nothing is trained."""
        return replace(self, experiment=self.experiment.with_settings({"loss.reading": reading}))

    def to_bytes(self) -> bytes:
        """The whole record as one .npz: arrays, and everything else as JSON inside it."""
        words = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _ARRAYS}
        words["experiment"] = json.loads(self.experiment.to_json())
        words["scaling"] = vars(self.scaling)
        words["versions"] = dict(self.versions)
        words["encoding"] = None if self.encoding is None else self.encoding.to_dict()
        buffer = io.BytesIO()
        np.savez(buffer, words=np.array(json.dumps(words)), **{name: getattr(self, name) for name in _ARRAYS})
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Run":
        """The run that `to_bytes` wrote. Raises ValueError on anything else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                words = json.loads(str(file["words"]))
                arrays = {name: file[name] for name in _ARRAYS}
            words["experiment"] = Experiment.from_json(json.dumps(words["experiment"]))
            words["scaling"] = Scaling(**words["scaling"])
            encoding = words.get("encoding")
            words["encoding"] = None if encoding is None else Encoding.from_dict(encoding)
            run = cls(**words, **arrays)
            whole = run._is_whole()
        except _DAMAGE as error:
            raise ValueError(f"these bytes are no run ({type(error).__name__})") from error
        if not whole:
            raise ValueError("these bytes are no run: its parts do not fit together")
        return run

    def _is_whole(self) -> bool:
        """Whether words and arrays are what `train` makes of them: a page may then read them unseen."""
        scaling, frames = self.scaling, len(self.frame_steps)
        sizes = (0, self.architecture.size)
        numbers = (self.seconds, *scaling.x_shift, *scaling.x_scale, scaling.y_shift, scaling.y_scale)
        inputs = 1 if self.encoding is None else len(self.encoding.inputs)
        outputs = len(loss_of(self.experiment.loss).outputs)
        return (
            self.status in STATUSES
            and all(isinstance(words, str) for words in (self.message, self.device, self.created))
            and isinstance(self.steps_done, int)
            and all(isinstance(number, int | float) and math.isfinite(number) for number in numbers)
            and min(scaling.x_scale) > 0
            and scaling.inputs == inputs
            and scaling.y_scale > 0
            and self.weights.ndim == 1
            and self.weights.size in sizes
            and self.history_rows.shape == (len(self.history_rows), 4)
            and self.frame_steps.shape == self.frame_held_out_loss.shape == (frames,)
            and self.frame_outputs.shape == (frames, GRID, max(2, outputs))
            and all(getattr(self, name).dtype.kind in "fi" for name in _ARRAYS)
            and (isinstance(self.residual_log_variance, float) or outputs > 1 or not self.weights.size)
        )


_ARRAYS = ("weights", "history_rows", "frame_steps", "frame_outputs", "frame_held_out_loss")

# What numpy, its zip files and JSON are known to raise on bytes that are no run.
_DAMAGE = (
    ArithmeticError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    MemoryError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    InvalidExperiment,
)
