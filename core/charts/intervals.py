"""Points and their intervals ordered by width: whether the narrow ones can be trusted as much as the wide ones."""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .marks import dots, hover, level, outliers, rows, told, words
from .rows import Layer, in_and_out, of_one_shape, table_of
from .spec import SMALLEST_EXTENT, Domain, Spec, finished, template, x_axis, y_axis

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
    place, bottom, top, middle, seen, held = of_one_shape(
        rank=rank, lower=lower, upper=upper, mean=mean, y=y, inside=inside
    )
    residual = seen - middle
    shown = np.clip(residual, _EDGE * y_domain[0], _EDGE * y_domain[1])
    role = np.where(residual < 0, "below", "above").astype(object)
    layers: list[Layer] = [
        ("point", {"rank": place, "y": residual, "low": bottom - middle, "high": top - middle}),
        ("zero", {"y": 0.0}),
        *in_and_out({"rank": place, "shown": shown, "role": role}, held > 0),
    ]
    if held.size:
        words = f"{np.count_nonzero(held):,} of {held.size:,} inside"
        first = shown[place <= np.min(place) + 0.4 * np.ptp(place)]  # over which the words stand
        up = y_domain[1] - np.max(first) >= np.min(first) - y_domain[0]
        inset = 0.07 * (y_domain[1] - y_domain[0])
        height = y_domain[1] - inset if up else y_domain[0] + inset
        layers.append(("note", {"rank": np.min(place), "y": height, "text": words, "side": "left"}))
    return table_of(layers, NUMBERS, TEXTS)


@lru_cache(maxsize=64)
def intervals_spec(
    scheme: str, rank_domain: Domain, y_domain: Domain, *, title: str = TITLE, extent: int = SMALLEST_EXTENT
) -> Spec:
    """The chart for tables of ``intervals_table`` with the same ``y_domain``."""
    return finished(_template(), scheme, rank_domain, y_domain, title=title, extent=extent)


@lru_cache(maxsize=1)
def _template() -> Spec:
    x = x_axis("rank")
    point = rows("point", x)
    span = point.mark_rule(color="@prediction", opacity=0.4, strokeWidth=alt.ExprRef("max(1, width / 260)"), clip=True)
    tooltip = told(",.0f", rank="place by width") + told("@y_format", y="y − mean", low="interval from", high="to")
    return template(
        span.encode(y=y_axis("low"), y2="high"),
        level("zero", "y", "@prediction", 1.2),
        dots(rows("inside", x), "shown", "@data", 14),
        outliers(rows("outside", x), "shown", 55),
        *words(rows("note", x), "y", color="@text"),
        *hover(point, "y", "@prediction", tooltip),
    )
