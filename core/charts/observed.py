"""Observed against predicted values: each point at its predicted mean, with its interval, around the diagonal."""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .marks import dots, hover, outliers, promise, rows, told, words
from .rows import Layer, in_and_out, of_one_shape, table_of
from .spec import SMALLEST_EXTENT, Domain, Spec, finished, template, x_axis, y_axis

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
    every = of_one_shape(mean=mean, lower=lower, upper=upper, y=y)
    held = (every[1] <= every[3]) & (every[3] <= every[2])
    step = max(1, -(-held.size // MOST))
    middle, low, high, seen = (values[::step] for values in every)
    margin = _EDGE * (domain[1] - domain[0])
    shown = np.clip(seen, domain[0] + margin, domain[1] - margin)
    role = np.where(seen < low, "below", "above").astype(object)
    layers: list[Layer] = [
        ("promise", {"x": np.array(domain), "y": np.array(domain)}),
        ("point", {"x": middle, "y": seen, "low": low, "high": high}),
        *in_and_out({"x": middle, "shown": shown, "role": role}, held[::step]),
    ]
    if held.size:
        words = f"{held.sum():,} of {held.size:,} inside"
        height = domain[1] - 0.06 * (domain[1] - domain[0])
        layers.append(("note", {"x": domain[0] + margin, "y": height, "text": words, "side": "left"}))
    return table_of(layers, NUMBERS, TEXTS)


@lru_cache(maxsize=64)
def observed_spec(
    scheme: str, domain: Domain, *, y_label: str, level: float = 0.95, extent: int = SMALLEST_EXTENT
) -> Spec:
    """The chart for tables of ``observed_table`` with the same ``domain``, which both axes have."""
    title = f"Observed {y_label} over the predicted mean, with {100 * level:.0f} % intervals"
    return finished(_template(), scheme, domain, domain, title=title, extent=extent)


@lru_cache(maxsize=1)
def _template() -> Spec:
    x = x_axis("x")
    point = rows("point", x)
    span = point.mark_rule(color="@prediction", opacity=0.28, strokeWidth=alt.ExprRef("max(1, width / 240)"), clip=True)
    tooltip = told("@x_format", x="predicted mean") + told("@y_format", y="observed", low="interval from", high="to")
    return template(
        span.encode(y=y_axis("low"), y2="high"),
        promise(rows("promise", x)),
        dots(rows("inside", x), "shown", "@data", 16),
        outliers(rows("outside", x), "shown", 55),
        *words(rows("note", x), "y", color="@text"),
        *hover(point, "y", "@prediction", tooltip),
    )
