"""The loss by step: recorded and smoothed, its two terms, its floor, and where it turns negative."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from ..evaluation.loss_parts import final_loss
from ..words import number
from .film import REACHED
from .labels import Label, Range, place, text_gap
from .marks import DASH, by_role, dots, hover, level, line, rows, told, words
from .rows import Layer, table_of
from .series import Arrays, course, covered, lasting_crossing, thinned
from .spec import SMALLEST_EXTENT, Domain, Spec, finished, template, x_axis

TERMS = ("loss", "residual", "scale")
NUMBERS = ("step", *TERMS, "smooth_loss", "smooth_residual", "smooth_scale", "y", "film")
TEXTS = ("text", "role", "side")
TITLE = "Loss by step, nats per point"
NAMES = {"loss": "loss", "residual": "residual term", "scale": "scale term"}
_NAME_WIDTH = 0.28  # relative to the chart on a phone
_NOTE_WIDTH = 0.42


def loss_table(
    history: pd.DataFrame,
    *,
    step_domain: Domain,
    loss_domain: Domain,
    floor: float | None = None,
    previous: pd.DataFrame | None = None,
    height: float = 380.0,
    film: int | None = None,
) -> pd.DataFrame:
    """The rows of the loss chart, ``layer`` by ``layer``.

    ``history`` and ``previous`` have the columns step and loss, and may have residual and scale, per point. Rows
    without a finite loss are left out, a value of a term that is not finite is a gap in its line, and a term without
    any finite value is not drawn; nor is a residual term that equals the loss. Lines are smoothed over 4 % of
    ``step_domain``; the columns loss, residual and scale hold the values as recorded. ``height`` of the plot, in
    pixels, decides how far apart names are written. ``film`` is the number of the run whose film may be shown (see
    ``core.charts.film``): its history, crossing and names are then drawn up to the step of the film.

    Layers: "history" (the run), "previous" (its loss, smoothed), "zero" and "floor" (a level y), "crossing" (a dot),
    "name" (its role's name, where the line ends) and "note" (the words at the floor and at the dot).
    """
    run = _course(history, step_domain)
    mark = np.nan if film is None else float(film)
    earlier = {} if previous is None else thinned(_course(previous, step_domain))
    drawn = thinned(run | {"film": np.full(run["step"].shape, mark)})
    layers: list[Layer] = [
        ("previous", {name: earlier[name] for name in ("step", "smooth_loss") if name in earlier}),
        ("history", drawn),
        ("zero", {"y": 0.0}),
        *_writing(run, floor, step_domain, loss_domain, height, mark),
    ]
    return table_of(layers, NUMBERS, TEXTS, kind=np.float64)


def _course(history: pd.DataFrame, step_domain: Domain) -> Arrays:
    """The course of the run; a residual term that equals the loss is left out, because the loss would hide it."""
    sole = "residual" in history and np.array_equal(history["residual"], history["loss"])
    return course(history.drop(columns="residual") if sole else history, step_domain, TERMS)


@dataclass(frozen=True)
class _Picture:
    """What is needed to place text on the chart: its edges, its lines, and the height of a text."""

    start: float
    width: float
    loss_domain: Domain
    gap: float
    run: Arrays
    levels: list[Range]

    def heights(self, labels: list[Label], low: float, high: float) -> list[float]:
        """Where to write labels that reach from step ``low`` to ``high``."""
        return place(labels, self.levels + covered(self.run, TERMS, low, high), self.loss_domain, self.gap)


def _writing(
    run: Arrays, floor: float | None, step_domain: Domain, loss_domain: Domain, height: float, film: float
) -> list[Layer]:
    """The floor with its words; marked for the film, the dot with its words and the names at the ends of lines."""
    floor = floor if floor is not None and math.isfinite(floor) else None
    picture = _Picture(
        start=step_domain[0],
        width=step_domain[1] - step_domain[0],
        loss_domain=loss_domain,
        gap=text_gap(loss_domain, height),
        run=run,
        levels=[(level, level) for level in (0.0, floor) if level is not None],
    )
    level, crossing = _floor(picture, floor), _crossing(picture)
    notes = [row["y"] for layer, row in level + crossing if layer == "note"]
    written = [(y - picture.gap / 2, y + picture.gap / 2) for y in notes]
    names = _names(replace(picture, levels=picture.levels + written))
    return level + [(layer, {**row, "film": film}) for layer, row in crossing + names]


def _floor(picture: _Picture, floor: float | None) -> list[Layer]:
    if floor is None:
        return []
    at = picture.start + 0.3 * picture.width
    (y,) = picture.heights([Label(floor, above=False)], at, at + _NAME_WIDTH * picture.width)
    note = {"step": at, "y": y, "text": f"floor {number(floor)}", "side": "left"}
    return [("floor", {"y": floor}), ("note", note)]


def _crossing(picture: _Picture) -> list[Layer]:
    crossing = lasting_crossing(picture.run["step"], picture.run["smooth_loss"])
    if crossing is None:
        return []
    at, reach = crossing.at, _NOTE_WIDTH * picture.width
    side = "left" if at < picture.start + picture.width / 2 else "right"
    (y,) = picture.heights([Label(0.0)], *((at, at + reach) if side == "left" else (at - reach, at)))
    since = "the start" if crossing.from_start else f"step {int(crossing.step):,}"
    note = {"step": at, "y": y, "text": f"below zero from {since}", "side": side}
    return [("crossing", {"step": at, "y": 0.0}), ("note", note)]


def _names(picture: _Picture) -> list[Layer]:
    """The name of each line: after its end if there is room to the right, else above or below it."""
    run = picture.run
    if not run["step"].size:
        return []
    at = float(run["step"][-1])
    beside = at + _NAME_WIDTH * picture.width <= picture.start + picture.width
    ends = {term: float(run[f"smooth_{term}"][-1]) for term in TERMS}
    ends = {term: level for term, level in ends.items() if math.isfinite(level)}
    lowest = min(ends.values())
    labels = [Label(level, above=len(ends) == 1 or level > lowest, beside=beside) for level in ends.values()]
    reach = (math.inf, math.inf) if beside else (at - _NAME_WIDTH * picture.width, at)
    names = NAMES | {"loss": f"loss {number(final_loss(run['loss']) or 0.0)}"}
    side = "left" if beside else "right"
    return [
        ("name", {"step": at, "y": y, "text": names[term], "role": term, "side": side})
        for term, y in zip(ends, picture.heights(labels, *reach), strict=True)
    ]


@lru_cache(maxsize=256)
def loss_spec(
    scheme: str, step_domain: Domain, loss_domain: Domain, *, title: str = TITLE, extent: int = SMALLEST_EXTENT
) -> Spec:
    """The loss chart for tables of ``loss_table`` with the same domains; ``title`` has the unit.

    The axis is never logarithmic, because a loss may be negative.
    """
    return finished(_template(), scheme, step_domain, loss_domain, title=title, axes=("step", "loss"), extent=extent)


@lru_cache(maxsize=1)
def _template() -> Spec:
    x = x_axis("step")
    history = rows("history", x)
    role = by_role({term: f"@{term}" for term in TERMS})
    return template(
        level("zero", "y", "@zero"),
        line(rows("previous", x), "smooth_loss", "@previous", 1.2),
        line(history, "loss", "@loss", 0.8, opacity=0.3),
        level("floor", "y", "@truth", strokeDash=DASH),
        line(history, "smooth_residual", "@residual", 2.0),
        line(history, "smooth_scale", "@scale", 2.0),
        line(history, "smooth_loss", "@loss", 2.6),
        dots(rows("crossing", x), "y", "@loss", 60),
        *words(rows("note", x), "y", color="@muted"),
        *words(rows("name", x).encode(color=role), "y", fontWeight=600),
        *hover(history, "smooth_loss", "@loss", [alt.Tooltip("step:Q", format=",.0f"), *told("@y_format", **NAMES)]),
        transform=[REACHED],
    )
