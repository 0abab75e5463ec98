"""The fit: data, truth, predicted mean and its band over x."""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .film import FILM_MEAN, FILM_STD, film_columns, shown
from .marks import DASH, area, dots, hover, rows, told
from .rows import Array, curve_column, evenly, table_of
from .spec import SMALLEST_EXTENT, Domain, Spec, finished, slot, template, x_axis, y_axis

MOST_POINTS = 500
NUMBERS = ("x", "y", "lower", "upper", "std", "truth", "previous", "point", "film")
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


def thin(x: ArrayLike, y: ArrayLike, most: int = MOST_POINTS) -> tuple[Array, Array]:
    """At most ``most`` of the points, evenly spaced in the order of x; the same points give the same choice.

    Points that are not finite are left out. Even spacing by rank keeps the density over x.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"x and y must be two vectors of one length; they have shapes {x.shape} and {y.shape}")
    finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[finite], y[finite]
    order = np.argsort(x, kind="stable")[evenly(x.size, most)]
    return x[order], y[order]


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
    return table_of([("data", {"x": x, "y": y}), ("curve", curve)], NUMBERS)


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
    """The fit chart for tables of ``fit_table``.

    ``truth`` says whether there is one to draw, and ``extent`` is the pixels kept for y labels (``axis_extent`` of this
    chart's domain and of the spread's, so that both begin at the same x). Few ``points`` are drawn larger.
    """
    title = f"Fit: {y_label} over {x_label}"
    return finished(
        _template(truth),
        scheme,
        x_domain,
        y_domain,
        title=title,
        title_offset={"expr": f"width < {_row_width(title, truth)} ? 6 : {-_LEGEND_HEIGHT}"},
        extent=extent,
        x_label=x_label,
        dot_size=dot_size(points),
    )


def dot_size(points: int) -> int:
    """The area of a dot in square pixels, in few sizes so that the chart is seldom rebuilt."""
    return next((size for fewer, size in ((40, 70), (150, 24)) if points < fewer), 9)


@lru_cache(maxsize=2)
def _template(truth: bool) -> Spec:
    curve = rows("curve", x_axis("x"))
    tooltip = told("@x_format", x="@x_label") + told("@y_format", now_mean="predicted mean", now_std="predicted std")
    return template(
        area(curve, "now_lower", "now_upper", "@prediction", 0.2),
        dots(rows("data", x_axis("x")), "y", "@data", slot("dot_size"), 0.55),
        _previous(curve),
        _lines(curve, truth),
        *hover(curve, "now_mean", "@prediction", tooltip + (told("@y_format", truth="true mean") if truth else [])),
        transform=_NOW,
    )


def _lines(curve: alt.Chart, truth: bool) -> alt.LayerChart:
    """Predicted mean and truth, with a common legend for colour and dash."""
    names = [MEAN_NAME, TRUTH_NAME] if truth else [MEAN_NAME]
    colour = alt.Scale(domain=names, range=["@prediction", "@truth"][: len(names)])
    dash = alt.Scale(domain=names, range=[[1, 0], DASH][: len(names)])
    legend = alt.Legend(orient="top")

    def line(field: str, name: str, width: float) -> alt.Chart:
        return _named(curve, field, name, width).encode(
            color=alt.Color("name:N", scale=colour, legend=legend),
            strokeDash=alt.StrokeDash("name:N", scale=dash, legend=legend),
        )

    truths = [line("truth", TRUTH_NAME, 1.8)] if truth else []
    return alt.layer(line("now_mean", MEAN_NAME, 2.2), *truths)


def _previous(curve: alt.Chart) -> alt.Chart:
    """The mean of the previous run; its legend entry comes from the rows, so that it is shown only if there is one."""
    scale, legend = alt.Scale(range=["@previous"]), alt.Legend(orient="top", symbolStrokeWidth=1.2)
    drawn = _named(curve.transform_filter("isValid(datum.previous)"), "previous", PREVIOUS_NAME, 1.2)
    return drawn.encode(color=alt.Color("name:N", scale=scale, legend=legend))


def _named(curve: alt.Chart, field: str, name: str, width: float) -> alt.Chart:
    """A line whose colour comes from its name."""
    named = curve.transform_calculate(name=f"'{name}'")
    return named.mark_line(strokeWidth=width, clip=True).encode(y=y_axis(field))


def _row_width(title: str, truth: bool) -> int:
    """The plot width in pixels from which the title and the whole legend fit into one row."""
    names = [MEAN_NAME, PREVIOUS_NAME, *([TRUTH_NAME] if truth else [])]
    return round(7.3 * len(title) + sum(5.8 * len(name) + 34 for name in names))
