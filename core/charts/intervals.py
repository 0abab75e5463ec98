"""Points and their intervals ordered by width: whether the narrow ones can be trusted as much as the wide ones."""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .rows import Layer, table_of
from .spec import (
    SMALLEST_EXTENT,
    Domain,
    Spec,
    finished,
    haloed,
    hover,
    template,
    value_format,
    written,
    x_axis,
    y_axis,
)

NUMBERS = ("rank", "y", "low", "high", "shown")
TEXTS = ("role", "text", "side")
TITLE = "y − predicted mean, narrowest interval first"
_EDGE = 0.975  # a point beyond the end of the axis is drawn at this share of the way to the end


def intervals_table(
    rank: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    mean: ArrayLike,
    y: ArrayLike,
    inside: ArrayLike,
    *,
    y_domain: Domain,
) -> pd.DataFrame:
    """The rows of the intervals, float32, ``layer`` by ``layer``; all arrays (m,), those but ``rank`` in y's unit.

    Everything is drawn less the predicted ``mean``. Layers: "point" (its interval ``low`` to ``high`` and ``y``),
    "inside" or "outside" (the point to be seen, with role "above" or "below"; beyond ``y_domain`` it stands at the
    edge), "zero" and "note" (how many are inside). Raises ValueError where shapes differ.
    """
    columns = [np.asarray(values, dtype=float) for values in (rank, lower, upper, mean, y)]
    held = np.asarray(inside, dtype=bool)
    if len({values.shape for values in (*columns, held)}) > 1:
        raise ValueError(f"the intervals' arrays have shapes {[values.shape for values in (*columns, held)]}")
    place, bottom, top, middle, seen = columns
    residual = seen - middle
    shown = np.clip(residual, _EDGE * y_domain[0], _EDGE * y_domain[1])
    layers: list[Layer] = [
        ("point", {"rank": place, "y": residual, "low": bottom - middle, "high": top - middle}),
        ("zero", {"y": 0.0}),
    ]
    for name, chosen in (("inside", held), ("outside", ~held)):
        side = np.where(residual[chosen] < 0, "below", "above").astype(object)
        layers.append((name, {"rank": place[chosen], "shown": shown[chosen], "role": side}))
    if held.size:
        words = f"{held.sum():,} of {held.size:,} inside"
        first = shown[place <= np.min(place) + 0.4 * np.ptp(place)]  # over which the words stand
        up = y_domain[1] - np.max(first) >= np.min(first) - y_domain[0]
        inset = 0.07 * (y_domain[1] - y_domain[0])
        height = y_domain[1] - inset if up else y_domain[0] + inset
        layers.append(("note", {"rank": np.min(place), "y": height, "text": words, "side": "left"}))
    return table_of(layers, NUMBERS, TEXTS)


@lru_cache(maxsize=64)
def intervals_spec(
    scheme: str,
    rank_domain: Domain,
    y_domain: Domain,
    *,
    title: str = TITLE,
    extent: int = SMALLEST_EXTENT,
) -> Spec:
    """The chart for tables of ``intervals_table`` with the same ``y_domain``.

    Equal arguments give one cached dict, which must not be changed.
    """
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
    base = alt.Chart().encode(x=x_axis("rank"))

    def rows(name: str, of: alt.Chart = base) -> alt.Chart:
        return of.transform_filter(f"datum.layer == '{name}'")

    point = rows("point")
    span = point.mark_rule(color="@prediction", opacity=0.4, strokeWidth=alt.ExprRef("max(1, width / 260)"), clip=True)
    away = alt.Shape("role:N", scale=alt.Scale(domain=["above", "below"], range=["triangle-up", "triangle-down"]))
    tooltip = [
        alt.Tooltip("rank:Q", title="place by width", format=",.0f"),
        alt.Tooltip("y:Q", title="y − mean", format="@y_format"),
        alt.Tooltip("low:Q", title="interval from", format="@y_format"),
        alt.Tooltip("high:Q", title="to", format="@y_format"),
    ]
    zero = rows("zero", alt.Chart()).mark_rule(color="@prediction", strokeWidth=1.2, clip=True)
    outside = rows("outside").mark_point(color="@warning", filled=True, size=55, opacity=1, clip=True)
    return template(
        span.encode(y=y_axis("low"), y2="high"),
        zero.encode(y=y_axis("y")),
        rows("inside").mark_circle(color="@data", size=14, opacity=1, clip=True).encode(y=y_axis("shown")),
        outside.encode(y=y_axis("shown"), shape=away.legend(None)),
        *haloed(written(rows("note"), color="@text").encode(y=y_axis("y"))),
        *hover(point, "y", "@prediction", tooltip),
        transform=[],
    )
