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
from .marks import dots, level, line, nearest_point, outliers, rows, told
from .rows import Layer, evenly, in_and_out, of_one_shape, table_of
from .spec import SMALLEST_EXTENT, Domain, Names, Spec, finished, name_axis, template, x_axis, y_axis

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
    if names:
        along = np.where(np.isin(along, np.array(names, dtype=object)), along, OTHERS)
    at = [names.index(name) for name in along] if names else along
    places, missed, spread = of_one_shape(x=at, residual=residual, std=std)
    chosen = np.argsort(places, kind="stable")[evenly(places.size, MOST_POINTS)]
    y, width = missed[chosen], spread[chosen]
    margin = _EDGE * (y_domain[1] - y_domain[0])
    shown = np.clip(y, y_domain[0] + margin, y_domain[1] - margin)
    columns = {"y": y, "std": width, "shown": shown, "role": np.where(y < 0, "below", "above")}
    jitter = (np.arange(chosen.size) * _GOLDEN) % 1
    columns |= {"name": along[chosen], "jitter": jitter} if names else {"x": places[chosen]}
    drawn = in_and_out(columns, np.abs(y) <= WIDTH * width)
    layers = [("zero", {"y": 0.0}), _band(places, spread, names), *drawn, ("point", columns)]
    return table_of(layers, NUMBERS, TEXTS)


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
    """
    name = "z" if z else "Observed − predicted"
    title = f"{name} over {x_label}, with ±1.96 σ̂"
    found, labels = _template(isinstance(x_domain[0], str), z), {"x_label": x_label, "y_label": name.lower()}
    return finished(
        found, scheme, x_domain, y_domain, title=title, axes=(x_label, name.lower()), extent=extent, **labels
    )


@lru_cache(maxsize=4)
def _template(nominal: bool, z: bool) -> Spec:
    x = name_axis("name") if nominal else x_axis("x")
    offset = alt.XOffset("jitter:Q", scale=alt.Scale(domain=[-0.5, 1.5], nice=False, zero=False))

    def points(name: str) -> alt.Chart:
        return rows(name, x).encode(xOffset=offset) if nominal else rows(name, x)

    tooltip = told_place(nominal) + told("@y_format", y="@y_label", **({} if z else {"std": "predicted std"}))
    return template(
        level("zero", "y", "@zero", 1.2),
        dots(points("inside"), "shown", "@data", 16, 0.7),
        outliers(points("outside"), "shown", 45),
        *(_edge(points("band"), field, nominal) for field in ("low", "high")),
        nearest_point(points("point"), "shown", "@prediction", tooltip),
    )


def told_place(nominal: bool) -> list[alt.Tooltip]:
    """The entry of a tooltip for the place on the x axis: a name, or a number."""
    return [alt.Tooltip("name:N", title="@x_label")] if nominal else told("@x_format", x="@x_label")


def _edge(band: alt.Chart, field: str, nominal: bool) -> alt.Chart:
    """One side of the band: a line along numbers, and a short flat one at each name."""
    if not nominal:
        return line(band, field, "@prediction", 1.4, opacity=0.8)
    # Not a tick, which an offset within its band moves to one side.
    mark = band.mark_point(color="@prediction", shape="stroke", size=1600, strokeWidth=1.8, opacity=1, clip=True)
    return mark.encode(y=y_axis(field))
