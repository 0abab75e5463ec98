"""Whether a predicted spread can be believed: the verdict, and for each chart what a good one looks like and this one.

Every judgement leaves room for the luck of the points: a chart that stays in its band is not called a fault.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import ndtri

from core.diagnosis.case import Case, case_of
from core.diagnosis.finding import Finding
from core.evaluation import calibration as curves
from core.evaluation.calibration import Curve, ErrorByStd, NormalQQ, Ordered, PitHistogram
from core.evaluation.judged import CannotScore, Judged
from core.evaluation.predictions import Predictions
from core.evaluation.scores import SCORES
from core.evaluation.truth import TruthMaps
from core.training.run import Run
from core.words import margin, number, quantity, size, width

STEADY = 4.0  # standard errors, from which a difference is not put down to luck
SCALE_MARGIN = 0.04  # of the spread, below which an error of scale is nothing to speak of
SHAPE_MARGIN = 0.015  # share, for the mean distance of a reliability curve: an error of scale by 4 % makes it 0.011
LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)
FORMS = {"interval": "Central intervals", "quantile": "Quantiles"}


@dataclass(frozen=True)
class Words:
    """Under a chart: what a good one looks like, and what this one shows. `fault`: this one is not good."""

    good: str
    shown: str
    fault: bool


@dataclass(frozen=True, eq=False)
class Examined:
    """Predictions on held-out points as the calibration page draws them, at one level."""

    judged: Judged
    x: np.ndarray
    level: float
    form: str
    reliability: Curve
    pit: PitHistogram
    qq: NormalQQ
    by_std: ErrorByStd
    along: curves.CoverageAlong
    ordered: Ordered
    maps: TruthMaps | None
    of_one_input: bool = True


def examined(subject: Run | Predictions | Case, level: float, form: str) -> Examined:
    """All that the charts show of a run, or of the predictions in a file: the same object for the same of them.

    Raises CannotScore with the reason where its predictions are no numbers.
    """
    return _examined(case_of(subject), level, form)


@lru_cache(maxsize=32)
def _examined(case: Case, level: float, form: str) -> Examined:
    judged = case.judged
    lower, upper = judged.interval(level)
    covered = ((lower <= judged.y) & (judged.y <= upper)).astype(float)
    return Examined(
        judged=judged,
        x=case.along,
        level=level,
        form=form,
        reliability=curves.reliability(judged.pit, form),
        pit=curves.pit_histogram(judged.pit),
        qq=curves.normal_qq(judged.pit),
        by_std=curves.error_by_std(judged.need_std(), judged.residual),
        along=curves.coverage_along(case.along, covered, level),
        ordered=curves.ordered(judged.mean, lower, upper, judged.y),
        maps=None if case.maps is None else case.maps(level),
        of_one_input=case.of_one_input,
    )


def calibration_verdict(subject: Run | Predictions | Case) -> Finding:
    """Whether a predicted spread is right, too wide, too narrow, or right on average alone."""
    case = case_of(subject)
    judged = case.judged
    try:
        factor, error = _spread_factor(judged)
    except CannotScore as reason:
        return Finding("warning", "Its spread cannot be judged", str(reason))
    n = judged.y.size
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
        return Finding(
            "warning",
            f"The spread is {_times(times)} times too {'wide' if wide else 'narrow'}"
            if times >= 1.15
            else f"The spread is {100 * (times - 1):.0f} % too {'wide' if wide else 'narrow'}",
            f"{sentence} One factor mends it without training.",
        )
    return _where_it_fails(case, sentence)


def _times(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 100 else size(ratio)


def _where_it_fails(case: Case, sentence: str) -> Finding:
    """The spread is right on average: is it at each x, and is its shape?"""
    judged = case.judged
    maps = examined(case, 0.95, "interval").maps
    if maps is not None:
        ratio = np.exp(np.quantile(maps.log_ratio, [0.05, 0.95]))
        if ratio[0] < 0.85 or ratio[1] > 1.15:
            words = f"{sentence} Along x it is {width(np.exp(maps.log_ratio))}: see where in the map of σ̂/σ."
            return Finding("warning", "Right on average, wrong along x", words)
    found = SCORES["mace_interval"].estimate(judged).value
    luck = curves.by_luck(judged.y.size, "mean absolute")
    if found is not None and found > max(luck, SHAPE_MARGIN):
        words = (
            f"{sentence} But its intervals are off by **{100 * found:.1f} %** on average over all levels, where luck "
            f"explains {100 * luck:.1f} %: the predicted distribution has another shape than the points."
        )
        return Finding("warning", "Right in width, wrong in shape", words)
    rest = "Its intervals are off by no more than luck explains."
    if found is not None and found > luck:
        rest = f"Its intervals are off by {100 * found:.1f} % on average, little, though more than luck explains."
    return Finding("good", "Calibrated, as far as these points can tell", f"{sentence} {rest}")


def _spread_factor(judged: Judged) -> tuple[float, float]:
    """√mean z² and its standard error."""
    judged.need_std()
    found = SCORES["mean_z2"].estimate(judged)
    if found.value is None:
        raise CannotScore(found.reason)
    factor = float(np.sqrt(found.value))
    return factor, 0.0 if found.std_error is None or factor == 0 else found.std_error / (2 * factor)


def reliability_words(found: Examined) -> Words:
    """Of the reliability diagram."""
    curve = found.reliability
    out = (curve.observed < curve.low) | (curve.observed > curve.high)
    worst = int(np.argmax(np.abs(curve.observed - curve.levels)))
    level, observed = curve.levels[worst], curve.observed[worst]
    good = "Good: the line stays in the grey band around the diagonal."
    if not out.any():
        return Words(good, f"Here it does; the farthest off is {_percent(observed)} for {_percent(level)}.", False)
    if found.form == "interval":
        kind = "wide" if observed > level else "narrow"
        shown = f"Here {_percent(observed)} of the points lie in intervals that promise {_percent(level)}: too {kind}."
    else:
        shown = f"Here {_percent(observed)} of the points lie below the quantile that promises {_percent(level)}."
    return Words(good, shown, True)


def pit_words(found: Examined) -> Words:
    """Of the PIT histogram."""
    pit, histogram = found.judged.pit, found.pit
    out = int(((histogram.density < histogram.low) | (histogram.density > histogram.high)).sum())
    good = "Good: level bars, all inside the band."
    if not out:
        return Words(good, "Here they are.", False)
    middle, error = float(np.mean(np.abs(pit - 0.5) < 0.25)), 0.5 / np.sqrt(pit.size)
    lean = float(np.mean(pit)) - 0.5
    if abs(lean) > STEADY * np.sqrt(1 / 12 / pit.size) and abs(lean) > abs(middle - 0.5) / 2:
        shape = f"they lean to the {'right: the means are too low' if lean > 0 else 'left: the means are too high'}"
    elif middle > 0.5 + STEADY * error:
        shape = "a hump: too few points far out, bands too wide"
    elif middle < 0.5 - STEADY * error:
        shape = "a bowl: too many points far out, bands too narrow"
    else:
        shape = "another shape than the predicted one"
    return Words(good, f"Here {out} of {histogram.density.size} are outside: {shape}.", True)


def qq_words(found: Examined) -> Words:
    """Of the normal QQ plot."""
    low, high = np.quantile(found.judged.pit, [0.25, 0.75])
    pits = np.clip([low, high], 1e-12, 1 - 1e-12)
    slope = float((ndtri(pits[1]) - ndtri(pits[0])) / 1.3489795003921634)
    qq = found.qq
    out = int(((qq.observed < qq.low) | (qq.observed > qq.high)).sum())
    good = "Good: dots on the diagonal. Steeper: the predicted std is too small; flatter: too large."
    shown = f"Here the middle half has slope {quantity(slope)}, and {out} of {qq.observed.size} dots are outside."
    return Words(good, shown, out > 0.1 * qq.observed.size)


def by_std_words(found: Examined) -> Words:
    """Of the errors by predicted standard deviation."""
    rows = found.by_std
    good = "Good: dots on the diagonal, larger errors where larger ones are predicted."
    if rows.predicted.max() < 1.02 * rows.predicted.min():
        return Words(good, f"Here every predicted std is near {quantity(float(rows.predicted.mean()))}.", False)
    ratio = rows.error / rows.predicted
    out = int(((rows.error < rows.low) | (rows.error > rows.high)).sum())
    shown = (
        f"Here errors are {quantity(float(ratio.min()))} to {quantity(float(ratio.max()))} times their predicted std; "
        f"{out} of {ratio.size} bins are outside."
    )
    return Words(good, shown, out > 0 and bool(np.abs(ratio - 1).max() > 0.1))


def along_words(found: Examined) -> Words:
    """Of the coverage along x."""
    rows, level = found.along, _percent(found.level)
    out = int(((rows.covered < rows.low) | (rows.covered > rows.high)).sum())
    axis = "x" if found.of_one_input else "the prediction"
    good = f"Good: {level} everywhere along {axis}, give or take the band."
    at = int(np.argmax(np.abs(rows.covered - found.level)))
    where = "x =" if found.of_one_input else "a prediction of"
    shown = f"Here {_percent(rows.covered[at])} near {where} {quantity(float(rows.x[at]))}, the farthest off"
    if found.maps is not None and np.isfinite(found.maps.coverage).all():
        low, high = float(found.maps.coverage.min()), float(found.maps.coverage.max())
        shown += f"; by the truth {_percent(low)} to {_percent(high)}"
    return Words(good, f"{shown}; {out} of {rows.x.size} bins are outside.", out > 0)


def ordered_words(found: Examined) -> Words:
    """Of the intervals ordered by width."""
    rows = found.ordered
    inside, widths = float(rows.inside.mean()), rows.upper - rows.lower
    good = f"Good: about {_percent(found.level)} inside, at the narrow end as at the wide one."
    half = rows.inside.size // 2
    shown = f"Here {_percent(inside)} of the {rows.inside.size} drawn are inside"
    if half:
        narrow, wide = float(rows.inside[:half].mean()), float(rows.inside[half:].mean())
        shown += f" ({_percent(narrow)} of the narrower half, {_percent(wide)} of the wider)"
    ratio = float(widths[-1] / widths[0]) if widths[0] > 0 else np.inf
    off = abs(inside - found.level) > 3 * np.sqrt(found.level * (1 - found.level) / rows.inside.size)
    return Words(good, f"{shown}; the widest is {number(ratio, 1)} times the narrowest.", bool(off))


def ratio_words(maps: TruthMaps) -> Words:
    """Of the map of σ̂/σ."""
    ratio = np.exp(maps.log_ratio)
    off = np.quantile(ratio, [0.05, 0.95])
    fine = off[0] > 0.9 and off[1] < 1.1
    shown = f"within {100 * max(off[1] - 1, 1 - off[0]):.0f} % of it nearly everywhere" if fine else width(ratio)
    return Words("Good: a line at 1×, the true spread.", f"Here the band is {shown}.", not fine)


def kl_words(maps: TruthMaps) -> Words:
    """Of the map of KL."""
    at, mean = int(np.nanargmax(maps.kl)), float(np.mean(maps.kl))
    shown = (
        f"Here {number(mean, 4)} on average, most, {number(float(maps.kl[at]), 3)}, "
        f"at x = {quantity(float(maps.x[at]))}."
    )
    return Words("Good: near 0 everywhere; 0.01 nats is hard to notice.", shown, mean > 0.03)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if abs(100 * share - round(100 * share)) < 0.05 else f"{100 * share:.1f} %"
