"""Scatter in raw data: points over one feature, their running mean, and ± as many running stds as a fit's band."""

from functools import lru_cache
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from ..evaluation.unequal_variance import RunningSpread
from .fit import BAND_STDS, dot_size, thin
from .marks import area, dots, hover, line, rows, told
from .rows import Layer, table_of
from .spec import SMALLEST_EXTENT, Domain, Spec, finished, slot, template, x_axis

MOST_POINTS = 2000
NUMBERS = ("x", "y", "lower", "upper", "std")
NAME = f"running mean ± {BAND_STDS:.0f} running std"


def scatter_table(x: ArrayLike, y: ArrayLike, running: RunningSpread | None, most: int = MOST_POINTS) -> pd.DataFrame:
    """The rows of the scatter chart, float32: ``layer`` is "data" for a point and "running" for one of the curve.

    x and y have shape (n,); of more than ``most`` points, so many are drawn, evenly spaced by their rank in x.
    ``running`` is None where the rows are too few for one. Raises ValueError where shapes differ.
    """
    x, y = thin(x, y, most)
    layers: list[Layer] = [("data", {"x": x, "y": y})]
    if running is not None:
        lower, upper = running.mean - BAND_STDS * running.std, running.mean + BAND_STDS * running.std
        curve = {"x": running.x, "y": running.mean, "lower": lower, "upper": upper, "std": running.std}
        layers.append(("running", curve))
    return table_of(layers, NUMBERS)


@lru_cache(maxsize=64)
def scatter_spec(
    scheme: str,
    x_domain: Domain,
    y_domain: Domain,
    *,
    x_label: str = "x",
    y_label: str = "y",
    extent: int = SMALLEST_EXTENT,
    points: int = MOST_POINTS,
) -> Spec:
    """The scatter chart for tables of ``scatter_table``; few ``points`` are drawn larger."""
    title, size = f"{y_label} over {x_label}, with {NAME}", dot_size(points)
    labels: dict[str, Any] = {"x_label": x_label, "axes": (x_label, y_label), "dot_size": size}
    return finished(_template(), scheme, x_domain, y_domain, title=title, extent=extent, **labels)


@lru_cache(maxsize=1)
def _template() -> Spec:
    x = x_axis("x")
    curve = rows("running", x)
    tooltip = told("@x_format", x="@x_label") + told("@y_format", y="running mean", std="running std")
    return template(
        area(curve, "lower", "upper", "@muted", 0.18),
        dots(rows("data", x), "y", "@data", slot("dot_size"), 0.55),
        line(curve, "y", "@muted", 2.2),
        *hover(curve, "y", "@muted", tooltip),
    )
