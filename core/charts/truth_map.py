"""Where along x a prediction is wrong, if the truth is known: its std by a factor, all of it by a divergence."""

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .against import Look, against_spec, against_table
from .frame import Domain, Spec
from .labels import Spot

RATIO_LOOK = Look(band=False, notes=True, factors=True)
KL_LOOK = Look(band=False)
RATIOS: Domain = (0.25, 4.0)


def ratio_table(
    x: ArrayLike,
    log_ratio: ArrayLike | None,
    before: ArrayLike | None = None,
    *,
    x_domain: Domain,
    ratio_domain: Domain = RATIOS,
) -> pd.DataFrame:
    """The rows of σ̂/σ along x, from its logarithm ``log_ratio`` (grid,); 1 is the truth.

    ``before`` is another model's logarithm at the same x. Layers as in ``against_table``.
    """
    edge = (ratio_domain[1] / ratio_domain[0]) ** 0.06
    sides = [
        ("std too large", Spot(x_domain[0], ratio_domain[1] / edge, "left")),
        ("std too small", Spot(x_domain[0], ratio_domain[0] * edge, "left")),
    ]
    ratio, earlier = (None if values is None else _exp(values) for values in (log_ratio, before))
    return against_table(x, ratio, promise=(x_domain, (1.0, 1.0)), before=earlier, notes=sides)


def _exp(values: ArrayLike) -> np.ndarray:
    """exp, without a word where it overflows."""
    with np.errstate(over="ignore"):
        return np.exp(np.asarray(values, dtype=float))


def ratio_spec(
    scheme: str,
    x_domain: Domain,
    ratio_domain: Domain = RATIOS,
    *,
    x_label: str = "x",
    title: str | None = None,
    **options: Any,
) -> Spec:
    """The chart for tables of ``ratio_table`` with the same domains, ``ratio_domain`` logarithmic and around 1."""
    title = title or f"Predicted std ÷ true std over {x_label}"
    return against_spec(
        RATIO_LOOK, scheme, x_domain, ratio_domain, title=title, x_label=x_label, y_label="σ̂ / σ", **options
    )


def kl_table(x: ArrayLike, kl: ArrayLike | None, before: ArrayLike | None = None, *, x_domain: Domain) -> pd.DataFrame:
    """The rows of KL(truth ‖ prediction) along x in nats, (grid,), and of another model's; 0 is the truth."""
    return against_table(x, kl, promise=(x_domain, (0.0, 0.0)), before=before)


def kl_spec(
    scheme: str, x_domain: Domain, kl_domain: Domain, *, x_label: str = "x", title: str | None = None, **options: Any
) -> Spec:
    """The chart for tables of ``kl_table``; options and caching as in ``against_spec``."""
    title = title or f"KL(truth ‖ prediction) over {x_label}, nats"
    return against_spec(KL_LOOK, scheme, x_domain, kl_domain, title=title, x_label=x_label, y_label="KL", **options)


def ratio_domain(log_ratio: ArrayLike, most: int = 4) -> Domain:
    """Powers of two as far below 1 as above it, around all but the outermost fiftieths of σ̂/σ: ¼ to 4 at least."""
    logs = np.abs(np.asarray(log_ratio, dtype=float))
    logs = logs[np.isfinite(logs)]
    reach = math.ceil(float(np.quantile(logs, 0.96)) / math.log(2) - 1e-9) if logs.size else 0
    power = min(most, max(2, reach))
    return 2.0**-power, 2.0**power
