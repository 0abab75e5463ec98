"""The price of a wrong family as a grid of noises (rows) and losses (columns): by theory and as measured."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from ..words import number
from .marks import rows
from .rows import table_of
from .spec import Domain, Names, Spec, axis_extent, finished, slot, template, with_axis_names

NUMBERS = ("theory", "measured", "price")
TEXTS = ("noise", "loss", "theory_text", "measured_text")
TITLE = "Gap to the truth, nats per point: theory, below it measured"
BREAK = "'\\n'"
# Vega counts lines downwards from the first: two lines are centred if the first one ends in the middle.
MIDDLE = {"condition": {"test": f"indexof(datum.value, {BREAK}) >= 0", "value": "bottom"}, "value": "middle"}
UNKNOWN = "–"


def family_table(
    noise: Sequence[str],
    loss: Sequence[str],
    theory: Sequence[float],
    measured: Sequence[float | None],
    *,
    words: Sequence[str] | None = None,
    own: tuple[str, str] | None = None,
) -> pd.DataFrame:
    """The rows of the grid, layer "cell": one for each pair of a ``noise`` and a ``loss``, all of one length.

    ``theory`` and ``measured`` are in nats per point; None or NaN is shown as a dash. A cell is coloured by its
    ``price``, the measured one if there is one, else that of theory. ``words`` are the text for the measured one, in
    one or two lines; without them it is the number. Layer "own" is the cell with a frame, (noise, loss), if any.
    Raises ValueError where lengths differ.
    """
    known, found = np.asarray(theory, dtype=float), np.asarray(measured, dtype=float)
    if not (len(noise) == len(loss) == known.size == found.size):
        raise ValueError(f"the grid has {len(noise)} noises, {len(loss)} losses and {known.size}, {found.size} prices")
    columns = {
        "theory": known,
        "measured": found,
        "price": np.where(np.isfinite(found), found, known),
        "noise": np.array([in_two_lines(name) for name in noise], dtype=object),
        "loss": np.array([in_two_lines(name) for name in loss], dtype=object),
        "theory_text": _texts(known),
        "measured_text": _texts(found) if words is None else np.array(list(words), dtype=object),
    }
    framed = np.array([pair == own for pair in zip(noise, loss, strict=True)], dtype=bool)
    return table_of([("cell", columns), ("own", {name: columns[name][framed] for name in columns})], NUMBERS, TEXTS)


def in_two_lines(name: str) -> str:
    """A name broken at the space that leaves the shortest lines, so that a row of names fits on a phone."""
    spaces = [i for i, letter in enumerate(name) if letter == " "]
    at = min(spaces, key=lambda i: max(i, len(name) - i), default=None)
    return name if at is None else f"{name[:at]}\n{name[at + 1 :]}"


def _texts(values: np.ndarray) -> np.ndarray:
    return np.array([UNKNOWN if np.isnan(value) else number(value) for value in values], dtype=object)


@lru_cache(maxsize=64)
def family_spec(scheme: str, losses: Names, noises: Names, price_domain: Domain) -> Spec:
    """The grid for tables of ``family_table``, the ``losses`` from the left and the ``noises`` from the top.

    ``price_domain`` goes from 0, no colour, to the price of the full one.
    """
    across, down = (tuple(map(in_two_lines, names)) for names in (losses, noises))
    prices, extent = list(price_domain), axis_extent(down)
    axes = ("loss", "true noise")
    spec = finished(_template(), scheme, across, down, title=TITLE, axes=axes, extent=extent, price_domain=prices)
    return with_axis_names(spec)


@lru_cache(maxsize=1)
def _template() -> Spec:
    plain = {"title": None, "domain": False, "ticks": False, "grid": False, "labelExpr": f"split(datum.label, {BREAK})"}
    across = alt.Axis(**plain, labelAngle=0, labelOverlap=False)
    down = alt.Axis(**plain, minExtent=slot("extent"), maxExtent=slot("extent"), labelBaseline=MIDDLE)
    places = {
        "x": alt.X("loss:N", axis=across, scale=alt.Scale(type="band", domain=slot("x_domain"), paddingInner=0.06)),
        "y": alt.Y("noise:N", axis=down, scale=alt.Scale(type="band", domain=slot("y_domain"), paddingInner=0.06)),
    }
    cell, own = (rows(name).encode(**places) for name in ("cell", "own"))
    # By opacity and not by a second colour, so that the text can be read on every cell in both schemes.
    strength = alt.Opacity(
        "price:Q", legend=None, scale=alt.Scale(domain=slot("price_domain"), range=[0.04, 0.5], clamp=True)
    )
    titles = {"noise": "noise", "loss": "loss", "theory_text": "theory", "measured_text": "measured"}
    tooltip = [alt.Tooltip(f"{field}:N", title=title) for field, title in titles.items()]
    return template(
        cell.mark_rect(color="@warning", clip=True).encode(opacity=strength, tooltip=tooltip),
        own.mark_rect(filled=False, stroke="@prediction", strokeWidth=2.5, clip=True),
        cell.mark_text(color="@text", dy=-16, fontWeight=600, baseline="middle").encode(text="theory_text:N"),
        cell.mark_text(color="@text", lineBreak="\n", baseline="middle").encode(text="measured_text:N"),
    )
