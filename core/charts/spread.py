"""The spread: predicted against true standard deviation over x."""

from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .film import FILM_STD, film_columns, shown
from .fit import curve_column
from .spec import SMALLEST_EXTENT, Domain, Spec, finished, hover, template, value_format, x_axis, y_axis


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
    columns = {
        "x": grid,
        "y": curve_column(std, grid, "std"),
        "truth": curve_column(truth_std, grid, "truth_std"),
        "previous": curve_column(previous_std, grid, "previous_std"),
        **film_columns(grid.size, film),
    }
    return pd.DataFrame(
        {
            "layer": ["curve"] * grid.size,
            **{name: values.astype(np.float32) for name, values in columns.items()},
        }
    )


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
    """The spread chart for tables of ``spread_table``; arguments and caching as in ``fit_spec``."""
    return finished(
        _template(truth),
        scheme,
        title=f"Spread over {x_label}: predicted std" + (", true σ dashed" if truth else ""),
        x_domain=x_domain,
        y_domain=y_domain,
        extent=extent,
        x_label=x_label,
        x_format=value_format(x_domain),
        y_format=value_format(y_domain),
    )


@lru_cache(maxsize=2)
def _template(truth: bool) -> Spec:
    curve = alt.Chart().encode(x=x_axis("x")).transform_filter("datum.layer == 'curve'")

    def line(field: str, color: str, width: float, **style: Any) -> alt.Chart:
        return curve.mark_line(color=color, strokeWidth=width, clip=True, **style).encode(y=y_axis(field))

    area = curve.mark_area(color="@prediction", opacity=0.14, clip=True).encode(y=y_axis("now_std"))
    layers = [area, line("previous", "@previous", 1.2), line("now_std", "@prediction", 2.2)]
    tooltip = [
        alt.Tooltip("x:Q", title="@x_label", format="@x_format"),
        alt.Tooltip("now_std:Q", title="predicted std", format="@y_format"),
    ]
    if truth:
        layers.append(line("truth", "@truth", 1.8, strokeDash=[5, 3]))
        tooltip.append(alt.Tooltip("truth:Q", title="true σ", format="@y_format"))
    now = shown("y", FILM_STD, "now_std")
    return template(*layers, *hover(curve, "now_std", "@prediction", tooltip), transform=[now])
