"""The subject of a calibration check: predictions beside observations, from a run or from anyone's file."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.distributions.laws import Predictive
from core.evaluation.judged import Judged
from core.evaluation.predictions import Predictions
from core.evaluation.truth import TruthMaps, truth_maps
from core.training.run import Run
from core.words import axis_name


@dataclass(frozen=True, eq=False)
class ToRecalibrate:
    """Points for a recalibration, m in number; the last n are the points of the case."""

    predictive_of: Callable[[np.ndarray], Predictive]  # by the indices of points
    y: np.ndarray  # (m,)
    validation: int = 0  # how many of the first ones fit it; 0 for half of all, chosen by the seed
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Case:
    """Predictions beside observations, with everything a calibration check needs; compared by identity."""

    judged: Judged
    along: np.ndarray  # (n,), where the points lie on an axis: x, or the predicted mean if there is no single x
    along_label: str
    of_one_input: bool  # the axis is x
    to_recalibrate: Callable[[], ToRecalibrate]
    ends: tuple[float, float] | None = None  # of the axis, if they are known beforehand
    maps: Callable[[float], TruthMaps] | None = None  # against the truth, at the level of an interval
    points: str = "points"  # the word for them in sentences
    dates: bool = False  # `along` holds days since 1970-01-01

    @property
    def axis(self) -> str:
        """The axis in a sentence: "x", the name of a column, or "the prediction"."""
        return axis_name(self.along_label) if self.of_one_input else "the prediction"


@lru_cache(maxsize=32)
def case_of(subject: "Run | Predictions | Case") -> Case:
    """The case of the held-out points of a run, or of the predictions in a file; cached by subject."""
    if isinstance(subject, Run):
        return _of_run(subject)
    return _of_file(subject) if isinstance(subject, Predictions) else subject


def _of_run(run: Run) -> Case:
    data = run.dataset
    one, truth = data.inputs == 1, data.truth
    return Case(
        run.judged,
        data.x_held_out if one else np.asarray(run.judged.mean),
        data.x_label if one else f"predicted {run.input_encoding.target}",
        of_one_input=one,
        to_recalibrate=lambda: _points_of_run(run),
        ends=(float(data.x_grid[0]), float(data.x_grid[-1])) if one else None,
        maps=None
        if truth is None
        else lambda level: truth_maps(run.predictive(data.x_grid), data.x_grid, truth, level),
        points="held-out points",
        dates=data.x_is_date,
    )


def _points_of_run(run: Run) -> ToRecalibrate:
    """The validation points of a table's split, then the held-out points."""
    data = run.dataset
    x = data.x_validation if run.encoding is not None else data.x_validation[:0]
    outputs = np.concatenate([run.outputs(x), run.on_held_out])
    y = np.concatenate([run.target(data.y_validation[: len(x)]), run.y_held_out])
    return ToRecalibrate(lambda indices: run.read(outputs[indices]), y, len(x), run.experiment.data.seed)


def _of_file(predictions: Predictions) -> Case:
    judged, x = predictions.judged, predictions.x
    return Case(
        judged,
        judged.mean if x is None else x,
        "predicted mean" if x is None else "x",
        of_one_input=x is not None,
        to_recalibrate=lambda: ToRecalibrate(predictions.at, judged.y),
        dates=predictions.x_is_date,
    )
