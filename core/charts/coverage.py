"""Coverage along x: where an interval covers as many points as its level, and where it does not."""

from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from core.words import axis_name

from .against import Look, against_spec, against_table
from .spec import Domain, Spec

LOOKS = {True: Look(line=0, dots=30, exact=True), False: Look(line=1.0, dots=30)}


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

    ``low`` to ``high`` is where the share of a right model would lie around the promised ``level``, ``before``
    another model's, and ``exact`` the grid (grid,) and the coverage there under the true noise, where that is known.
    Layers as in ``against_table``.
    """
    return against_table(x, covered, low, high, promise=(x_domain, (level, level)), before=before, exact=exact)


def coverage_spec(
    scheme: str,
    x_domain: Domain,
    y_domain: Domain = (0.0, 1.0),
    *,
    exact: bool = False,
    x_label: str = "x",
    title: str | None = None,
    **options: Any,
) -> Spec:
    """The chart for tables of ``coverage_table``, ``exact`` where they have a curve; options as in ``against_spec``."""
    name = axis_name(x_label, 18)  # short enough that the title fits on a phone
    title = title or f"Share inside over {name}" + (", line: truth" if exact else "")
    return against_spec(
        LOOKS[exact], scheme, x_domain, y_domain, title=title, x_label=x_label, y_label="inside", **options
    )
