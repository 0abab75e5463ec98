"""The normal QQ plot: sorted normal scores of the points against quantiles of N(0, 1)."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .against import Look, Note, against_spec, against_table, corners
from .spec import MINUS, Domain, Spec

DOMAIN: Domain = (-4.0, 4.0)
LOOK = Look(line=0, dots=18, notes=True)
TITLE = "Scores z by normal quantiles"


def qq_table(
    theoretical: ArrayLike,
    observed: ArrayLike | None,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    before: ArrayLike | None = None,
    *,
    domain: Domain = DOMAIN,
) -> pd.DataFrame:
    """The rows of the QQ plot: z-scores ``observed`` at ``theoretical`` normal quantiles, each (m,), without a unit.

    ``low`` to ``high`` is the band of N(0, 1), ``before`` the sorted z of another model. Points outside
    ``domain`` are counted in words in the corners. Layers as in ``against_table``.
    """
    return against_table(
        theoretical, observed, low, high, promise=(domain, domain), before=before, notes=_beyond(observed, domain)
    )


def _beyond(observed: ArrayLike | None, domain: Domain) -> list[Note]:
    z = np.asarray([] if observed is None else observed, dtype=float)
    low, high = domain
    above, below = f"↑ {np.sum(z > high):,} above {high:g}", f"{np.sum(z < low):,} below {low:g} ↓".replace("-", MINUS)
    return [
        note for note, beyond in zip(corners(domain, above, below), (z > high, z < low), strict=True) if beyond.any()
    ]


def qq_spec(scheme: str, domain: Domain = DOMAIN, *, title: str = TITLE, **options: Any) -> Spec:
    """The plot for tables of ``qq_table`` with the same domain; options and caching as in ``against_spec``."""
    return against_spec(LOOK, scheme, domain, domain, title=title, x_label="normal", y_label="z", **options)
