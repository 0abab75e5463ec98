"""The fit: data, truth, predicted mean and its band over x."""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .film import FILM_MEAN, FILM_STD, NO_FILM, film_columns, shown
from .marks import DASH, area, dots, hover, rows, told
from .rows import Array, Layer, curve_column, evenly, table_of
from .spec import SMALLEST_EXTENT, Domain, Spec, finished, slot, template, x_axis, y_axis

MOST_POINTS = 500
NUMBERS = ("x", "y", "lower", "upper", "std", "truth", "previous", "point", "film")
BAND_STDS = 2.0
MEAN_NAME = f"predicted mean ± {BAND_STDS:.0f} std"
MEMBERS_NAME = "members, ignorance"
MOST_MEMBERS, MEMBER_POINTS = 10, 67  # drawn: more lines are one blot, and each is a table row per point
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
    noise_std: ArrayLike | None = None,
    members: ArrayLike | None = None,
) -> pd.DataFrame:
    """The rows of the fit chart, float32: ``layer`` is "data" for a point and "curve" for a point of the grid.

    With several ``members``, (members, grid) means, some of them are drawn as rows of the layer "member", and
    ``noise_std`` (grid,) is the part of ``std`` that is noise.

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
    layers: list[Layer] = [("data", {"x": x, "y": y}), ("curve", curve)]
    if members is None:
        return table_of(layers, NUMBERS)
    noise = BAND_STDS * curve_column(noise_std, grid, "noise_std")
    curve |= {"noise_lower": mean - noise, "noise_upper": mean + noise}
    means = np.asarray(members, dtype=float)
    at = evenly(grid.size, MEMBER_POINTS)
    for k in evenly(len(means), MOST_MEMBERS):
        line = {"x": grid[at], "y": curve_column(means[k], grid, "members")[at]}
        layers.append(("member", {**line, "point": float(k), "film": np.nan if film is None else film}))
    return table_of(layers, (*NUMBERS, "noise_lower", "noise_upper"))


@lru_cache(maxsize=256)
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
    members: bool = False,
) -> Spec:
    """The fit chart for tables of ``fit_table``.

    With ``members`` the band has two parts: noise in the colour of the prediction, and around it, in purple, what the
    members do not know. While a film is shown there is the whole band alone. ``truth`` says whether there is one to
    draw, and ``extent`` is the pixels kept for y labels (``axis_extent`` of this chart's domain and of the spread's, so
    that both begin at the same x). Few ``points`` are drawn larger.
    """
    title = f"Fit: {y_label} over {x_label}"
    return finished(
        _template(truth, members),
        scheme,
        x_domain,
        y_domain,
        title=title,
        axes=(x_label, y_label),
        title_offset={"expr": f"width < {_row_width(title, truth, members)} ? 6 : {-_LEGEND_HEIGHT}"},
        extent=extent,
        x_label=x_label,
        dot_size=dot_size(points),
    )


def dot_size(points: int) -> int:
    """The area of a dot in square pixels, in few sizes so that the chart is seldom rebuilt."""
    return next((size for fewer, size in ((40, 70), (150, 24)) if points < fewer), 9)


@lru_cache(maxsize=4)
def _template(truth: bool, members: bool) -> Spec:
    curve = rows("curve", x_axis("x"))
    still = curve.transform_filter(NO_FILM)
    band = [area(curve, "now_lower", "now_upper", "@epistemic" if members else "@prediction", 0.4 if members else 0.2)]
    if members:  # under the noise, the page's colour: the purple of the whole band would shine through
        band.append(area(still, "noise_lower", "noise_upper", "@background", 1.0))
        band.append(area(still, "noise_lower", "noise_upper", "@prediction", 0.2))
    tooltip = told("@x_format", x="@x_label") + told("@y_format", now_mean="predicted mean", now_std="predicted std")
    return template(
        *band,
        dots(rows("data", x_axis("x")), "y", "@data", slot("dot_size"), 0.55),
        _previous(curve),
        _lines(curve, truth, members),
        *hover(curve, "now_mean", "@prediction", tooltip + (told("@y_format", truth="true mean") if truth else [])),
        transform=_NOW,
    )


def _lines(curve: alt.Chart, truth: bool, members: bool) -> alt.LayerChart:
    """Predicted mean, truth and members, with a common legend for colour and dash."""
    styles = [(MEAN_NAME, "@prediction", [1, 0])]
    styles += [(TRUTH_NAME, "@truth", DASH)] if truth else []
    styles += [(MEMBERS_NAME, "@epistemic", [1, 0])] if members else []
    names, colours, dashes = (list(part) for part in zip(*styles, strict=True))
    colour, dash = alt.Scale(domain=names, range=colours), alt.Scale(domain=names, range=dashes)
    legend = alt.Legend(orient="top")

    def line(chart: alt.Chart, field: str, name: str, width: float) -> alt.Chart:
        return _named(chart, field, name, width).encode(
            color=alt.Color("name:N", scale=colour, legend=legend),
            strokeDash=alt.StrokeDash("name:N", scale=dash, legend=legend),
        )

    each = rows("member", x_axis("x")).transform_filter(NO_FILM).encode(detail="point:N")
    layers = [line(each, "y", MEMBERS_NAME, 0.9)] if members else []
    layers.append(line(curve, "now_mean", MEAN_NAME, 2.2))
    return alt.layer(*layers, *([line(curve, "truth", TRUTH_NAME, 1.8)] if truth else []))


def _previous(curve: alt.Chart) -> alt.Chart:
    """The mean of the previous run; its legend entry comes from the rows, so that it is shown only if there is one."""
    scale, legend = alt.Scale(range=["@previous"]), alt.Legend(orient="top", symbolStrokeWidth=1.2)
    drawn = _named(curve.transform_filter("isValid(datum.previous)"), "previous", PREVIOUS_NAME, 1.2)
    return drawn.encode(color=alt.Color("name:N", scale=scale, legend=legend))


def _named(curve: alt.Chart, field: str, name: str, width: float) -> alt.Chart:
    """A line whose colour comes from its name."""
    named = curve.transform_calculate(name=f"'{name}'")
    return named.mark_line(strokeWidth=width, clip=True).encode(y=y_axis(field))


def _row_width(title: str, truth: bool, members: bool) -> int:
    """The plot width in pixels from which the title and the whole legend fit into one row."""
    names = [MEAN_NAME, PREVIOUS_NAME, *([TRUTH_NAME] if truth else []), *([MEMBERS_NAME] if members else [])]
    return round(7.3 * len(title) + sum(5.8 * len(name) + 34 for name in names))
