"""The spread: predicted against true standard deviation over x."""

from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .film import FILM_STD, NO_FILM, film_columns, shown
from .marks import DASH, haloed, hover, line, rows, told
from .rows import curve_column, table_of
from .spec import SMALLEST_EXTENT, STD_NAME, Domain, Spec, finished, template, x_axis, y_axis

NUMBERS = ("x", "y", "truth", "previous", "point", "film")
_NOW = shown("y", FILM_STD, "now_std")  # the drawn curve: a frame of the film, or the values of the rows


def spread_table(
    grid: ArrayLike,
    std: ArrayLike | None,
    truth_std: ArrayLike | None = None,
    previous_std: ArrayLike | None = None,
    film: int | None = None,
    noise_std: ArrayLike | None = None,
    ignorance_std: ArrayLike | None = None,
) -> pd.DataFrame:
    """The rows of the spread chart, float32: one per point of the grid, ``layer`` "curve".

    All are standard deviations in the unit of y, shape (grid,); what is None, or NaN somewhere, is not drawn there.
    With several members the std has two parts: std² = noise² + ignorance².
    ``film`` as in ``fit_table``. Raises ValueError where shapes differ.
    """
    grid = np.asarray(grid, dtype=float)
    curve = {
        "x": grid,
        "y": curve_column(std, grid, "std"),
        "truth": curve_column(truth_std, grid, "truth_std"),
        "previous": curve_column(previous_std, grid, "previous_std"),
        **film_columns(grid.size, film),
    }
    if noise_std is None:
        return table_of([("curve", curve)], NUMBERS)
    curve["noise"] = curve_column(noise_std, grid, "noise_std")
    curve["ignorance"] = curve_column(ignorance_std, grid, "ignorance_std")
    return table_of([("curve", curve)], (*NUMBERS, "noise", "ignorance"))


@lru_cache(maxsize=256)
def spread_spec(
    scheme: str,
    x_domain: Domain,
    y_domain: Domain,
    *,
    x_label: str = "x",
    truth: bool = True,
    extent: int = SMALLEST_EXTENT,
    members: bool = False,
) -> Spec:
    """The spread chart for tables of ``spread_table``; arguments as in ``fit_spec``.

    The axis does not follow the run. Where the std is above it, an arrow at the top has the largest value beside it.
    """
    names = ["predicted", *(["noise dotted, ignorance purple"] if members else []), *(["true dashed"] if truth else [])]
    title = f"Standard deviation over {x_label}: {', '.join(names)}"
    ends: dict[str, Any] = {"top": str(y_domain[1]), "on_left": f"datum.x < {sum(x_domain) / 2}"}
    named = {**ends, "x_label": x_label, "axes": (x_label, STD_NAME)}
    return finished(_template(truth, members), scheme, x_domain, y_domain, title=title, extent=extent, **named)


@lru_cache(maxsize=4)
def _template(truth: bool, members: bool) -> Spec:
    curve = rows("curve", x_axis("x"))
    layers = [
        curve.mark_area(color="@prediction", opacity=0.14, clip=True).encode(y=y_axis("now_std")),
        line(curve, "previous", "@previous", 1.2),
        line(curve, "now_std", "@prediction", 2.2),
    ]
    tooltip = told("@x_format", x="@x_label") + told("@y_format", now_std="predicted std")
    if members:
        still = curve.transform_filter(NO_FILM)
        layers.append(still.mark_area(color="@epistemic", opacity=0.3, clip=True).encode(y=y_axis("ignorance")))
        layers.append(line(still, "ignorance", "@epistemic", 2.2))
        layers.append(line(still, "noise", "@prediction", 1.8, strokeDash=[1.5, 2.5]))
        tooltip += told("@y_format", noise="of it noise", ignorance="of it ignorance")
    if truth:
        layers.append(line(curve, "truth", "@truth", 1.8, strokeDash=DASH))
        tooltip += told("@y_format", truth="true σ")
    return template(*layers, *hover(curve, "now_std", "@prediction", tooltip), *_beyond(curve), transform=[_NOW])


def _beyond(curve: alt.Chart) -> list[alt.Chart]:
    """An arrow where the std is highest, if that is above the axis, and its value."""
    first = [alt.SortField("now_std", order="descending")]
    peak = (
        curve.transform_calculate(edge="@top", left="@on_left", text="'up to ' + format(datum.now_std, ',.3~r')")
        .transform_filter("datum.now_std > datum.edge")
        .transform_window([alt.WindowFieldDef(op="row_number", **{"as": "rank"})], sort=first)
        .transform_filter("datum.rank == 1")
    )
    at = y_axis("edge")
    arrow = peak.mark_point(shape="triangle-up", filled=True, size=90, opacity=1, color="@prediction", yOffset=6)
    style = {"align": alt.ExprRef("datum.left ? 'left' : 'right'"), "dx": alt.ExprRef("datum.left ? 9 : -9")}
    text = peak.mark_text(baseline="middle", dy=7, fontWeight="bold", color="@prediction", **style)
    return [arrow.encode(y=at), *haloed(text.encode(y=at, text="text:N"))]
