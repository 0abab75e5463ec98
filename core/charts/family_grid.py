"""The price of a wrong family: noise down, loss across, what theory says over what was measured."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.words import number

from .frame import SMALLEST_EXTENT, Domain, Names, Spec, finished, slot, template
from .rows import table_of

NUMBERS = ("theory", "measured", "price")
TEXTS = ("noise", "loss", "theory_text", "measured_text")
COLUMNS = ("layer", *NUMBERS, *TEXTS)
TITLE = "Price in nats per point: theory, under it measured"
UNKNOWN = "–"


def family_table(noise: Sequence[str], loss: Sequence[str], theory: ArrayLike, measured: ArrayLike) -> pd.DataFrame:
    """The rows of the grid, layer "cell": one for each pair of a ``noise`` and a ``loss``, all of one length.

    ``theory`` and ``measured`` are in nats per point, NaN where there is none, which stands as a dash. A cell is
    coloured by its ``price``: the measured one, or else the theory's. Raises ValueError where lengths differ.
    """
    known, found = np.asarray(theory, dtype=float), np.asarray(measured, dtype=float)
    if not (len(noise) == len(loss) == known.size == found.size):
        raise ValueError(f"the grid has {len(noise)} noises, {len(loss)} losses and {known.size}, {found.size} prices")
    columns = {
        "theory": known,
        "measured": found,
        "price": np.where(np.isfinite(found), found, known),
        "noise": np.array(noise, dtype=object),
        "loss": np.array(loss, dtype=object),
        "theory_text": _texts(known),
        "measured_text": _texts(found),
    }
    return table_of([("cell", columns)], NUMBERS, TEXTS)


def _texts(values: np.ndarray) -> np.ndarray:
    return np.array([UNKNOWN if np.isnan(value) else number(value, 2) for value in values], dtype=object)


@lru_cache(maxsize=64)
def family_spec(
    scheme: str,
    losses: Names,
    noises: Names,
    price_domain: Domain,
    *,
    title: str = TITLE,
    extent: int = SMALLEST_EXTENT,
) -> Spec:
    """The grid for tables of ``family_table``, the ``losses`` from the left and the ``noises`` from the top.

    ``price_domain`` goes from 0, no colour, to the price of the full one; ``extent`` is the pixels for the noises'
    names. Equal arguments give the very same dict, which is not to be changed.
    """
    return finished(
        _template(),
        scheme,
        title=title,
        x_domain=losses,
        y_domain=noises,
        extent=extent,
        price_domain=price_domain,
    )


@lru_cache(maxsize=1)
def _template() -> Spec:
    # A name of several words takes a line for each.
    plain = {"title": None, "domain": False, "ticks": False, "grid": False, "labelExpr": "split(datum.label, ' ')"}
    across = alt.Axis(**plain, orient="top", labelAngle=0, labelOverlap=False)
    down = alt.Axis(**plain, minExtent=slot("extent"), maxExtent=slot("extent"))
    cell = (
        alt.Chart()
        .transform_filter("datum.layer == 'cell'")
        .encode(
            x=alt.X("loss:N", axis=across, scale=alt.Scale(type="band", domain=slot("x_domain"), paddingInner=0.06)),
            y=alt.Y("noise:N", axis=down, scale=alt.Scale(type="band", domain=slot("y_domain"), paddingInner=0.06)),
        )
    )
    # By opacity and not by a second colour, so that the text can be read on every cell in both schemes.
    strength = alt.Opacity(
        "price:Q", legend=None, scale=alt.Scale(domain=slot("price_domain"), range=[0.04, 0.5], clamp=True)
    )
    tooltip = [
        alt.Tooltip("noise:N", title="noise"),
        alt.Tooltip("loss:N", title="loss"),
        alt.Tooltip("theory:Q", title="theory", format=",.4f"),
        alt.Tooltip("measured:Q", title="measured", format=",.4f"),
    ]
    return template(
        cell.mark_rect(color="@warning", clip=True).encode(opacity=strength, tooltip=tooltip),
        cell.mark_text(color="@text", dy=-8, fontWeight=600, baseline="middle").encode(text="theory_text:N"),
        cell.mark_text(color="@text", dy=8, baseline="middle").encode(text="measured_text:N"),
        transform=[],
    )
