"""How a residual pulls at the second output of a net, at several predicted spreads: the later, the stronger drawn."""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .labels import Spot, on_a_clear_stretch, text_gap
from .marks import hover, level, rows, told, words
from .pull import strengths
from .rows import Array, Layer, table_of
from .spec import SMALLEST_EXTENT, Domain, Spec, finished, template, x_axis, y_axis

NUMBERS = ("residual", "pull", "scale", "strength", "last")
TEXTS = ("text", "side")
TITLE = "Push on s by |r|/σ; above 0, s grows"


def head_table(
    residuals: ArrayLike, scales: ArrayLike, pulls: ArrayLike, *, pull_domain: Domain, height: float = 260.0
) -> pd.DataFrame:
    """The rows of the chart, ``layer`` by ``layer``.

    ``pulls`` are (scales, residuals), −∂loss/∂s. Layers: "curve" (a row per scale and residual), "zero" and "name" (the
    scale, beside its line). Raises ValueError where shapes differ.
    """
    residuals, scales, pulls = (np.asarray(values, dtype=float) for values in (residuals, scales, pulls))
    if pulls.shape != (scales.size, residuals.size):
        raise ValueError(f"pulls has shape {pulls.shape}; scales and residuals give ({scales.size}, {residuals.size})")
    curves: list[Layer] = [
        ("curve", {"residual": residuals, "pull": row, "scale": scale, "strength": strength, "last": last})
        for row, scale, strength, last in zip(
            pulls, scales, strengths(scales.size), scales == scales.max(), strict=True
        )
    ]
    names = _names(residuals, scales, pulls, pull_domain, height)
    return table_of([*curves, ("zero", {"pull": 0.0}), *names], NUMBERS, TEXTS)


def _names(residuals: Array, scales: Array, pulls: Array, domain: Domain, height: float) -> list[Layer]:
    """The scale of each line, where it is clear of the others; lines that lie over one another have one name."""
    gap = text_gap(domain, height)
    inside = np.where((pulls >= domain[0]) & (pulls <= domain[1]), pulls, np.nan)
    groups: list[list[int]] = []
    for i in range(scales.size):
        same = [group for group in groups if np.nanmax(np.abs(inside[group[0]] - inside[i])) < 0.5 * gap]
        same[0].append(i) if same else groups.append([i])
    spots: list[Spot] = []
    found: list[Layer] = []
    for group in reversed(groups):
        text = "at every σ" if len(group) == scales.size else "σ = " + ", ".join(f"{scales[i]:g}" for i in group)
        others = [np.zeros(residuals.size), *(inside[other[0]] for other in groups if other is not group)]
        spots.append(on_a_clear_stretch(text, residuals, inside[group[0]], others, spots, domain, gap))
        place = {"residual": spots[-1].x, "pull": spots[-1].y, "side": spots[-1].side, "text": text}
        found.append(("name", place | {"strength": max(0.6, strengths(scales.size)[group[-1]])}))
    return found


@lru_cache(maxsize=64)
def head_spec(
    scheme: str,
    residual_domain: Domain,
    pull_domain: Domain,
    *,
    title: str = TITLE,
    extent: int = SMALLEST_EXTENT,
) -> Spec:
    """The chart for tables of ``head_table`` with the same domains."""
    return finished(
        _template(), scheme, residual_domain, pull_domain, title=title, axes=("|r|/σ", "pull"), extent=extent
    )


@lru_cache(maxsize=1)
def _template() -> Spec:
    x, y = x_axis("residual"), y_axis("pull")
    # It has the colour of the scale term, because s is what makes the spread.
    lines = rows("curve", x).mark_line(color="@scale", clip=True, strokeWidth=2)
    tooltip = told(".2f", residual="|r|/σ") + told("@y_format", pull="pull") + told(".3~g", scale="σ")
    last = alt.Chart().encode(x=x).transform_filter("datum.layer == 'curve' && datum.last == 1")
    return template(
        level("zero", y, "@zero"),
        lines.encode(y=y, opacity=alt.Opacity("strength:Q", scale=None), detail="scale:N"),
        *words(rows("name", x), y, color="@scale", fontWeight=600),
        *hover(last, y, "@scale", tooltip),
    )
