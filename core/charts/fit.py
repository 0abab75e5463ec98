"""The fit: data, truth, predicted mean and its band over x."""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .film import FILM_MEAN, FILM_STD, film_columns, shown
from .spec import (
    SMALLEST_EXTENT,
    Domain,
    Spec,
    finished,
    hover,
    slot,
    template,
    value_format,
    x_axis,
    y_axis,
)

MOST_POINTS = 500
BAND_STDS = 2.0
MEAN_NAME = f"predicted mean ± {BAND_STDS:.0f} std"
TRUTH_NAME = "truth"
PREVIOUS_NAME = "previous run"
_LEGEND_HEIGHT = 14  # pixels by which the title moves down into the row of the legend
# The drawn curve: a frame of the film, or the values of the rows.
_NOW = (
    shown("y", FILM_MEAN, "now_mean"),
    shown("std", FILM_STD, "now_std"),
    shown("lower", f"datum.now_mean - {BAND_STDS} * datum.now_std", "now_lower"),
    shown("upper", f"datum.now_mean + {BAND_STDS} * datum.now_std", "now_upper"),
)


def thin(x: ArrayLike, y: ArrayLike, most: int = MOST_POINTS) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """At most ``most`` of the points, evenly spaced in the order of x; the same points give the same choice.

    Points that are not finite are left out. Even spacing by rank keeps the density over x.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"x and y must be two vectors of one length; they have shapes {x.shape} and {y.shape}")
    finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[finite], y[finite]
    order = np.argsort(x, kind="stable")
    if order.size > most:
        order = order[np.linspace(0, order.size - 1, most).round().astype(int)]
    return x[order], y[order]


def curve_column(values: ArrayLike | None, grid: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    """``values`` on the grid as floats, with NaN for values that are not finite or not given."""
    if values is None:
        return np.full(grid.shape, np.nan)
    column = np.asarray(values, dtype=float)
    if column.shape != grid.shape:
        raise ValueError(f"{name} has shape {column.shape}; the grid has shape {grid.shape}")
    return np.where(np.isfinite(column), column, np.nan)


def fit_table(
    points_x: ArrayLike,
    points_y: ArrayLike,
    grid: ArrayLike,
    mean: ArrayLike | None,
    std: ArrayLike | None,
    truth_mean: ArrayLike | None = None,
    previous_mean: ArrayLike | None = None,
    film: int | None = None,
) -> pd.DataFrame:
    """The rows of the fit chart, float32: ``layer`` is "data" for a point and "curve" for a point of the grid.

    All curves are given on ``grid``, shape (grid,); a curve that is None, or NaN somewhere, is not drawn there.
    ``film`` is the number of the run whose film may be shown in place of mean and std (see ``core.charts.film``).
    Raises ValueError where shapes differ.
    """
    x, y = thin(points_x, points_y)
    grid = np.asarray(grid, dtype=float)
    mean, std = curve_column(mean, grid, "mean"), curve_column(std, grid, "std")
    curve = {
        "x": grid,
        "y": mean,
        "lower": mean - BAND_STDS * std,
        "upper": mean + BAND_STDS * std,
        "std": std,
        "truth": curve_column(truth_mean, grid, "truth_mean"),
        "previous": curve_column(previous_mean, grid, "previous_mean"),
        **film_columns(grid.size, film),
    }
    numbers = {
        name: np.concatenate([{"x": x, "y": y}.get(name, np.full(x.shape, np.nan)), values]).astype(np.float32)
        for name, values in curve.items()
    }
    return pd.DataFrame({"layer": ["data"] * x.size + ["curve"] * grid.size, **numbers})


@lru_cache(maxsize=64)
def fit_spec(
    scheme: str,
    x_domain: Domain,
    y_domain: Domain,
    *,
    x_label: str = "x",
    y_label: str = "y",
    truth: bool = True,
    extent: int = SMALLEST_EXTENT,
    points: int = MOST_POINTS,
) -> Spec:
    """The fit chart for tables of ``fit_table``; equal arguments give one cached dict, which must not be changed.

    ``scheme`` is "light" or "dark", ``truth`` says whether there is one to draw, and ``extent`` is the pixels kept
    for y labels (``axis_extent`` of this chart's domain and of the spread's, so that both begin at the same x). Few
    ``points`` are drawn larger.
    """
    title = f"Fit: {y_label} over {x_label}"
    return finished(
        _template(truth),
        scheme,
        title=title,
        title_offset={"expr": f"width < {_row_width(title, truth)} ? 6 : {-_LEGEND_HEIGHT}"},
        x_domain=x_domain,
        y_domain=y_domain,
        extent=extent,
        x_label=x_label,
        x_format=value_format(x_domain),
        y_format=value_format(y_domain),
        dot_size=dot_size(points),
    )


def dot_size(points: int) -> int:
    """The area of a dot in square pixels, in few sizes so that the chart is seldom rebuilt."""
    return next((size for fewer, size in ((40, 70), (150, 24)) if points < fewer), 9)


@lru_cache(maxsize=2)
def _template(truth: bool) -> Spec:
    base = alt.Chart().encode(x=x_axis("x"))
    curve = base.transform_filter("datum.layer == 'curve'")
    points = base.transform_filter("datum.layer == 'data'").mark_circle(
        color="@data", size=slot("dot_size"), opacity=0.55, clip=True
    )
    band = curve.mark_area(color="@prediction", opacity=0.2, clip=True).encode(y=y_axis("now_lower"), y2="now_upper")
    tooltip = [
        alt.Tooltip("x:Q", title="@x_label", format="@x_format"),
        alt.Tooltip("now_mean:Q", title="predicted mean", format="@y_format"),
        alt.Tooltip("now_std:Q", title="predicted std", format="@y_format"),
    ]
    if truth:
        tooltip.append(alt.Tooltip("truth:Q", title="true mean", format="@y_format"))
    return template(
        band,
        points.encode(y=y_axis("y")),
        _previous(curve),
        _lines(curve, truth),
        *hover(curve, "now_mean", "@prediction", tooltip),
        transform=_NOW,
    )


def _lines(curve: alt.Chart, truth: bool) -> alt.LayerChart:
    """Predicted mean and truth, with a common legend for colour and dash."""
    names = [MEAN_NAME, TRUTH_NAME] if truth else [MEAN_NAME]
    colour = alt.Scale(domain=names, range=["@prediction", "@truth"][: len(names)])
    dash = alt.Scale(domain=names, range=[[1, 0], [5, 3]][: len(names)])

    def line(field: str, name: str, width: float) -> alt.Chart:
        mark = curve.transform_calculate(name=f"'{name}'").mark_line(strokeWidth=width, clip=True)
        return mark.encode(
            y=y_axis(field),
            color=alt.Color("name:N", scale=colour, legend=alt.Legend(orient="top")),
            strokeDash=alt.StrokeDash("name:N", scale=dash, legend=alt.Legend(orient="top")),
        )

    lines = [line("now_mean", MEAN_NAME, 2.2)]
    if truth:
        lines.append(line("truth", TRUTH_NAME, 1.8))
    return alt.layer(*lines)


def _previous(curve: alt.Chart) -> alt.Chart:
    """The mean of the previous run; its legend entry comes from the rows, so that it is shown only if there is one."""
    rows = curve.transform_filter("isValid(datum.previous)").transform_calculate(name=f"'{PREVIOUS_NAME}'")
    legend = alt.Legend(orient="top", symbolStrokeWidth=1.2)
    return rows.mark_line(strokeWidth=1.2, clip=True).encode(
        y=y_axis("previous"), color=alt.Color("name:N", scale=alt.Scale(range=["@previous"]), legend=legend)
    )


def _row_width(title: str, truth: bool) -> int:
    """The plot width in pixels from which the title and the whole legend fit into one row."""
    names = [MEAN_NAME, PREVIOUS_NAME, *([TRUTH_NAME] if truth else [])]
    return round(7.3 * len(title) + sum(5.8 * len(name) + 34 for name in names))
