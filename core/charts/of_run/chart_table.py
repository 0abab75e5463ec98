"""The table of the charts of a run: a new row is drawn by the row's page and printed into the zip of charts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ...training.run import Run
from . import anatomy_charts, calibration_charts, feature_charts, fit_charts
from .chart import Chart
from .feature_charts import PARTS, dependence_charts

MOST_FEATURES = 12  # whose partial dependence is printed

_ROWS: tuple[Chart[Any], ...] = (
    *fit_charts.CHARTS,
    *feature_charts.CHARTS,
    *calibration_charts.CHARTS,
    *anatomy_charts.CHARTS,
)

CHARTS: Mapping[str, Chart[Any]] = MappingProxyType({row.name: row for row in _ROWS})


def charts_for(run: Run) -> list[Chart[Any]]:
    """The charts of the table, and those of the first features of a run on many; not all may apply to it."""
    return [*CHARTS.values(), *dependence_charts(run)[: MOST_FEATURES * len(PARTS)]]


def charts_at(place: str) -> list[Chart[Any]]:
    """The charts of a section of a page, or without a section of the page's end, in the table's order."""
    return [row for row in CHARTS.values() if row.place == place]
