"""A chart with its rows."""

from typing import TYPE_CHECKING, NamedTuple

from core.charts.frame import Spec

if TYPE_CHECKING:
    import pandas as pd


class Drawing(NamedTuple):
    """A Vega-Lite specification, not to be changed, and the table of its rows."""

    spec: Spec
    table: "pd.DataFrame"
