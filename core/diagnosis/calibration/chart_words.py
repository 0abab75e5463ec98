"""The words under each calibration chart: what a good one looks like, and what this one shows.

Every judgement allows for sampling error: a chart that stays in its band is not a fault.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from scipy.special import bdtr, bdtrc, ndtri

from core.data.tables.overview import date_text
from core.diagnosis.calibration.case import Case, case_of
from core.evaluation import calibration_curves as curves
from core.evaluation.calibration_curves import CoverageAlong, Curve, ErrorByStd, Ordered, PitHistogram
from core.evaluation.predictions import Predictions
from core.evaluation.truth import TruthMaps
from core.training.run import Run
from core.words import number, quantity, size, width

STEADY = 4.0  # standard errors: a larger difference is not explained by luck
# A chart that leaves its band by less is mentioned but not called a fault: it is more than luck, but too little to
# matter.
MATTERS = 0.1  # of a standard deviation
SHARE_MATTERS = 0.02  # of a share of the points; an error of scale of 4 % makes it 0.019
DENSITY_MATTERS = 0.15  # of a bar of the PIT; an error of scale of 4 % makes it 0.14
RATIO_MATTERS = 0.15  # of σ̂/σ at one x
_TOO_LITTLE = " That is more than luck, and too little to matter."
LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)
FORMS = {"interval": "Central intervals", "quantile": "Quantiles"}


@dataclass(frozen=True)
class Words:
    """The words under a chart: what a good one looks like, what this one shows, and whether it shows a fault."""

    good: str
    shown: str
    fault: bool


@dataclass(frozen=True, eq=False)
class Examined:
    """Everything that the charts of calibration show of a case at one level, from predictions on held-out points."""

    case: Case
    level: float
    form: str
    reliability: Curve
    pit: PitHistogram
    qq: Curve
    by_std: ErrorByStd
    along: CoverageAlong
    ordered: Ordered
    maps: TruthMaps | None


def examined(subject: Run | Predictions | Case, level: float, form: str) -> Examined:
    """What the charts show of a run or a file, cached. Raises CannotScore if predictions are not finite."""
    return _examined(case_of(subject), level, form)


@lru_cache(maxsize=32)
def _examined(case: Case, level: float, form: str) -> Examined:
    judged = case.judged
    lower, upper = judged.interval(level)
    covered = ((lower <= judged.y) & (judged.y <= upper)).astype(float)
    return Examined(
        case=case,
        level=level,
        form=form,
        reliability=curves.reliability(judged.pit, form),
        pit=curves.pit_histogram(judged.pit),
        qq=curves.normal_qq(judged.pit),
        by_std=curves.error_by_std(judged.need_std(), judged.residual),
        along=curves.coverage_along(case.along, covered, level),
        ordered=curves.ordered(judged.mean, lower, upper, judged.y),
        maps=None if case.maps is None else case.maps(level),
    )


def _outside(observed: np.ndarray, band: Curve | PitHistogram | Curve | ErrorByStd | CoverageAlong) -> np.ndarray:
    return (observed < band.low) | (observed > band.high)


def reliability_words(charts: Examined) -> Words:
    """The words under the reliability diagram."""
    curve = charts.reliability
    out = _outside(curve.observed, curve)
    worst = _worst(np.abs(curve.observed - curve.expected), out)
    level, observed = curve.expected[worst], float(curve.observed[worst])
    interval = charts.form == "interval"
    place = f"lie in the {_percent(level)} intervals" if interval else f"lie below the {_percent(level)} quantile"
    most = f"{_percent(observed)} of the points {place}"
    good = "Good: the line stays in the grey band around the diagonal."
    if not out.any():
        return Words(good, f"The line stays in its band; farthest off, {most}.", False)
    shown = f"The line leaves its band, the most where {most}"
    if abs(observed - level) < SHARE_MATTERS:
        return Words(good, f"{shown}.{_TOO_LITTLE}", False)
    high, low = ("too wide", "too narrow") if interval else ("predicted too high", "predicted too low")
    return Words(good, f"{shown}: {high if observed > level else low}.", True)


def _worst(off: np.ndarray, out: np.ndarray) -> int:
    """The index farthest off, among those outside their band if there are any."""
    return int(np.argmax(np.where(out, off, -1.0) if out.any() else off))


def pit_words(charts: Examined) -> Words:
    """The words under the PIT histogram."""
    histogram = charts.pit
    outside = _outside(histogram.density, histogram)
    good = "Good: level bars, all inside the band. A point's PIT is the predicted share below it."
    if not outside.any():
        return Words(good, f"All {outside.size} bars end inside the band.", False)
    shown = f"{_some(int(outside.sum()), outside.size, 'bar', 'end')} outside the band"
    if np.abs(histogram.density[outside] - 1).max() < DENSITY_MATTERS:
        return Words(good, f"{shown}.{_TOO_LITTLE}", False)
    return Words(good, f"{shown}: {_pit_shape(charts.case.judged.pit)}.", True)


def _pit_shape(pit: np.ndarray) -> str:
    """What a histogram that is not flat says about the prediction."""
    middle, error = float(np.mean(np.abs(pit - 0.5) < 0.25)), 0.5 / np.sqrt(pit.size)
    lean = float(np.mean(pit)) - 0.5
    if abs(lean) > STEADY * np.sqrt(1 / 12 / pit.size) and abs(lean) > abs(middle - 0.5) / 2:
        return "they lean to the " + ("right, the means are too low" if lean > 0 else "left, the means are too high")
    if middle > 0.5 + STEADY * error and np.mean(np.abs(pit - 0.5) > 0.475) > 0.05:
        return "more points near the middle and far out than promised, heavy tails"
    if middle > 0.5 + STEADY * error:
        return "a hump, too few points far out, the spread is too wide"
    if middle < 0.5 - STEADY * error:
        return "a bowl, too many points far out, the spread is too narrow"
    return "another shape than the predicted one"


def qq_words(charts: Examined) -> Words:
    """The words under the normal QQ plot."""
    qq = charts.qq
    out = _outside(qq.observed, qq)
    off = np.abs(qq.observed - qq.expected) / np.maximum(1, np.abs(qq.expected))
    fault = bool((out & (off > MATTERS)).any())
    good = "Good: dots on the diagonal. Steeper: the predicted std is too small; flatter: too large."
    middle = _middle_slope(charts.case.judged.pit)
    if not out.any():
        return Words(good, f"All dots lie in the band{middle}.", False)
    shown = f"{_some(int(out.sum()), out.size, 'dot', 'leave')} the band{middle}."
    if not fault:
        shown += f" They are off by {100 * float(off[out].max()):.0f} % at most: more than luck, too little to matter."
    return Words(good, shown, fault)


def _middle_slope(pit: np.ndarray) -> str:
    """The slope of the QQ plot between the quartiles; empty if these are too extreme."""
    low, high = np.quantile(pit, [0.25, 0.75])
    if low < 1e-12 or high > 1 - 1e-12:
        return ""
    slope = float((ndtri(high) - ndtri(low)) / 1.3489795003921634)
    return f"; the middle half has slope {quantity(slope)}"


def by_std_words(charts: Examined) -> Words:
    """The words under the errors by predicted standard deviation."""
    rows = charts.by_std
    good = "Good: dots on the diagonal, larger errors where larger ones are predicted."
    judged, ratio = charts.case.judged, rows.error / rows.predicted
    heavy = _relative_scatter(judged.residual / judged.need_std())
    if rows.predicted.size == 1:
        return _of_one_std(good, rows, heavy)
    out = _outside(rows.error, rows)
    # The band assumes Gaussian residuals: a fault is only what the scatter of z² does not explain either.
    luck = 3 * ratio * heavy / (2 * np.sqrt(rows.counts))
    fault = bool((out & (np.abs(ratio - 1) > np.maximum(MATTERS, luck))).any())
    worst = _worst(np.abs(np.log(np.maximum(ratio, 1e-12))), out)
    where = f"farthest off, errors are {size(float(ratio[worst]))} times a std of {size(float(rows.predicted[worst]))}"
    if not out.any():
        shown = f"All {ratio.size} dots lie in the band; {where}."
    else:
        shown = f"{_some(int(out.sum()), ratio.size, 'dot', 'lie')} outside the band; {where}."
        shown += "" if fault else " That is too little, or too uncertain, to matter."
    return Words(good, shown, fault)


def _of_one_std(good: str, rows: ErrorByStd, heavy: float) -> Words:
    """All points have about the same std: their errors can be compared with it, but not ranked by it."""
    predicted, ratio = float(rows.predicted[0]), float(rows.error[0] / rows.predicted[0])
    error = max(ratio * heavy, np.sqrt(2)) / (2 * np.sqrt(rows.counts.sum()))
    shown = f"Every predicted std is near {size(predicted)}, hence one dot: errors are {size(ratio)} times it."
    return Words(good, shown, bool(abs(ratio - 1) > max(MATTERS, STEADY * error)))


def _relative_scatter(z: np.ndarray) -> float:
    """Standard deviation of z² over its mean: √2 for Gaussian residuals of any scale."""
    largest = float(np.max(np.abs(z)))
    squares = (z / largest) ** 2 if largest > 0 else np.ones(1)  # relative to the largest, so that none overflows
    return float(np.std(squares) / np.mean(squares))


def _some(count: int, of: int, noun: str, verb: str) -> str:
    return f"{count} of {of} {noun}{'' if of == 1 else 's'} {verb}{'s' if count == 1 else ''}"


def along_words(charts: Examined) -> Words:
    """The words under the coverage along x."""
    rows, outside = charts.along, _outside(charts.along.covered, charts.along)
    out, off = int(outside.sum()), np.abs(rows.covered - charts.level)
    good = f"Good: {_percent(charts.level)} everywhere along {charts.case.axis}, give or take the band."
    at = int(np.argmax(off))
    most = f"{_percent(float(rows.covered[at]))} near {_place(charts.case, float(rows.x[at]))}."
    if off.size == 1:
        shown = f"Few points, hence one dot; it lies {'outside' if out else 'in'} the band, at {most}"
    elif out:
        shown = f"{_some(out, off.size, 'dot', 'lie')} outside the band; farthest off, {most}"
    else:
        shown = f"All {off.size} dots lie in the band; farthest off, {most}"
    if charts.maps is not None and np.isfinite(charts.maps.coverage).all():
        low, high = (_percent(float(edge)) for edge in (charts.maps.coverage.min(), charts.maps.coverage.max()))
        runs = f"is at {low} throughout" if low == high else f"runs from {low} to {high}"
        shown += f" The line, what is truly covered, {runs}."
    n, held = charts.case.judged.y.size, float(np.mean(rows.covered))
    together = _unlucky(round(held * n), n, charts.level) and abs(held - charts.level) > SHARE_MATTERS / 2
    if together and not out:
        shown += f" Together they hold {_percent(held)}, and that is no luck."
    matters = bool(out) and float(off[outside].max()) > SHARE_MATTERS
    if out and not matters and not together:
        shown += _TOO_LITTLE
    return Words(good, shown, matters or together)


def _place(case: Case, value: float) -> str:
    """A position on the axis of the coverage chart."""
    if case.dates:
        return date_text(round(value))
    return f"{case.axis} = {quantity(value)}" if case.of_one_input else f"a prediction of {quantity(value)}"


def ordered_words(charts: Examined) -> Words:
    """The words under the intervals ordered by width."""
    rows, inside = charts.ordered, charts.ordered.inside
    good = f"Good: about {_percent(charts.level)} inside, at the narrow end as at the wide one."
    if inside.size == 1:
        shown = f"The one point drawn is {'inside' if inside[0] else 'outside'} its interval."
        return Words(good, shown, _unlucky(int(inside.sum()), 1, charts.level))
    parts = inside, inside[: inside.size // 2], inside[inside.size // 2 :]
    every, narrow, wide = (_percent(float(part.mean())) for part in parts)
    shown = (
        f"{every} of the {inside.size:,} points drawn are inside ({narrow} of the narrower half, {wide} of the wider)"
    )
    widths = rows.upper - rows.lower
    if widths[0] > 0:
        ratio = float(widths[-1] / widths[0])
        even = ratio < 1.005
        shown += "; all are equally wide" if even else f"; the widest is {size(ratio)} times the narrowest"
    return Words(good, f"{shown}.", any(_unlucky(int(part.sum()), part.size, charts.level) for part in parts))


def _unlucky(count: int, n: int, level: float) -> bool:
    """Whether fewer than 1 in 100 right models have so many, or so few, of n points inside."""
    return bool(min(bdtr(count, n, level), bdtrc(count - 1, n, level) if count else 1.0) < 0.005)


def ratio_words(maps: TruthMaps) -> Words:
    """The words under the map of σ̂/σ."""
    good = "Good: a line at 1×, the true spread."
    with np.errstate(over="ignore"):
        ratio = np.exp(maps.log_ratio)
    low, high = np.quantile(ratio, [0.05, 0.95])
    if not (low > 0 and np.isfinite(high)):
        return Words(good, "The predicted std is zero or no number in places.", True)
    if low > 1 - RATIO_MATTERS and high < 1 + RATIO_MATTERS:
        off = max(high - 1, 1 - low, 0.01)
        return Words(good, f"The predicted std is within {100 * off:.0f} % of the true one nearly everywhere.", False)
    factor = width(ratio).replace("wide", "large").replace("narrow", "small")
    return Words(good, f"The predicted std is {factor}.", True)


def kl_words(maps: TruthMaps) -> Words:
    """The words under the map of KL."""
    good = "Good: near 0 everywhere; 0.01 nats is hard to notice."
    if np.isnan(maps.kl).any():
        return Words(good, "The divergence is no number in places: there the prediction is none.", True)
    at, mean = int(np.argmax(maps.kl)), float(np.mean(maps.kl))
    most, where = number(float(maps.kl[at]), 3), quantity(float(maps.x[at]))
    return Words(good, f"{number(mean, 4)} nats on average; the most, {most}, at x = {where}.", mean > 0.03)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if abs(100 * share - round(100 * share)) < 0.05 else f"{100 * share:.1f} %"


# The words of each chart that needs no truth, by its name in the verdict.
OF_POINTS: Mapping[str, Callable[[Examined], Words]] = MappingProxyType(
    {
        "reliability": reliability_words,
        "the PIT": pit_words,
        "the QQ plot": qq_words,
        "errors by std": by_std_words,
        "coverage along x": along_words,
        "intervals by width": ordered_words,
    }
)
