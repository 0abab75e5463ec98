"""How many points the interval holds in each group, beside what is promised."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .domains import nice
from .marks import DASH, by_role, haloed, rows, told
from .rows import of_one_shape, table_of
from .spec import Domain, Names, Spec, finished, slot, template, x_axis

NUMBERS = ("covered", "low", "high", "promised")
TEXTS = ("group", "role", "text")
ROW_HEIGHT = 34  # pixels of a group
_NAME, _DOT = -9, 6  # pixels from the middle of a row


def groups_domain(low: ArrayLike, high: ArrayLike, level: float) -> Domain:
    """An axis of shares with round ends that holds all intervals and the promised level; it ends at 1."""
    lowest = float(np.min(np.append(np.asarray(low, dtype=float), level)))
    return (max(0.0, nice(lowest, 1.0)[0]), 1.0)


def groups_table(
    names: Sequence[str], covered: ArrayLike, low: ArrayLike, high: ArrayLike, marked: Sequence[bool], *, level: float
) -> pd.DataFrame:
    """The rows of the chart, float32, ``layer`` by ``layer``: "group", "name" and "promise".

    ``covered`` (groups,) is the share of each group's points inside their interval, ``low`` to ``high`` its interval,
    and ``level`` what is promised. Raises ValueError where lengths differ.
    """
    share, least, most, differs = of_one_shape(covered=covered, low=low, high=high, marked=np.array(marked, float))
    groups = np.array(names, dtype=object)
    if groups.shape != share.shape:
        raise ValueError(f"{groups.size} names have {share.size} shares")
    role = np.where(differs > 0, "differs", "alike")
    return table_of(
        [
            ("group", {"group": groups, "covered": share, "low": least, "high": most, "role": role}),
            ("name", {"group": groups, "text": groups}),
            ("promise", {"promised": np.array([level])}),
        ],
        NUMBERS,
        TEXTS,
    )


@lru_cache(maxsize=64)
def groups_spec(scheme: str, names: Names, domain: Domain, *, title: str) -> Spec:
    """The chart for tables of ``groups_table``, the groups from the top; a row takes ROW_HEIGHT pixels."""
    return finished(_template(), scheme, domain, names, title=title, axes=("share inside the interval", "group"))


@lru_cache(maxsize=1)
def _template() -> Spec:
    y = alt.Y("group:N", axis=None, scale=alt.Scale(type="band", domain=slot("y_domain")))
    group, name = rows("group").encode(y=y), rows("name").encode(y=y)
    colors = {"alike": "@prediction", "differs": "@residual"}
    tooltip = [alt.Tooltip("group:N", title="group"), *told(".1%", covered="inside", low="exact 95 % from", high="to")]
    interval = group.mark_rule(strokeWidth=4, opacity=0.45, yOffset=_DOT, clip=True)
    alike = group.transform_filter("datum.role == 'alike'").mark_circle(size=90, opacity=1, yOffset=_DOT, clip=True)
    differs = group.transform_filter("datum.role == 'differs'").mark_point(
        filled=True, size=90, opacity=1, yOffset=_DOT, clip=True, shape="triangle-up"
    )
    promised = rows("promise").mark_rule(color="@truth", strokeDash=DASH, strokeWidth=1.4)
    text = name.mark_text(color="@text", align="left", baseline="middle", x=0, dy=_NAME)
    return template(
        promised.encode(x=x_axis("promised")),
        interval.encode(x=x_axis("low"), x2="high", color=by_role(colors), tooltip=tooltip),
        *(mark.encode(x=x_axis("covered"), color=by_role(colors)) for mark in (alike, differs)),
        *haloed(text.encode(text="text:N")),
    )


def groups_seen(
    names: Sequence[str], covered: Sequence[float], low: Sequence[float], high: Sequence[float], level: float
) -> str:
    """What is seen: the groups with the smallest and largest share inside, and how many intervals miss the level."""
    order = sorted(range(len(names)), key=lambda i: covered[i])
    ends = [f"{names[i]}, {100 * covered[i]:.1f} %" for i in (order[0], order[-1])]
    off = sum(not least <= level <= most for least, most in zip(low, high, strict=True))
    return f"Lowest: {ends[0]}; highest: {ends[1]}. {off} of {len(names)} intervals miss {100 * level:g} %."
