"""A grid of two settings: each cell has a number, and a deeper colour the better it is."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from .marks import rows
from .rows import table_of
from .spec import Names, Spec, axis_extent, finished, slot, template, with_axis_names

NUMBERS = ("strength",)
TEXTS = ("across", "down", "text", "runs")
MOST_COLUMNS_WITH_TEXT = 9  # with more the numbers would overlap on a phone; the pointer still tells them


def heatmap_table(
    across: Sequence[str], down: Sequence[str], strength: Sequence[float], text: Sequence[str], runs: Sequence[str]
) -> pd.DataFrame:
    """The rows of the grid: one for each cell, all of one length.

    ``strength`` is 1 for the best cell and 0 for the worst, NaN for one without a number; ``text`` is its number in
    words, and ``runs`` how many runs it is of. Layer "cell" has all cells, "text" those whose number is written.
    Raises ValueError where lengths differ.
    """
    lengths = {len(values) for values in (across, down, strength, text, runs)}
    if len(lengths) > 1:
        raise ValueError(f"the columns of a heat map have unlike lengths, {sorted(lengths)}")
    named = {"across": across, "down": down, "text": text, "runs": runs}
    columns: dict[str, object] = {name: np.array(list(values), dtype=object) for name, values in named.items()}
    columns["strength"] = np.asarray(strength, dtype=float)
    layers = ("cell", "text") if len(set(across)) <= MOST_COLUMNS_WITH_TEXT else ("cell",)
    return table_of([(layer, columns) for layer in layers], NUMBERS, TEXTS)


@lru_cache(maxsize=64)
def heatmap_spec(scheme: str, across: Names, down: Names, *, title: str, axes: tuple[str, str]) -> Spec:
    """The grid for tables of ``heatmap_table``: names from the left and from the top, and what they are values of."""
    spec = finished(_template(), scheme, across, down, title=title, axes=axes, extent=axis_extent(down))
    return with_axis_names(spec)


@lru_cache(maxsize=1)
def _template() -> Spec:
    plain = {"title": None, "domain": False, "ticks": False, "grid": False, "labelLimit": 150}
    across = alt.Axis(**plain, labelAngle=0, labelOverlap="parity")
    down = alt.Axis(**plain, minExtent=slot("extent"), maxExtent=slot("extent"))
    places = {
        "x": alt.X("across:N", axis=across, scale=alt.Scale(type="band", domain=slot("x_domain"), paddingInner=0.04)),
        "y": alt.Y("down:N", axis=down, scale=alt.Scale(type="band", domain=slot("y_domain"), paddingInner=0.06)),
    }
    # By opacity and not by a second colour, so that the text can be read on every cell in both schemes.
    opacity = alt.Opacity("strength:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0.04, 0.55], clamp=True))
    titles = {"across": "across", "down": "down", "text": "median", "runs": "runs"}
    tooltip = [alt.Tooltip(f"{field}:N", title=title) for field, title in titles.items()]
    cell = rows("cell").mark_rect(color="@prediction", clip=True)
    text = rows("text").mark_text(color="@text", baseline="middle")
    return template(
        cell.encode(**places, opacity=opacity, tooltip=tooltip),
        text.encode(**places, text="text:N"),
    )
