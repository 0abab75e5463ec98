"""The words under each calibration chart: what a good one looks like, and what this one shows.

Every judgement allows for sampling error: a chart that stays in its band shows no fault. One that leaves it shows one
where the tests of the verdict find a cause, or where it lies far outside; else it says so and is no fault. So chart,
words and verdict agree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy.special import bdtr, bdtrc, ndtri

from ...data.tables.overview import date_text
from ...evaluation.calibration_bands import Band
from ...evaluation.calibration_curves import ErrorByStd
from ...evaluation.right_model import is_gaussian
from ...evaluation.truth import TruthMaps
from ...words import number, quantity, size, width
from .case import Case
from .examined import Covered, Examined

STEADY = 4.0  # standard errors: sampling error does not explain a larger difference
FAR = 1.75  # half-widths of a band: hardly any right model leaves it by so much anywhere on a chart
# A chart that leaves its band by less is mentioned but not called a fault: too little to matter.
MATTERS = 0.1  # of a standard deviation
SHARE_MATTERS = 0.02  # of a share of the points; an error of scale of 4 % makes it 0.019
DENSITY_MATTERS = 0.15  # of a bar of the PIT; an error of scale of 4 % makes it 0.14
RATIO_MATTERS = 0.15  # of σ̂/σ at one x
_FEW, _APART = 20, 0.7  # points, and the share of them that differ, from which on a chart alone may be a fault
_TOO_LITTLE = " That is too little to matter."
_ALONE = " No test of the verdict finds a cause: one right model in twenty leaves the band on this chart."
LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)
FORMS = {"interval": "Central intervals", "quantile": "Quantiles"}


@dataclass(frozen=True)
class Words:
    """The words under a chart: what a good one looks like, what this one shows, and whether it shows a fault.

    `outside`: something lies outside its band, fault or not. `far`: so far outside that the chart alone is a fault.
    """

    good: str
    shown: str
    fault: bool
    outside: bool = False
    far: bool = False


def far_outside(charts: Examined) -> str:
    """The first chart that lies far outside its band where that matters, by its name; empty if none does.

    Few points, or many that are equal up to rounding, may lie there in a right model.
    """
    z = charts.case.judged.residual / charts.case.judged.need_std()
    if z.size < _FEW or np.unique(z).size < _APART * z.size:
        return ""
    return next((name for name, words_of in OF_POINTS.items() if words_of(charts).far), "")


def _words(charts: Covered, good: str, shown: str, *, outside: bool, matters: bool, far: bool) -> Words:
    """The words of a chart whose `shown` says what it shows, and whether that is a fault."""
    if outside and not matters:
        return Words(good, shown + _TOO_LITTLE, False, True)
    fault = matters and (charts.caused or far)
    return Words(good, shown if fault or not matters else shown + _ALONE, fault, outside, fault and far)


def _outside(observed: np.ndarray, band: Band, times: float = 1.0) -> np.ndarray:
    """Which values lie outside a band that is `times` as wide about what is expected."""
    middle = band.middle
    return (observed < middle - times * (middle - band.low)) | (observed > middle + times * (band.high - middle))


def _any(observed: np.ndarray, band: Band, times: float) -> bool:
    return bool(_outside(observed, band, times).any())


def reliability_words(charts: Examined) -> Words:
    """The words under the reliability diagram."""
    curve = charts.reliability
    out = _outside(curve.observed, curve)
    worst = _worst(np.abs(curve.observed - curve.expected), out)
    level, observed = curve.expected[worst], float(curve.observed[worst])
    interval = charts.form == "interval"
    place = f"are in the {_percent(level)} intervals" if interval else f"are below the {_percent(level)} quantile"
    most = f"{_percent(observed)} of the points {place}"
    good = "Good: the line stays in the grey band around the diagonal."
    if not out.any():
        return Words(good, f"The line stays in its band; at the largest deviation, {most}.", False)
    matters = bool(abs(observed - level) >= SHARE_MATTERS)
    high, low = ("too wide", "too narrow") if interval else ("predicted too high", "predicted too low")
    verdict = f": {high if observed > level else low}" if matters else ""
    shown = f"The line leaves its band, most where {most}{verdict}."
    far = matters and _any(curve.observed, curve, FAR)
    return _words(charts, good, shown, outside=True, matters=matters, far=far)


def _worst(off: np.ndarray, out: np.ndarray) -> int:
    """The index farthest off, among those outside their band if there are any."""
    return int(np.argmax(np.where(out, off, -1.0) if out.any() else off))


def pit_words(charts: Examined) -> Words:
    """The words under the PIT histogram."""
    histogram = charts.pit
    outside = _outside(histogram.density, histogram)
    good = "Good: bars of equal height, all inside the band. A point's PIT is the predicted probability below it."
    if not outside.any():
        return Words(good, f"All {outside.size} bars end inside the band.", False)
    matters = bool(np.abs(histogram.density[outside] - 1).max() >= DENSITY_MATTERS)
    shape = f": {_pit_shape(charts.case.judged.pit)}" if matters and charts.caused else ""
    shown = f"{_some(int(outside.sum()), outside.size, 'bar', 'end')} outside the band{shape}."
    far = matters and _any(histogram.density, histogram, FAR)
    return _words(charts, good, shown, outside=True, matters=matters, far=far)


def _pit_shape(pit: np.ndarray) -> str:
    """What a histogram that is not flat says about the prediction."""
    middle, error = float(np.mean(np.abs(pit - 0.5) < 0.25)), 0.5 / np.sqrt(pit.size)
    lean = float(np.mean(pit)) - 0.5
    if abs(lean) > STEADY * np.sqrt(1 / 12 / pit.size) and abs(lean) > abs(middle - 0.5) / 2:
        return "they are higher on the " + (
            "right: the means are too low" if lean > 0 else "left: the means are too high"
        )
    if middle > 0.5 + STEADY * error and np.mean(np.abs(pit - 0.5) > 0.495) > 0.01:
        return "more points in the middle and far out than predicted: heavy tails"
    if middle > 0.5 + STEADY * error:
        return "a hump (too few points far out): the std is too large"
    if middle < 0.5 - STEADY * error:
        return "a bowl (too many points far out): the std is too small"
    return "a different shape than predicted"


def qq_words(charts: Examined) -> Words:
    """The words under the normal QQ plot."""
    qq = charts.qq
    out = _outside(qq.observed, qq)
    off = np.abs(qq.observed - qq.expected) / np.maximum(1, np.abs(qq.expected))
    good = "Good: dots on the diagonal. Steeper: the predicted std is too small; flatter: too large."
    middle = _middle_slope(charts.case.judged.pit)
    if not out.any():
        return Words(good, f"All dots are in the band{middle}.", False)
    matters = bool((out & (off > MATTERS)).any())
    shown = f"{_some(int(out.sum()), out.size, 'dot', 'leave')} the band{middle}."
    if not matters:
        shown += f" They are off by at most {100 * float(off[out].max()):.0f} %."
    far = matters and _any(qq.observed, qq, FAR)
    return _words(charts, good, shown, outside=True, matters=matters, far=far)


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
        return _of_one_std(charts, good, rows, heavy)
    out = _outside(rows.error, rows)
    # The band assumes Gaussian residuals: a fault is only what the scatter of z² does not explain either.
    luck = 2 * ratio * _scatters(charts, rows, heavy) / (2 * np.sqrt(rows.counts))
    matter = out & (np.abs(ratio - 1) > np.maximum(MATTERS, luck))
    worst = _worst(np.abs(np.log(np.maximum(ratio, 1e-12))), matter if matter.any() else out)
    where = (
        f"at the largest deviation, errors are {size(float(ratio[worst]))} times a std of "
        f"{size(float(rows.predicted[worst]))}"
    )
    if not out.any():
        return Words(good, f"All {ratio.size} dots are in the band; {where}.", False)
    shown = f"{_some(int(out.sum()), ratio.size, 'dot', 'lie')} outside the band; {where}."
    if not matter.any() and float(np.abs(ratio[out] - 1).max()) > MATTERS:
        return Words(good, f"{shown} A few large errors cause this: they are too uncertain to matter.", False, True)
    far = bool((matter & _outside(rows.error, rows, FAR)).any())
    return _words(charts, good, shown, outside=True, matters=bool(matter.any()), far=far)


def _of_one_std(charts: Examined, good: str, rows: ErrorByStd, heavy: float) -> Words:
    """All points have about the same std: their errors can be compared with it, but not ranked by it."""
    predicted, ratio = float(rows.predicted[0]), float(rows.error[0] / rows.predicted[0])
    outside = _any(rows.error, rows, 1.0)
    error = ratio * heavy / (2 * np.sqrt(rows.counts.sum()))
    place = "outside" if outside else "in"
    shown = (
        f"Every predicted std is near {size(predicted)}, so there is one dot, {place} the band: errors are "
        f"{size(ratio)} times it."
    )
    matters = outside and abs(ratio - 1) > max(MATTERS, 3 * error)
    far = matters and _any(rows.error, rows, FAR)
    return _words(charts, good, shown, outside=outside, matters=matters, far=far)


def _scatters(charts: Examined, rows: ErrorByStd, heavy: float) -> np.ndarray:
    """The relative scatter of z² in each bin, no less than a Gaussian's; of all points if another law is predicted."""
    judged = charts.case.judged
    if not is_gaussian(judged.predictive):
        return np.full(rows.counts.size, heavy)
    z = (judged.residual / judged.std)[np.argsort(judged.std, kind="stable")]
    parts = np.split(z, np.cumsum(rows.counts[:-1]).astype(int))
    return np.array([max(np.sqrt(2), _relative_scatter(part)) for part in parts])


