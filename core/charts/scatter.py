"""Scatter in raw data: points over one feature, their running mean, and ± as many running stds as a fit's band."""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.evaluation.unequal_variance import RunningSpread

from .fit import BAND_STDS, dot_size, thin
from .rows import table_of
from .spec import SMALLEST_EXTENT, Domain, Spec, finished, hover, slot, template, value_format, x_axis, y_axis

MOST_POINTS = 2000
NUMBERS = ("x", "y", "lower", "upper", "std")
NAME = f"running mean ± {BAND_STDS:.0f} running std"


def scatter_table(x: ArrayLike, y: ArrayLike, running: RunningSpread | None, most: int = MOST_POINTS) -> pd.DataFrame:
    """The rows of the scatter chart, float32: ``layer`` is "data" for a point and "running" for one of the curve.

    x and y have shape (n,); of more than ``most`` points, so many are drawn, evenly spaced by their rank in x.
    ``running`` is None where the rows are too few for one. Raises ValueError where shapes differ.
    """
    x, y = thin(x, y, most)
    curve = {name: np.empty(0) for name in NUMBERS}
    if running is not None:
        reach = BAND_STDS * running.std
        curve = {"x": running.x, "y": running.mean, "lower": running.mean - reach, "upper": running.mean + reach}
        curve["std"] = running.std
    return table_of([("data", {"x": x, "y": y}), ("running", curve)], NUMBERS)


@lru_cache(maxsize=64)
def scatter_spec(
    scheme: str,
    x_domain: Domain,
    y_domain: Domain,
    *,
    x_label: str = "x",
    y_label: str = "y",
    extent: int = SMALLEST_EXTENT,
    points: int = MOST_POINTS,
) -> Spec:
    """The scatter chart for tables of ``scatter_table``; equal arguments give one cached dict, not to be changed.

    ``scheme`` is "light" or "dark", and few ``points`` are drawn larger.
    """
    return finished(
        _template(),
        scheme,
        title=f"{y_label} over {x_label}, with {NAME}",
        x_domain=x_domain,
        y_domain=y_domain,
        extent=extent,
        x_label=x_label,
        y_label=y_label,
        x_format=value_format(x_domain),
        y_format=value_format(y_domain),
        dot_size=dot_size(points),
    )


@lru_cache(maxsize=1)
def _template() -> Spec:
    base = alt.Chart().encode(x=x_axis("x"))
    points = base.transform_filter("datum.layer == 'data'")
    curve = base.transform_filter("datum.layer == 'running'")
    dots = points.mark_circle(color="@data", size=slot("dot_size"), opacity=0.55, clip=True).encode(y=y_axis("y"))
    band = curve.mark_area(color="@muted", opacity=0.18, clip=True).encode(y=y_axis("lower"), y2="upper")
    line = curve.mark_line(color="@muted", strokeWidth=2.2, clip=True).encode(y=y_axis("y"))
    told = [
        alt.Tooltip("x:Q", title="@x_label", format="@x_format"),
        alt.Tooltip("y:Q", title="running mean", format="@y_format"),
        alt.Tooltip("std:Q", title="running std", format="@y_format"),
    ]
    return template(band, dots, line, *hover(curve, "y", "@muted", told), transform=[])
