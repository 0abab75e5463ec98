"""Stops of a logarithmic slider."""

import math

_PER_DECADE = (1, 1.5, 2, 3, 4, 5, 6, 8)


def stops(low: float, high: float, value: float) -> list[float]:
    """Round numbers from `low` to `high`, at most eight to a decade, and `low`, `high` and `value` themselves."""
    whole = isinstance(low, int)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = {_clean(m * 10.0**d) for d in decades for m in _PER_DECADE}
    inside = {int(v) if whole else v for v in found if low <= v <= high and not (whole and v % 1)}
    return sorted(inside | {low, high, value})


def _clean(value: float) -> float:
    return float(f"{value:.3g}")