def _relative_scatter(z: np.ndarray) -> float:
    """Standard deviation of z² over its mean: √2 for Gaussian residuals of any scale."""
    largest = float(np.max(np.abs(z)))
    squares = (z / largest) ** 2 if largest > 0 else np.ones(1)  # relative to the largest, so that none overflows
    return float(np.std(squares) / np.mean(squares))


def _some(count: int, of: int, noun: str, verb: str) -> str:
    return f"{count} of {of} {noun}{'' if of == 1 else 's'} {verb}{'s' if count == 1 else ''}"


def along_words(charts: Covered) -> Words:
    """The words under the coverage along x."""
    rows, outside = charts.along, _outside(charts.along.covered, charts.along)
    out, off = int(outside.sum()), np.abs(rows.covered - charts.level)
    good = f"Good: {_percent(charts.level)} everywhere along {charts.case.axis}, within the band."
    at = int(np.argmax(off))
    most = f"{_percent(float(rows.covered[at]))} near {_place(charts.case, float(rows.x[at]))}."
    if off.size == 1:
        shown = f"Few points, so there is one dot; it is {'outside' if out else 'in'} the band, at {most}"
    elif out:
        shown = f"{_some(out, off.size, 'dot', 'lie')} outside the band; at the largest deviation, {most}"
    else:
        shown = f"All {off.size} dots are in the band; at the largest deviation, {most}"
    if charts.maps is not None and np.isfinite(charts.maps.coverage).all():
        low, high = (_percent(float(edge)) for edge in (charts.maps.coverage.min(), charts.maps.coverage.max()))
        runs = f"is at {low} throughout" if low == high else f"runs from {low} to {high}"
        shown += f" The line (true coverage) {runs}."
    n, held = charts.case.judged.y.size, float(np.mean(rows.covered))
    together = _unlikely(round(held * n), n, charts.level) and abs(held - charts.level) > SHARE_MATTERS / 2
    if together and not out:
        shown += f" Together they contain {_percent(held)}, which is more than sampling error."
    matters = together or (bool(out) and float(off[outside].max()) > SHARE_MATTERS)
    far = matters and _any(rows.covered, rows, FAR)
    return _words(charts, good, shown, outside=bool(out) or together, matters=matters, far=far)


