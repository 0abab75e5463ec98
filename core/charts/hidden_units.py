"""The drawn net: small curves of what the units compute over x, joined by lines as wide as their weights.

Layers stand from left to right, and at the right the outputs. A line is the weight · std of a unit into the next one;
its colour says whether it adds or subtracts. While the film is away from its end, curves and lines are those of the
frame (`NetFilm`, as text in the value of ``SCREEN``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .film import NO_RUN
from .marks import DASH, haloed, rows
from .rows import Array, Layer, table_of
from .spec import Domain, Spec, finished, template

SCREEN, EVENT = "html", "net"  # where the text of a frame of this drawing is, as in `core.charts.film`
NARROW = 560  # pixels of width below which only the last layer and the outputs are drawn
NUMBERS = ("x", "y", "x2", "y2", "value", "index", "film")
TEXTS = ("text", "role", "unit")
STEPS, FULL = 100, 150  # whole numbers of a curve's height, and the largest of a lead, in hundredths of the widest
COLUMN = 8  # cells above each other
_CELL, _LINES, _LAST_LINES, _OUTPUT = 1.0, 0.75, 1.1, 3.0  # widths relative to a cell: cells, the gaps, an output
_MARGIN = 0.12  # of a cell's height, between cells
_PAD = 0.1  # of the height of a cell, above and below its curve


@dataclass(frozen=True)
class Column:
    """A drawn layer for the chart: its title, and for each unit its name; curves and leads as in `LayerUnits`."""

    title: str
    names: Sequence[str]
    curves: Array
    leads: Array


@dataclass(frozen=True)
class Outputs:
    """The outputs for the chart: names, curves (frames, outputs, points), the axis of each, and the truth of each."""

    names: Sequence[str]
    curves: Array
    domains: Sequence[Domain]
    truths: Sequence[Array | None]


@dataclass(frozen=True, eq=False)
class NetFilm:
    """The frames of the drawing as whole numbers: heights of curves (frames, n), leads (frames, m)."""

    run: int
    steps: list[int]
    heights: NDArray[np.uint8]
    leads: NDArray[np.int16]


@dataclass(frozen=True)
class _Cell:
    """The place of a small curve in the drawing: from the lower left, both axes from 0 to 1."""

    x: float
    y: float
    width: float
    height: float

    @property
    def entry(self) -> tuple[float, float]:
        """Where lines come in."""
        return self.x, self.y + self.height / 2

    @property
    def exit(self) -> tuple[float, float]:
        """Where lines go out."""
        return self.x + self.width, self.y + self.height / 2


def net_drawing(
    columns: Sequence[Column], outputs: Outputs, *, run: int, steps: Sequence[int]
) -> tuple[pd.DataFrame, NetFilm | None, float]:
    """The rows of the drawing at the last frame, its film if there are several, and where the last layer begins.

    Rows: "cell" (the ground of a small curve), "curve", "truth" (of an output), "lead" (a line) and "title".
    """
    places, begins = _places([len(column.names) for column in columns], len(outputs.names))
    heights = [_of_units(column.curves) for column in columns]
    heights.append(_of_outputs(outputs))
    leads = [_of_leads(column.leads, apart=column is columns[-1]) for column in columns]
    marked = float(run) if len(steps) > 1 else np.nan
    layers: list[Layer] = _lead_rows(places, leads, marked)
    layers += _cell_rows(places, [column.names for column in columns] + [outputs.names])
    layers += _curve_rows(places, heights, outputs, marked)
    layers += _titles(places, [column.title for column in columns], outputs.names)
    film = None
    if len(steps) > 1:
        flat = np.concatenate([part.reshape(len(steps), -1) for part in heights], axis=1)
        led = np.concatenate([part.reshape(len(steps), -1) for part in leads], axis=1)
        film = NetFilm(run, list(steps), flat.astype(np.uint8), led.astype(np.int16))
    return table_of(layers, NUMBERS, TEXTS), film, begins


def _places(units: Sequence[int], outputs: int) -> tuple[list[list[_Cell]], float]:
    """The cells of each column, and the x at which those of the last layer begin."""
    blocks = [-(-count // COLUMN) for count in units]  # cells beside each other
    widths = [blocks[i] * _CELL + (_LAST_LINES if i + 1 == len(units) else _LINES) for i in range(len(units))]
    whole, at, found, begins = sum(widths) + _OUTPUT, 0.0, [], 0.0
    for count, block, width in zip(units, blocks, widths, strict=True):
        high = -(-count // block)
        begins = at / whole
        found.append(
            [
                _cell((at + (k % block) * _CELL) / whole, k // block, high, 0.9 * _CELL / whole, top=1.0)
                for k in range(count)
            ]
        )
        at += width
    found.append([_cell(at / whole, k, outputs, _OUTPUT / whole, top=1.0) for k in range(outputs)])
    return found, begins


def _cell(x: float, row: int, of: int, width: float, *, top: float) -> _Cell:
    height = top / of
    inner = height - _MARGIN / COLUMN
    return _Cell(x, top - (row + 1) * height, width, inner)


def _of_units(curves: Array) -> Array:
    """Heights in whole numbers: zero is in the middle, and the largest value of a unit in any frame at an edge."""
    largest = np.abs(curves).max(axis=(0, 2), keepdims=True)
    scaled = curves / np.where(largest > 0, largest, 1.0)
    return np.round(STEPS * (0.5 + 0.5 * np.nan_to_num(scaled)))


def _of_outputs(outputs: Outputs) -> Array:
    lows, highs = np.array(outputs.domains, dtype=float).T
    scaled = (outputs.curves - lows[:, None]) / (highs - lows)[:, None]
    return np.round(STEPS * np.clip(np.nan_to_num(scaled, posinf=1.0, neginf=0.0), 0.0, 1.0))


def _of_leads(leads: Array, *, apart: bool) -> Array:
    """Leads in whole numbers: a hundred is the widest at the last frame, into each output if `apart`, else into any."""
    widest = np.abs(leads[-1]).max(axis=0 if apart else None, keepdims=True)
    scaled = np.nan_to_num(leads / np.where(widest > 0, widest, 1.0))
    return np.clip(np.round(100 * scaled), -FULL, FULL)


def _lead_rows(places: list[list[_Cell]], leads: Sequence[Array], film: float) -> list[Layer]:
    starts, ends, last = [], [], []
    for before, after, found in zip(places, places[1:], leads, strict=False):
        for i, j in np.ndindex(found.shape[1:]):
            starts.append(before[i].exit)
            ends.append(after[j].entry)
            last.append(found[-1, i, j] / 100)
    index = np.arange(len(last))
    (x, y), (x2, y2) = np.array(starts).T, np.array(ends).T
    return [("lead", {"x": x, "y": y, "x2": x2, "y2": y2, "value": last, "index": index, "film": film})]


def _cell_rows(places: list[list[_Cell]], names: Sequence[Sequence[str]]) -> list[Layer]:
    cells = [cell for column in places for cell in column]
    columns = {
        "x": [cell.x for cell in cells],
        "y": [cell.y for cell in cells],
        "x2": [cell.x + cell.width for cell in cells],
        "y2": [cell.y + cell.height for cell in cells],
        "text": np.array([name for column in names for name in column], dtype=object),
    }
    return [("cell", columns)]


def _curve_rows(places: list[list[_Cell]], heights: Sequence[Array], outputs: Outputs, film: float) -> list[Layer]:
    """A row for each point of each curve: where its cell begins and how high it is, and how high the curve is in it."""
    layers: list[Layer] = []
    start, unit = 0, 0
    for place, (column, found) in enumerate(zip(places, heights, strict=True)):
        role = "output" if place + 1 == len(places) else "unit"
        points = found.shape[2]
        along = np.linspace(0, 1, points)
        for k, cell in enumerate(column):
            base = {"x": cell.x + cell.width * along, "film": film, "role": role, "unit": str(unit)}
            inner = {"y": cell.y + _PAD * cell.height, "y2": (1 - 2 * _PAD) * cell.height}
            layers.append(
                (
                    "curve",
                    {**base, **inner, "value": found[-1, k] / STEPS, "index": start + k * points + np.arange(points)},
                )
            )
            if role == "output" and (truth := outputs.truths[k]) is not None:
                low, high = outputs.domains[k]
                layers.append(("truth", {**base, **inner, "film": np.nan, "value": (truth - low) / (high - low)}))
            unit += 1
        start += found[0].size
    return layers


def _titles(places: list[list[_Cell]], titles: Sequence[str], outputs: Sequence[str]) -> list[Layer]:
    layers: list[Layer] = [
        ("title", {"x": column[0].x, "y": 1.0, "text": title}) for column, title in zip(places, titles, strict=False)
    ]
    return layers + [
        ("title", {"x": cell.x + 0.01, "y": cell.y + cell.height - 0.005, "text": name, "role": "inside"})
        for cell, name in zip(places[-1], outputs, strict=True)
    ]


_PARAMS: list[Spec] = [
    {"name": "net", "value": "", "bind": {"element": SCREEN, "event": EVENT}},
    {"name": "net_parts", "expr": "net ? split(net, ';') : []"},
    {"name": "net_run", "expr": f"net ? toNumber(net_parts[0]) : {NO_RUN}"},
    {"name": "net_heights", "expr": "net ? split(net_parts[1], ' ') : []"},
    {"name": "net_leads", "expr": "net ? split(net_parts[2], ' ') : []"},
]
_FILMED = f"toNumber(datum.layer == 'lead' ? net_leads[datum.index] : net_heights[datum.index]) / {STEPS}"


@lru_cache(maxsize=64)
def net_spec(scheme: str, begins: float, *, title: str) -> Spec:
    """The drawing for tables of ``net_drawing``; ``begins`` is where the last layer does."""
    slots: dict[str, Any] = {f"across{end}": _across(f"datum.x{end}", begins) for end in ("", "2")}
    spec = finished(_template(), scheme, (0.0, 1.0), (0.0, 1.0), title=title, **slots)
    return spec | {"params": [*_PARAMS, *spec["params"]]}


def _across(x: str, begins: float) -> str:
    return f"width < {NARROW} ? ({x} - {begins:.6g}) / {1 - begins:.6g} : {x}"


@lru_cache(maxsize=1)
def _template() -> Spec:
    free = {"nice": False, "zero": False}
    x = alt.X("across:Q", axis=None, scale=alt.Scale(domain=[0, 1], **free))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, 1.06], **free))
    height = alt.Y("height:Q", axis=None, scale=alt.Scale(domain=[0, 1.06], **free))
    sign = alt.condition("datum.now >= 0", alt.value("@prediction"), alt.value("@residual"))
    lead = rows("lead", x).mark_rule(
        clip=True,
        strokeWidth=alt.ExprRef("0.4 + 2.8 * abs(datum.now)"),
        opacity=alt.ExprRef("min(0.8, 0.04 + 0.8 * abs(datum.now))"),
    )
    cells = rows("cell", x).mark_rect(color="@background", stroke="@grid", clip=True)
    curve = rows("curve", x).encode(detail="unit:N", y=height)
    units, outputs = (curve.transform_filter(f"datum.role == '{role}'") for role in ("unit", "output"))
    truth = rows("truth", x).encode(detail="unit:N", y=height)
    titles = rows("title", x).transform_filter("datum.across > -0.001").encode(y=y, text="text:N")
    above, inside = (titles.transform_filter(f"datum.role {sign} 'inside'") for sign in ("!=", "=="))
    style = {"align": "left", "fontSize": 11}
    return template(
        lead.encode(y=y, x2="across2:Q", y2="y2:Q", color=sign),
        cells.encode(y=y, x2="across2:Q", y2="y2:Q", tooltip=alt.Tooltip("text:N", title="unit")),
        units.mark_line(color="@text", strokeWidth=1.2, clip=True),
        outputs.mark_line(color="@prediction", strokeWidth=2.2, clip=True),
        truth.mark_line(color="@truth", strokeWidth=1.5, strokeDash=DASH, clip=True),
        above.mark_text(color="@muted", baseline="bottom", dy=-3, **style),
        *haloed(inside.mark_text(color="@muted", baseline="top", **style)),
        transform=[
            {"calculate": f"datum.film == net_run ? {_FILMED} : datum.value", "as": "now"},
            {"calculate": "@across", "as": "across"},
            {"calculate": "@across2", "as": "across2"},
            {"calculate": "datum.y + datum.y2 * datum.now", "as": "height"},
        ],
    )
