"""The loss by step, taken apart: its terms as areas that stack up and down from zero, and the floor as a band."""

import math
from collections.abc import Mapping
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from ..evaluation.loss_parts import final_loss
from ..words import number
from .labels import Label, place, text_gap
from .marks import DASH, by_role, hover, level, line, rows, told, words
from .rows import Layer, table_of
from .series import Arrays, course, covered, thinned
from .spec import SMALLEST_EXTENT, Domain, Spec, finished, template, x_axis, y_axis

TERMS = ("residual", "regulariser", "scale")  # the order in which they stack up from zero; downwards it is reversed
NAMES = {"residual": "residual term", "regulariser": "regulariser", "scale": "scale term", "loss": "loss"}
NUMBERS = ("step", "loss", *TERMS, "smooth_loss", "low", "high", "part")
TEXTS = ("role", "text", "side")
TITLE = "The loss and its terms by step, nats per point"


def terms_table(
    history: pd.DataFrame,
    *,
    step_domain: Domain,
    loss_domain: Domain,
    floor: Domain | None = None,
    height: float = 380.0,
    names: Mapping[str, str] = NAMES,
) -> pd.DataFrame:
    """The rows of the chart of terms, ``layer`` by ``layer``.

    ``history`` has the columns step and loss, and may have residual, scale and regulariser, which add up to the loss.
    Positive terms stack up from zero, negative ones down from it, so that the loss is the height of one pile minus the
    depth of the other. ``floor`` is the band (low, high) of the mean loss of a perfect model. Smoothing,
    thinning and ``height`` as in ``loss_table``; ``names`` say what the loss and its terms are called.

    Layers: "area" (low to high, of ``role``; ``part`` tells areas apart), "history", "zero", "band" and "floor" (its
    middle), "name" (of a term or the loss, with its value at the end) and "note" (the floor's words).
    """
    run = course(history, step_domain, ("loss", *TERMS))
    drawn = thinned(run)
    known = floor is not None and all(math.isfinite(edge) for edge in floor)
    band = floor if known else None
    layers: list[Layer] = [*_areas(drawn), ("history", drawn), ("zero", {"low": 0.0})]
    if band is not None:
        layers += [("band", {"low": band[0], "high": band[1]}), ("floor", {"low": sum(band) / 2})]
    gap = text_gap(loss_domain, height)
    layers += _writing(run, band, step_domain, loss_domain, gap, names)
    return table_of(layers, NUMBERS, TEXTS)


def _areas(run: Arrays) -> list[Layer]:
    """An area for each term on each side of zero where it has values."""
    areas: list[Layer] = []
    for side, order in ((1.0, TERMS), (-1.0, TERMS[::-1])):
        base = np.zeros(run["step"].shape)
        for term in order:
            extent = side * np.maximum(side * np.nan_to_num(run[f"smooth_{term}"]), 0.0)
            if extent.any():
                part = {"step": run["step"], "low": base, "high": base + extent, "role": term}
                areas.append(("area", part | {"part": float(len(areas))}))
            base = base + extent
    return areas


def _writing(
    run: Arrays, floor: Domain | None, step_domain: Domain, loss_domain: Domain, gap: float, names: Mapping[str, str]
) -> list[Layer]:
    """The words of the floor on the left half, and the final value of each term and the loss on the right."""
    levels = [(0.0, 0.0)] if floor is None else [(0.0, 0.0), floor]
    width = step_domain[1] - step_domain[0]
    found: list[Layer] = []
    if floor is not None:
        at = step_domain[0] + 0.25 * width
        lines = levels + covered(run, ("loss",), at, at + 0.35 * width)
        (y,) = place([Label(sum(floor) / 2, above=False)], lines, loss_domain, gap)
        text = f"floor {number(sum(floor) / 2)} ± {number((floor[1] - floor[0]) / 2)}"
        found.append(("note", {"step": at, "low": y, "text": text, "side": "left"}))
    if not run["step"].size:
        return found
    ends = {term: final_loss(run[term]) for term in (*TERMS, "loss")}
    known = {term: end for term, end in ends.items() if end is not None and (term == "loss" or run[term].any())}
    tops = _edges(known)
    labels = [Label(tops[term], above=term == "loss" or tops[term] >= 0) for term in known]
    at = float(run["step"][-1])
    beside = at + 0.45 * width <= step_domain[1]
    if not beside:
        levels += [*covered(run, ("loss",), at - 0.4 * width, at), *((top, top) for top in tops.values())]
    heights = place(labels, levels, loss_domain, gap)
    side = "left" if beside else "right"
    return found + [
        ("name", {"step": at, "low": y, "role": term, "text": f"{names[term]} {number(known[term])}", "side": side})
        for term, y in zip(known, heights, strict=True)
    ]


def _edges(ends: dict[str, float]) -> dict[str, float]:
    """The outer edge of the area of each term at the end, and the loss."""
    edges = {}
    for side, order in ((1.0, TERMS), (-1.0, TERMS[::-1])):
        base = 0.0
        for term in order:
            if side * ends.get(term, 0.0) > 0:
                base += ends[term]
                edges[term] = base
    return {term: edges.get(term, 0.0) for term in ends} | {"loss": ends["loss"]}


@lru_cache(maxsize=64)
def terms_spec(
    scheme: str,
    step_domain: Domain,
    loss_domain: Domain,
    *,
    terms: tuple[str, ...] = ("residual", "scale"),
    title: str = TITLE,
    extent: int = SMALLEST_EXTENT,
) -> Spec:
    """The chart for tables of ``terms_table`` with the same domains; ``title`` has the unit.

    ``terms`` are those that the loss has; the tooltip shows them.
    """
    return finished(
        _template(terms), scheme, step_domain, loss_domain, title=title, axes=("step", "loss"), extent=extent
    )


@lru_cache(maxsize=8)
def _template(terms: tuple[str, ...]) -> Spec:
    x, y = x_axis("step"), y_axis("low")
    role = by_role({"residual": "@residual", "regulariser": "@muted", "scale": "@scale", "loss": "@loss"})
    history = rows("history", x)
    areas = rows("area", x).mark_area(opacity=0.35, clip=True, line={"strokeWidth": 1.2})
    band = rows("band").mark_rect(color="@truth", opacity=0.16, clip=True)
    tooltip = [alt.Tooltip("step:Q", format=",.0f")]
    tooltip += told("@y_format", **{term: NAMES[term] for term in ("loss", *terms)})
    return template(
        areas.encode(y=y_axis("high"), y2="low", color=role, detail="part:N"),
        level("zero", y, "@zero"),
        band.encode(y=y, y2="high"),
        level("floor", y, "@truth", strokeDash=DASH),
        line(history, "smooth_loss", "@loss", 2.6),
        *words(rows("note", x), y, color="@muted"),
        *words(rows("name", x).encode(color=role), y, fontWeight=600),
        *hover(history, "smooth_loss", "@loss", tooltip),
    )
