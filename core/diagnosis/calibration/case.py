"""The subject of a calibration check: predictions beside observations, from a run or from anyone's file."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ...distributions.drawn import SamplePredictive
from ...distributions.laws import Predictive
from ...distributions.stated import QuantilesAlone
from ...evaluation.judged import Judged
from ...evaluation.kept import kept
from ...evaluation.predictions import Predictions
from ...evaluation.truth import TruthMaps, truth_maps
from ...experiment.build import own_part
from ...experiment.trained_rows import is_scored_on_training
from ...training.run import Run
from ...words import axis_name

_FEWEST_TO_SPLIT = 4  # samples, so that either half has a std


@dataclass(frozen=True, eq=False)
class ToRecalibrate:
    """Points for a recalibration, m in number; the last n are the points of the case."""

    predictive_of: Callable[[np.ndarray], Predictive]  # by the indices of points
    y: np.ndarray  # (m,)
    along: np.ndarray  # (m,), x, or the predicted mean if there is no single x
    validation: int = 0  # how many of the first ones fit it; 0 for half of all, chosen by the seed
    seed: int = 0


TRAINING_POINTS = "training points"  # in place of held-out ones, where a run has none


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
    independent: bool = False  # the points are known to be drawn one by one
    of_file: bool = False  # rows put together by somebody, who may have mixed them up
    at: Callable[[np.ndarray], Predictive] | None = None  # the points by index, where what is recalibrated is another
    ignorance_alone: bool = False  # the spread is that of members' means, without the noise of y
    tested: Callable[[], "Case"] | None = None  # the case that tests are of, where it is another
    is_level_taken: bool = False  # nothing says that level: the usual one is taken
    level: float | None = None  # of the one interval that is predicted, where there is no distribution

    @property
    def axis(self) -> str:
        """The axis in a sentence: "x", the name of a column, or "the prediction"."""
        return axis_name(self.along_label) if self.of_one_input else "the prediction"


def case_of(subject: "Run | Predictions | Case") -> Case:
    """The case of the held-out points of a run, or of the predictions in a file; the same for the same subject."""
    if isinstance(subject, Run):
        return _of_run(subject)
    return _of_file(subject) if isinstance(subject, Predictions) else subject


@lru_cache(maxsize=32)
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
        points=TRAINING_POINTS if is_scored_on_training(run.experiment) else "held-out points",
        dates=data.x_is_date,
        independent=truth is not None,
    )


def _points_of_run(run: Run) -> ToRecalibrate:
    """The validation points of a table's split, then the held-out points.

    Where members set points of their own aside, the others have learnt them: half of the held-out points serve then.
    """
    data = run.dataset
    learnt = run.encoding is None or any(own_part(run.experiment, each.member) is not None for each in run.each)
    x = data.x_validation[:0] if learnt else data.x_validation
    outputs = np.concatenate([run.member_outputs(x), run.member_outputs(data.x_held_out)])
    y = np.concatenate([run.target(data.y_validation[: len(x)]), run.y_held_out])
    along = np.concatenate([x, data.x_held_out]) if data.inputs == 1 else np.asarray(run.read(outputs).mean)
    return ToRecalibrate(lambda indices: run.read(outputs[indices]), y, along, len(x), run.experiment.data.seed)


@kept
def _of_file(predictions: Predictions) -> Case:
    judged, x = predictions.judged, predictions.x
    along = predictions.centre if x is None else x
    law = judged.predictive
    case = Case(
        judged,
        along,
        "predicted mean" if x is None else "x",
        of_one_input=x is not None,
        to_recalibrate=lambda: ToRecalibrate(predictions.to_fit_at, judged.y, along),
        dates=predictions.x_is_date,
        of_file=True,
        at=predictions.at,
        ignorance_alone=predictions.is_ignorance_alone,
        is_level_taken=predictions.is_level_taken,
        level=law.central if isinstance(law, QuantilesAlone) else None,
    )
    if not isinstance(law, SamplePredictive) or law.samples.shape[-1] < _FEWEST_TO_SPLIT:
        return case
    halves = replace(case, judged=Judged(law.split, judged.y), at=lambda indices: _split(predictions.at(indices)))
    return replace(case, tested=lambda: halves)


def _split(law: Predictive) -> Predictive:
    return law.split if isinstance(law, SamplePredictive) else law
