"""The PIT histogram: the position of each y in its predictive distribution; flat at 1 for a right model."""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .marks import hover, promise, rows, told
from .rows import Layer, table_of
from .spec import SMALLEST_EXTENT, Domain, Spec, finished, template, x_axis, y_axis

UNIT: Domain = (0.0, 1.0)
NUMBERS = ("x", "left", "right", "y", "low", "high")
TITLE = "Density of points by PIT, 1 = as predicted"


def pit_table(
    edges: ArrayLike, density: ArrayLike | None, low: float | None = None, high: float | None = None
) -> pd.DataFrame:
    """The rows of the PIT histogram, float32, ``layer`` by ``layer``.

    ``density`` (bins,) has mean 1 between ``edges`` (bins + 1,) from 0 to 1; ``low`` to ``high`` is where a right
    model's bars may end, None for not known. Layers: "bar" (one per bin; None gives none), "band" and "promise".
    Raises ValueError where shapes differ.
    """
    edges = np.asarray(edges, dtype=float)
    layers: list[Layer] = [("promise", {"x": UNIT, "y": 1.0})]
    if density is not None:
        heights = np.asarray(density, dtype=float)
        if heights.shape != (max(edges.size - 1, 0),):
            raise ValueError(f"density has shape {heights.shape}; {edges.size} edges give ({max(edges.size - 1, 0)},)")
        middles = (edges[1:] + edges[:-1]) / 2
        layers.append(("bar", {"x": middles, "left": edges[:-1], "right": edges[1:], "y": heights}))
    if low is not None and high is not None:
        layers.append(("band", {"left": 0.0, "right": 1.0, "low": low, "high": high}))
    return table_of(layers, NUMBERS)


@lru_cache(maxsize=64)
def pit_spec(scheme: str, y_domain: Domain, *, extent: int = SMALLEST_EXTENT) -> Spec:
    """The histogram for tables of ``pit_table``; ``y_domain`` begins at 0."""
    return finished(_template(), scheme, UNIT, y_domain, title=TITLE, axes=("PIT", "density"), extent=extent)


@lru_cache(maxsize=1)
def _template() -> Spec:
    bar = rows("bar")
    bars = bar.mark_rect(color="@prediction", opacity=0.55, stroke="@background", strokeWidth=1, clip=True)
    # Drawn over the bars, because it shows where they may end: with edges, and a fill that keeps their colour visible.
    band = rows("band").mark_rect(fill="@muted", fillOpacity=0.2, stroke="@muted", strokeWidth=1, clip=True)
    tooltip = told(".2f", left="PIT from", right="to") + told("@y_format", y="density")
    return template(
        bars.encode(x=x_axis("left"), x2="right", y=y_axis("y"), y2=alt.datum(0)),
        band.encode(x=x_axis("left"), x2="right", y=y_axis("low"), y2="high"),
        promise(rows("promise", x_axis("x"))),
        *hover(rows("bar", x_axis("x")), "y", "@prediction", tooltip),
    )
