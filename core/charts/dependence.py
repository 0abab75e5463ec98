"""Partial dependence: the predicted mean and, below it, the predicted std over one feature, averaged over rows."""

from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .domains import nice
from .marks import area, dots, hover, line, nearest_point, rows, told
from .residuals import told_place
from .rows import of_one_shape, table_of
from .spec import SMALLEST_EXTENT, Domain, Names, Spec, finished, name_axis, template, x_axis, y_axis

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
    places = {"names": np.arange(len(names))} if names else {}
    x, y, bottom, top, *_ = of_one_shape(at=at, values=values, low=low, high=high, **places)
    texts = {"name": np.array(names, dtype=object)} if names else {}
    return table_of([("curve", {"x": x, "y": y, "low": bottom, "high": top, **texts})], NUMBERS, TEXTS)


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
    """The chart for tables of ``dependence_table``; ``x_domain`` are a category's names."""
    title = f"{y_label} by {x_label}, on average over rows"
    found, labels = _template(isinstance(x_domain[0], str)), {"x_label": x_label, "y_label": y_label.lower()}
    return finished(
        found, scheme, x_domain, y_domain, title=title, axes=(x_label, y_label.lower()), extent=extent, **labels
    )


@lru_cache(maxsize=2)
def _template(nominal: bool) -> Spec:
    curve = rows("curve", name_axis("name") if nominal else x_axis("x"))
    tooltip = told_place(nominal) + told("@y_format", y="@y_label", low="80 % of rows, from", high="to")
    if nominal:
        span = curve.mark_rule(color="@prediction", opacity=0.35, strokeWidth=5, clip=True)
        ring = nearest_point(curve, "y", "@prediction", tooltip)
        return template(span.encode(y=y_axis("low"), y2="high"), dots(curve, "y", "@prediction", 90), ring)
    band, middle = area(curve, "low", "high", "@prediction", 0.16), line(curve, "y", "@prediction", 2.2)
    return template(band, middle, *hover(curve, "y", "@prediction", tooltip))
