"""A spread mended by validation points, or half of the held-out ones: what a page shows of before and after."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.diagnosis.calibration.case import Case, case_of
from core.evaluation.before_after import MEASURES, Change, Comparison, before_and_after
from core.evaluation.calibration_curves import CoverageAlong, coverage_along
from core.evaluation.judged import Estimate
from core.evaluation.predictions import Predictions
from core.evaluation.recalibration import Intervals
from core.training.run import Run
from core.words import margin, number


@dataclass(frozen=True, eq=False)
class Effect:
    """A recalibration on trial, its sentence, and the coverage along x of the test points."""

    comparison: Comparison
    sentence: str
    before: CoverageAlong
    after: CoverageAlong


def why_not(subject: Run | Predictions | Case, name: str, level: float) -> str:
    """Why a run, or a file's predictions, cannot be recalibrated so, in one sentence; empty where it can."""
    try:
        effect_of(subject, name, level)
    except ValueError as reason:
        return str(reason)
    return ""


def effect_of(subject: Run | Predictions | Case, name: str, level: float) -> Effect:
    """A recalibration, fitted to validation points and judged on held-out ones.

    The validation points are those that a table's split set apart; where there are none, as in a file, one half of
    the held-out points, the other being to judge by. Raises ValueError, a sentence, where there are too few points,
    or the prediction cannot be mended.
    """
    return _effect_of(case_of(subject), name, level)


@lru_cache(maxsize=32)
def _effect_of(case: Case, name: str, level: float) -> Effect:
    case.judged.need_std()
    points = case.to_recalibrate()
    n = points.validation
    found = before_and_after(name, points.predictive_of, points.y, level, points.seed, validation=n)
    x, y = case.along[found.test - n], points.y[found.test]
    before, after = (_along(each, x, y, level) for each in (found.before, found.after))
    return Effect(found, _sentence(found), before, after)


def _along(predictive: Intervals, x: np.ndarray, y: np.ndarray, level: float) -> CoverageAlong:
    lower, upper = predictive.interval(level)
    return coverage_along(x, ((lower <= y) & (y <= upper)).astype(float), level)


def _sentence(found: Comparison) -> str:
    """What was fitted, and what it did to the score that shows it best."""
    name = "nll" if found.changes["nll"].difference.value is not None else "interval_score"
    change, label = found.changes[name].difference, {"nll": "full NLL"}.get(name, "interval score")
    if change.value is None:
        return f"{found.fitted.words} {change.reason}"
    error = change.std_error or 0.0
    unit = " nats" if name == "nll" else ""
    amount = f"{number(abs(change.value))}{unit} {'lower' if change.value < 0 else 'higher'}"
    if abs(change.value) <= 2 * error:
        return f"{found.fitted.words} On the test points that changes the {label} by no more than luck does."
    return f"{found.fitted.words} On the test points the {label} is {amount} (± {margin(error)})."


def rows(found: Effect) -> list[tuple[str, str, str]]:
    """Each measure before and after, with standard errors, as words."""
    return [(measure.label, *_words(name, found.comparison.changes[name])) for name, measure in MEASURES.items()]


def _words(name: str, change: Change) -> tuple[str, str]:
    return _value(name, change.before), _value(name, change.after)


def _value(name: str, found: Estimate) -> str:
    if found.value is None:
        return "–"
    share = MEASURES[name].unit == "share"
    value, error = f"{100 * found.value:.1f}" if share else number(found.value), found.std_error
    if error is not None and error < 1e-12 * abs(found.value):
        error = 0.0  # all points have one value, but for rounding
    around = "" if error is None else f" ± {margin(100 * error if share else error)}"
    return f"{value}{around}{' %' if share else ''}"
