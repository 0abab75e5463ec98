"""The charts of the Calibration page: whether the predicted spread of a run can be believed, chart by chart."""

import numpy as np

from core.charts.coverage import coverage_spec, coverage_table
from core.charts.dates import dated
from core.charts.domains import nice
from core.charts.error_by_std import error_by_std_spec, error_by_std_table
from core.charts.frame import Domain, axis_extent
from core.charts.intervals import intervals_spec, intervals_table
from core.charts.pit import pit_spec, pit_table
from core.charts.qq import qq_spec, qq_table
from core.charts.reliability import reliability_spec, reliability_table
from core.charts.truth_map import kl_spec, kl_table, ratio_domain, ratio_spec, ratio_table
from core.diagnosis.calibration.case import Case, case_of
from core.diagnosis.calibration.chart_words import Examined
from core.diagnosis.calibration.effect import Effect
from core.drawings.drawing import Drawing
from core.evaluation.calibration_curves import CoverageAlong
from core.evaluation.predictions import Predictions
from core.evaluation.truth import TruthMaps
from core.training.run import Run

MOST_KL = 1e5  # nats, the end of an axis that runs no farther

Exact = tuple[np.ndarray, np.ndarray]  # x and the coverage there by the truth


def along_domain(subject: Run | Predictions | Case) -> Domain:
    """The axis on which held-out points lie along x, or where there is no one x along their predicted means."""
    case = case_of(subject)
    return case.ends or nice(float(case.along.min()), float(case.along.max()))


def reliability(found: Examined, scheme: str) -> Drawing:
    """Observed share by promised share."""
    curve, interval = found.reliability, found.form == "interval"
    return Drawing(
        reliability_spec(scheme, interval=interval),
        reliability_table(curve.levels, curve.observed, curve.low, curve.high, interval=interval),
    )


def pit(found: Examined, scheme: str) -> Drawing:
    """The PIT histogram."""
    histogram = found.pit
    domain = nice(0.0, max(2.0, 1.05 * float(histogram.density.max())), count=4)
    return Drawing(
        pit_spec(scheme, domain, extent=axis_extent(domain)),
        pit_table(histogram.edges, histogram.density, histogram.low, histogram.high),
    )


def qq(found: Examined, scheme: str) -> Drawing:
    """Normal scores against the normal's quantiles."""
    rows = found.qq
    return Drawing(qq_spec(scheme), qq_table(rows.theoretical, rows.observed, rows.low, rows.high))


def coverage(found: Examined, scheme: str, x_domain: Domain, x_label: str, *, dates: bool = False) -> Drawing:
    """Share inside the interval along x, with what the truth says of it where that is known."""
    exact = None if found.maps is None else (found.maps.x, found.maps.coverage)
    return _coverage(found.along, scheme, x_domain, x_label, dates, exact=exact)


def coverage_recalibrated(
    found: Effect, scheme: str, x_domain: Domain, x_label: str, *, dates: bool = False
) -> Drawing:
    """The same after a recalibration, on its test points, with what was before in grey."""
    return _coverage(found.after, scheme, x_domain, x_label, dates, before=found.before.covered)


def _coverage(
    rows: CoverageAlong,
    scheme: str,
    x_domain: Domain,
    x_label: str,
    dates: bool,
    *,
    before: np.ndarray | None = None,
    exact: Exact | None = None,
) -> Drawing:
    usual = max(0.0, 1 - 5 * (1 - rows.level))  # 0.75 for 95 %: lower only where a coverage is
    lowest = float(min(shares.min() for shares in (rows.covered, before) if shares is not None))
    low = min(usual, nice(lowest, 1.0)[0])
    room = 0.04 * (1.0 - low)  # for a dot at an end
    domain = (low - room if lowest < low + room else low, 1.0 + room)
    spec = coverage_spec(scheme, x_domain, domain, exact=exact is not None, x_label=x_label, before=before is not None)
    return Drawing(
        dated(spec, x_domain) if dates else spec,
        coverage_table(
            rows.x, rows.covered, rows.low, rows.high, before, level=rows.level, x_domain=x_domain, exact=exact
        ),
    )


def ratio(maps: TruthMaps, scheme: str, x_domain: Domain, x_label: str) -> Drawing:
    """Predicted over true standard deviation along x."""
    domain = ratio_domain(maps.log_ratio)
    return Drawing(
        ratio_spec(scheme, x_domain, domain, x_label=x_label),
        ratio_table(maps.x, maps.log_ratio, x_domain=x_domain, ratio_domain=domain),
    )


def kl(maps: TruthMaps, scheme: str, x_domain: Domain, x_label: str) -> Drawing:
    """KL divergence from the truth along x."""
    finite = maps.kl[np.isfinite(maps.kl)]
    most = float(np.quantile(finite, 0.98)) if finite.size else 0.0
    domain = nice(0.0, min(max(0.1, most), MOST_KL), count=4)
    return Drawing(
        kl_spec(scheme, x_domain, domain, x_label=x_label, extent=axis_extent(domain)),
        kl_table(maps.x, maps.kl, x_domain=x_domain, kl_domain=domain),
    )


def by_std(found: Examined, scheme: str) -> Drawing:
    """RMSE by predicted standard deviation."""
    rows = found.by_std
    ends = np.concatenate([rows.predicted, rows.error])
    domain = nice(0.9 * float(ends.min()), 1.1 * float(ends.max()), count=4)
    return Drawing(
        error_by_std_spec(scheme, domain, extent=axis_extent(domain)),
        error_by_std_table(rows.predicted, rows.error, rows.low, rows.high, domain=domain),
    )


def intervals(found: Examined, scheme: str) -> Drawing:
    """Single points and their intervals, by width."""
    rows = found.ordered
    reach = float(np.max(np.abs(np.concatenate([rows.upper - rows.mean, rows.lower - rows.mean, rows.y - rows.mean]))))
    domain = nice(-1.05 * reach, 1.05 * reach, count=4)
    return Drawing(
        intervals_spec(scheme, (-1.0, float(rows.rank.size + 2)), domain, extent=axis_extent(domain)),
        intervals_table(rows.rank, rows.lower, rows.upper, rows.mean, rows.y, rows.inside, y_domain=domain),
    )
