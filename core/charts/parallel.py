"""Parallel coordinates: an upright axis for each setting and one for a score, and a line for each point of a sweep."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from .marks import haloed, rows
from .rows import table_of
from .spec import Names, Spec, finished, name_axis, template

NUMBERS = ("place", "strength", "line")
TEXTS = ("axis", "text")
UNIT = (-0.04, 1.04)  # from the lowest to the highest value of each axis, with room for half a letter
_Y = "between the lowest and the highest value"


def parallel_table(
    axes: Sequence[str],
    places: np.ndarray,
    texts: Sequence[Sequence[str]],
    strength: Sequence[float],
    ticks: Mapping[str, Sequence[tuple[float, str]]],
) -> pd.DataFrame:
    """The rows of a chart over these ``axes``.

    ``places`` (lines, axes) are from 0 to 1 on each axis, ``texts`` the values in words; ``strength`` (lines,) is 1 for
    the best line and 0 for the worst. ``ticks`` has places and words for each axis. Layers: "line" and "dot" (one row
    for each line and axis), "best" (the line with the highest strength), "axis" and "tick". Raises ValueError where
    shapes differ.
    """
    lines = len(texts)
    if places.shape != (lines, len(axes)) or len(strength) != lines:
        raise ValueError(f"{lines} lines over {len(axes)} axes have {places.shape} places, {len(strength)} strengths")
    strengths = np.asarray(strength, dtype=float)
    order = np.argsort(strengths)  # the best is drawn last, over the others
    columns: dict[str, np.ndarray] = {
        "line": np.repeat(order.astype(float), len(axes)),
        "axis": np.tile(np.array(axes, dtype=object), lines),
        "place": places[order].ravel().astype(float),
        "strength": np.repeat(strengths[order], len(axes)),
        "text": np.array([text for line in order for text in texts[line]], dtype=object),
    }
    best = columns["line"] == (order[-1] if lines else -1)
    marks = [(axis, place, text) for axis in axes for place, text in ticks[axis]]
    ticked = {
        "axis": np.array([axis for axis, _, _ in marks], dtype=object),
        "place": np.array([place for _, place, _ in marks], dtype=float),
        "text": np.array([text for _, _, text in marks], dtype=object),
    }
    upright = {"axis": np.repeat(np.array(axes, dtype=object), 2), "place": np.tile([0.0, 1.0], len(axes))}
    layers = [("line", columns), ("best", {name: values[best] for name, values in columns.items()})]
    return table_of([("axis", upright), *layers, ("dot", columns), ("tick", ticked)], NUMBERS, TEXTS)


@lru_cache(maxsize=64)
def parallel_spec(scheme: str, axes: Names, *, title: str) -> Spec:
    """The chart for tables of ``parallel_table`` over these axes, from the left."""
    return finished(_template(), scheme, axes, UNIT, title=title, axes=("setting", _Y))


@lru_cache(maxsize=1)
def _template() -> Spec:
    places = {
        "x": name_axis("axis"),
        "y": alt.Y("place:Q", axis=None, scale=alt.Scale(domain=list(UNIT), nice=False, zero=False)),
    }
    strength = alt.Opacity("strength:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0.06, 0.8], clamp=True))
    by_line = alt.Detail("line:N")
    upright = rows("axis").mark_line(color="@grid", strokeWidth=1.5, clip=True).encode(**places, detail="axis:N")
    line = rows("line").mark_line(color="@prediction", strokeWidth=1.5, clip=True)
    best = rows("best").mark_line(color="@residual", strokeWidth=3, clip=True)
    tooltip = [alt.Tooltip("axis:N", title="setting"), alt.Tooltip("text:N", title="value")]
    dot = rows("dot").mark_circle(color="@prediction", size=40, clip=True)
    tick = rows("tick").mark_text(color="@text", align="left", baseline="middle", dx=6)
    return template(
        upright,
        line.encode(**places, opacity=strength, detail=by_line),
        best.encode(**places, detail=by_line),
        dot.encode(**places, opacity=strength, tooltip=tooltip),
        *haloed(tick.encode(**places, text="text:N")),
    )
