"""Partial dependence: what the net says on average as one feature moves, of the mean and of the standard deviation."""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .frame import SMALLEST_EXTENT, Domain, Spec, finished, hover, template, value_format, x_axis, y_axis
from .residuals import words_axis
from .rows import table_of

NUMBERS = ("x", "y", "low", "high")
TEXTS = ("name",)
COLUMNS = ("layer", *NUMBERS, *TEXTS)


def dependence_table(
    at: ArrayLike | None, y: ArrayLike, reach: ArrayLike | None = None, *, names: ArrayLike | None = None
) -> pd.DataFrame:
    """The rows of the chart, float32, layer "curve": ``y`` (g,) at the feature's values ``at`` (g,), or its words.

    A band of ±``reach`` (g,) lies around it, if given. Raises ValueError where shapes differ.
    """
    values = np.asarray(y, dtype=float)
    place = np.zeros(values.shape) if at is None else np.asarray(at, dtype=float)
    width = np.full(values.shape, np.nan) if reach is None else np.asarray(reach, dtype=float)
    words = np.full(values.shape, None) if names is None else np.asarray(names, dtype=object)
    if len({each.shape for each in (values, place, width, words)}) > 1:
        raise ValueError(f"the arrays have shapes {[each.shape for each in (place, values, width, words)]}")
    curve = {"x": place, "y": values, "low": values - width, "high": values + width, "name": words}
    return table_of([("curve", curve)], NUMBERS, TEXTS)


@lru_cache(maxsize=64)
def dependence_spec(
    scheme: str,
    x_domain: Domain,
    y_domain: Domain,
    *,
    title: str,
    x_label: str,
    y_label: str,
    category: bool = False,
    extent: int = SMALLEST_EXTENT,
) -> Spec:
    """The chart for tables of ``dependence_table``; ``category`` where the feature is words.

    Equal arguments give the very same dict, which is not to be changed.
    """
    return finished(
        _template(category),
        scheme,
        title=title,
        x_domain=x_domain,
        y_domain=y_domain,
        extent=extent,
        x_label=x_label,
        y_label=y_label,
        x_format=value_format(x_domain),
        y_format=value_format(y_domain),
    )


@lru_cache(maxsize=2)
def _template(category: bool) -> Spec:
    curve = alt.Chart().encode(x=words_axis() if category else x_axis("x")).transform_filter("datum.layer == 'curve'")
    if category:
        span = curve.mark_rule(color="@prediction", opacity=0.35, strokeWidth=6, clip=True)
        dots = curve.mark_circle(color="@prediction", size=70, opacity=1, clip=True)
        return template(span.encode(y=y_axis("low"), y2="high"), dots.encode(y=y_axis("y")), transform=[])
    tooltip = [
        alt.Tooltip("x:Q", title="@x_label", format="@x_format"),
        alt.Tooltip("y:Q", title="@y_label", format="@y_format"),
    ]
    return template(
        curve.mark_area(color="@prediction", opacity=0.2, clip=True).encode(y=y_axis("low"), y2="high"),
        curve.mark_line(color="@prediction", strokeWidth=2.2, clip=True).encode(y=y_axis("y")),
        *hover(curve, "y", "@prediction", tooltip),
        transform=[],
    )
