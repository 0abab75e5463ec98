"""The marks that charts share: lines, areas, levels, dots, words, and what the pointer shows.

They draw rows of one layer of a table. A y is the name of a field on ``y_axis``, or an axis of another kind.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from .spec import y_axis

DASH = [5, 3]  # of the truth, and of what a right model does


def rows(layer: str, x: alt.X | None = None) -> alt.Chart:
    """The rows of a layer, along ``x``."""
    found = alt.Chart().transform_filter(f"datum.layer == '{layer}'")
    return found if x is None else found.encode(x=x)


def _on(y: alt.Y | str) -> alt.Y:
    return y_axis(y) if isinstance(y, str) else y


def line(chart: alt.Chart, y: alt.Y | str, color: str, width: float, **style: Any) -> alt.Chart:
    """A line through the rows; ``style`` are more properties of the mark."""
    return chart.mark_line(color=color, strokeWidth=width, clip=True, **style).encode(y=_on(y))


def promise(chart: alt.Chart, y: alt.Y | str = "y") -> alt.Chart:
    """The line of a right model, dashed in the colour of the truth."""
    return line(chart, y, "@truth", 1.5, strokeDash=DASH)


def level(layer: str, y: alt.Y | str, color: str, width: float = 1.5, **style: Any) -> alt.Chart:
    """A horizontal line across the whole chart at the one row of a layer."""
    return rows(layer).mark_rule(color=color, strokeWidth=width, clip=True, **style).encode(y=_on(y))


def area(chart: alt.Chart, low: alt.Y | str, high: str, color: str, opacity: float) -> alt.Chart:
    """A band from one field to another."""
    return chart.mark_area(color=color, opacity=opacity, clip=True).encode(y=_on(low), y2=high)


def dots(chart: alt.Chart, y: alt.Y | str, color: str, size: Any, opacity: float = 1) -> alt.Chart:
    """A dot at each row; ``size`` is its area in square pixels."""
    return chart.mark_circle(color=color, size=size, opacity=opacity, clip=True).encode(y=_on(y))


def outliers(chart: alt.Chart, y: str, size: float) -> alt.Chart:
    """A triangle at each row, which points away: up where ``role`` is "above", down where it is "below"."""
    shapes = alt.Scale(domain=["above", "below"], range=["triangle-up", "triangle-down"])
    triangles = chart.mark_point(color="@warning", filled=True, size=size, opacity=1, clip=True)
    return triangles.encode(y=y_axis(y), shape=alt.Shape("role:N", scale=shapes, legend=None))


def words(chart: alt.Chart, y: alt.Y | str, **style: Any) -> list[alt.Chart]:
    """The field ``text`` beside the x of its row, haloed: left, right or centred, by the field ``side``."""
    away = alt.ExprRef("datum.side == 'left' ? 8 : datum.side == 'right' ? -6 : 0")
    text = chart.mark_text(baseline="middle", align=alt.ExprRef("datum.side"), dx=away, **style)
    return haloed(text.encode(text="text:N", y=_on(y)))


def haloed(text: alt.Chart) -> list[alt.Chart]:
    """``text`` over a copy of itself outlined in the background colour, so that lines behind it do not disturb."""
    halo = text.copy()
    halo.mark.stroke, halo.mark.strokeWidth, halo.mark.strokeJoin = "@background", 3, "round"
    return [halo, text]


def by_role(colors: Mapping[str, str]) -> alt.Color:
    """The colour of each value of the field ``role``."""
    return alt.Color("role:N", scale=alt.Scale(domain=list(colors), range=list(colors.values())), legend=None)


def told(form: str, **titles: str) -> list[alt.Tooltip]:
    """Entries of a tooltip: numbers of this format, by the names of their fields."""
    return [alt.Tooltip(f"{field}:Q", title=title, format=form) for field, title in titles.items()]


def hover(chart: alt.Chart, y: alt.Y | str, color: str, tooltip: Sequence[alt.Tooltip]) -> list[alt.Chart]:
    """A rule at the row nearest to the pointer along x, with a tooltip, and a dot on the curve ``y``."""
    rule, nearest = _pointed_at(chart.mark_rule(color="@zero", strokeWidth=1), ["x"], tooltip)
    return [rule, dots(chart.transform_filter(nearest), y, color, 45)]


def nearest_point(chart: alt.Chart, y: str, color: str, tooltip: Sequence[alt.Tooltip]) -> alt.Chart:
    """For scattered points: a ring around the one nearest to the pointer, with a tooltip."""
    ring = chart.mark_point(color=color, size=110, strokeWidth=1.8, filled=False, clip=True).encode(y=y_axis(y))
    return _pointed_at(ring, ["x", "y"], tooltip)[0]


def _pointed_at(
    mark: alt.Chart, encodings: list[Any], tooltip: Sequence[alt.Tooltip]
) -> tuple[alt.Chart, alt.Parameter]:
    """The mark with its tooltip, visible only at the row nearest to the pointer, and the selection of that row."""
    nearest = alt.selection_point(
        name="hover", nearest=True, on="pointermove", clear="pointerout", encodings=encodings, empty=False
    )
    seen = alt.condition(nearest, alt.value(1), alt.value(0))
    return mark.add_params(nearest).encode(opacity=seen, tooltip=list(tooltip)), nearest
