"""Numbers as text: with a true minus sign, and only digits that mean something."""

import re
from decimal import Decimal

import numpy as np

_LEAST, _MOST = 1e-4, 1e6  # quantities outside this range are written with an exponent
_LEAST_MARGIN = 1e-5  # so are smaller margins
_LARGEST_PLAIN = 1e15  # exact values from here on, and below _LEAST, are written with an exponent
_MOST_DIGITS = 8  # of a value, however small its error is


def number(value: float, decimals: int = 3) -> str:
    """A loss, a score or a difference of two, with three decimals, so that differences of shown values agree.

    From 100 on without decimals, from a million on as 1.4e+10. A value that rounds to zero has no sign.
    """
    if not np.isfinite(value):
        return "∞" if value > 0 else "−∞" if value < 0 else "not a number"
    if abs(value) >= _MOST:
        return _signed(f"{value:.2g}")
    places = decimals if abs(value) < 100 else 0
    return _signed(f"{round(value, places) + 0.0:,.{places}f}")


def quantity(value: float) -> str:
    """A value with a unit (y, x, a variance): three significant digits; below 0.0001 as 1.70e−05."""
    if not np.isfinite(value) or 100 <= abs(value) < _MOST:
        return number(value)
    if value != 0 and not _LEAST <= abs(value) < _MOST:
        return _signed(f"{value:.2e}")
    return _signed(f"{Decimal(f'{value:.2e}'):f}")


def amount(value: float) -> str:
    """A score in a unit of its own: three decimals, as `number`, and three significant digits of what is small."""
    return number(value) if value == 0 or 0.0995 <= abs(value) < _MOST else quantity(value)


def rounded(value: float, error: float | None) -> str:
    """A value with the digits that its standard error allows: 0.2021 ± 0.0012, 21.4 ± 0.3, 1.0021e−09 ± 1.7e−12.

    Its last digit is the last one of `margin(error)`. Without an error, or with one of zero, it is `amount`.
    """
    if error is None or not (np.isfinite(value) and np.isfinite(error) and error > 0):
        return amount(value)
    largest = max(abs(value), error)
    most = _MOST_DIGITS - 1 - _power(largest)
    places = min(-int(_margin(error).as_tuple().exponent), most)
    if _LEAST <= largest < _MOST:
        places = max(places, 0)
        return _signed(f"{round(value, places) + 0.0:,.{places}f}")
    return _signed(f"{value:.{max(0, places + _power(largest))}e}")


def exact(value: float, span: float) -> str:
    """A value with the digits that tell it from others within a range of this length: 5,412,345.6 of a span of 900.

    Six significant digits at least, and those to a thousandth of the span; no more than the value has.
    """
    if not np.isfinite(value):
        return number(value)
    places = 3 - _power(span) if np.isfinite(span) and span > 0 else 0
    digits = min(17, max(6, places + _power(abs(value)) + 1)) if value else 1
    shown = Decimal(f"{value:.{digits}g}")
    shortest = Decimal(repr(float(value)))
    shown = shortest if len(shortest.normalize().as_tuple().digits) <= digits else shown
    if value != 0 and not _LEAST <= abs(value) < _LARGEST_PLAIN:
        return _signed(f"{shown.normalize():e}")
    text = f"{shown:,f}"
    return _signed(text.rstrip("0").rstrip(".") if "." in text else text)


def margin(value: float) -> str:
    """The number after ±: one significant digit, two if the first is a 1; tiny values as 1.7e−14."""
    if not np.isfinite(value) or value >= 100:
        return number(value)
    if 0 < value < _LEAST_MARGIN:
        return size(value)
    return f"{_margin(value):f}"


def _margin(value: float) -> Decimal:
    return Decimal(f"{value:.{1 if f'{value:.1e}'.startswith('1') else 0}e}")


def _power(value: float) -> int:
    """The power of ten of the first digit."""
    return int(np.floor(np.log10(value)))


def size(value: float) -> str:
    """A quantity that may be extreme: from a million on, and below 0.0001, as 6.9e−75, with two digits."""
    far = value != 0 and np.isfinite(value) and not _LEAST <= abs(value) < _MOST
    return _signed(f"{value:.1e}") if far else quantity(value)


def without_markdown(text: str) -> str:
    """A sentence for a terminal: without bold marks, code marks and the backslashes before punctuation."""
    return re.sub(r"\\([^\w\s])", r"\1", re.sub(r"(?<!\\)(\*\*|`)", "", text))


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


def time_words(seconds: float) -> str:
    """A time in the unit that a person would use: 40 s, 12 minutes, 3 hours."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds > 1.7 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{max(1.0, seconds):.0f} s"
