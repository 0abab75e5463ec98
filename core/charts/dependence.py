"""Partial dependence: the predicted mean and, below it, the predicted std over one feature, averaged over rows."""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .domains import nice
from .residuals import name_axis
from .rows import table_of
from .spec import (
    SMALLEST_EXTENT,
    Domain,
    Names,
    Spec,
    finished,
    hover,
    nearest_point,
    template,
    value_format,
    x_axis,
    y_axis,
)

NUMBERS = ("x", "y", "low", "high")
TEXTS = ("name",)


def dependence_domain(values: ArrayLike, low: ArrayLike, high: ArrayLike, *, from_zero: bool = False) -> Domain:
    """A domain around a curve and the middle of the rows' own; ``from_zero`` for a spread."""
    parts = np.concatenate([np.asarray(part, dtype=float) for part in (values, low, high)])
    parts = parts[np.isfinite(parts)]
    if not parts.size:
        return (0.0, 1.0)
    return nice(0.0 if from_zero else float(parts.min()), float(parts.max()), count=4)


def dependence_table(
    at: ArrayLike, values: ArrayLike, low: ArrayLike, high: ArrayLike, names: Names = ()
) -> pd.DataFrame:
    """The rows of a partial dependence, float32: ``layer`` "curve", one for each value of the feature, all (g,).

    ``low`` to ``high`` hold the middle of the rows' own curves; a category has ``names`` (g,) for its values. Raises
    ValueError where shapes differ.
    """
    columns = {"x": at, "y": values, "low": low, "high": high}
    arrays = {name: np.asarray(part, dtype=float) for name, part in columns.items()}
    shapes = {part.shape for part in arrays.values()} | ({(len(names),)} if names else set())
    if len(shapes) > 1:
        raise ValueError(f"a dependence has arrays of unlike shapes, {sorted(shapes)}")
    texts = {"name": np.array(names, dtype=object)} if names else {}
    return table_of([("curve", arrays | texts)], NUMBERS, TEXTS)


@lru_cache(maxsize=64)
def dependence_spec(
    scheme: str,
    x_domain: Domain | Names,
    y_domain: Domain,
    *,
    x_label: str = "x",
    y_label: str = "Predicted mean",
    extent: int = SMALLEST_EXTENT,
) -> Spec:
    """The chart for tables of ``dependence_table``; ``x_domain`` are a category's names.

    Equal arguments give one cached dict, which must not be changed.
    """
    nominal = isinstance(x_domain[0], str)
    return finished(
        _template(nominal),
        scheme,
        title=f"{y_label} by {x_label}, on average over rows",
        x_domain=x_domain,
        y_domain=y_domain,
        extent=extent,
        x_label=x_label,
        y_label=y_label.lower(),
        x_format="" if nominal else value_format((float(x_domain[0]), float(x_domain[1]))),
        y_format=value_format(y_domain),
    )


@lru_cache(maxsize=2)
def _template(nominal: bool) -> Spec:
    along = name_axis("name") if nominal else x_axis("x")
    curve = alt.Chart().encode(x=along).transform_filter("datum.layer == 'curve'")
    told = (
        alt.Tooltip("name:N", title="@x_label") if nominal else alt.Tooltip("x:Q", title="@x_label", format="@x_format")
    )
    tooltip = [
        told,
        alt.Tooltip("y:Q", title="@y_label", format="@y_format"),
        alt.Tooltip("low:Q", title="80 % of rows, from", format="@y_format"),
        alt.Tooltip("high:Q", title="to", format="@y_format"),
    ]
    if nominal:
        span = curve.mark_rule(color="@prediction", opacity=0.35, strokeWidth=5, clip=True)
        dots = curve.mark_circle(color="@prediction", size=90, opacity=1, clip=True).encode(y=y_axis("y"))
        ring = nearest_point(curve, y_axis("y"), "@prediction", tooltip)
        return template(span.encode(y=y_axis("low"), y2="high"), dots, ring, transform=[])
    band = curve.mark_area(color="@prediction", opacity=0.16, clip=True).encode(y=y_axis("low"), y2="high")
    line = curve.mark_line(color="@prediction", strokeWidth=2.2, clip=True).encode(y=y_axis("y"))
    return template(band, line, *hover(curve, "y", "@prediction", tooltip), transform=[])
