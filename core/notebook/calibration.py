"""Whether predicted distributions are right, in a notebook, as the Calibration page says it of a run or of numbers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..charts.drawing import Style
from ..charts.of_run.chart_table import CHARTS
from ..charts.spec import Spec
from ..diagnosis.calibration.calibration_verdict import calibration_verdict
from ..diagnosis.calibration.case import Case, ToRecalibrate, case_of
from ..diagnosis.calibration.examined import Examined, examined
from ..diagnosis.calibration.offered import offered
from ..diagnosis.calibration.recalibration_effect import Effect, effect_of
from ..diagnosis.finding import Finding
from ..distributions.drawn import SamplePredictive
from ..distributions.law import Law
from ..distributions.laws import gaussian
from ..distributions.rows import at_rows
from ..evaluation.judged import CannotScore, Judged
from ..evaluation.recalibration import RECALIBRATIONS
from ..evaluation.scores import SCORES
from ..export.pictures import pixels, stacked
from ..training.run import Run
from .arrays import numbers, together
from .score_tables import score_table, shown_scores
from .sheet import Sheet, Shows

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = ("nll", "crps", "coverage_95", "mean_z2", "mace_interval", "gap")
_CHARTS = {"reliability": 7.0, "coverage": 7.0}  # with their heights, cm
_LEVEL = 0.95


@dataclass(frozen=True, eq=False, repr=False)
class Calibration(Shows):
    """Whether predicted distributions are right: the finding in words, scores, coverage, and what corrects it.

    level: of the central intervals in charts and in the recalibration.
    """

    case: Case
    finding: Finding
    level: float

    @property
    def kind(self) -> str:
        """One of "good", "warning" and "open", if there is too little to judge."""
        return self.finding.kind

    @property
    def headline(self) -> str:
        """The finding in a few words."""
        return self.finding.headline

    @property
    def sentence(self) -> str:
        """What was found, with its numbers."""
        return self.sheet.words[0]

    @property
    def scores(self) -> "pd.DataFrame":
        """All scores by name: value, std_error, unit, better, label and reason; NaN where there is no value."""
        known = (name for name, row in SCORES.items() if self.case.maps is not None or not row.needs_truth)
        return score_table(self.case.judged, known)

    @property
    def reliability(self) -> "pd.DataFrame":
        """level of the central interval, the share of points within it, and the band of a right model: low and high.

        Empty where the predictions are not finite numbers.
        """
        import pandas as pd

        found = self._examined
        names = ("level", "observed", "low", "high")
        if found is None:
            return pd.DataFrame({name: np.empty(0) for name in names})
        curve = found.reliability
        columns = (curve.expected, curve.observed, curve.low, curve.high)
        return pd.DataFrame(dict(zip(names, columns, strict=True)))

    @property
    def recalibration(self) -> "pd.DataFrame":
        """What the recalibration for this finding changes on test points: a row for each measure, with errors.

        Columns before, after, difference (after − before) and std_error, that of the difference. `attrs["name"]` is
        the name of the way, `attrs["words"]` what was fitted. Raises ValueError where nothing can be fitted.
        """
        import pandas as pd

        effect = self._effect()
        rows = {
            name: (each.before.value, each.after.value, each.difference.value, each.difference.std_error)
            for name, each in effect.comparison.changes.items()
        }
        columns = ["before", "after", "difference", "std_error"]
        table = pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=float).rename_axis("measure")
        table.attrs = {"name": effect.comparison.name, "words": effect.sentence}
        return table

    @property
    def sheet(self) -> Sheet:
        """What it shows: the finding, what a recalibration gives, the main scores, and two charts."""
        scores = self.scores
        return Sheet(
            self.finding.kind,
            self.finding.headline,
            (self.finding.sentence, self._advice()),
            {"": shown_scores(scores.loc[[name for name in _SHOWN if name in scores.index]])},
            self._charts,
            self._seen,
        )

    @property
    def _examined(self) -> Examined | None:
        try:
            return examined(self.case, self.level, "interval")
        except CannotScore:
            return None

    def _effect(self) -> Effect:
        return effect_of(self.case, offered(self.case), self.level)

    def _advice(self) -> str:
        """What a recalibration gives, where something is wrong and one can be fitted."""
        if self.finding.kind == "good":
            return ""
        try:
            effect = self._effect()
        except ValueError:  # too few points, or no finite numbers: the finding says so
            return ""
        return f"{RECALIBRATIONS[effect.comparison.name].label}: {effect.sentence}"

    def _charts(self) -> Spec | None:
        found = self._examined
        if found is None:
            return None
        rows = ((CHARTS[name], height) for name, height in _CHARTS.items())
        return stacked([(*row.draw(found, Style(height=pixels(height))), height) for row, height in rows])

    def _seen(self) -> str:
        found = self._examined
        rows = () if found is None else (CHARTS[name] for name in _CHARTS)
        return " ".join(f"{row.alt}. {row.told(found)}" for row in rows)


def calibration(y: Any, mean: Any = None, std: Any = None, *, level: float = _LEVEL) -> Calibration:
    """Whether predicted distributions are right, and if not, what is wrong and which recalibration corrects it.

    Of Gaussian predictions: `calibration(y, mean, std)`, lists of numbers (n,) or (n, 1) in the unit of y. Of any
    distribution: `calibration(y, law)`, where the law has n points, as from `run.predictive(x)` or
    `interop.from_scipy`. Of a run, on its held-out points: `calibration(run)`. `level` is of the central intervals,
    between 0 and 1.

    Raises ValueError for lists of different lengths, for Series with the same labels in another order, for what is not
    a number, and for a level outside 0 to 1. Where a number is NaN, or a std is not above 0, the finding says so.
    """
    if not (isinstance(level, int | float | np.number) and 0 < level < 1):
        raise ValueError(f"level is {level!r}: it must be a number between 0 and 1, as 0.95.")
    if isinstance(y, Run):
        if mean is not None or std is not None:
            raise ValueError("A run has its own predictions: use calibration(run) alone.")
        case = case_of(y)
    else:
        case = _case(y, mean, std)
    return Calibration(case, calibration_verdict(case), level)


def _case(given: Any, mean: Any, std: Any) -> Case:
    """The case of predictions beside observations."""
    if isinstance(mean, Law):
        if std is not None:
            raise ValueError("A distribution has its own standard deviation: use calibration(y, law).")
        law, y = mean, numbers(given, "y")
    elif std is None and (package := _package_of(mean)):
        raise ValueError(f"Use calibration(y, interop.from_{package}(…)) for a distribution of {package}.")
    elif mean is None or std is None:
        raise ValueError("Use calibration(y, mean, std), calibration(y, law) or calibration(run).")
    else:
        found = together({"y": given, "mean": mean, "std": std})
        law, y = gaussian(found["mean"], found["std"]), found["y"]
    judged = Judged(law, y)
    along = np.broadcast_to(np.asarray(judged.mean), y.shape)
    return Case(
        judged,
        along,
        "predicted mean",
        of_one_input=False,
        to_recalibrate=lambda: ToRecalibrate(lambda rows: _with_density(at_rows(law, rows)), y, along),
        of_file=True,
        at=lambda rows: at_rows(law, rows),
    )


def _package_of(distribution: Any) -> str:
    """Whose distribution it is, "scipy" or "torch"; empty if it is none."""
    if hasattr(distribution, "dist") and hasattr(distribution, "kwds"):
        return "scipy"
    return "torch" if hasattr(distribution, "batch_shape") and hasattr(distribution, "log_prob") else ""


def _with_density(law: Law) -> Law:
    return law.smooth if isinstance(law, SamplePredictive) else law
