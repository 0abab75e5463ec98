"""Residuals, or z, against a feature or the prediction: what the mean has not learnt, and where the spread is wrong.

A pattern of the residuals around zero is something that the mean has not learnt. A scatter that is wider or narrower
than the two light lines, ±1.96 σ̂, is something that the spread has not learnt. For z = residual/σ̂ the lines are ±1.96
everywhere.
"""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .domains import nice
from .rows import Layer, table_of
from .spec import (
    SMALLEST_EXTENT,
    Domain,
    Names,
    Spec,
    finished,
    nearest_point,
    slot,
    template,
    value_format,
    x_axis,
    y_axis,
)

MOST_POINTS = 1000
MOST_NAMES = 12  # categories that an axis has room for
OTHERS = "others"
WIDTH = 1.96  # standard deviations: 95 % of a normal
BINS = 20
NUMBERS = ("x", "y", "shown", "std", "low", "high", "jitter")
TEXTS = ("name", "role")
_EDGE = 0.015  # a point beyond the end of the axis is drawn so far inside it, relative to the axis
_GOLDEN = 0.6180339887498949  # its multiples modulo 1 fill an interval evenly, without a random generator


def residuals_domain(residual: ArrayLike, std: ArrayLike | None = None) -> Domain:
    """A domain about 0 for nearly all residuals and their ±1.96 σ̂; without ``std`` for z, at least from −3 to 3."""
    values = np.abs(np.asarray(residual, dtype=float))
    reach = 3.0 if std is None else WIDTH * float(np.quantile(np.asarray(std, dtype=float), 0.9))
    top = 1.08 * max(reach, float(np.quantile(values, 0.99)) if values.size else 0.0)
    return nice(-top, top, count=4)


def residuals_table(
    x: ArrayLike | Sequence[str], residual: ArrayLike, std: ArrayLike, *, y_domain: Domain, names: Names = ()
) -> pd.DataFrame:
    """The rows of the residuals over x, float32, ``layer`` by ``layer``; all arrays (n,).

    For z give z as the ``residual`` and 1 as each ``std``. x are numbers, or with ``names`` (of the places on the axis,
    see ``shortlist``) words. Of more than 1,000 points every so manieth is drawn, in the order of x. Layers: "inside"
    or "outside" ±1.96 σ̂ (``shown`` is at the edge where ``y`` is beyond ``y_domain``), "point" (all of them, for the
    pointer), "band" (±1.96·√mean σ̂² in 20 bins of x of as many points each, or of each name) and "zero". Raises
    ValueError where shapes differ.
    """
    along = np.asarray(x, dtype=object if names else float)
    missed, spread = np.asarray(residual, dtype=float), np.asarray(std, dtype=float)
    if not along.shape == missed.shape == spread.shape:
        raise ValueError(f"x, residual and std have shapes {along.shape}, {missed.shape} and {spread.shape}")
    if names:
        along = np.where(np.isin(along, np.array(names, dtype=object)), along, OTHERS)
        places = np.array([names.index(name) for name in along], dtype=float)
    else:
        places = along
    chosen = _evenly(places)
    y, width = missed[chosen], spread[chosen]
    margin = _EDGE * (y_domain[1] - y_domain[0])
    shown = np.clip(y, y_domain[0] + margin, y_domain[1] - margin)
    columns = {"y": y, "std": width, "shown": shown, "role": np.where(y < 0, "below", "above")}
    columns |= {"name": along[chosen], "jitter": _jitter(chosen.size)} if names else {"x": places[chosen]}
    inside = np.abs(y) <= WIDTH * width
    return table_of(
        [
            ("zero", {"y": 0.0}),
            _band(places, spread, names),
            ("inside", {name: values[inside] for name, values in columns.items()}),
            ("outside", {name: values[~inside] for name, values in columns.items()}),
            ("point", columns),
        ],
        NUMBERS,
        TEXTS,
    )


def shortlist(values: Sequence[str]) -> Names:
    """The names of a nominal axis: the commonest categories, in the alphabet's order, and "others" for the rest."""
    names, counts = np.unique(np.asarray(values, dtype=str), return_counts=True)
    if names.size <= MOST_NAMES:
        return tuple(map(str, names))
    commonest = np.sort(np.argsort(-counts, kind="stable")[: MOST_NAMES - 1])
    return (*(str(names[i]) for i in commonest if names[i] != OTHERS), OTHERS)


