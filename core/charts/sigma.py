"""The noise of simulated points: the true σ over x, and the standard deviation that the drawn noise has there."""

from functools import lru_cache
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from ..evaluation.unequal_variance import RunningSpread
from .marks import DASH, hover, line, rows, told
from .rows import Layer, table_of
from .spec import SMALLEST_EXTENT, STD_NAME, Domain, Spec, finished, template, x_axis

NUMBERS = ("x", "y")


def sigma_table(grid: ArrayLike, sigma: ArrayLike, drawn: RunningSpread | None) -> pd.DataFrame:
    """The rows of the chart of σ, float32: ``layer`` is "sigma" for the true σ on the grid, "drawn" for the noise's.

    grid and sigma have shape (n,). ``drawn`` is the running standard deviation of y − true mean; None for few points.
    """
    layers: list[Layer] = [("sigma", {"x": grid, "y": sigma})]
    if drawn is not None:
        layers.append(("drawn", {"x": drawn.x, "y": drawn.std}))
    return table_of(layers, NUMBERS)


@lru_cache(maxsize=64)
def sigma_spec(
    scheme: str, x_domain: Domain, std_domain: Domain, *, x_label: str = "x", extent: int = SMALLEST_EXTENT
) -> Spec:
    """The chart for tables of ``sigma_table``."""
    title = f"Noise over {x_label}: true σ dashed, std of the simulated points"
    labels: dict[str, Any] = {"x_label": x_label, "axes": (x_label, STD_NAME)}
    return finished(_template(), scheme, x_domain, std_domain, title=title, extent=extent, **labels)


@lru_cache(maxsize=1)
def _template() -> Spec:
    sigma, drawn = (rows(name, x_axis("x")) for name in ("sigma", "drawn"))
    tooltip = told("@x_format", x="@x_label") + told("@y_format", y="true σ")
    return template(
        line(drawn, "y", "@data", 2.2),
        line(sigma, "y", "@truth", 1.8, strokeDash=DASH),
        *hover(sigma, "y", "@truth", tooltip),
    )
