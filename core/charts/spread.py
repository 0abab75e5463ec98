"""The spread: predicted against true standard deviation over x."""

from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .film import FILM_STD, film_columns, shown
from .marks import DASH, hover, line, rows, told
from .rows import curve_column, table_of
from .spec import SMALLEST_EXTENT, Domain, Spec, finished, template, x_axis, y_axis

NUMBERS = ("x", "y", "truth", "previous", "point", "film")
_NOW = shown("y", FILM_STD, "now_std")  # the drawn curve: a frame of the film, or the values of the rows


def spread_table(
    grid: ArrayLike,
    std: ArrayLike | None,
    truth_std: ArrayLike | None = None,
    previous_std: ArrayLike | None = None,
    film: int | None = None,
) -> pd.DataFrame:
    """The rows of the spread chart, float32: one per point of the grid, ``layer`` "curve".

    All are standard deviations in the unit of y, shape (grid,); what is None, or NaN somewhere, is not drawn there.
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
    return table_of([("curve", curve)], NUMBERS)


@lru_cache(maxsize=64)
def spread_spec(
    scheme: str,
    x_domain: Domain,
    y_domain: Domain,
    *,
    x_label: str = "x",
    truth: bool = True,
    extent: int = SMALLEST_EXTENT,
) -> Spec:
    """The spread chart for tables of ``spread_table``; arguments as in ``fit_spec``."""
    title = f"Spread over {x_label}: predicted std" + (", true σ dashed" if truth else "")
    return finished(_template(truth), scheme, x_domain, y_domain, title=title, extent=extent, x_label=x_label)


@lru_cache(maxsize=2)
def _template(truth: bool) -> Spec:
    curve = rows("curve", x_axis("x"))
    layers = [
        curve.mark_area(color="@prediction", opacity=0.14, clip=True).encode(y=y_axis("now_std")),
        line(curve, "previous", "@previous", 1.2),
        line(curve, "now_std", "@prediction", 2.2),
    ]
    tooltip = told("@x_format", x="@x_label") + told("@y_format", now_std="predicted std")
    if truth:
        layers.append(line(curve, "truth", "@truth", 1.8, strokeDash=DASH))
        tooltip += told("@y_format", truth="true σ")
    return template(*layers, *hover(curve, "now_std", "@prediction", tooltip), transform=[_NOW])