def _band(places: np.ndarray, std: np.ndarray, names: Names) -> Layer:
    """±1.96·√mean σ̂² along x: σ̂ is not a function of one feature, so that its single values would be a zigzag."""
    with np.errstate(all="ignore"):
        if names:
            each = [std[places == i] for i in range(len(names))]
            half = WIDTH * np.array([np.sqrt(np.mean(part**2)) if part.size else np.nan for part in each])
            return "band", {"name": np.array(names, dtype=object), "low": -half, "high": half, "jitter": 0.5}
        order = np.argsort(places, kind="stable")
        bins = [part for part in np.array_split(order, min(BINS, max(1, order.size // 5))) if part.size]
        half = WIDTH * np.array([np.sqrt(np.mean(std[part] ** 2)) for part in bins])
        middle = np.array([np.median(places[part]) for part in bins])
    if bins:  # the lines reach both ends of the points
        middle = np.concatenate([[places[order[0]]], middle, [places[order[-1]]]])
        half = np.concatenate([half[:1], half, half[-1:]])
    return "band", {"x": middle, "low": -half, "high": half}


def _evenly(by: np.ndarray) -> np.ndarray:
    """Indices of at most MOST_POINTS values, evenly spaced by rank, so that their density stays the same."""
    order = np.argsort(by, kind="stable")
    if order.size > MOST_POINTS:
        order = order[np.linspace(0, order.size - 1, MOST_POINTS).round().astype(int)]
    return order


def _jitter(n: int) -> np.ndarray:
    return (np.arange(n) * _GOLDEN) % 1


@lru_cache(maxsize=64)
def residuals_spec(
    scheme: str,
    x_domain: Domain | Names,
    y_domain: Domain,
    *,
    x_label: str = "x",
    z: bool = False,
    extent: int = SMALLEST_EXTENT,
) -> Spec:
    """The chart for tables of ``residuals_table`` with the same ``y_domain``; ``x_domain`` may be its ``names``.

    ``z`` says that it is of z, whose band is the same everywhere.

    Equal arguments give one cached dict, which must not be changed.
    """
    nominal = isinstance(x_domain[0], str)
    y_label = "z" if z else "Observed less predicted"
    return finished(
        _template(nominal, z),
        scheme,
        title=f"{y_label} over {x_label}, with ±1.96 σ̂",
        x_domain=x_domain,
        y_domain=y_domain,
        extent=extent,
        x_label=x_label,
        y_label=y_label.lower(),
        x_format="" if nominal else value_format((float(x_domain[0]), float(x_domain[1]))),
        y_format=value_format(y_domain),
    )


def name_axis(field: str) -> alt.X:
    """A nominal x axis with exactly the names of the slot x_domain, in its order; long names end with an ellipsis."""
    axis = alt.Axis(
        title=None, grid=False, domain=False, ticks=False, labelAngle=0, labelLimit=alt.ExprRef("width / 6"),
        labelOverlap="parity",
    )  # fmt: skip
    return alt.X(f"{field}:N", axis=axis, scale=alt.Scale(type="band", domain=slot("x_domain")))


@lru_cache(maxsize=4)
def _template(nominal: bool, z: bool) -> Spec:
    along = name_axis("name") if nominal else x_axis("x")
    base = alt.Chart().encode(x=along)
    offset = alt.XOffset("jitter:Q", scale=alt.Scale(domain=[-0.5, 1.5], nice=False, zero=False))

    def rows(name: str, of: alt.Chart = base) -> alt.Chart:
        return of.transform_filter(f"datum.layer == '{name}'")

    def points(name: str) -> alt.Chart:
        return rows(name).encode(xOffset=offset) if nominal else rows(name)

    told = (
        alt.Tooltip("name:N", title="@x_label") if nominal else alt.Tooltip("x:Q", title="@x_label", format="@x_format")
    )
    tooltip = [told, alt.Tooltip("y:Q", title="@y_label", format="@y_format")]
    if not z:
        tooltip.append(alt.Tooltip("std:Q", title="predicted std", format="@y_format"))
    away = alt.Shape("role:N", scale=alt.Scale(domain=["above", "below"], range=["triangle-up", "triangle-down"]))
    outside = points("outside").mark_point(color="@warning", filled=True, size=45, opacity=1, clip=True)
    zero = rows("zero", alt.Chart()).mark_rule(color="@zero", strokeWidth=1.2, clip=True)
    return template(
        zero.encode(y=y_axis("y")),
        points("inside").mark_circle(color="@data", size=16, opacity=0.7, clip=True).encode(y=y_axis("shown")),
        outside.encode(y=y_axis("shown"), shape=away.legend(None)),
        *(_edge(points("band"), field, nominal) for field in ("low", "high")),
        nearest_point(points("point"), y_axis("shown"), "@prediction", tooltip),
        transform=[],
    )


def _edge(band: alt.Chart, field: str, nominal: bool) -> alt.Chart:
    """One side of the band: a line along numbers, and a short flat one at each name."""
    if nominal:
        # Not a tick, which an offset within its band moves to one side.
        mark = band.mark_point(color="@prediction", shape="stroke", size=1600, strokeWidth=1.8, opacity=1, clip=True)
    else:
        mark = band.mark_line(color="@prediction", strokeWidth=1.4, opacity=0.8, clip=True)
    return mark.encode(y=y_axis(field))
