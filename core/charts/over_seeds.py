"""One score of several variants over seeds: a dot for each seed, and the mean with its interval."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from .frame import Domain, Spec, finished, haloed, template, value_format, written, x_axis
from .rows import Layer, table_of

NUMBERS = ("x", "x2", "row", "seed")
TEXTS = ("text", "side")
COLUMNS = ("layer", *NUMBERS, *TEXTS)
ROW_HEIGHT = 44  # pixels of the page that a variant takes


def over_seeds_table(
    values: Mapping[str, Sequence[float | None]],
    intervals: Mapping[str, tuple[float | None, float | None, float | None]],
    *,
    x_domain: Domain,
) -> pd.DataFrame:
    """The rows of the chart: ``values`` by seed and the (mean, low, high) of each variant, the first one on top.

    Layers: "seed" (a dot), "mean" (its interval from x to x2), "middle" (the mean) and "name". What is None is not
    drawn, and counted in the name.
    """
    layers: list[Layer] = []
    for row, (name, found) in enumerate(values.items()):
        known = np.array([np.nan if value is None else value for value in found], dtype=float)
        mean, low, high = intervals[name]
        seeds = {"x": known, "row": float(row), "seed": np.arange(known.size, dtype=float)}
        layers.append(("seed", seeds))
        if mean is not None:
            layers.append(("middle", {"x": mean, "row": float(row)}))
        if low is not None and high is not None:
            layers.append(("mean", {"x": low, "x2": high, "row": float(row)}))
        lost = int(np.isnan(known).sum())
        text = f"{name} ({lost} without a value)" if lost else name
        layers.append(("name", {"x": x_domain[0], "row": row - 0.36, "text": text, "side": "left"}))
    return table_of(layers, NUMBERS, TEXTS)


@lru_cache(maxsize=64)
def over_seeds_spec(scheme: str, x_domain: Domain, variants: int, *, title: str) -> Spec:
    """The chart for tables of ``over_seeds_table`` with as many variants. Equal arguments give the very same dict."""
    return finished(
        _template(),
        scheme,
        title=title,
        x_domain=x_domain,
        y_domain=(variants - 0.6, -0.7),
        x_format=value_format(x_domain),
    )


@lru_cache(maxsize=1)
def _template() -> Spec:
    scale = alt.Scale(domain=alt.ExprRef("@y_domain"), nice=False, zero=False)
    base = alt.Chart().encode(x=x_axis("x"), y=alt.Y("row:Q", axis=None, scale=scale))

    def rows(name: str) -> alt.Chart:
        return base.transform_filter(f"datum.layer == '{name}'")

    told = [alt.Tooltip("seed:Q", title="seed"), alt.Tooltip("x:Q", title="value", format="@x_format")]
    return template(
        rows("mean").mark_rule(color="@prediction", strokeWidth=7, opacity=0.35, clip=True).encode(x2="x2"),
        rows("middle").mark_tick(color="@prediction", thickness=3, size=18, orient="vertical", clip=True),
        rows("seed").mark_circle(color="@data", size=38, opacity=0.9, clip=True).encode(tooltip=told),
        *haloed(written(rows("name"), color="@text")),
        transform=[],
    )
