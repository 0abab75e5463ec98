"""Ignorance and noise of rows over their distance to the training rows."""

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .domains import nice
from .marks import dots, nearest_point, rows, told
from .rows import evenly, of_one_shape, table_of
from .spec import SMALLEST_EXTENT, STD_NAME, Domain, Spec, finished, template, x_axis

MOST_POINTS = 1000
NUMBERS = ("x", "noise", "ignorance")


def distance_table(distance: ArrayLike, noise: ArrayLike, ignorance: ArrayLike) -> pd.DataFrame:
    """The rows of the chart, float32, layer "row": all (n,); of more than 1,000 every so manieth, by distance.

    Raises ValueError where shapes differ.
    """
    x, one, other = of_one_shape(distance=distance, noise=noise, ignorance=ignorance)
    chosen = np.argsort(x, kind="stable")[evenly(x.size, MOST_POINTS)]
    return table_of([("row", {"x": x[chosen], "noise": one[chosen], "ignorance": other[chosen]})], NUMBERS)


def distance_domains(distance: ArrayLike, noise: ArrayLike, ignorance: ArrayLike) -> tuple[Domain, Domain]:
    """The domains of both axes, from 0; a few of the largest standard deviations may lie beyond."""
    spread = np.concatenate([np.asarray(noise, dtype=float), np.asarray(ignorance, dtype=float)])
    far, top = float(np.max(distance)), float(np.quantile(spread, 0.995))
    return nice(0.0, max(far, 1e-9)), nice(0.0, max(top, 1e-12), count=4)


@lru_cache(maxsize=64)
def distance_spec(scheme: str, x_domain: Domain, y_domain: Domain, *, extent: int = SMALLEST_EXTENT) -> Spec:
    """The chart for tables of ``distance_table``."""
    title = "Std of noise (blue) and ignorance (purple), over distance to the training rows"
    labels: dict[str, Any] = {"x_label": "distance", "axes": ("distance to the training rows", STD_NAME)}
    return finished(_template(), scheme, x_domain, y_domain, title=title, extent=extent, **labels)


@lru_cache(maxsize=1)
def _template() -> Spec:
    points = rows("row", x_axis("x"))
    tooltip = told("@x_format", x="@x_label") + told("@y_format", noise="noise std", ignorance="ignorance std")
    return template(
        dots(points, "noise", "@prediction", 14, 0.35),
        dots(points, "ignorance", "@epistemic", 22, 0.85),
        nearest_point(points, "ignorance", "@epistemic", tooltip),
    )
