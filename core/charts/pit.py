"""The PIT histogram: where in their predicted distributions the points fell. Level bars are a right model's."""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .against import promise
from .frame import SMALLEST_EXTENT, Domain, Spec, finished, template, x_axis, y_axis
from .rows import table_of

NUMBERS = ("x", "x2", "y", "zero", "low", "high")
COLUMNS = ("layer", *NUMBERS)
TITLE = "Points by where they fell in the prediction (PIT)"
UNIT: Domain = (0.0, 1.0)


def pit_table(edges: ArrayLike, density: ArrayLike, low: float, high: float) -> pd.DataFrame:
    """The rows of the histogram: ``density`` (bins,) between ``edges`` (bins + 1,), and the band of a right model.

    Layers: "bar", "band" (0 to 1, low to high) and "promise" (the level 1). Raises ValueError where shapes differ.
    """
    edges, density = np.asarray(edges, dtype=float), np.asarray(density, dtype=float)
    if edges.shape != (density.size + 1,):
        raise ValueError(f"edges has shape {edges.shape}; {density.size} bins have {density.size + 1}")
    return table_of(
        [
            ("bar", {"x": edges[:-1], "x2": edges[1:], "y": density, "zero": 0.0}),
            ("band", {"x": 0.0, "x2": 1.0, "low": low, "high": high}),
            ("promise", {"x": np.array(UNIT), "y": np.ones(2)}),
        ],
        NUMBERS,
    )


@lru_cache(maxsize=64)
def pit_spec(scheme: str, y_domain: Domain, *, title: str = TITLE, extent: int = SMALLEST_EXTENT) -> Spec:
    """The chart for tables of ``pit_table``. Equal arguments give the very same dict, which is not to be changed."""
    return finished(_template(), scheme, title=title, x_domain=UNIT, y_domain=y_domain, extent=extent)


@lru_cache(maxsize=1)
def _template() -> Spec:
    base = alt.Chart().encode(x=x_axis("x"))

    def rows(name: str) -> alt.Chart:
        return base.transform_filter(f"datum.layer == '{name}'")

    told = [
        alt.Tooltip("x:Q", title="from", format=".2f"),
        alt.Tooltip("x2:Q", title="to", format=".2f"),
        alt.Tooltip("y:Q", title="density", format=".2f"),
    ]
    bars = rows("bar").mark_rect(color="@prediction", opacity=0.55, stroke="@background", clip=True)
    band = rows("band").mark_rect(color="@muted", opacity=0.28, clip=True)
    return template(
        bars.encode(x2="x2", y=y_axis("zero"), y2="y", tooltip=told),
        band.encode(x2="x2", y=y_axis("low"), y2="high"),
        promise(rows("promise")).encode(y=y_axis("y")),
        transform=[],
    )
