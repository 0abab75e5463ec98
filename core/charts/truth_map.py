"""Where along x a prediction is wrong, if the truth is known: the ratio of the stds, and the KL divergence."""

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .against import Look, against_spec, against_table
from .labels import Spot
from .spec import Domain, Spec

RATIO_LOOK = Look(band=False, notes=True, factors=True)
KL_LOOK = Look(band=False, notes=True)
RATIOS: Domain = (0.25, 4.0)
_MOST_LOG, _MOST_KL = 60.0, 1e9  # larger values are drawn as a gap


def ratio_table(
    x: ArrayLike, log_ratio: ArrayLike | None, *, x_domain: Domain, ratio_domain: Domain = RATIOS
) -> pd.DataFrame:
    """The rows of σ̂/σ along x, from its logarithm ``log_ratio`` (grid,); 1 is the truth.

    Layers as in ``against_table``.
    """
    edge = (ratio_domain[1] / ratio_domain[0]) ** 0.06
    logs, (low, high) = np.asarray([] if log_ratio is None else log_ratio, dtype=float), ratio_domain
    above, below = (
        _off("↑", logs > math.log(high), f"above {high:g}×"),
        _off("↓", logs < math.log(low), f"below 1/{1 / low:g}×"),
    )
    sides = [
        ("std too large" + above, Spot(x_domain[0], high / edge, "left")),
        ("std too small" + below, Spot(x_domain[0], low * edge, "left")),
    ]
    ratio = None if log_ratio is None else np.exp(np.where(np.abs(logs) < _MOST_LOG, logs, np.nan))
    return against_table(x, ratio, promise=(x_domain, (1.0, 1.0)), notes=sides)


def _off(arrow: str, beyond: np.ndarray, words: str) -> str:
    """The share of the grid beyond the axis, in words; empty if there is none."""
    if not beyond.any():
        return ""
    part = "all" if beyond.all() else f"{max(1, round(100 * float(np.mean(beyond))))} %"
    return f" {arrow} {part} {words}"


def ratio_spec(
    scheme: str, x_domain: Domain, ratio_domain: Domain = RATIOS, *, x_label: str = "x", **options: Any
) -> Spec:
    """The chart for tables of ``ratio_table`` with the same domains, ``ratio_domain`` logarithmic and around 1."""
    labels = {"title": f"Predicted std ÷ true std over {x_label}", "x_label": x_label, "y_label": "σ̂ / σ"}
    return against_spec(RATIO_LOOK, scheme, x_domain, ratio_domain, **labels, **options)


def kl_table(x: ArrayLike, kl: ArrayLike | None, *, x_domain: Domain, kl_domain: Domain) -> pd.DataFrame:
    """The rows of KL(truth ‖ prediction) along x in nats, (grid,); 0 is the truth.

    What share of the grid lies above ``kl_domain`` is told in words. Layers as in ``against_table``.
    """
    values = np.asarray([] if kl is None else kl, dtype=float)
    notes = []
    if far := _off("↑", values > kl_domain[1], f"above {kl_domain[1]:,g}"):
        spot = Spot(x_domain[0] + 0.03 * (x_domain[1] - x_domain[0]), 0.92 * kl_domain[1], "left")
        notes.append((far.strip(), spot))
    drawn = None if kl is None else np.where(values < _MOST_KL, values, np.nan)
    return against_table(x, drawn, promise=(x_domain, (0.0, 0.0)), notes=notes)


def kl_spec(scheme: str, x_domain: Domain, kl_domain: Domain, *, x_label: str = "x", **options: Any) -> Spec:
    """The chart for tables of ``kl_table``; options as in ``against_spec``."""
    labels = {"title": f"KL(truth ‖ prediction) over {x_label}, nats", "x_label": x_label, "y_label": "KL"}
    return against_spec(KL_LOOK, scheme, x_domain, kl_domain, **labels, **options)


def ratio_domain(log_ratio: ArrayLike, most: int = 4) -> Domain:
    """Powers of two as far below 1 as above it, around all but the outermost fiftieths of σ̂/σ: ¼ to 4 at least."""
    logs = np.abs(np.asarray(log_ratio, dtype=float))
    logs = logs[np.isfinite(logs)]
    reach = math.ceil(float(np.quantile(logs, 0.96)) / math.log(2) - 1e-9) if logs.size else 0
    power = min(most, max(2, reach))
    return 2.0**-power, 2.0**power
