"""Where along x a prediction is off, against the known truth: the spread as a ratio, and all of it in nats."""

from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .against import Look, against_spec, against_table, promise
from .frame import SMALLEST_EXTENT, Domain, Spec, finished, hover, log_y_axis, template, x_axis
from .rows import table_of

NUMBERS = ("x", "ratio")
COLUMNS = ("layer", *NUMBERS)
RATIO_DOMAIN: Domain = (0.25, 4.0)
RATIO_TICKS = [0.25, 0.5, 1.0, 2.0, 4.0]
KL_LOOK = Look(band=False)


def ratio_table(x: ArrayLike, log_ratio: ArrayLike | None, *, x_domain: Domain) -> pd.DataFrame:
    """The rows of σ̂/σ along x: ``log_ratio`` = log(σ̂/σ) at ``x``, both (grid,). Layers: "curve" and "promise"."""
    x = np.asarray(x, dtype=float)
    ratio = np.full(x.shape, np.nan) if log_ratio is None else np.exp(np.asarray(log_ratio, dtype=float))
    ends = {"x": np.array(x_domain, dtype=float), "ratio": np.ones(2)}
    return table_of([("curve", {"x": x, "ratio": ratio}), ("promise", ends)], NUMBERS)


@lru_cache(maxsize=64)
def ratio_spec(scheme: str, x_domain: Domain, *, x_label: str = "x", extent: int = SMALLEST_EXTENT) -> Spec:
    """The chart for tables of ``ratio_table``, logarithmic from ¼ to 4: half and double look alike."""
    return finished(
        _template(),
        scheme,
        title=f"Predicted over true std (σ̂/σ) over {x_label}",
        x_domain=x_domain,
        y_domain=RATIO_DOMAIN,
        y_values=RATIO_TICKS,
        extent=extent,
    )


@lru_cache(maxsize=1)
def _template() -> Spec:
    base = alt.Chart().encode(x=x_axis("x"))

    def y(field: str) -> alt.Y:
        return log_y_axis(field, labelExpr="datum.label + '×'")

    curve = base.transform_filter("datum.layer == 'curve'")
    told = [alt.Tooltip("x:Q", title="x", format=",.4~g"), alt.Tooltip("ratio:Q", title="σ̂/σ", format=".3f")]
    return template(
        promise(base.transform_filter("datum.layer == 'promise'")).encode(y=y("ratio")),
        curve.mark_line(color="@prediction", strokeWidth=2.2, clip=True).encode(y=y("ratio")),
        *hover(curve, "ratio", "@prediction", told, y),
        transform=[],
    )


def kl_table(x: ArrayLike, kl: ArrayLike | None, *, x_domain: Domain) -> pd.DataFrame:
    """The rows of KL(true ‖ predicted) along x, nats, both (grid,). Layers as in ``against_table``."""
    return against_table(x, kl, promise=(x_domain, (0.0, 0.0)))


def kl_spec(scheme: str, x_domain: Domain, y_domain: Domain, *, x_label: str = "x", **options: Any) -> Spec:
    """The chart for tables of ``kl_table``; options and caching as in ``against_spec``."""
    title = f"Distance from the truth over {x_label}, KL in nats"
    return against_spec(KL_LOOK, scheme, x_domain, y_domain, title=title, x_label=x_label, y_label="KL", **options)
