"""The losses of somebody's training log: training and validation loss, zero, the lowest place, and σ as they imply."""

import math
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..words import number
from .domains import nice
from .labels import Label, place, share, text_gap
from .marks import by_role, hover, level, line, rows, told, words
from .rows import Array, Layer, evenly, table_of
from .spec import SMALLEST_EXTENT, STD_NAME, Domain, Spec, finished, template, x_axis, y_axis

MOST_ROWS = 300  # of a line
NUMBERS = ("x", "training", "validation", "std", "y")
TEXTS = ("text", "role", "side")
NAMES = {"training": "training", "validation": "validation"}
TITLE = "Loss by epoch"
_COLOURS = {"training": "@loss", "validation": "@prediction"}
Line = tuple[ArrayLike, ArrayLike]  # positions and values, each (n,)


def log_table(
    training: Line | None,
    validation: Line | None,
    *,
    x_domain: Domain,
    loss_domain: Domain,
    std: ArrayLike | None = None,
    height: float = 300.0,
) -> pd.DataFrame:
    """The rows of the chart of a log, ``layer`` by ``layer``; one of the two lines may be None.

    Values that are not finite are gaps. Of more than MOST_ROWS values those are drawn that are lowest and highest in
    each stretch, so that no spike is lost. ``std`` is the σ that each value of the validation loss implies, or of the
    training loss where that is alone; NaN where it has none. Layers: "training", "validation", "zero", "told" (what the
    pointer shows, at the places of the line that is judged), "best" (a dot), "name" and "note". Raises ValueError for a
    line whose positions and values are not of one length, or without a finite value in either.
    """
    lines = {name: _line(name, pair) for name, pair in (("training", training), ("validation", validation)) if pair}
    if not any(np.isfinite(values).any() for _, values in lines.values()):
        raise ValueError("a log has no finite value to draw")
    judged = "validation" if "validation" in lines and np.isfinite(lines["validation"][1]).any() else "training"
    layers: list[Layer] = [("zero", {"y": 0.0})]
    for name, (x, values) in lines.items():
        kept = _peaks(values)
        layers.append((name, {"x": x[kept], name: values[kept]}))
    layers += _told(lines, judged, std)
    return table_of([*layers, *_writing(lines, judged, x_domain, loss_domain, height)], NUMBERS, TEXTS, kind=np.float64)


def _line(name: str, pair: Line) -> tuple[Array, Array]:
    x, values = (np.asarray(each, dtype=float) for each in pair)
    if x.shape != values.shape or x.ndim != 1:
        raise ValueError(f"{name} has values of shape {values.shape} at positions of shape {x.shape}")
    return x, np.where(np.isfinite(values), values, np.nan)


