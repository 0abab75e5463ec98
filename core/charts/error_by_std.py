"""RMSE against predicted standard deviation, bin by bin."""

from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from .against import Look, against_spec, against_table, corners
from .spec import Domain, Spec

LOOK = Look(dots=30, notes=True)
TITLE = "RMSE by predicted std, both in the unit of y"


def error_by_std_table(
    predicted: ArrayLike,
    error: ArrayLike | None,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    before: ArrayLike | None = None,
    *,
    domain: Domain,
) -> pd.DataFrame:
    """The rows of the chart: RMSE ``error`` of the bins whose root mean predicted variance is ``predicted``, (bins,).

    All are in the unit of y. ``low`` to ``high`` is where the RMSE of a right model would lie, ``before`` another
    model's at the same places, and ``domain`` that of both axes. Layers as in ``against_table``.
    """
    notes = corners(domain, "std too small", "std too large")
    return against_table(predicted, error, low, high, promise=(domain, domain), before=before, notes=notes)


def error_by_std_spec(scheme: str, domain: Domain, *, title: str = TITLE, **options: Any) -> Spec:
    """The chart for tables of ``error_by_std_table`` with the same domain; options as in ``against_spec``."""
    return against_spec(LOOK, scheme, domain, domain, title=title, x_label="predicted std", y_label="RMSE", **options)
