"""Observed against predicted values: each point at its predicted mean, with its interval, around the diagonal."""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .against import promise
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

NUMBERS = ("x", "y", "low", "high", "shown")
TEXTS = ("role", "text", "side")
MOST = 400  # points
_EDGE = 0.015  # of the axis: a point beyond its end is drawn so far inside it


def observed_table(
    mean: ArrayLike, lower: ArrayLike, upper: ArrayLike, y: ArrayLike, *, domain: Domain
) -> pd.DataFrame:
    """The rows of the chart, float32, at most MOST points, evenly taken; all arrays (n,), in y's unit.

    Layers: "promise" (the diagonal over ``domain``), "point" (its interval ``low`` to ``high`` and ``y``), "inside" and
    "outside" (the point to be seen, with role "above" or "below" its interval; beyond ``domain`` it stands at the
    edge) and "note" (how many of all n are inside). Raises ValueError where shapes differ.
    """
    every = [np.asarray(values, dtype=float) for values in (mean, lower, upper, y)]
    if len({values.shape for values in every}) > 1:
        raise ValueError(f"the arrays have shapes {[values.shape for values in every]}")
    held = (every[1] <= every[3]) & (every[3] <= every[2])
    step = max(1, -(-held.size // MOST))
    middle, low, high, seen = (values[::step] for values in every)
    inside, margin = held[::step], _EDGE * (domain[1] - domain[0])
    shown = np.clip(seen, domain[0] + margin, domain[1] - margin)
    layers: list[Layer] = [
        ("promise", {"x": np.array(domain), "y": np.array(domain)}),
        ("point", {"x": middle, "y": seen, "low": low, "high": high}),
    ]
    for name, chosen in (("inside", inside), ("outside", ~inside)):
        side = np.where(seen[chosen] < low[chosen], "below", "above").astype(object)
        layers.append((name, {"x": middle[chosen], "shown": shown[chosen], "role": side}))
    if held.size:
        words = f"{held.sum():,} of {held.size:,} inside"
        height = domain[1] - 0.06 * (domain[1] - domain[0])
        layers.append(("note", {"x": domain[0] + margin, "y": height, "text": words, "side": "left"}))
    return table_of(layers, NUMBERS, TEXTS)


@lru_cache(maxsize=64)
def observed_spec(
    scheme: str, domain: Domain, *, y_label: str, level: float = 0.95, extent: int = SMALLEST_EXTENT
) -> Spec:
    """The chart for tables of ``observed_table`` with the same ``domain``, which both axes have.

    Equal arguments give one cached dict, which must not be changed.
    """
    share = f"{100 * level:.0f} %"
    return finished(
        _template(),
        scheme,
        title=f"Observed {y_label} over the predicted mean, with {share} intervals",
        x_domain=domain,
        y_domain=domain,
        extent=extent,
        x_format=value_format(domain),
        y_format=value_format(domain),
    )


@lru_cache(maxsize=1)
def _template() -> Spec:
    base = alt.Chart().encode(x=x_axis("x"))

    def rows(name: str) -> alt.Chart:
        return base.transform_filter(f"datum.layer == '{name}'")

    point = rows("point")
    span = point.mark_rule(color="@prediction", opacity=0.28, strokeWidth=alt.ExprRef("max(1, width / 240)"), clip=True)
    away = alt.Shape("role:N", scale=alt.Scale(domain=["above", "below"], range=["triangle-up", "triangle-down"]))
    tooltip = [
        alt.Tooltip("x:Q", title="predicted mean", format="@x_format"),
        alt.Tooltip("y:Q", title="observed", format="@y_format"),
        alt.Tooltip("low:Q", title="interval from", format="@y_format"),
        alt.Tooltip("high:Q", title="to", format="@y_format"),
    ]
    outside = rows("outside").mark_point(color="@warning", filled=True, size=55, opacity=1, clip=True)
    return template(
        span.encode(y=y_axis("low"), y2="high"),
        promise(rows("promise")).encode(y=y_axis("y")),
        rows("inside").mark_circle(color="@data", size=16, opacity=1, clip=True).encode(y=y_axis("shown")),
        outside.encode(y=y_axis("shown"), shape=away.legend(None)),
        *haloed(written(rows("note"), color="@text").encode(y=y_axis("y"))),
        *hover(point, "y", "@prediction", tooltip),
        transform=[],
    )
