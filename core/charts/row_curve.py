"""One row on the curve of a feature: the predicted mean, its interval, the share of it that is noise, and the row."""

from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .domains import nice
from .fit import dot_size, thin
from .marks import area, dots, hover, line, nearest_point, rows, told
from .residuals import told_place
from .rows import of_one_shape, table_of
from .spec import SMALLEST_EXTENT, Domain, Names, Spec, finished, name_axis, slot, template, x_axis, y_axis

NUMBERS = ("x", "y", "low", "high", "noise_low", "noise_high")
TEXTS = ("name",)


def row_curve_domain(*values: ArrayLike) -> Domain:
    """A domain around all these values."""
    parts = np.concatenate([np.atleast_1d(np.asarray(each, dtype=float)) for each in values])
    parts = parts[np.isfinite(parts)]
    return nice(float(parts.min()), float(parts.max())) if parts.size else (0.0, 1.0)


def row_curve_table(
    at: ArrayLike,
    spans: tuple[ArrayLike, ...],
    row_at: float,
    row: tuple[ArrayLike, ...],
    names: Names = (),
    points: tuple[ArrayLike, ArrayLike] | None = None,
    ends: tuple[float, ...] = (),
    marked: tuple[ArrayLike, ...] | None = None,
) -> pd.DataFrame:
    """Its rows: ``layer`` "curve", one for each value of the feature, "row" for the row, "data" for points.

    Layer "file" has rows of a file, ``marked``: where they are, their mean and the ends of their interval.

    ``spans`` are the mean, the ends of its interval and of its share that is noise, all of the shape of ``at``; ``row``
    are those of the row, ``ends`` those of the training range. A category has ``names`` for its values. Raises
    ValueError where shapes differ.
    """
    x, *curve = of_one_shape(at=at, **dict(zip(NUMBERS[1:], spans, strict=True)))
    place, *own = of_one_shape(at=[row_at], **dict(zip(NUMBERS[1:], row, strict=True)))
    words = np.array(names, dtype=object)
    of_curve = {"name": words} if names else {}
    of_row = {"name": words[place.astype(int)]} if names and np.isfinite(place).all() else {}
    layers = [("curve", {"x": x, **dict(zip(NUMBERS[1:], curve, strict=True)), **of_curve})]
    if not names or of_row:
        layers.append(("row", {"x": place, **dict(zip(NUMBERS[1:], own, strict=True)), **of_row}))
    layers.append(("end", {"x": np.array(ends, dtype=float)}))
    if points is not None:
        layers.append(("data", dict(zip(("x", "y"), thin(*points), strict=True))))
    if marked is not None:
        where, *of_file = of_one_shape(**dict(zip(("at", *NUMBERS[1:4]), marked, strict=True)))
        named = {"name": words[where.astype(int)]} if names else {}
        layers.append(("file", {"x": where, **dict(zip(NUMBERS[1:4], of_file, strict=True)), **named}))
    return table_of(layers, NUMBERS, TEXTS, kind=np.float64)  # coordinates of maps have nine digits


@lru_cache(maxsize=64)
def row_curve_spec(
    scheme: str,
    x_domain: Domain | Names,
    y_domain: Domain,
    *,
    title: str,
    x_label: str = "x",
    level: str = "95 %",
    extent: int = SMALLEST_EXTENT,
    points: int = 0,
) -> Spec:
    """The chart for tables of ``row_curve_table``; ``x_domain`` are a category's names, ``level`` is the interval's."""
    found = _template(isinstance(x_domain[0], str))
    labels = {"x_label": x_label, "from": f"{level} from", "dot_size": dot_size(points)}
    return finished(
        found, scheme, x_domain, y_domain, title=title, axes=(x_label, "prediction"), extent=extent, **labels
    )


@lru_cache(maxsize=2)
def _template(nominal: bool) -> Spec:
    place = name_axis("name") if nominal else x_axis("x")
    curve, row, file = rows("curve", place), rows("row", place), rows("file", place)
    tooltip = told_place(nominal) + told("@y_format", y="predicted mean", low="@from", high="to")
    span = row.mark_rule(color="@residual", strokeWidth=2.5, clip=True).encode(y=y_axis("low"), y2="high")
    noise = row.mark_rule(color="@residual", strokeWidth=7, opacity=0.45, clip=True)
    reach = file.mark_rule(color="@scale", strokeWidth=1, opacity=0.5, clip=True).encode(y=y_axis("low"), y2="high")
    of_file = (reach, dots(file, "y", "@scale", 50, 0.8))
    marked = (*of_file, span, noise.encode(y=y_axis("noise_low"), y2="noise_high"), dots(row, "y", "@residual", 130))
    parted, whole = (curve.transform_filter(f"{sign}isValid(datum.noise_low)") for sign in ("", "!"))
    if nominal:
        rim = parted.mark_rule(color="@epistemic", opacity=0.7, strokeWidth=3, clip=True)
        bars = whole.mark_rule(color="@prediction", opacity=0.4, strokeWidth=4, clip=True)
        inner = parted.mark_rule(color="@prediction", opacity=0.45, strokeWidth=4, clip=True)
        return template(
            rim.encode(y=y_axis("low"), y2="high"),
            bars.encode(y=y_axis("low"), y2="high"),
            inner.encode(y=y_axis("noise_low"), y2="noise_high"),
            dots(curve, "y", "@prediction", 40),
            *marked,
            nearest_point(curve, "y", "@prediction", tooltip),
        )
    ends = rows("end", place).mark_rule(color="@muted", strokeWidth=1, strokeDash=[2, 3], clip=True)
    return template(
        ends,
        # Of one net the whole is noise; of several what lies outside the noise is ignorance, in its own colour.
        area(whole, "low", "high", "@prediction", 0.2),
        area(parted, "high", "noise_high", "@epistemic", 0.4),
        area(parted, "low", "noise_low", "@epistemic", 0.4),
        area(parted, "noise_low", "noise_high", "@prediction", 0.2),
        dots(rows("data", place), "y", "@data", slot("dot_size"), 0.55),
        line(curve, "y", "@prediction", 2.2),
        *marked,
        *hover(curve, "y", "@prediction", tooltip),
    )
