"""Residuals over a feature or the prediction: where a net is off, and where its spread is."""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .frame import SMALLEST_EXTENT, Domain, Spec, finished, hover, template, value_format, x_axis, y_axis
from .rows import Layer, table_of

NUMBERS = ("x", "y", "low", "high", "shown")
TEXTS = ("name", "role")
COLUMNS = ("layer", *NUMBERS, *TEXTS)
MOST = 800  # points
_EDGE = 0.975  # of the way to the end of the axis: where a point beyond it is drawn


def residuals_table(
    x: ArrayLike | None, y: ArrayLike, reach: ArrayLike, *, y_domain: Domain, names: ArrayLike | None = None
) -> pd.DataFrame:
    """The rows of the chart, float32, at most MOST points, evenly taken; all arrays (n,).

    ``x`` is a feature or the prediction, or None with ``names`` a category's words; ``y`` the residual or z, and
    ±``reach`` the interval that should hold it, one for each point, or a single one for all. Layers: "point", "inside"
    and "outside" (with role "above" or "below"; beyond ``y_domain`` a point stands at the edge), "zero", and "edge",
    the ends of a single interval. Raises ValueError where shapes differ.
    """
    seen = np.asarray(y, dtype=float)
    single = np.ndim(reach) == 0
    width = np.full(seen.shape, reach, dtype=float) if single else np.asarray(reach, dtype=float)
    place = np.zeros(seen.shape) if x is None else np.asarray(x, dtype=float)
    words = np.full(seen.shape, None) if names is None else np.asarray(names, dtype=object)
    if len({values.shape for values in (seen, width, place, words)}) > 1:
        raise ValueError(f"the arrays have shapes {[values.shape for values in (place, seen, width, words)]}")
    step = max(1, -(-seen.size // MOST))
    seen, width, place, words = seen[::step], width[::step], place[::step], words[::step]
    shown = np.clip(seen, _EDGE * y_domain[0], _EDGE * y_domain[1])
    layers: list[Layer] = [
        ("point", {"x": place, "name": words, "y": seen, **({} if single else {"low": -width, "high": width})}),
        ("zero", {"y": 0.0}),
    ]
    if single:
        layers.append(("edge", {"y": np.array([-width[0], width[0]]) if width.size else np.empty(0)}))
    inside = np.abs(seen) <= width
    for name, chosen in (("inside", inside), ("outside", ~inside)):
        side = np.where(seen[chosen] < 0, "below", "above").astype(object)
        layers.append((name, {"x": place[chosen], "name": words[chosen], "shown": shown[chosen], "role": side}))
    return table_of(layers, NUMBERS, TEXTS)


@lru_cache(maxsize=64)
def residuals_spec(
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
    """The chart for tables of ``residuals_table`` with the same ``y_domain``; ``category`` where x is words.

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


def words_axis() -> alt.X:
    """An axis of a category's words."""
    return alt.X("name:N", title=None, axis=alt.Axis(labelAngle=0, labelLimit=90, labelOverlap=True))


@lru_cache(maxsize=2)
def _template(category: bool) -> Spec:
    base = alt.Chart().encode(x=words_axis() if category else x_axis("x"))

    def rows(name: str, of: alt.Chart = base) -> alt.Chart:
        return of.transform_filter(f"datum.layer == '{name}'")

    point = rows("point")
    span = point.mark_rule(color="@prediction", opacity=0.16, strokeWidth=alt.ExprRef("max(1, width / 300)"), clip=True)
    away = alt.Shape("role:N", scale=alt.Scale(domain=["above", "below"], range=["triangle-up", "triangle-down"]))
    where = (
        alt.Tooltip("name:N", title="@x_label")
        if category
        else alt.Tooltip("x:Q", title="@x_label", format="@x_format")
    )
    tooltip = [
        where,
        alt.Tooltip("y:Q", title="@y_label", format="@y_format"),
        alt.Tooltip("low:Q", title="95 % from", format="@y_format"),
        alt.Tooltip("high:Q", title="to", format="@y_format"),
    ]
    zero = rows("zero", alt.Chart()).mark_rule(color="@prediction", strokeWidth=1.2, clip=True)
    edge = rows("edge", alt.Chart()).mark_rule(color="@truth", strokeWidth=1.2, strokeDash=[5, 3], clip=True)
    outside = rows("outside").mark_point(color="@warning", filled=True, size=50, opacity=1, clip=True)
    layers = [
        span.encode(y=y_axis("low"), y2="high"),
        zero.encode(y=y_axis("y")),
        edge.encode(y=y_axis("y")),
        rows("inside").mark_circle(color="@data", size=14, opacity=1, clip=True).encode(y=y_axis("shown"), tooltip=[]),
        outside.encode(y=y_axis("shown"), shape=away.legend(None)),
    ]
    if not category:
        layers += hover(point, "y", "@prediction", tooltip)
    return template(*layers, transform=[])
