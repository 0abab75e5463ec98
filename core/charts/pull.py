"""Which points pull at the mean: effective weights over x and over training."""

import math
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .labels import Spot, on_a_clear_stretch, text_gap
from .marks import hover, rows, told, words
from .rows import Layer, table_of
from .spec import (
    SMALLEST_EXTENT,
    Domain,
    Spec,
    finished,
    log_ticks,
    log_y_axis,
    palette_of,
    slot,
    template,
    with_axis_names,
    x_axis,
    y_axis,
)

NUMBERS = ("x", "weight", "step", "strength", "last")
TEXTS = ("text", "side")
MAP_COLUMNS = ("layer", "x", "x2", "step", "step2", "weight")
MOST_MOMENTS = 4
TITLE = "Which points drive the mean, by x; 1 = all alike"
MAP_TITLE = "Which points drive the mean, by x and step; dark = almost none"


def pull_table(
    x: ArrayLike, steps: ArrayLike, weights: ArrayLike, *, weight_domain: Domain, height: float = 260.0
) -> pd.DataFrame:
    """The rows of the chart of effective weights, ``layer`` by ``layer``.

    ``weights`` are (moments, bins), of mean 1 at each moment, at the middles ``x`` (bins,) of the bins and at ``steps``
    (moments,), at most 4; the earlier, the fainter. Layers: "curve" (one row per moment and bin), "level" (weight 1)
    and "name" (the step, beside its line). Raises ValueError where shapes differ or moments are too many.
    """
    x, steps, weights = (np.asarray(values, dtype=float) for values in (x, steps, weights))
    if weights.shape != (steps.size, x.size) or steps.size > MOST_MOMENTS:
        raise ValueError(
            f"weights has shape {weights.shape}; {steps.size} steps (at most {MOST_MOMENTS}) and {x.size} places give "
            f"({steps.size}, {x.size})"
        )
    curves: list[Layer] = [
        ("curve", {"x": x, "weight": row, "step": step, "strength": strength, "last": float(step == steps[-1])})
        for row, step, strength in zip(weights, steps, strengths(steps.size), strict=True)
    ]
    names = _names(x, steps, weights, weight_domain, height)
    return table_of([*curves, ("level", {"weight": 1.0}), *names], NUMBERS, TEXTS)


def strengths(moments: int) -> np.ndarray:
    """Opacities, from faint to full."""
    return np.linspace(0.3, 1.0, moments) if moments > 1 else np.ones(moments)


def _names(x: np.ndarray, steps: np.ndarray, weights: np.ndarray, domain: Domain, height: float) -> list[Layer]:
    """The step of each visible line, where it is clear of the others; the last line first."""
    logs = (math.log10(domain[0]), math.log10(domain[1]))
    gap = text_gap(logs, height)
    with np.errstate(divide="ignore", invalid="ignore"):
        curves = np.log10(np.where(weights > 0, weights, np.nan))
    seen = [i for i in range(len(curves)) if _is_seen(curves[i], curves[i + 1 :], gap)][::-1]
    one = len(seen) == 1 and steps.size > 1
    spots: list[Spot] = []
    found: list[Layer] = []
    for i in seen:
        text = "at every step" if one else f"step {steps[i]:,.0f}"
        others = [np.zeros(x.size), *(curves[j] for j in seen if j != i)]
        spots.append(on_a_clear_stretch(text, x, curves[i], others, spots, logs, gap))
        place = {"x": spots[-1].x, "weight": 10.0 ** spots[-1].y, "side": spots[-1].side}
        found.append(("name", place | {"text": text, "strength": max(0.6, strengths(steps.size)[i])}))
    return found


def _is_seen(curve: np.ndarray, later: np.ndarray, gap: float) -> bool:
    """Whether a curve (bins,) has a finite point and no later one (moments, bins) lies all over it."""
    if not np.isfinite(curve).any():
        return False
    return not any(np.all(np.abs(other - curve)[np.isfinite(curve)] < 0.2 * gap) for other in later)


@lru_cache(maxsize=64)
def pull_spec(
    scheme: str,
    x_domain: Domain,
    weight_domain: Domain,
    *,
    x_label: str = "x",
    title: str = TITLE,
    extent: int = SMALLEST_EXTENT,
) -> Spec:
    """The chart for tables of ``pull_table`` with the same domains; weights, which are positive, are logarithmic.

    Losses side by side are charts with the same domains and different titles.
    """
    slots: dict[str, Any] = {"x_label": x_label, "axes": (x_label, "pull"), "y_values": log_ticks(weight_domain)}
    return finished(_template(), scheme, x_domain, weight_domain, title=title, extent=extent, **slots)


