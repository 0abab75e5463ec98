"""The charts of the Calibration page: whether the predicted spread of a run or a file can be trusted.

They draw an `Examined`, or the `Effect` of a recalibration; both know their case.
"""

import numpy as np

from ...diagnosis.calibration import chart_words as words
from ...diagnosis.calibration.case import Case
from ...diagnosis.calibration.examined import Covered, Examined, examined
from ...diagnosis.calibration.recalibration_effect import Effect, effect_of
from ...evaluation.calibration_curves import CoverageAlong
from ...evaluation.truth import TruthMaps
from ...training.run import Run
from ..dates import dated
from ..domains import nice
from ..drawing import Drawing, Style
from ..intervals import intervals_spec, intervals_table
from ..pit import pit_spec, pit_table
from ..promises import (
    coverage_spec,
    coverage_table,
    error_by_std_spec,
    error_by_std_table,
    qq_spec,
    qq_table,
    reliability_spec,
    reliability_table,
)
from ..spec import Domain, axis_extent
from ..truth_map import kl_spec, kl_table, ratio_domain, ratio_spec, ratio_table
from .chart import Chart

LEVEL = 0.95  # of the intervals in print
MOST_KL = 1e5  # nats: the largest end of the axis

Exact = tuple[np.ndarray, np.ndarray]  # x and the coverage there by the truth


def along_domain(case: Case) -> Domain:
    """The domain of the axis of held-out points: x, or their predicted means if there is no single x."""
    return case.ends or nice(float(case.along.min()), float(case.along.max()))


def reliability(found: Examined, style: Style) -> Drawing:
    """Observed against predicted share."""
    curve, interval = found.reliability, found.form == "interval"
    return Drawing(
        reliability_spec(style.scheme, interval=interval),
        reliability_table(curve.expected, curve.observed, curve.low, curve.high, interval=interval),
    )


def pit(found: Examined, style: Style) -> Drawing:
    """The PIT histogram."""
    histogram = found.pit
    domain = nice(0.0, max(2.0, 1.05 * float(histogram.density.max())), count=4)
    return Drawing(
        pit_spec(style.scheme, domain, extent=axis_extent(domain)),
        pit_table(histogram.edges, histogram.density, histogram.low, histogram.high),
    )


def qq(found: Examined, style: Style) -> Drawing:
    """Normal scores against the normal's quantiles."""
    rows = found.qq
    return Drawing(qq_spec(style.scheme), qq_table(rows.expected, rows.observed, rows.low, rows.high))


def coverage(found: Covered, style: Style) -> Drawing:
    """The share of points inside the interval along x, with the exact share if the truth is known."""
    exact = None if found.maps is None else (found.maps.x, found.maps.coverage)
    return _coverage(found.case, found.along, style, exact=exact)


def coverage_recalibrated(found: Effect, style: Style) -> Drawing:
    """The same after a recalibration, on its test points, with the earlier coverage in grey."""
    return _coverage(found.case, found.after, style, before=None if found.before is None else found.before.covered)


def _coverage(
    case: Case, rows: CoverageAlong, style: Style, *, before: np.ndarray | None = None, exact: Exact | None = None
) -> Drawing:
    usual = max(0.0, 1 - 5 * (1 - rows.level))  # 0.75 for 95 %: lower only where a coverage is
    lowest = float(min(shares.min() for shares in (rows.covered, before) if shares is not None))
    low = min(usual, nice(lowest, 1.0)[0])
    room = 0.04 * (1.0 - low)  # for a dot at an end
    domain = (low - room if lowest < low + room else low, 1.0 + room)
    x_domain = along_domain(case)
    spec = coverage_spec(
        style.scheme, x_domain, domain, exact=exact is not None, x_label=case.along_label, before=before is not None
    )
    return Drawing(
        dated(spec, x_domain) if case.dates else spec,
        coverage_table(
            rows.x, rows.covered, rows.low, rows.high, before, level=rows.level, x_domain=x_domain, exact=exact
        ),
    )


def ratio(found: Covered, style: Style) -> Drawing:
    """Predicted over true standard deviation along x."""
    maps, x_domain = _maps(found), along_domain(found.case)
    domain = ratio_domain(maps.log_ratio)
    return Drawing(
        ratio_spec(style.scheme, x_domain, domain, x_label=found.case.along_label),
        ratio_table(maps.x, maps.log_ratio, x_domain=x_domain, ratio_domain=domain),
    )


def kl(found: Covered, style: Style) -> Drawing:
    """KL divergence from the truth along x."""
    maps, x_domain = _maps(found), along_domain(found.case)
    finite = maps.kl[np.isfinite(maps.kl)]
    most = float(np.quantile(finite, 0.98)) if finite.size else 0.0
    domain = nice(0.0, min(max(0.1, most), MOST_KL), count=4)
    return Drawing(
        kl_spec(style.scheme, x_domain, domain, x_label=found.case.along_label, extent=axis_extent(domain)),
        kl_table(maps.x, maps.kl, x_domain=x_domain, kl_domain=domain),
    )


