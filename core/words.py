"""Numbers as words: a true minus sign, and as many digits as mean something."""

from decimal import Decimal

import numpy as np

_LEAST_MARGIN = 1e-9  # below it digits are of rounding, or the spread has run away: no row of zeros


def number(value: float, decimals: int = 3) -> str:
    """A loss, a score or a difference of two: three decimals, so that the reader's own subtraction agrees.

    Large values have none, and beyond a million stand as 1.4e+10. What rounds to zero has no sign.
    """
    if not np.isfinite(value):
        return "∞" if value > 0 else "−∞" if value < 0 else "not a number"
    if abs(value) >= 1e6:
        return _signed(f"{value:.2g}")
    places = decimals if abs(value) < 100 else 0
    return _signed(f"{round(value, places) + 0.0:,.{places}f}")


def quantity(value: float) -> str:
    """A value in a unit of its own (y, x, a variance): three significant digits, never an exponent."""
    if not np.isfinite(value) or abs(value) >= 100:
        return number(value)
    return _signed(f"{Decimal(f'{value:.2e}'):f}")


def margin(value: float) -> str:
    """What stands after ±: one significant digit, two where it is a 1; next to nothing as 1.7e−14."""
    if not np.isfinite(value) or value >= 100:
        return number(value)
    if 0 < value < _LEAST_MARGIN:
        return size(value)
    digits = 1 if f"{value:.1e}".startswith("1") else 0
    return f"{Decimal(f'{value:.{digits}e}'):f}"


def size(value: float) -> str:
    """A quantity that may have run away: from a million on, and below a ten-thousandth, as 6.9e−75."""
    far = value != 0 and np.isfinite(value) and not 1e-4 <= abs(value) < 1e6
    return _signed(f"{value:.1e}") if far else quantity(value)


def axis_name(label: str, most: int = 40) -> str:
    """What an axis is of, for a sentence or a title: its label without a unit in brackets at the end, and shortened."""
    bracket = label.rfind(" (")
    name = label[:bracket] if bracket > 0 and label.endswith(")") else label
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


def width(ratios: np.ndarray) -> str:
    """How wide a band is, from predicted std over true std along x; the outermost twentieths are left out."""
    low, high = np.quantile(ratios, [0.05, 0.95])
    if high - low < 0.2 * low:
        return _times(float(np.median(ratios)))
    if low < 1 < high:
        return f"{_factor(1 / low)} times too narrow in places, {_factor(high)} times too wide in others"
    near, far = sorted((low, high) if low >= 1 else (1 / high, 1 / low))
    return f"{_factor(near)} to {_factor(far)} times too {'wide' if low >= 1 else 'narrow'}"


def _times(ratio: float) -> str:
    return f"{_factor(ratio)} times too wide" if ratio >= 1 else f"{_factor(1 / ratio)} times too narrow"


def _factor(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 1000 else size(ratio)


def _signed(text: str) -> str:
    return text.replace("-", "−")
