"""Numbers as text: with a true minus sign, and only digits that mean something."""

from decimal import Decimal

import numpy as np

_LEAST_MARGIN = 1e-9  # smaller margins are rounding or a collapsed spread: written with an exponent


def number(value: float, decimals: int = 3) -> str:
    """A loss, a score or a difference of two, with three decimals, so that differences of shown values agree.

    From 100 on without decimals, from a million on as 1.4e+10. A value that rounds to zero has no sign.
    """
    if not np.isfinite(value):
        return "∞" if value > 0 else "−∞" if value < 0 else "not a number"
    if abs(value) >= 1e6:
        return _signed(f"{value:.2g}")
    places = decimals if abs(value) < 100 else 0
    return _signed(f"{round(value, places) + 0.0:,.{places}f}")


def quantity(value: float) -> str:
    """A value with a unit (y, x, a variance): three significant digits, never an exponent."""
    if not np.isfinite(value) or abs(value) >= 100:
        return number(value)
    return _signed(f"{Decimal(f'{value:.2e}'):f}")


def margin(value: float) -> str:
    """The number after ±: one significant digit, two if the first is a 1; tiny values as 1.7e−14."""
    if not np.isfinite(value) or value >= 100:
        return number(value)
    if 0 < value < _LEAST_MARGIN:
        return size(value)
    digits = 1 if f"{value:.1e}".startswith("1") else 0
    return f"{Decimal(f'{value:.{digits}e}'):f}"


def size(value: float) -> str:
    """A quantity that may be extreme: from a million on, and below 0.0001, as 6.9e−75."""
    far = value != 0 and np.isfinite(value) and not 1e-4 <= abs(value) < 1e6
    return _signed(f"{value:.1e}") if far else quantity(value)


def axis_name(label: str, most: int = 40) -> str:
    """The name of an axis for a sentence or a title: its label without the unit in brackets, and shortened."""
    bracket = label.rfind(" (")
    name = label[:bracket] if bracket > 0 and label.endswith(")") else label
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


def width(ratios: np.ndarray) -> str:
    """How wide a band is, from predicted std/true std along x, without the outermost 5 % on either side."""
    low, high = np.quantile(ratios, [0.05, 0.95])
    if high - low < 0.2 * low:
        middle = float(np.median(ratios))
        return f"{_factor(max(middle, 1 / middle))} times too {'wide' if middle >= 1 else 'narrow'}"
    if low < 1 < high:
        return f"{_factor(1 / low)} times too narrow in places, {_factor(high)} times too wide in others"
    near, far = sorted((low, high) if low >= 1 else (1 / high, 1 / low))
    return f"{_factor(near)} to {_factor(far)} times too {'wide' if low >= 1 else 'narrow'}"


def _factor(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 1000 else size(ratio)


def _signed(text: str) -> str:
    return text.replace("-", "−")
