"""Single points with their intervals: ordered by width, and observed against predicted.

By width: whether the narrow ones can be trusted as much as the wide ones. Against the predicted mean: how the points
lie around the diagonal.
"""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .marks import dots, hover, level, outliers, promise, rows, told, words
from .rows import Layer, in_and_out, of_one_shape, table_of
from .spec import SMALLEST_EXTENT, Domain, Spec, finished, template, x_axis, y_axis

NUMBERS = ("rank", "y", "low", "high", "shown")
OBSERVED_NUMBERS = ("x", "y", "low", "high", "shown")
TEXTS = ("role", "text", "side")
MOST_OBSERVED = 400  # points
_EDGE = 0.975  # by width, a point beyond the end of the axis is drawn at this share of the way to the end
_INSET = 0.015  # of the axis: against the mean, a point beyond its end is drawn so far inside it


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
        first = shown[place <= np.min(place) + 0.4 * np.ptp(place)]  # over which the words stand
        up = y_domain[1] - np.max(first) >= np.min(first) - y_domain[0]
        inset = 0.07 * (y_domain[1] - y_domain[0])
        height = y_domain[1] - inset if up else y_domain[0] + inset
        layers.append(_note(held, rank=np.min(place), y=height))
    return table_of(layers, NUMBERS, TEXTS)


def observed_table(
    mean: ArrayLike, lower: ArrayLike, upper: ArrayLike, y: ArrayLike, *, domain: Domain
) -> pd.DataFrame:
    """The rows of the chart, float32, at most MOST_OBSERVED points, evenly taken; all arrays (n,), in y's unit.

    Layers: "promise" (the diagonal over ``domain``), "point" (its interval ``low`` to ``high`` and ``y``), "inside" and
    "outside" (the point to be seen, with role "above" or "below" its interval; beyond ``domain`` it stands at the
    edge) and "note" (how many of all n are inside). Raises ValueError where shapes differ.
    """
    every = of_one_shape(mean=mean, lower=lower, upper=upper, y=y)
    held = (every[1] <= every[3]) & (every[3] <= every[2])
    step = max(1, -(-held.size // MOST_OBSERVED))
    middle, low, high, seen = (values[::step] for values in every)
    margin = _INSET * (domain[1] - domain[0])
    shown = np.clip(seen, domain[0] + margin, domain[1] - margin)
    role = np.where(seen < low, "below", "above").astype(object)
    layers: list[Layer] = [
        ("promise", {"x": np.array(domain), "y": np.array(domain)}),
        ("point", {"x": middle, "y": seen, "low": low, "high": high}),
        *in_and_out({"x": middle, "shown": shown, "role": role}, held[::step]),
    ]
    if held.size:
        layers.append(_note(held, x=domain[0] + margin, y=domain[1] - 0.06 * (domain[1] - domain[0])))
    return table_of(layers, OBSERVED_NUMBERS, TEXTS)


def _note(held: np.ndarray, **spot: float) -> Layer:
    """How many of the points are inside."""
    return "note", {**spot, "text": f"{np.count_nonzero(held):,} of {held.size:,} inside", "side": "left"}


@lru_cache(maxsize=64)
def intervals_spec(scheme: str, rank_domain: Domain, y_domain: Domain, *, extent: int = SMALLEST_EXTENT) -> Spec:
    """The chart for tables of ``intervals_table`` with the same ``y_domain``."""
    title = "y − predicted mean, narrowest interval first"
    return finished(
        _intervals(),
        scheme,
        rank_domain,
        y_domain,
        title=title,
        axes=("place by width", "y − predicted mean"),
        extent=extent,
    )


@lru_cache(maxsize=64)
def observed_spec(
    scheme: str, domain: Domain, *, y_label: str, level: float = 0.95, extent: int = SMALLEST_EXTENT
) -> Spec:
    """The chart for tables of ``observed_table`` with the same ``domain``, which both axes have."""
    title = f"Observed {y_label} over the predicted mean, with {100 * level:.0f} % intervals"
    return finished(_observed(), scheme, domain, domain, title=title, axes=("predicted mean", y_label), extent=extent)


@lru_cache(maxsize=1)
def _intervals() -> Spec:
    tooltip = told(",.0f", rank="place by width") + told("@y_format", y="y − mean", low="interval from", high="to")
    return _points(x_axis("rank"), level("zero", "y", "@prediction", 1.2), tooltip, opacity=0.4, per=260, size=14)


@lru_cache(maxsize=1)
def _observed() -> Spec:
    x = x_axis("x")
    tooltip = told("@x_format", x="predicted mean") + told("@y_format", y="observed", low="interval from", high="to")
    return _points(x, promise(rows("promise", x)), tooltip, opacity=0.28, per=240, size=16)


def _points(x: alt.X, right: alt.Chart, tooltip: list[alt.Tooltip], *, opacity: float, per: int, size: int) -> Spec:
    """Points with their intervals around the line of a right mean; a rule is as wide as ``per`` goes into the chart."""
    point, width = rows("point", x), alt.ExprRef(f"max(1, width / {per})")
    span = point.mark_rule(color="@prediction", opacity=opacity, strokeWidth=width, clip=True)
    return template(
        span.encode(y=y_axis("low"), y2="high"),
        right,
        dots(rows("inside", x), "shown", "@data", size),
        outliers(rows("outside", x), "shown", 55),
        *words(rows("note", x), "y", color="@text"),
        *hover(point, "y", "@prediction", tooltip),
    )
