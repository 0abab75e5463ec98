"""What the charts of calibration show of a case: all of it for a distribution, or the intervals alone."""

from dataclasses import dataclass

import numpy as np

from ...distributions.drawn import SamplePredictive
from ...distributions.stated import Partial
from ...evaluation import calibration_curves as curves
from ...evaluation.calibration_bands import widened
from ...evaluation.calibration_curves import CoverageAlong, Curve, ErrorByStd, Ordered, PitHistogram
from ...evaluation.exact_shares import ALARM, binomial_p
from ...evaluation.judged import Judged
from ...evaluation.kept import kept
from ...evaluation.predictions import Predictions
from ...evaluation.truth import TruthMaps
from ...training.run import Run
from .case import Case, case_of
from .diagnosis import diagnosed


@dataclass(frozen=True, eq=False)
class Covered:
    """What the charts of calibration show of the intervals of a case at one level, on held-out points."""

    case: Case
    level: float
    along: CoverageAlong
    ordered: Ordered
    maps: TruthMaps | None
    caused: bool  # the tests of the verdict find a cause that matters


@dataclass(frozen=True, eq=False)
class Examined(Covered):
    """Everything that they show, where there is a whole distribution at each point."""

    form: str
    reliability: Curve
    pit: PitHistogram
    qq: Curve
    by_std: ErrorByStd


def examined(subject: Run | Predictions | Case, level: float, form: str) -> Examined:
    """What the charts show of a run or a file, cached. Raises CannotScore if predictions are not finite."""
    return _examined(case_of(subject), level, form)


@kept
def _examined(case: Case, level: float, form: str) -> Examined:
    judged, found = case.judged, diagnosed(case)
    wider = found.inflation
    lower, upper = judged.interval(level)
    covered = ((lower <= judged.y) & (judged.y <= upper)).astype(float)
    return Examined(
        case=case,
        level=level,
        form=form,
        reliability=widened(curves.reliability(judged.pit, form), wider),
        pit=widened(curves.pit_histogram(judged.pit), wider),
        qq=widened(curves.normal_qq(judged.pit), wider),
        by_std=widened(_error_by_std(judged), wider),
        along=widened(curves.coverage_along(case.along, covered, level), wider),
        ordered=curves.ordered(judged.mean, lower, upper, judged.y),
        maps=None if case.maps is None else case.maps(level),
        caused=bool(found.causes) and not found.small,
    )


def _error_by_std(judged: Judged) -> ErrorByStd:
    """RMSE by predicted std; of samples, ordered by a std that is independent of the one that is shown."""
    law, std = judged.predictive, judged.need_std()
    if not isinstance(law, SamplePredictive) or law.samples.shape[-1] < 4:
        return curves.error_by_std(std, judged.residual)
    count = law.samples.shape[-1]
    shown = np.std(law.split.samples, axis=-1, ddof=1) * np.sqrt(1 + 1 / count)  # of a new draw about the mean of K
    return curves.error_by_std(shown, judged.residual, by=law.split.std)


def covered_of(subject: Predictions | Case, level: float) -> Covered | None:
    """The charts of an interval alone, at its own level, or of any prediction at this one; None without an interval.

    Raises CannotScore if predictions are not finite.
    """
    case = case_of(subject)
    judged, law = case.judged, case.judged.predictive
    if isinstance(law, Partial) and case.level is None:
        return None
    level = case.level or level
    lower, upper = judged.interval(level)
    covered = ((lower <= judged.y) & (judged.y <= upper)).astype(float)
    return Covered(
        case,
        level,
        curves.coverage_along(case.along, covered, level),
        curves.ordered(np.where(np.isfinite(judged.mean), judged.mean, (lower + upper) / 2), lower, upper, judged.y),
        None,
        binomial_p(int(np.sum(covered)), covered.size, level) < ALARM,
    )
