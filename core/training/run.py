"""The record of a run: plain arrays and words, written once and read by every page. `run_bytes` stores it.

`Frame` is one moment of a training that goes on; `Run` is the whole training once it has ended. Both hold the network's
outputs in the unit of y, before any reading, so that another reading redraws and rescores without training.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.dataset import GRID, Dataset
from ..data.tables.columns import TableError
from ..data.tables.encoding import Encoding, given_rows, inputs_of
from ..data.tables.feature import Feature
from ..distributions.laws import Predictive
from ..distributions.transformed import ExpPredictive
from ..evaluation.ensemble import Parts, decompose
from ..evaluation.judged import Judged
from ..evaluation.scores import QUICK, SCORES, estimates
from ..experiment.build import architecture_of, dataset_of, mixed, read
from ..experiment.experiment import Experiment
from ..experiment.loss_settings import loss_of
from ..experiment.run_name import run_name
from ..model.networks import Architecture, predict
from ..once import cached_property
from .frame import history_table, mean_history, outputs_of
from .off_data import Neighbours, row_warnings
from .presenting import Bundle, presented
from .scaling import Scaling

if TYPE_CHECKING:
    import pandas as pd

STATUSES = ("done", "stopped", "diverged", "failed")


@dataclass(frozen=True, eq=False)  # a record is itself: comparing arrays would answer with arrays
class Run:
    """The result of a training: status (one of STATUSES), words, times, weights, history and film.

    versions: of Python, numpy and numba or torch, and "blas": its library and its kernel for the processor, on which
        rounding depends. Runs kept by earlier versions are without it.
    weights: (parameters,) float32, in training units; empty if no step was taken.
    frame_outputs: (frames, n_grid, H), in the unit of y: the outputs of the loss; if it has a mean alone, the constant
        log variance of the residuals is the second.
    targets: where one net has several targets, the runs of those that this one does not show, see `of_target`. The
        weights of each are those of the trunk and of its own outputs: a network of one target.
    others: the other members, one net each. Its own weights, scaling, history and frames are those of its first member;
        status and message are of all. What it predicts is the equal mixture of all that have weights.
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
    member: int = 0  # its number among the members of its experiment
    others: "tuple[Run, ...]" = ()
    targets: "tuple[Run, ...]" = ()

    @classmethod
    def without_steps(cls, experiment: Experiment, status: str, message: str) -> "Run":
        """The record of a training that never took a step."""
        outputs = max(2, len(loss_of(experiment.loss).outputs))
        weights, steps, losses = np.empty(0, np.float32), np.empty(0, np.int64), np.empty(0)
        history, film = np.empty((0, 4), np.float32), np.empty((0, GRID, outputs), np.float32)
        of = (status, message, 0, 0.0, "", Scaling(), weights, None, history, steps, film, losses)
        others = tuple(cls(view, *of) for view in experiment.views if view.data.y != experiment.data.y)
        return cls(experiment, *of, targets=others)

    def __repr__(self) -> str:
        """The run in one line: its key, loss, data and seed, how it ended, and its time."""
        name = " ".join(run_name(self.experiment).split())
        return f"<Run {self.key}: {name}; {self.status}, {self.steps_done:,} steps, {self.seconds:.1f} s>"

    def _repr_mimebundle_(self, include: "set[str] | None" = None, exclude: "set[str] | None" = None) -> Bundle:
        """The verdict, the charts and the scores, as a notebook shows them."""
        return presented(self, include, exclude)

    @property
    def key(self) -> str:
        """The key of its experiment."""
        return self.experiment.key

    @property
    def has_curve(self) -> bool:
        """Whether it has weights, all of them finite: without them there is no prediction."""
        return self.weights.size > 0 and bool(np.isfinite(self.weights).all())

    # What is this run itself is not kept: a run that refers to itself stays in memory long after nobody uses it.
    @property
    def each(self) -> "tuple[Run, ...]":
        """Its members, each as a run of one net; of one net itself."""
        return self._members if self.others else (self,)

    @cached_property
    def _members(self) -> "tuple[Run, ...]":
        return replace(self, others=(), targets=()), *self.others

    @cached_property
    def by_target(self) -> "Mapping[str, Run]":
        """The run of each target of its net, by its name; itself alone if there is no other."""
        if not self.targets:
            return {self.experiment.data.y: self}
        every = (replace(self, targets=()), *self.targets)
        shown = {run.experiment.data.y: replace(run, targets=tuple(o for o in every if o is not run)) for run in every}
        return {name: shown[name] for name in self.experiment.data.targets} | {self.experiment.data.y: self}

    def of_target(self, name: str) -> "Run":
        """The same training with another of its targets shown: nothing is trained. Raises ValueError for any other."""
        if name not in self.by_target:
            known = ", ".join(f"“{each}”" for each in self.by_target)
            raise ValueError(f"“{name}” is not a target of this run. It has {known}.")
        return self.by_target[name]

    @property
    def alone(self) -> "Run":
        """Its first member as the run of an experiment of one net."""
        return self._first_alone if self.others else self

    @cached_property
    def _first_alone(self) -> "Run":
        one = {"training.members": 1, "training.own_validation": False}
        return replace(self, experiment=self.experiment.with_settings(one), others=())

    @property
    def predicting(self) -> "tuple[Run, ...]":
        """The members that predict: those with finite weights that did not diverge; the first, if all did."""
        return self._predicting if self.others else (self,)

    @cached_property
    def _predicting(self) -> "tuple[Run, ...]":
        return tuple(run for run in self.each if run.has_curve and run.status != "diverged") or self.each[:1]

    @cached_property
    def history(self) -> "pd.DataFrame":
        """step, loss, residual, scale, regulariser: at most 500 rows, each the mean over its steps and its members."""
        return history_table(mean_history([run.history_rows for run in self.predicting]))

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
        """Outputs (n, H) of its first member at x, in the unit of what was fitted: y, or its log. x as in `predict`."""
        loss = loss_of(self.experiment.loss)
        inputs = inputs_of(x, self.input_encoding)
        raw = predict(self.weights, self.scaling.x_in(inputs), self.architecture)
        outputs = outputs_of(loss, raw, self.scaling)
        if loss.has_scale:
            return outputs
        return np.column_stack([outputs, np.full(len(outputs), self.residual_log_variance)])

    def member_outputs(self, x: Any) -> np.ndarray:
        """Outputs (n, members, H) of all members that predict, as in `outputs`."""
        inputs = inputs_of(x, self.input_encoding)
        return np.stack([run.outputs(inputs) for run in self.predicting], axis=-2)

    def predictive(self, x: Any) -> Predictive:
        """The predictive distribution at x by the experiment's reading, in the unit of y. x is as in `predict`.

        It has mean, std and var, `quantile(p)`, `interval(level)`, `cdf(y)`, `log_prob(y)`, `nll(y)`, `crps(y)`,
        `sample(size, seed)` and `parts`, the variance of the noise and of what the members do not know. Of several
        members it is their equal mixture, and `members` has each of them. Raises TableError as `predict` does.
        """
        return self.read(self.member_outputs(x))

    def read(self, outputs: np.ndarray) -> Predictive:
        """The predictive distribution of outputs (…, members, H) of this run, in the unit of y."""
        return self.in_unit_of_y(mixed(self.experiment, outputs))

    def parts(self, x: Any) -> Parts:
        """Variances at x: of the noise (aleatoric), of what the members do not know (epistemic) and in total, (n,).

        In the squared unit of y. The members' equal mixture has exactly the total; one net alone knows nothing of what
        it does not know, and its epistemic part is 0.
        """
        inputs = inputs_of(x, self.input_encoding)
        found = [run.in_unit_of_y(read(run.experiment, run.outputs(inputs))) for run in self.predicting]
        with np.errstate(all="ignore"):
            return decompose([each.mean for each in found], [each.var for each in found])

    def in_unit_of_y(self, predictive: Predictive) -> Predictive:
        """A distribution of what was fitted as one of y: transformed back if that was its log."""
        return ExpPredictive(predictive) if self.input_encoding.log_target else predictive

    def predict(self, x: Any) -> "pd.DataFrame":
        """x (or its inputs by name), mean, std, var, the central 95 % interval (lower, upper), unit of y, and warnings.

        Of one net the std is that of the noise alone (aleatoric): it does not grow where there were no points to learn
        from. Of several members it is that of their mixture, and `std_noise` and `std_ignorance` are its two parts:
        std² = std_noise² + std_ignorance². `warning` says of each row what was missing, outside the training range, in
        a gap of the training points or far from all of them; empty, if nothing.

        x is an array (n, k), or (n,) for one input; or a mapping or a DataFrame (pandas, Polars, PyArrow), whose
        columns are taken by name, in any order: numbers, dates and words as in the table. Words that are written
        otherwise than in training (TRUE for True, 1 for 01) are told in `attrs["notes"]` of the result. Raises
        TableError, a ValueError, if the array has another width or holds no real numbers, or if a column is missing. A
        row with a missing value that cannot be filled in is NaN.
        """
        import pandas as pd

        given = given_rows(x, self.input_encoding)
        rows, inputs = given.inputs, given.inputs.T
        named = {"x": inputs[0]} if len(inputs) == 1 else dict(zip(self.input_names, inputs, strict=True))
        predictive = self.predictive(rows)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # ν = 2 has no variance
            lower, upper = predictive.interval(0.95)
            moments = {"mean": predictive.mean, "std": predictive.std, "var": predictive.std**2}
            table = pd.DataFrame({**named, **moments, **self.std_parts(rows), "lower": lower, "upper": upper})
        table["warning"] = row_warnings(self.input_encoding, given, self.neighbours)
        table.attrs["notes"] = given.notes
        return table

    def std_parts(self, x: Any) -> dict[str, np.ndarray]:
        """`std_noise` and `std_ignorance` at x, (n,), unit of y: the roots of `parts`; nothing for one net."""
        if len(self.predicting) == 1:
            return {}
        parts = self.parts(x)
        return {"std_noise": np.sqrt(parts.aleatoric), "std_ignorance": np.sqrt(parts.epistemic)}

    @cached_property
    def neighbours(self) -> Neighbours | None:
        """Its training rows, to tell which new ones are far from them; None if the table they came from is not here."""
        try:
            return Neighbours.of(self.dataset.x)
        except (TableError, OSError):
            return None

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
        """Outputs (n, H) of its first member at the held-out x."""
        return self.outputs(self.dataset.x_held_out)

    @cached_property
    def on_evaluation(self) -> np.ndarray:
        """Outputs (1000, H) of its first member at the evaluation x."""
        return self.outputs(self.dataset.x_evaluation)

    @cached_property
    def frame_members(self) -> np.ndarray:
        """`frame_outputs` of all members that predict, (frames, n_grid, members, H).

        A member that ended before a frame is as it was at its end.
        """
        last = [np.searchsorted(run.frame_steps, self.frame_steps, side="right") - 1 for run in self.predicting]
        frames = (run.frame_outputs[np.maximum(at, 0)] for run, at in zip(self.predicting, last, strict=True))
        return np.stack(list(frames), axis=-2)

    @cached_property
    def judged(self) -> Judged:
        """Its predictions with the held-out points, and with the truth if it is known: for `estimates`."""
        data = self.dataset
        evaluated = None if data.truth is None else self._on("evaluation")
        return Judged(
            self.in_unit_of_y(self._on("held_out")), self.y_held_out, evaluated, data.x_evaluation, data.truth
        )

    def _on(self, points: str) -> Predictive:
        """What is predicted of what was fitted, at the held-out or evaluation x."""
        return mixed(self.experiment, np.stack([getattr(run, f"on_{points}") for run in self.predicting], axis=-2))

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
        evaluated = self._on("evaluation")
        of_truth = Judged(evaluated, np.zeros(len(data.x_evaluation)), evaluated, data.x_evaluation, data.truth)
        return SCORES["gap"].estimate(of_truth).value

    def forget_points(self) -> None:
        """Free what is as large as its points, nine tenths of its memory: whoever asks for it has it computed again."""
        for name in ("dataset", "judged", "on_held_out", "on_evaluation", "y_held_out", "neighbours"):
            self.__dict__.pop(name, None)

    def with_reading(self, reading: str) -> "Run":
        """The same run with another reading of its outputs: nothing is trained."""
        others = tuple(run.with_reading(reading) for run in self.others)
        targets = tuple(run.with_reading(reading) for run in self.targets)
        experiment = self.experiment.with_settings({"loss.reading": reading})
        return replace(self, experiment=experiment, others=others, targets=targets)
