"""Observed against predicted: the chart that reliability, QQ, errors by std and coverage share.

A right model is the dashed line in the colour of the truth, with a grey band of sampling error around it. This model is
a line, dots or both in the colour of the prediction; a thin grey line is the model before a recalibration.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .fit import curve_column
from .labels import Spot
from .rows import Layer, table_of
from .spec import (
    SMALLEST_EXTENT,
    Domain,
    Spec,
    finished,
    haloed,
    hover,
    log_y_axis,
    template,
    value_format,
    written,
    x_axis,
    y_axis,
)

NUMBERS = ("x", "y", "low", "high", "before")
TEXTS = ("text", "side")
BEFORE = ", before in grey"

_LONE = 0.012  # half the width of a single row, relative to the axis

Note = tuple[str, Spot]


@dataclass(frozen=True)
class Look:
    """What the chart draws besides the dashed line and the grey line."""

    line: float = 2.2  # width of the line through the rows, 0 for none
    dots: float = 0  # size of a dot at each row, 0 for none
    band: bool = True  # low and high around the dashed line
    exact: bool = False  # a curve that is known exactly, beside dots that are counted
    notes: bool = False  # words on either side of the dashed line
    factors: bool = False  # y is a ratio, on a logarithmic axis with labels like "2×"


def against_table(
    x: ArrayLike,
    y: ArrayLike | None,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    *,
    promise: tuple[Domain, Domain],
    before: ArrayLike | None = None,
    exact: tuple[ArrayLike, ArrayLike] | None = None,
    notes: Sequence[Note] = (),
) -> pd.DataFrame:
    """The rows of a chart of observed against predicted, float32, ``layer`` by ``layer``.

    Layers: "curve" (``y``, the sampling band ``low`` to ``high`` and ``before``, all of the shape of ``x``; what is
    None, or NaN somewhere, is not drawn there), "lone" (of a single row, the ends of a band that has some width),
    "promise" (the ends of the dashed line, ``promise`` holding its x's and its y's), "exact" (another curve, x and y)
    and "note". Raises ValueError where shapes differ.
    """
    x = np.asarray(x, dtype=float)
    given = {"y": y, "low": low, "high": high, "before": before}
    curve = {name: curve_column(values, x, name) for name, values in given.items()}
    layers: list[Layer] = [("curve", {"x": x, **curve}), ("promise", dict(zip("xy", promise, strict=True)))]
    if x.size == 1:
        half = _LONE * (promise[0][1] - promise[0][0])
        layers.append(("lone", {"x": x + half * np.array([-1, 1]), "low": curve["low"], "high": curve["high"]}))
    if exact is not None:
        grid = np.asarray(exact[0], dtype=float)
        layers.append(("exact", {"x": grid, "y": curve_column(exact[1], grid, "exact")}))
    layers += [("note", {"x": spot.x, "y": spot.y, "text": text, "side": spot.side}) for text, spot in notes]
    return table_of(layers, NUMBERS, TEXTS)


def corners(domain: Domain, above: str, below: str) -> list[Note]:
    """The words in the two corners: what it means to be above and below the diagonal over ``domain``."""
    low, high = domain
    edge = 0.08 * (high - low)  # clear of a line along the edge
    return [(above, Spot(low, high - edge, "left")), (below, Spot(high, low + edge, "right"))]


@lru_cache(maxsize=64)
def against_spec(
    look: Look,
    scheme: str,
    x_domain: Domain,
    y_domain: Domain,
    *,
    title: str,
    x_label: str,
    y_label: str,
    before: bool = False,
    extent: int = SMALLEST_EXTENT,
) -> Spec:
    """The chart for tables of ``against_table``; with ``before`` the title names the grey line.

    Equal arguments give one cached dict, which must not be changed.
    """
    factors = {"y_values": powers_of_two(y_domain)} if look.factors else {}
    return finished(
        _template(look, before),
        scheme,
        title=title + (BEFORE if before else ""),
        x_domain=x_domain,
        y_domain=y_domain,
        extent=extent,
        x_label=x_label,
        y_label=y_label,
        x_format=value_format(x_domain),
        y_format=value_format(y_domain),
        **factors,
    )


def powers_of_two(domain: Domain) -> list[float]:
    """The powers of two within a domain of positive numbers; only every second one if there are more than five."""
    first, last = math.ceil(math.log2(domain[0]) - 1e-9), math.floor(math.log2(domain[1]) + 1e-9)
    step = 1 if last - first < 5 else 2
    return [2.0**power for power in range(first, last + 1) if power % step == 0]


def factor_axis(field: str) -> alt.Y:
    """A logarithmic y axis whose labels are factors: 1/4×, 1/2×, 1×, 2×."""
    fraction = "datum.value < 1 ? '1/' + format(1 / datum.value, '~g') : format(datum.value, '~g')"
    return log_y_axis(field, labelExpr=f"({fraction}) + '×'")


@lru_cache(maxsize=16)
def _template(look: Look, before: bool) -> Spec:
    base = alt.Chart().encode(x=x_axis("x"))
    y = factor_axis if look.factors else y_axis

    def rows(name: str) -> alt.Chart:
        return base.transform_filter(f"datum.layer == '{name}'")

    curve = rows("curve")
    told = [alt.Tooltip("x:Q", title="@x_label", format="@x_format")]
    told.append(alt.Tooltip("y:Q", title="@y_label", format="@y_format"))
    layers: list[alt.Chart] = []
    if look.band:
        banded = base.transform_filter("datum.layer == 'curve' || datum.layer == 'lone'")
        area = banded.mark_area(color="@muted", opacity=0.2, clip=True)
        layers.append(area.encode(y=y("low"), y2="high"))
        told.append(alt.Tooltip("low:Q", title="if right, from", format="@y_format"))
        told.append(alt.Tooltip("high:Q", title="if right, to", format="@y_format"))
    layers.append(promise(rows("promise")).encode(y=y("y")))
    if before:
        layers.append(curve.mark_line(color="@previous", strokeWidth=1.6, clip=True).encode(y=y("before")))
        if look.line and look.dots:
            earlier = curve.mark_circle(color="@previous", size=0.6 * look.dots, opacity=1, clip=True)
            layers.append(earlier.encode(y=y("before")))
        told.append(alt.Tooltip("before:Q", title="before", format="@y_format"))
    if look.exact:
        layers.append(rows("exact").mark_line(color="@prediction", strokeWidth=1.8, clip=True).encode(y=y("y")))
    if look.line:
        line = curve.mark_line(color="@prediction", strokeWidth=look.line, clip=True)
        layers.append(line.encode(y=y("y")))
    if look.dots:
        dots = curve.mark_circle(color="@prediction", size=look.dots, opacity=1, clip=True)
        layers.append(dots.encode(y=y("y")))
    if look.notes:
        layers += haloed(written(rows("note"), color="@muted").encode(y=y("y")))
    return template(*layers, *hover(curve, "y", "@prediction", told, y), transform=[])


def promise(rows: alt.Chart) -> alt.Chart:
    """The line of a right model, dashed in the colour of the truth."""
    return rows.mark_line(color="@truth", strokeWidth=1.5, strokeDash=[5, 3], clip=True)