@lru_cache(maxsize=1)
def _template() -> Spec:
    x, y = x_axis("x"), log_y_axis("weight")
    # It has the colour of the residual term, because the pull comes from that term alone.
    lines = rows("curve", x).mark_line(color="@residual", clip=True, strokeWidth=2)
    level = rows("level").mark_rule(color="@zero", strokeWidth=1.5)
    tooltip = told("@x_format", x="@x_label") + told(".3~g", weight="pull") + told(",.0f", step="at step")
    last = alt.Chart().encode(x=x).transform_filter("datum.layer == 'curve' && datum.last == 1")
    return template(
        level.encode(y=y),
        lines.encode(y=y, opacity=alt.Opacity("strength:Q", scale=None), detail="step:N"),
        *words(rows("name", x), y, color="@residual", fontWeight=600),
        *hover(last, y, "@residual", tooltip),
    )


def pull_map_table(edges: ArrayLike, steps: ArrayLike, weights: ArrayLike) -> pd.DataFrame:
    """The rows of the map of effective weights: one rectangle per frame and bin, layer "cell", float32.

    ``weights`` (frames, bins), ``edges`` (bins + 1,), ``steps`` (frames,) rising; a frame reaches half-way to its
    neighbours. Bins without a weight are left out. Raises ValueError where shapes differ.
    """
    edges, steps, weights = (np.asarray(values, dtype=float) for values in (edges, steps, weights))
    if weights.shape != (steps.size, edges.size - 1):
        raise ValueError(
            f"weights has shape {weights.shape}; {steps.size} steps and {edges.size} edges give "
            f"({steps.size}, {edges.size - 1})"
        )
    between = (steps[1:] + steps[:-1]) / 2
    bounds = np.concatenate([steps[:1], between, steps[-1:]])
    kept = np.isfinite(weights) & (weights > 0)
    frame, place = np.nonzero(kept)
    cells = {
        "x": edges[place],
        "x2": edges[place + 1],
        "step": bounds[frame],
        "step2": bounds[frame + 1],
        "weight": weights[kept],
    }
    return table_of([("cell", cells)], MAP_COLUMNS[1:])


@lru_cache(maxsize=64)
def pull_map_spec(
    scheme: str,
    x_domain: Domain,
    step_domain: Domain,
    weight_domain: Domain,
    *,
    x_label: str = "x",
    title: str = MAP_TITLE,
    extent: int = SMALLEST_EXTENT,
) -> Spec:
    """The map for tables of ``pull_map_table``, x across and steps upwards.

    In both schemes dark is a weight far below 1, the colour of the residual term is half-way, and pale is above 1:
    where all points pull alike the map is light.
    """
    palette = palette_of(scheme)
    dark, pale = ("text", "background") if scheme == "light" else ("background", "text")
    spec = finished(
        _map_template(),
        scheme,
        x_domain,
        step_domain,
        title=title,
        axes=(x_label, "step"),
        title_offset={"expr": f"width < {round(7.3 * len(title)) + 220} ? 6 : -16"},
        extent=extent,
        x_label=x_label,
        weights=[weight_domain[0], math.sqrt(weight_domain[0]), weight_domain[1]],
        dark=palette[dark],
        pale=palette[pale],
        weight_ticks=[tick for tick in log_ticks(weight_domain) if f"{tick:e}".startswith("1.")],
    )
    return with_axis_names(spec)


@lru_cache(maxsize=1)
def _map_template() -> Spec:
    cell = rows("cell", x_axis("x")).mark_rect(clip=True, x2Offset=1, y2Offset=-1)
    scale = alt.Scale(
        type="log", domain=slot("weights"), range=["@dark", "@residual", "@pale"], interpolate="lab", clamp=True
    )
    legend = alt.Legend(
        orient="top", direction="horizontal", values=slot("weight_ticks"), format="~g", gradientThickness=8
    )
    color = alt.Color("weight:Q", scale=scale, legend=legend)
    tooltip = told("@x_format", x="@x_label") + told(",.0f", step="from step") + told(".3~g", weight="pull")
    return template(cell.encode(y=y_axis("step"), x2="x2", y2="step2", color=color, tooltip=tooltip))
