"""Observed against predicted: the chart that reliability, QQ, errors by std and coverage share.

A right model is the dashed line in the colour of the truth, with a grey band of sampling error around it. This model is
a line, dots or both in the colour of the prediction; a thin grey line is the model before a recalibration.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .labels import Spot
from .marks import area, dots, hover, line, promise, rows, told, words
from .rows import Layer, curve_column, table_of
from .spec import SMALLEST_EXTENT, Domain, Spec, finished, log_y_axis, template, x_axis, y_axis

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
    """The chart for tables of ``against_table``; with ``before`` the title names the grey line."""
    slots: dict[str, Any] = {"y_values": powers_of_two(y_domain)} if look.factors else {}
    slots |= {"title": title + (BEFORE if before else ""), "x_label": x_label, "y_label": y_label, "extent": extent}
    return finished(_template(look, before), scheme, x_domain, y_domain, axes=(x_label, y_label), **slots)


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
    x, y = x_axis("x"), factor_axis if look.factors else y_axis
    curve = rows("curve", x)
    tooltip = told("@x_format", x="@x_label") + told("@y_format", y="@y_label")
    layers: list[alt.Chart] = []
    if look.band:
        banded = alt.Chart().encode(x=x).transform_filter("datum.layer == 'curve' || datum.layer == 'lone'")
        layers.append(area(banded, y("low"), "high", "@muted", 0.2))
        tooltip += told("@y_format", low="if right, from", high="if right, to")
    layers.append(promise(rows("promise", x), y("y")))
    if before:
        layers.append(line(curve, y("before"), "@previous", 1.6))
        if look.line and look.dots:
            layers.append(dots(curve, y("before"), "@previous", 0.6 * look.dots))
        tooltip += told("@y_format", before="before")
    if look.exact:
        layers.append(line(rows("exact", x), y("y"), "@prediction", 1.8))
    if look.line:
        layers.append(line(curve, y("y"), "@prediction", look.line))
    if look.dots:
        layers.append(dots(curve, y("y"), "@prediction", look.dots))
    if look.notes:
        layers += words(rows("note", x), y("y"), color="@muted")
    return template(*layers, *hover(curve, y("y"), "@prediction", tooltip))
