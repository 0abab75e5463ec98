"""The same fit in another unit of y: the rows and domains of the fit and the spread, multiplied."""

import numpy as np
import pandas as pd

from .spec import Domain

_IN_UNITS_OF_Y = ("y", "lower", "upper", "std", "truth", "previous")


def table_in_unit(table: pd.DataFrame, factor: float) -> pd.DataFrame:
    """A table of ``fit_table`` or ``spread_table`` with all that has the unit of y multiplied by ``factor``.

    y = 1.2 in a unit k times larger is 1.2/k, so that ``factor`` is 1/k. If the domain is multiplied too, only the
    numbers on the axis change. A film stays in the old unit: therefore the rows are marked with it only at factor 1.
    """
    columns: dict[str, object] = {name: table[name] * np.float32(factor) for name in _IN_UNITS_OF_Y if name in table}
    return table.assign(**columns, **({} if factor == 1 else {"film": np.float32(np.nan)}))


def domain_in_unit(domain: Domain, factor: float) -> Domain:
    """The domain multiplied by a ``factor`` above 0, its ends rounded."""
    if not (np.isfinite(factor) and factor > 0):
        raise ValueError(f"factor is {factor}; it takes a finite number above 0")
    low, high = (float(f"{factor * edge:.12g}") for edge in domain)
    return low, high
