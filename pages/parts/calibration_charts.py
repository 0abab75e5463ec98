"""The charts of the Calibration page: each a table and a specification, with a key and axes that stay."""

import numpy as np
import pandas as pd
import streamlit as st

from core.charts.coverage import coverage_spec, coverage_table
from core.charts.domains import nice
from core.charts.error_by_std import error_by_std_spec, error_by_std_table
from core.charts.frame import Domain, Spec, axis_extent
from core.charts.intervals import intervals_spec, intervals_table
from core.charts.pit import pit_spec, pit_table
from core.charts.qq import qq_spec, qq_table
from core.charts.reliability import reliability_spec, reliability_table
from core.charts.truth_map import kl_spec, kl_table, ratio_domain, ratio_spec, ratio_table
from core.diagnosis.calibration import Examined
from core.diagnosis.recalibrated import Mended
from core.evaluation.calibration import CoverageAlong
from pages.parts.view import scheme

HEIGHT = 236


def _draw(table: pd.DataFrame, spec: Spec, key: str, alt: str) -> None:
    st.vega_lite_chart(table, spec, theme=None, key=key, height=HEIGHT, alt=alt)


def reliability(found: Examined) -> None:
    """Observed share by promised share."""
    curve, interval = found.reliability, found.form == "interval"
    _draw(
        reliability_table(curve.levels, curve.observed, curve.low, curve.high, interval=interval),
        reliability_spec(scheme(), interval=interval),
        "reliability chart",
        "Observed share of points by promised share, beside the diagonal and its band",
    )


def pit(found: Examined) -> None:
    """The PIT histogram."""
    histogram = found.pit
    domain = nice(0.0, max(2.0, 1.05 * float(histogram.density.max())), count=4)
    _draw(
        pit_table(histogram.edges, histogram.density, histogram.low, histogram.high),
        pit_spec(scheme(), domain, extent=axis_extent(domain)),
        "pit chart",
        "Histogram of where the points fell in their predicted distributions, beside the level of a right model",
    )


def qq(found: Examined) -> None:
    """Normal scores against the normal's quantiles."""
    rows = found.qq
    _draw(
        qq_table(rows.theoretical, rows.observed, rows.low, rows.high),
        qq_spec(scheme()),
        "qq chart",
        "Normal scores of the points by the quantiles of a normal sample, beside the diagonal and its band",
    )


def coverage(found: Examined, x_domain: Domain, x_label: str) -> None:
    """Share inside the interval along x."""
    exact = None if found.maps is None else (found.maps.x, found.maps.coverage)
    _coverage(found.along, x_domain, x_label, "coverage chart", exact=exact)


def coverage_mended(found: Mended, x_domain: Domain, x_label: str) -> None:
    """The same after a recalibration, on its test points, with what was before in grey."""
    _coverage(found.after, x_domain, x_label, "mended chart", before=found.before.covered)


def _coverage(
    rows: CoverageAlong,
    x_domain: Domain,
    x_label: str,
    key: str,
    *,
    before: np.ndarray | None = None,
    exact: tuple[np.ndarray, np.ndarray] | None = None,
) -> None:
    usual = max(0.0, 1 - 5 * (1 - rows.level))  # 0.75 for 95 %: lower only where a coverage is
    domain = (min(usual, nice(float(rows.covered.min()), 1.0)[0]), 1.0)
    _draw(
        coverage_table(
            rows.x, rows.covered, rows.low, rows.high, before, level=rows.level, x_domain=x_domain, exact=exact
        ),
        coverage_spec(scheme(), x_domain, domain, exact=exact is not None, x_label=x_label, before=before is not None),
        key,
        "Share of the points inside their interval along x, beside the promised share and its band",
    )


def ratio(found: Examined, x_domain: Domain, x_label: str) -> None:
    """Predicted over true standard deviation along x."""
    assert found.maps is not None
    domain = ratio_domain(found.maps.log_ratio)
    _draw(
        ratio_table(found.maps.x, found.maps.log_ratio, x_domain=x_domain, ratio_domain=domain),
        ratio_spec(scheme(), x_domain, domain, x_label=x_label),
        "ratio chart",
        "Predicted over true standard deviation along x",
    )


def kl(found: Examined, x_domain: Domain, x_label: str) -> None:
    """KL divergence from the truth along x."""
    assert found.maps is not None
    finite = found.maps.kl[np.isfinite(found.maps.kl)]
    domain = nice(0.0, max(0.1, float(np.quantile(finite, 0.98)) if finite.size else 0.1), count=4)
    _draw(
        kl_table(found.maps.x, found.maps.kl, x_domain=x_domain),
        kl_spec(scheme(), x_domain, domain, x_label=x_label, extent=axis_extent(domain)),
        "kl chart",
        "KL divergence of the prediction from the truth along x, nats",
    )


def by_std(found: Examined) -> None:
    """RMSE by predicted standard deviation."""
    rows = found.by_std
    ends = np.concatenate([rows.predicted, rows.error])
    domain = nice(0.9 * float(ends.min()), 1.1 * float(ends.max()), count=4)
    _draw(
        error_by_std_table(rows.predicted, rows.error, rows.low, rows.high, domain=domain),
        error_by_std_spec(scheme(), domain, extent=axis_extent(domain)),
        "std chart",
        "RMSE of the points in bins of predicted standard deviation, beside the diagonal and its band",
    )


def intervals(found: Examined) -> None:
    """Single points and their intervals, by width."""
    rows = found.ordered
    reach = float(np.max(np.abs(np.concatenate([rows.upper - rows.mean, rows.lower - rows.mean, rows.y - rows.mean]))))
    domain = nice(-1.05 * reach, 1.05 * reach, count=4)
    _draw(
        intervals_table(rows.rank, rows.lower, rows.upper, rows.mean, rows.y, rows.inside, y_domain=domain),
        intervals_spec(scheme(), (-1.0, float(rows.rank.size + 2)), domain, extent=axis_extent(domain)),
        "intervals chart",
        "Points about their predicted means with their intervals, narrowest first; those outside as triangles",
    )