def _peaks(values: Array) -> np.ndarray:
    """The indices of at most MOST_ROWS values: the lowest and the highest of each stretch, the first and the last."""
    if values.size <= MOST_ROWS:
        return np.arange(values.size)
    kept = {0, values.size - 1}
    for part in np.array_split(np.arange(values.size), MOST_ROWS // 2 - 1):
        finite = part[np.isfinite(values[part])]
        if finite.size:
            kept |= {int(finite[np.argmin(values[finite])]), int(finite[np.argmax(values[finite])])}
    return np.array(sorted(kept))


def _told(lines: dict[str, tuple[Array, Array]], judged: str, std: ArrayLike | None) -> list[Layer]:
    """What the pointer shows: the losses and σ at the places of the judged line that have a value."""
    x, values = lines[judged]
    kept = _peaks(values)
    kept = kept[np.isfinite(values[kept])]
    shown: dict[str, Array] = {"x": x[kept], "y": values[kept], judged: values[kept]}
    for other, (at, levels) in lines.items():
        finite = np.isfinite(levels)
        if other != judged and finite.any():
            shown[other] = np.interp(x[kept], at[finite], levels[finite], left=np.nan, right=np.nan)
    if std is not None:
        implied = np.asarray(std, dtype=float)
        if implied.shape != values.shape:
            raise ValueError(f"std has shape {implied.shape}; the {judged} loss has shape {values.shape}")
        shown["std"] = implied[kept]
    return [("told", shown)]


def _writing(
    lines: dict[str, tuple[Array, Array]], judged: str, x_domain: Domain, loss_domain: Domain, height: float
) -> list[Layer]:
    """The dot where the judged loss is lowest, its words, and the names at the ends of the lines."""
    gap, width = text_gap(loss_domain, height), x_domain[1] - x_domain[0]
    x, values = lines[judged]
    lowest = int(np.nanargmin(values))
    at, best = float(x[lowest]), float(values[lowest])
    text = f"lowest {number(best)}"
    side = "left" if at < x_domain[0] + width / 2 else "right"
    reach = share(text) * width
    low, high = (at, at + reach) if side == "left" else (at - reach, at)
    (y,) = place([Label(best, above=False)], _covered(lines, low, high), loss_domain, gap)
    found: list[Layer] = [
        ("best", {"x": at, "y": best, "role": judged}),
        ("note", {"x": at, "y": y, "text": text, "side": side, "role": judged}),
    ]
    finite = {name: np.flatnonzero(np.isfinite(levels)) for name, (_, levels) in lines.items()}
    ends = {name: (lines[name][0][rows[-1]], lines[name][1][rows[-1]]) for name, rows in finite.items() if rows.size}
    top = max(level for _, level in ends.values())
    labels = [Label(float(level), above=len(ends) == 1 or level == top) for _, level in ends.values()]
    taken = [(y - gap / 2, y + gap / 2), *_covered(lines, x_domain[1] - 0.3 * width, x_domain[1])]
    heights = place(labels, taken, loss_domain, gap)
    for name, spot in zip(ends, heights, strict=True):
        side = "right" if ends[name][0] > x_domain[0] + 0.4 * width else "left"
        found.append(("name", {"x": ends[name][0], "y": spot, "text": NAMES[name], "side": side, "role": name}))
    return found


def _covered(lines: dict[str, tuple[Array, Array]], low: float, high: float) -> list[tuple[float, float]]:
    parts = [values[(x >= low) & (x <= high) & np.isfinite(values)] for x, values in lines.values()]
    return [(float(part.min()), float(part.max())) for part in parts if part.size]


def log_domain(*lines: ArrayLike) -> Domain:
    """The domain of the loss: zero, the lowest value, and what is not far above all but a twentieth of the values."""
    values = np.concatenate([np.ravel(np.asarray(each, dtype=float)) for each in lines])
    values = values[np.isfinite(values)]
    if not values.size:
        raise ValueError("a log has no finite value to draw")
    low, usual, high = float(values.min()), float(np.quantile(values, 0.95)), float(values.max())
    high = min(high, low + 3 * (usual - low)) if usual > low else high
    margin = 0.08 * (max(high, 0.0) - min(low, 0.0) or 1.0)
    return nice(min(low - margin, 0.0), max(high, 0.0), count=7)


@lru_cache(maxsize=64)
def log_spec(
    scheme: str,
    x_domain: Domain,
    loss_domain: Domain,
    *,
    x_name: str = "epoch",
    title: str = TITLE,
    extent: int = SMALLEST_EXTENT,
    shown: tuple[str, ...] = ("training", "validation", "std"),
) -> Spec:
    """The chart for tables of ``log_table`` with the same domains. ``shown`` is what the pointer tells beside x.

    The axis is never logarithmic, because a loss may be negative.
    """
    return finished(
        _template(x_name, shown), scheme, x_domain, loss_domain, title=title, axes=(x_name, "loss"), extent=extent
    )


@lru_cache(maxsize=32)
def _template(x_name: str, shown: tuple[str, ...]) -> Spec:
    x = x_axis("x")
    role = by_role(_COLOURS)
    titles = {name: f"{name} loss" for name in NAMES}
    tooltip = [alt.Tooltip("x:Q", title=x_name, format=",~r")]
    for field in shown:
        tooltip += told(".3~g", std="σ implied") if field == "std" else told("@y_format", **{field: titles[field]})
    return template(
        level("zero", "y", "@zero"),
        line(rows("training", x), "training", "@loss", 1.8),
        line(rows("validation", x), "validation", "@prediction", 2.2),
        rows("best", x).mark_circle(size=80, opacity=1, clip=True).encode(y=y_axis("y"), color=role),
        *words(rows("note", x).encode(color=role), "y"),
        *words(rows("name", x).encode(color=role), "y", fontWeight=600),
        *hover(rows("told", x), "y", "@loss", tooltip),
    )


def log_std_table(x: ArrayLike, std: ArrayLike) -> pd.DataFrame:
    """The rows of the chart of the σ that each value implies: layer "std", at most MOST_ROWS; NaN is a gap."""
    x, std = np.asarray(x, dtype=float), np.asarray(std, dtype=float)
    kept = evenly(x.size, MOST_ROWS)
    return table_of([("std", {"x": x[kept], "std": std[kept]})], ("x", "std"), kind=np.float64)


def std_domain(std: ArrayLike) -> Domain:
    """From zero to what is not far above all but a twentieth of the σ."""
    values = np.asarray(std, dtype=float)
    values = values[np.isfinite(values)]
    top = min(float(values.max()), 2 * float(np.quantile(values, 0.95))) if values.size else 1.0
    return nice(0.0, top if top > 0 and math.isfinite(top) else 1.0, count=4)


@lru_cache(maxsize=64)
def log_std_spec(
    scheme: str,
    x_domain: Domain,
    std_domain: Domain,
    *,
    x_name: str = "epoch",
    title: str = "σ that each loss implies",
    extent: int = SMALLEST_EXTENT,
) -> Spec:
    """The chart for tables of ``log_std_table``: σ in the unit of y, from zero."""
    return finished(
        _std_template(x_name), scheme, x_domain, std_domain, title=title, axes=(x_name, STD_NAME), extent=extent
    )


@lru_cache(maxsize=8)
def _std_template(x_name: str) -> Spec:
    curve = rows("std", x_axis("x"))
    tooltip = [alt.Tooltip("x:Q", title=x_name, format=",~r"), *told(".3~g", std="σ implied")]
    return template(line(curve, "std", "@prediction", 2.0), *hover(curve, "std", "@prediction", tooltip))
