"""What a right model promises, and what came: reliability, the normal QQ plot, RMSE by predicted std, and coverage.

The rows of all of them have the layers of ``against_table``, and their specs the options of ``against_spec``.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..words import axis_name
from .against import Look, against_spec, against_table, corners
from .spec import MINUS, Domain, Spec

UNIT: Domain = (0.0, 1.0)
NORMAL: Domain = (-4.0, 4.0)  # of normal quantiles and scores
RELIABILITY_LOOK = Look(notes=True)
QQ_LOOK = Look(line=0, dots=18, notes=True)
ERROR_LOOK = Look(dots=30, notes=True)
COVERAGE_LOOKS = {True: Look(line=0, dots=30, exact=True), False: Look(line=1.0, dots=30)}
RELIABILITY_TITLES = {True: "Share inside, by predicted share", False: "Share below, by predicted share"}
SIDES = {True: ("std too large", "std too small"), False: ("predicted too high", "predicted too low")}


def reliability_table(
    levels: ArrayLike,
    observed: ArrayLike | None,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    *,
    interval: bool = True,
) -> pd.DataFrame:
    """The rows of the reliability diagram: shares ``observed`` at predicted ``levels``, each (levels,), 0 to 1.

    ``low`` and ``high`` are where a right model's curve may lie, None for none. With ``interval`` a level is of a
    central interval, above the diagonal meaning std that are too large; without it is a quantile's, above meaning
    that too many points lie below, for the prediction is too high.
    """
    return against_table(levels, observed, low, high, promise=(UNIT, UNIT), notes=corners(UNIT, *SIDES[interval]))


def reliability_spec(scheme: str, *, interval: bool = True, **options: Any) -> Spec:
    """The diagram for tables of ``reliability_table``."""
    labels = {"title": RELIABILITY_TITLES[interval], "x_label": "predicted", "y_label": "observed"}
    return against_spec(RELIABILITY_LOOK, scheme, UNIT, UNIT, **labels, **options)


def qq_table(
    theoretical: ArrayLike, observed: ArrayLike | None, low: ArrayLike | None = None, high: ArrayLike | None = None
) -> pd.DataFrame:
    """The rows of the QQ plot: sorted z-scores ``observed`` at ``theoretical`` normal quantiles, each (m,), no unit.

    ``low`` to ``high`` is the band of N(0, 1). Points outside the axes are counted in words in the corners.
    """
    z, (least, most) = np.asarray([] if observed is None else observed, dtype=float), NORMAL
    above, below = int(np.sum(z > most)), int(np.sum(z < least))
    texts = f"↑ {above:,} above {most:g}", f"{below:,} below {least:g} ↓".replace("-", MINUS)
    notes = [note for note, beyond in zip(corners(NORMAL, *texts), (above, below), strict=True) if beyond]
    return against_table(theoretical, observed, low, high, promise=(NORMAL, NORMAL), notes=notes)


def qq_spec(scheme: str, **options: Any) -> Spec:
    """The plot for tables of ``qq_table``."""
    labels = {"title": "Scores z by normal quantiles", "x_label": "normal", "y_label": "z"}
    return against_spec(QQ_LOOK, scheme, NORMAL, NORMAL, **labels, **options)


def error_by_std_table(
    predicted: ArrayLike,
    error: ArrayLike | None,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    *,
    domain: Domain,
) -> pd.DataFrame:
    """The rows of the chart: RMSE ``error`` of the bins whose root mean predicted variance is ``predicted``, (bins,).

    All are in the unit of y. ``low`` to ``high`` is where the RMSE of a right model would lie, and ``domain`` that of
    both axes.
    """
    notes = corners(domain, "std too small", "std too large")
    return against_table(predicted, error, low, high, promise=(domain, domain), notes=notes)


def error_by_std_spec(scheme: str, domain: Domain, **options: Any) -> Spec:
    """The chart for tables of ``error_by_std_table`` with the same domain."""
    labels = {"title": "RMSE by predicted std, both in the unit of y", "x_label": "predicted std", "y_label": "RMSE"}
    return against_spec(ERROR_LOOK, scheme, domain, domain, **labels, **options)


def coverage_table(
    x: ArrayLike,
    covered: ArrayLike | None,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    before: ArrayLike | None = None,
    *,
    level: float,
    x_domain: Domain,
    exact: tuple[ArrayLike, ArrayLike] | None = None,
) -> pd.DataFrame:
    """The rows of coverage along x: the share ``covered`` of each bin of x, both (bins,), 0 to 1.

    ``low`` to ``high`` is where the share of a right model would lie around the predicted ``level``, ``before``
    another model's, and ``exact`` the grid (grid,) and the coverage there under the true noise, where that is known.
    """
    return against_table(x, covered, low, high, promise=(x_domain, (level, level)), before=before, exact=exact)


def coverage_spec(
    scheme: str, x_domain: Domain, y_domain: Domain = UNIT, *, exact: bool = False, x_label: str = "x", **options: Any
) -> Spec:
    """The chart for tables of ``coverage_table``, ``exact`` where they have a curve."""
    name = axis_name(x_label, 18)  # short enough that the title fits on a phone
    title = f"Share inside over {name}" + (", line: truth" if exact else "")
    labels = {"title": title, "x_label": x_label, "y_label": "inside"}
    return against_spec(COVERAGE_LOOKS[exact], scheme, x_domain, y_domain, **labels, **options)
