"""A recalibration fitted to validation points, or to half of the held-out ones: before and after, for a page."""

from dataclasses import dataclass

import numpy as np

from ...distributions.stated import MeanAlone, Partial
from ...evaluation.before_after import MEASURES, Comparison, before_and_after
from ...evaluation.calibration_curves import CoverageAlong, coverage_along
from ...evaluation.judged import Estimate
from ...evaluation.kept import kept
from ...evaluation.predictions import Predictions
from ...evaluation.recalibration import Intervals
from ...training.run import Run
from ...words import margin, number
from .case import Case, case_of


@dataclass(frozen=True, eq=False)
class Effect:
    """A recalibration of a case on trial, its sentence, and the coverage of the test points along x."""

    case: Case
    comparison: Comparison
    sentence: str
    before: CoverageAlong | None  # None without an interval before
    after: CoverageAlong


def why_not(subject: Run | Predictions | Case, name: str, level: float) -> str:
    """Why a run, or the predictions in a file, cannot be recalibrated in this way; empty if they can."""
    try:
        effect_of(subject, name, level)
    except ValueError as reason:
        return str(reason)
    return ""


def effect_of(subject: Run | Predictions | Case, name: str, level: float) -> Effect:
    """A recalibration, fitted to the validation points of the table's split and judged on held-out points.

    Without such points, as in a file, half of the held-out ones fit it, and the other half judges. Raises ValueError if
    there are too few points, or the prediction cannot be recalibrated.
    """
    return _effect_of(case_of(subject), name, level)


@kept
def _effect_of(case: Case, name: str, level: float) -> Effect:
    if not isinstance(case.judged.predictive, Partial):
        case.judged.need_std()
    level = case.level or level  # of an interval alone, its own
    points = case.to_recalibrate()
    n = points.validation
    comparison = before_and_after(
        name, points.predictive_of, points.y, level, points.seed, validation=n, along=points.along
    )
    x, y = case.along[comparison.test - n], points.y[comparison.test]
    before = None if isinstance(comparison.before, MeanAlone) else _along(comparison.before, x, y, level)
    return Effect(case, comparison, _sentence(comparison), before, _along(comparison.after, x, y, level))


def _along(predictive: Intervals, x: np.ndarray, y: np.ndarray, level: float) -> CoverageAlong:
    lower, upper = predictive.interval(level)
    return coverage_along(x, ((lower <= y) & (y <= upper)).astype(float), level)


def _sentence(comparison: Comparison) -> str:
    """What was fitted, and how it changed the NLL, or the interval score if there is no NLL."""
    changes, fitted = comparison.changes, comparison.fitted.words
    change, label, unit = changes["nll"].difference, "full NLL", " nats"
    if change.value is None:
        change, label, unit = changes["interval_score"].difference, "interval score", ""
    if change.value is None:
        after = changes["coverage"].after.value
        held = "" if after is None else f" On the test points the intervals contain {number(100 * after, 1)} %."
        return f"{fitted}{held}" if held else f"{fitted} {change.reason}"
    error = change.std_error or 0.0
    amount = f"{number(abs(change.value))}{unit} {'lower' if change.value < 0 else 'higher'}"
    if abs(change.value) <= 2 * error:
        return f"{fitted} On the test points this changes the {label} by no more than sampling error."
    return f"{fitted} On the test points the {label} is {amount} (± {margin(error)})."


def rows(effect: Effect) -> list[tuple[str, str, str]]:
    """Each measure before and after, with standard errors, as text."""
    changes = effect.comparison.changes
    return [
        (row.label, _value(row.unit, changes[name].before), _value(row.unit, changes[name].after))
        for name, row in MEASURES.items()
    ]


def _value(unit: str, estimate: Estimate) -> str:
    if estimate.value is None:
        return "–"
    share, error = unit == "share", estimate.std_error
    value = f"{100 * estimate.value:.1f}" if share else number(estimate.value)
    if error is not None and error < 1e-12 * abs(estimate.value):
        error = 0.0  # all points have the same value, up to rounding
    around = "" if error is None else f" ± {margin(100 * error if share else error)}"
    return f"{value}{around}{' %' if share else ''}"
