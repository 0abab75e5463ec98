"""The verdict on a predicted spread: right, too wide, too narrow, or right only on average.

It checks the scale first, then the map along x, then the shape, and last whether any chart shows a fault, so that
verdict and charts cannot disagree.
"""

import numpy as np

from core.diagnosis.calibration.case import Case, case_of
from core.diagnosis.calibration.chart_words import OF_POINTS, STEADY, examined, kl_words, ratio_words
from core.diagnosis.finding import Finding
from core.evaluation import calibration_curves as curves
from core.evaluation.judged import root
from core.evaluation.predictions import Predictions
from core.evaluation.scores import SCORES
from core.training.run import Run
from core.words import margin, size, width

SCALE_MARGIN = 0.04  # relative: a smaller error of scale does not matter
SHAPE_MARGIN = 0.015  # share, for the mean distance of a reliability curve; an error of scale of 4 % makes it 0.011


def calibration_verdict(subject: Run | Predictions | Case) -> Finding:
    """Whether a predicted spread is right, too wide, too narrow, or right only on average."""
    case = case_of(subject)
    judged = case.judged
    mean_z2 = SCORES["mean_z2"].estimate(judged)
    if mean_z2.value is None:
        return Finding("warning", "Its spread cannot be judged", mean_z2.reason)
    n, factor, error = judged.y.size, float(np.sqrt(mean_z2.value)), root(mean_z2).std_error or 0.0
    if n == 1:
        return Finding("open", "One point cannot tell", "A spread is judged by many points: bring more of them.")
    if factor == 0:
        words = f"The predicted means meet all {n:,} {case.points} exactly: any spread above 0 is too wide for them."
        return Finding("warning", "No error at all, and yet a spread", words)
    covers = SCORES["coverage_95"]
    held = covers.words(covers.estimate(judged).value)
    around = margin(error) if error < 1e6 else size(error)
    sentence = (
        f"Residuals are **{size(factor)}** times as large as their predicted standard deviations say (± {around}), "
        f"and the 95 % band holds **{held}** of {n:,} {case.points}."
    )
    if abs(factor - 1) > max(STEADY * error, SCALE_MARGIN):
        wide = factor < 1
        times = 1 / factor if wide else factor
        amount = f"{times:.1f} times" if times < 100 else f"{size(times)} times"
        if times < 1.15:
            amount = f"{100 * (times - 1):.0f} %"
        headline = f"The spread is {amount} too {'wide' if wide else 'narrow'}"
        return Finding("warning", headline, f"{sentence} One factor mends it without training.")
    return _where_it_fails(case, sentence)


def _where_it_fails(case: Case, sentence: str) -> Finding:
    """The spread is right on average: whether it is right at each x, and in its shape."""
    judged = case.judged
    maps = None if case.maps is None else examined(case, 0.95, "interval").maps
    if maps is not None and ratio_words(maps).fault:
        words = f"{sentence} Along x it is {width(np.exp(maps.log_ratio))}: see where in the map of σ̂/σ."
        return Finding("warning", "Right on average, wrong along x", words)
    error = SCORES["mace_interval"].estimate(judged).value
    luck = curves.by_luck(judged.y.size, "mean absolute")
    if error is not None and error > max(luck, SHAPE_MARGIN):
        words = (
            f"{sentence} But its intervals are off by **{100 * error:.1f} %** on average over all levels, where luck "
            f"explains {100 * luck:.1f} %: the predicted distribution has another shape than the points."
        )
        return Finding("warning", "Right in width, wrong in shape", words)
    return _by_its_charts(case, sentence)


def _by_its_charts(case: Case, sentence: str) -> Finding:
    """Width and shape are right on average: whether a chart still shows a fault."""
    charts = examined(case, 0.95, "interval")
    faults = [name for name, words_of in OF_POINTS.items() if words_of(charts).fault]
    far = charts.maps is not None and kl_words(charts.maps).fault
    if far:
        faults.append("KL from the truth")
    count = len(OF_POINTS) + (0 if charts.maps is None else 2)
    if not faults:
        return Finding("good", "Calibrated, as far as these points can tell", f"{sentence} No chart shows a fault.")
    if len(faults) == 1 and not far:
        words = f"One of {count} charts shows a fault, {faults[0]}: by luck one does for a right model in eight."
        return Finding("open", "Calibrated, but for one chart", f"{sentence} {words}")
    show = "chart shows" if len(faults) == 1 else "charts show"
    words = f"But {len(faults)} of {count} {show} a fault: {', '.join(faults)}."
    return Finding("warning", "Right in width, but not calibrated", f"{sentence} {words}")
