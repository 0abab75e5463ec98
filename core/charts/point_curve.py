"""The loss of one point as a curve in s, the second output, for a given residual: its two terms and its minimum."""

from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..words import number
from .labels import Spot, along, at_a_rule, on_a_clear_stretch, share, text_gap
from .marks import by_role, dots, hover, level, line, rows, told, words
from .rows import Array, Layer, curve_column, table_of
from .spec import SMALLEST_EXTENT, Domain, Spec, finished, template, x_axis

NAMES = {"residual": "residual term", "scale": "scale term", "loss": "loss"}
NUMBERS = ("s", "loss", "residual", "scale", "y")
TEXTS = ("role", "text", "side")
TITLE = "Loss of one point by s, nats"

Curves = dict[str, Array]


def point_table(
    s: ArrayLike,
    loss: ArrayLike,
    residual: ArrayLike | None = None,
    scale: ArrayLike | None = None,
    *,
    loss_domain: Domain,
    minimum: tuple[float, float] | None = None,
    meaning: str = "",
    height: float = 260.0,
) -> pd.DataFrame:
    """The rows of the chart of one point's loss, ``layer`` by ``layer``.

    ``loss`` and its terms have the shape of ``s``, (grid,), which rises evenly over the whole of the axis; a term that
    is None, zero, or all of the loss, is not drawn. ``minimum`` is (s, loss) where the loss is lowest, None where it
    has no minimum, and ``meaning`` what exp(s) is there, or why there is none, in words. Layers: "curve", "zero",
    "minimum" (a dot and a rule), "name" and "note". Raises ValueError where shapes differ.
    """
    s = np.asarray(s, dtype=float)
    curves: Curves = {"loss": curve_column(loss, s, "loss")}
    for name, values in (("residual", residual), ("scale", scale)):
        column = curve_column(values, s, name)
        if np.isfinite(column).any() and np.any(column) and not np.array_equal(column, curves["loss"], equal_nan=True):
            curves[name] = column
    gap = text_gap(loss_domain, height)
    layers: list[Layer] = [("curve", {"s": s, **curves}), ("zero", {"y": 0.0})]
    if minimum is not None:
        layers.append(("minimum", {"s": minimum[0], "y": minimum[1]}))
    notes = _note(s, curves, minimum, meaning, loss_domain, gap)
    return table_of([*layers, *notes, *_names(s, curves, loss_domain, gap)], NUMBERS, TEXTS)


def _note(
    s: Array, curves: Curves, minimum: tuple[float, float] | None, meaning: str, domain: Domain, gap: float
) -> list[Layer]:
    """The words for the minimum beside its rule; without a minimum only the meaning, at the right end."""
    at = float(s[-1]) if minimum is None else minimum[0]
    texts = [*([] if minimum is None else [f"lowest at s = {number(at)}"]), *([meaning] if meaning else [])]
    spots = at_a_rule(texts, at, s, list(curves.values()), domain, gap) if texts else []
    return [
        ("note", {"s": at, "y": spot.y, "text": text, "side": spot.side})
        for text, spot in zip(texts, spots, strict=True)
    ]


def _names(s: Array, curves: Curves, domain: Domain, gap: float) -> list[Layer]:
    """The name of each curve at its left or right end, where it is visible and farther from the others.

    If another name is already there, it goes to a clear part of its curve.
    """
    found: list[Layer] = []
    taken: dict[bool, list[Spot]] = {True: [], False: []}
    for name, values in curves.items():
        others = {other: levels for other, levels in curves.items() if other != name}
        at_left = _clearance(values, others, 0, domain) > _clearance(values, others, -1, domain)
        width = share(NAMES[name]) * (s[-1] - s[0])
        span = s <= s[0] + width if at_left else s >= s[-1] - width
        written = [np.full(int(span.sum()), before.y) for before in taken[at_left]]
        met = [np.zeros(int(span.sum())), *(levels[span] for levels in others.values()), *written]
        spot = along(s[span], values[span], met, domain, gap, above=values[0 if at_left else -1] >= 0)
        if any(abs(spot.y - before.y) < gap for before in taken[at_left]):
            rows = [np.zeros(s.size), *others.values()]
            seen = np.where((values >= domain[0]) & (values <= domain[1]), values, np.nan)
            if np.isfinite(seen).any():
                spot = on_a_clear_stretch(NAMES[name], s, seen, rows, taken[at_left], domain, gap)
        taken[at_left].append(spot)
        found.append(("name", {"s": spot.x, "y": spot.y, "role": name, "text": NAMES[name], "side": spot.side}))
    return found


def _clearance(values: Array, others: Curves, end: int, domain: Domain) -> float:
    """The distance of the end of the curve from the others; −1 if it ends outside the picture."""
    if not domain[0] <= values[end] <= domain[1]:
        return -1.0
    return min((abs(float(values[end] - levels[end])) for levels in others.values()), default=0.0)


@lru_cache(maxsize=64)
def point_spec(
    scheme: str,
    s_domain: Domain,
    loss_domain: Domain,
    *,
    terms: tuple[str, ...] = ("residual", "scale"),
    title: str = TITLE,
    extent: int = SMALLEST_EXTENT,
) -> Spec:
    """The chart for tables of ``point_table`` with the same domains; arguments as in ``terms_spec``."""
    return finished(_template(terms), scheme, s_domain, loss_domain, title=title, axes=("s", "loss"), extent=extent)


@lru_cache(maxsize=8)
def _template(terms: tuple[str, ...]) -> Spec:
    x = x_axis("s")
    curve, minimum = rows("curve", x), rows("minimum", x)
    role = by_role({name: f"@{name}" for name in NAMES})
    tooltip = told("@x_format", s="s") + told("@y_format", **{name: NAMES[name] for name in ("loss", *terms)})
    return template(
        level("zero", "y", "@zero"),
        minimum.mark_rule(color="@loss", strokeWidth=1, strokeDash=[2, 3], opacity=0.6, clip=True),
        line(curve, "residual", "@residual", 1.2),
        line(curve, "scale", "@scale", 1.2),
        line(curve, "loss", "@loss", 2.6),
        dots(minimum, "y", "@loss", 90),
        *words(rows("note", x), "y", color="@text"),
        *words(rows("name", x).encode(color=role), "y", fontWeight=600),
        *hover(curve, "loss", "@loss", tooltip),
    )