def _maps(found: Covered) -> TruthMaps:
    assert found.maps is not None  # charts of the truth are drawn where it is known
    return found.maps


def by_std(found: Examined, style: Style) -> Drawing:
    """RMSE by predicted standard deviation."""
    rows = found.by_std
    ends = np.concatenate([rows.predicted, rows.error])
    domain = nice(0.9 * float(ends.min()), 1.1 * float(ends.max()), count=4)
    return Drawing(
        error_by_std_spec(style.scheme, domain, extent=axis_extent(domain)),
        error_by_std_table(rows.predicted, rows.error, rows.low, rows.high, domain=domain),
    )


def intervals(found: Covered, style: Style) -> Drawing:
    """Single points and their intervals, by width."""
    rows = found.ordered
    reach = float(np.max(np.abs(np.concatenate([rows.upper - rows.mean, rows.lower - rows.mean, rows.y - rows.mean]))))
    domain = nice(-1.05 * reach, 1.05 * reach, count=4)
    return Drawing(
        intervals_spec(style.scheme, (-1.0, float(rows.rank.size + 2)), domain, extent=axis_extent(domain)),
        intervals_table(rows.rank, rows.lower, rows.upper, rows.mean, rows.y, rows.inside, y_domain=domain),
    )


def _intervals_of(run: Run) -> Examined:
    return examined(run, LEVEL, "interval")


def _quantiles_of(run: Run) -> Examined:
    return examined(run, LEVEL, "quantile")


def _recalibrated(run: Run) -> Effect:
    return effect_of(run, "scale", LEVEL)


def _recalibrated_seen(found: Effect) -> str:
    """How far the coverage is from the level anywhere along x, before and after."""

    def reach(rows: CoverageAlong) -> str:
        low, high = (f"{100 * float(end):.1f} %" for end in (rows.covered.min(), rows.covered.max()))
        return low if low == high else f"{low} to {high}"

    before = "" if found.before is None else f", before it {reach(found.before)}"
    axis = found.case.axis
    return f"Coverage along {axis} is {reach(found.after)}{before}; {100 * found.after.level:g} % is right."


def _whole(found: Covered) -> bool:
    """Whether there is a whole distribution at each point."""
    return isinstance(found, Examined)


def _truth_known(found: Covered) -> bool:
    return found.maps is not None


_RELIABILITY = "Observed share of points by predicted share, beside the diagonal and its band"
_COVERAGE = "Share of the points inside their interval along x, beside the predicted share and its band"

CHARTS = (
    Chart(
        "reliability",
        "Reliability of central intervals",
        _RELIABILITY,
        "calibration/promise",
        _intervals_of,
        reliability,
        _whole,
        words=words.reliability_words,
    ),
    Chart(
        "quantiles",
        "Reliability of quantiles",
        _RELIABILITY,
        "",
        _quantiles_of,
        reliability,
        seen=lambda found: words.reliability_words(found).shown,
    ),
    Chart(
        "pit",
        "PIT histogram",
        "Histogram of where the points fell in their predicted distributions, beside the level of a right model",
        "calibration/promise",
        _intervals_of,
        pit,
        _whole,
        words=words.pit_words,
    ),
    Chart(
        "qq",
        "Normal QQ plot",
        "Normal scores of the points by the quantiles of a normal sample, beside the diagonal and its band",
        "calibration/promise",
        _intervals_of,
        qq,
        _whole,
        words=words.qq_words,
    ),
    Chart(
        "coverage",
        "Coverage along x, or along the prediction",
        _COVERAGE,
        "calibration/along",
        _intervals_of,
        coverage,
        words=words.along_words,
    ),
    Chart(
        "recalibrated",
        "Coverage after recalibration by one factor, before in grey",
        _COVERAGE,
        "calibration/recalibration",
        _recalibrated,
        coverage_recalibrated,
        seen=_recalibrated_seen,
    ),
    Chart(
        "ratio",
        "Predicted over true std",
        "Predicted over true standard deviation along x",
        "calibration/along",
        _intervals_of,
        ratio,
        _truth_known,
        words=lambda found: words.ratio_words(_maps(found)),
    ),
    Chart(
        "kl",
        "KL divergence from the truth",
        "KL divergence of the prediction from the truth along x, nats",
        "calibration/along",
        _intervals_of,
        kl,
        _truth_known,
        words=lambda found: words.kl_words(_maps(found)),
    ),
    Chart(
        "error_by_std",
        "RMSE by predicted std",
        "RMSE of the points in bins of predicted standard deviation, beside the diagonal and its band",
        "calibration/width",
        _intervals_of,
        by_std,
        _whole,
        words=words.by_std_words,
    ),
    Chart(
        "intervals",
        "Intervals by width",
        "Points about their predicted means with their intervals, narrowest first; those outside as triangles",
        "calibration/width",
        _intervals_of,
        intervals,
        words=words.ordered_words,
    ),
)
