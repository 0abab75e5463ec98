"""Single points and their intervals, ordered by width: does the width say how far off a point may be?"""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .frame import SMALLEST_EXTENT, Domain, Spec, finished, template, value_format, x_axis, y_axis
from .rows import table_of

NUMBERS = ("rank", "low", "high", "y", "inside")
COLUMNS = ("layer", *NUMBERS)
TITLE = "y − mean and its interval, narrowest first; triangles are outside"


def intervals_table(
    rank: ArrayLike, lower: ArrayLike, upper: ArrayLike, mean: ArrayLike, y: ArrayLike, inside: ArrayLike
) -> pd.DataFrame:
    """The rows of the chart, one a point, each (n,) and in the unit of y: all is drawn about the predicted mean."""
    mean = np.asarray(mean, dtype=float)
    low, high, off = (np.asarray(values, dtype=float) - mean for values in (lower, upper, y))
    rows = {"rank": np.asarray(rank, dtype=float), "low": low, "high": high, "y": off}
    return table_of([("point", rows | {"inside": np.asarray(inside, dtype=float)})], NUMBERS)


@lru_cache(maxsize=64)
def intervals_spec(
    scheme: str, rank_domain: Domain, y_domain: Domain, *, title: str = TITLE, extent: int = SMALLEST_EXTENT
) -> Spec:
    """The chart for tables of ``intervals_table``. Equal arguments give the very same dict, not to be changed."""
    return finished(
        _template(),
        scheme,
        title=title,
        x_domain=rank_domain,
        y_domain=y_domain,
        extent=extent,
        y_format=value_format(y_domain),
    )


@lru_cache(maxsize=1)
def _template() -> Spec:
    base = alt.Chart().encode(x=x_axis("rank")).transform_filter("datum.layer == 'point'")
    told = [
        alt.Tooltip("y:Q", title="y − mean", format="@y_format"),
        alt.Tooltip("low:Q", title="interval from", format="@y_format"),
        alt.Tooltip("high:Q", title="to", format="@y_format"),
    ]
    area = base.mark_area(color="@prediction", opacity=0.22, interpolate="step", clip=True)
    inside = base.transform_filter("datum.inside == 1").mark_circle(color="@data", size=22, opacity=0.9, clip=True)
    outside = base.transform_filter("datum.inside == 0").mark_point(
        color="@warning", shape="triangle-up", filled=True, size=55, opacity=1, clip=True
    )
    return template(
        area.encode(y=y_axis("low"), y2="high"),
        inside.encode(y=y_axis("y"), tooltip=told),
        outside.encode(y=y_axis("y"), tooltip=told),
        transform=[],
    )