def _place(case: Case, value: float) -> str:
    """A position on the axis of the coverage chart."""
    if case.dates:
        return date_text(round(value))
    return f"{case.axis} = {quantity(value)}" if case.of_one_input else f"a prediction of {quantity(value)}"


def ordered_words(charts: Covered) -> Words:
    """The words under the intervals ordered by width."""
    rows, inside = charts.ordered, charts.ordered.inside
    good = f"Good: about {_percent(charts.level)} inside, among narrow and wide intervals alike."
    if inside.size == 1:
        return Words(good, f"The one point drawn is {'inside' if inside[0] else 'outside'} its interval.", False)
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
    unlikely = any(_unlikely(int(part.sum()), part.size, charts.level) for part in parts)
    return _words(charts, good, f"{shown}.", outside=unlikely, matters=unlikely, far=False)


def _unlikely(count: int, n: int, level: float) -> bool:
    """Whether fewer than 1 in 100 right models have so many, or so few, of n points inside."""
    return bool(min(bdtr(count, n, level), bdtrc(count - 1, n, level) if count else 1.0) < 0.005)


def ratio_words(maps: TruthMaps) -> Words:
    """The words under the map of σ̂/σ."""
    good = "Good: a line at 1×, the true standard deviation."
    with np.errstate(over="ignore"):
        ratio = np.exp(maps.log_ratio)
    low, high = np.quantile(ratio, [0.05, 0.95])
    if not (low > 0 and np.isfinite(high)):
        return Words(good, "The predicted std is zero or not a number in places.", True)
    if low > 1 - RATIO_MATTERS and high < 1 + RATIO_MATTERS:
        off = max(high - 1, 1 - low, 0.01)
        return Words(good, f"The predicted std is within {100 * off:.0f} % of the true one nearly everywhere.", False)
    factor = width(ratio).replace("wide", "large").replace("narrow", "small")
    return Words(good, f"The predicted std is {factor}.", True)


def kl_words(maps: TruthMaps) -> Words:
    """The words under the map of KL."""
    good = "Good: near 0 everywhere; 0.01 nats is hard to notice."
    if np.isnan(maps.kl).any():
        return Words(good, "The divergence is not a number in places, because the prediction is not.", True)
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
