"""A predicted band over x beside the band that the true noise makes: whether a net sees the noise, at one look."""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .fit import BAND_STDS, MEAN_NAME, dot_size, thin
from .marks import DASH, area, dots, hover, rows, told
from .rows import curve_column, table_of
from .spec import SMALLEST_EXTENT, Domain, Spec, finished, slot, template, x_axis, y_axis

NUMBERS = ("x", "y", "lower", "upper", "std", "truth", "truth_lower", "truth_upper", "truth_std")
TRUTH_NAME = f"truth ± {BAND_STDS:.0f} σ"


def true_band_table(
    points_x: ArrayLike,
    points_y: ArrayLike,
    grid: ArrayLike,
    mean: ArrayLike | None,
    std: ArrayLike | None,
    truth_mean: ArrayLike,
    truth_std: ArrayLike,
) -> pd.DataFrame:
    """The rows of the chart, float32: ``layer`` is "data" for a point and "curve" for a point of the grid.

    All curves are given on ``grid``, shape (grid,); mean and std are None before there is a prediction. Raises
    ValueError where shapes differ.
    """
    x, y = thin(points_x, points_y)
    grid = np.asarray(grid, dtype=float)
    mean, std = curve_column(mean, grid, "mean"), curve_column(std, grid, "std")
    truth, sigma = curve_column(truth_mean, grid, "truth_mean"), curve_column(truth_std, grid, "truth_std")
    curve = {
        "x": grid,
        "y": mean,
        "lower": mean - BAND_STDS * std,
        "upper": mean + BAND_STDS * std,
        "std": std,
        "truth": truth,
        "truth_lower": truth - BAND_STDS * sigma,
        "truth_upper": truth + BAND_STDS * sigma,
        "truth_std": sigma,
    }
    return table_of([("data", {"x": x, "y": y}), ("curve", curve)], NUMBERS)


@lru_cache(maxsize=64)
def true_band_spec(
    scheme: str,
    x_domain: Domain,
    y_domain: Domain,
    *,
    title: str,
    extent: int = SMALLEST_EXTENT,
    points: int = 500,
) -> Spec:
    """The chart for tables of ``true_band_table``; few ``points`` are drawn larger."""
    return finished(
        _template(),
        scheme,
        x_domain,
        y_domain,
        title=title,
        axes=("x", "y"),
        extent=extent,
        dot_size=dot_size(points),
    )


@lru_cache(maxsize=1)
def _template() -> Spec:
    curve = rows("curve", x_axis("x"))
    tooltip = told("@x_format", x="x") + told(
        "@y_format", y="predicted mean", std="predicted std", truth="true mean", truth_std="true σ"
    )
    return template(
        area(curve, "lower", "upper", "@prediction", 0.28),
        dots(rows("data", x_axis("x")), "y", "@data", slot("dot_size"), 0.55),
        _lines(curve),
        *hover(curve, "y", "@prediction", tooltip),
    )


def _lines(curve: alt.Chart) -> alt.LayerChart:
    """The edges of the true band and the predicted mean, with a common legend for colour and dash."""
    names, colours, dashes = [MEAN_NAME, TRUTH_NAME], ["@prediction", "@truth"], [[1, 0], DASH]
    colour, dash = alt.Scale(domain=names, range=colours), alt.Scale(domain=names, range=dashes)
    legend = alt.Legend(orient="top")

    def line(field: str, name: str, width: float) -> alt.Chart:
        named = curve.transform_calculate(name=f"'{name}'")
        return named.mark_line(strokeWidth=width, clip=True).encode(
            y=y_axis(field),
            color=alt.Color("name:N", scale=colour, legend=legend),
            strokeDash=alt.StrokeDash("name:N", scale=dash, legend=legend),
        )

    return alt.layer(
        line("y", MEAN_NAME, 2.4), line("truth_lower", TRUTH_NAME, 1.8), line("truth_upper", TRUTH_NAME, 1.8)
    )
