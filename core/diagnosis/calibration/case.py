"""What calibration is examined of: predictions beside what came, of a run of ours or of anyone's file, alike."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.evaluation.judged import Judged
from core.evaluation.predictions import Predictions
from core.evaluation.truth import TruthMaps, truth_maps
from core.model.readings import Predictive
from core.training.run import Run
from core.words import axis_name


@dataclass(frozen=True, eq=False)
class ToRecalibrate:
    """Points that a recalibration may use: the first `validation` to fit it, or where that is 0 half by the seed.

    `predictive_of(places)` is the prediction at those of the points; y (m,) came there. The last n of the m are the
    points of the case.
    """

    predictive_of: Callable[[np.ndarray], Predictive]
    y: np.ndarray
    validation: int = 0
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Case:
    """Predictions beside what came, and all that calibration asks about them; compared by identity.

    along: where each point lies on a chart of one axis, (n,): x, or the predicted mean where there is no one x.
    ends: of that axis, where they are known beforehand. of_one_input: whether it is x. points: what sentences call
    them. dates: whether `along` are days since 1970-01-01. maps: those against the truth at an interval's level;
    None where no truth is known.
    """

    judged: Judged
    along: np.ndarray
    along_label: str
    of_one_input: bool
    to_recalibrate: Callable[[], ToRecalibrate]
    ends: tuple[float, float] | None = None
    maps: Callable[[float], TruthMaps] | None = None
    points: str = "points"
    dates: bool = False

    @property
    def axis(self) -> str:
        """What the axis is of, for a sentence: "x", the name of a column, or "the prediction"."""
        return axis_name(self.along_label) if self.of_one_input else "the prediction"


@lru_cache(maxsize=32)
def case_of(subject: "Run | Predictions | Case") -> Case:
    """The case of a run's held-out points, or of the predictions in a file: the same one for the same subject."""
    if isinstance(subject, Run):
        return _of_run(subject)
    return _of_file(subject) if isinstance(subject, Predictions) else subject


def _of_run(run: Run) -> Case:
    data = run.dataset
    one, truth = data.inputs == 1, data.truth
    return Case(
        run.judged,
        run.along,
        run.along_label,
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
    """Those that a table's split set apart for validation, then the held-out ones."""
    data = run.dataset
    apart = data.x_validation if run.encoding is not None else data.x_validation[:0]
    outputs = np.concatenate([run.outputs(apart), run.on_held_out])
    y = np.concatenate([run.target(data.y_validation[: len(apart)]), run.y_held_out])
    return ToRecalibrate(lambda places: run.read(outputs[places]), y, len(apart), run.experiment.data.seed)


def _of_file(found: Predictions) -> Case:
    judged = found.judged
    return Case(
        judged,
        judged.mean if found.x is None else found.x,
        "predicted mean" if found.x is None else "x",
        of_one_input=found.x is not None,
        to_recalibrate=lambda: ToRecalibrate(found.at, judged.y),
        dates=found.x_is_date,
    )
