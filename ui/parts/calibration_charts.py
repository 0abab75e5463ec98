"""The charts of the Calibration page: what core.drawings has of them, each with a key and words that stay."""

import streamlit as st

from core.charts.frame import Domain
from core.diagnosis.calibration.chart_words import Examined
from core.diagnosis.calibration.effect import Effect
from core.drawings import calibration as drawings
from core.drawings.drawing import Drawing
from ui.shared.view import scheme

HEIGHT = 236


def _draw(drawing: Drawing, key: str, alt: str) -> None:
    st.vega_lite_chart(drawing.table, drawing.spec, theme=None, key=key, height=HEIGHT, alt=alt)


def reliability(found: Examined) -> None:
    """Observed share by promised share."""
    words = "Observed share of points by promised share, beside the diagonal and its band"
    _draw(drawings.reliability(found, scheme()), "reliability chart", words)


def pit(found: Examined) -> None:
    """The PIT histogram."""
    words = "Histogram of where the points fell in their predicted distributions, beside the level of a right model"
    _draw(drawings.pit(found, scheme()), "pit chart", words)


def qq(found: Examined) -> None:
    """Normal scores against the normal's quantiles."""
    words = "Normal scores of the points by the quantiles of a normal sample, beside the diagonal and its band"
    _draw(drawings.qq(found, scheme()), "qq chart", words)


_COVERAGE = "Share of the points inside their interval along x, beside the promised share and its band"


def coverage(found: Examined, x_domain: Domain, x_label: str, *, dates: bool) -> None:
    """Share inside the interval along x."""
    _draw(drawings.coverage(found, scheme(), x_domain, x_label, dates=dates), "coverage chart", _COVERAGE)


def coverage_recalibrated(found: Effect, x_domain: Domain, x_label: str, *, dates: bool) -> None:
    """The same after a recalibration, on its test points, with what was before in grey."""
    drawing = drawings.coverage_recalibrated(found, scheme(), x_domain, x_label, dates=dates)
    _draw(drawing, "mended chart", _COVERAGE)


def ratio(found: Examined, x_domain: Domain, x_label: str) -> None:
    """Predicted over true standard deviation along x."""
    assert found.maps is not None
    words = "Predicted over true standard deviation along x"
    _draw(drawings.ratio(found.maps, scheme(), x_domain, x_label), "ratio chart", words)


def kl(found: Examined, x_domain: Domain, x_label: str) -> None:
    """KL divergence from the truth along x."""
    assert found.maps is not None
    words = "KL divergence of the prediction from the truth along x, nats"
    _draw(drawings.kl(found.maps, scheme(), x_domain, x_label), "kl chart", words)


def by_std(found: Examined) -> None:
    """RMSE by predicted standard deviation."""
    words = "RMSE of the points in bins of predicted standard deviation, beside the diagonal and its band"
    _draw(drawings.by_std(found, scheme()), "std chart", words)


def intervals(found: Examined) -> None:
    """Single points and their intervals, by width."""
    words = "Points about their predicted means with their intervals, narrowest first; those outside as triangles"
    _draw(drawings.intervals(found, scheme()), "intervals chart", words)
