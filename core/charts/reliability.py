"""The reliability diagram: the observed share of points against the predicted one."""

from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from .against import Look, against_spec, against_table, corners
from .spec import Domain, Spec

UNIT: Domain = (0.0, 1.0)
LOOK = Look(notes=True)
TITLES = {True: "Share inside, by share promised", False: "Share below, by share promised"}
SIDES = {True: ("bands too wide", "bands too narrow"), False: ("predicted too high", "predicted too low")}


def reliability_table(
    levels: ArrayLike,
    observed: ArrayLike | None,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    before: ArrayLike | None = None,
    *,
    interval: bool = True,
) -> pd.DataFrame:
    """The rows of the reliability diagram: shares ``observed`` at promised ``levels``, each (levels,), 0 to 1.

    ``low`` and ``high`` are where a right model's curve may lie, ``before`` is another curve, None for none. With
    ``interval`` a level is of a central interval, above the diagonal meaning too wide; without it is a quantile's,
    above meaning that too many points lie below, for the prediction is too high. Layers as in ``against_table``.
    """
    return against_table(
        levels, observed, low, high, promise=(UNIT, UNIT), before=before, notes=corners(UNIT, *SIDES[interval])
    )


def reliability_spec(scheme: str, *, interval: bool = True, title: str | None = None, **options: Any) -> Spec:
    """The diagram for tables of ``reliability_table``; options and caching as in ``against_spec``."""
    title = title or TITLES[interval]
    return against_spec(LOOK, scheme, UNIT, UNIT, title=title, x_label="promised", y_label="observed", **options)
