"""Dates written as numbers: 20241231, seconds since 1970, days of a spreadsheet."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

_LEAST = 5  # cells: fewer may be dates by chance
_STAMP = re.compile(r"stamp|epoch|unix|(^|[_ .-])(ts|utc)$", re.I)
_NAMED = re.compile(
    r"(^|[_ .-])(date|datum|time|datetime|zeit|created|updated|modified|fecha|when|t|at|dt)([_ .-]|$)"
    r"|[a-z](Date|Time|At)$|^(date|datum)",
    re.I,
)
_NAMED_DATE = re.compile(r"date|datum|fecha", re.I)
_NAMED_MONTH = re.compile(r"month|monat|mois|period|yyyy|^ym$|date|datum", re.I)
_NAMED_ID = re.compile(r"(^|[_ .-])(id|nr|no|key|code|number|nummer|ean|gtin|isbn|sku|phone|tel)([_ .-]|$)|id$", re.I)
_SMALLEST = 32_874.0  # of all numbers that are dates here
# Days since 1970 between which a count of seconds must lie: 1973 to 2099 in a column of stamps, else 2000 to 2039.
_STAMPS, _OTHERS = (1_158.0, 47_482.0), (10_957.0, 25_567.0)


@dataclass(frozen=True)
class Count:
    """Numbers that count time: the days since 1970-01-01; a sentence with a place for the column's name; whether the
    numbers (n,) of a column with a name are such, none of them missing.
    """

    days: Callable[[np.ndarray], np.ndarray]
    told: str
    fits: Callable[[str, np.ndarray], bool]


def _compact(values: np.ndarray) -> np.ndarray:
    """Days of numbers such as 20241231, NaN where there is no such day."""
    whole = np.nan_to_num(values).astype(np.int64)
    year, month, day = whole // 10_000, whole // 100 % 100, whole % 100
    possible = (month >= 1) & (month <= 12) & (day >= 1)
    months = ((year - 1970) * 12 + np.where(possible, month, 1) - 1).astype("datetime64[M]")
    start = months.astype("datetime64[D]").astype(np.int64)
    length = (months + 1).astype("datetime64[D]").astype(np.int64) - start
    return np.where(possible & (day <= length) & ~np.isnan(values), (start + day - 1).astype(np.float64), np.nan)


def _is_compact(name: str, known: np.ndarray) -> bool:
    if not ((known >= 19_000_101) & (known <= 21_001_231)).all() or (len(known) < _LEAST and not _NAMED.search(name)):
        return False
    return not np.isnan(_compact(known)).any()


def _is_months(name: str, known: np.ndarray) -> bool:
    """Months such as 202412, from 1900 to 2100; only in a column that is named so."""
    in_range = ((known >= 190_001) & (known <= 210_012)).all()
    return bool(_NAMED_MONTH.search(name) and in_range and ((known % 100 >= 1) & (known % 100 <= 12)).all())


def _is_epoch(per_day: float) -> Callable[[str, np.ndarray], bool]:
    def fits(name: str, known: np.ndarray) -> bool:
        if _NAMED_ID.search(name):
            return False
        stamp = bool(_STAMP.search(name))
        # Without a name, thirteen digits and more in the order of time: few other numbers look so.
        if not stamp and not _NAMED.search(name):
            in_order = len(known) >= _LEAST and (np.diff(known) >= 0).all() and known[0] < known[-1]
            if known[0] < 1e11 or not in_order:
                return False
        low, high = _STAMPS if stamp else _OTHERS
        return bool(known.min() >= low * per_day and known.max() <= high * per_day)

    return fits


def _is_spreadsheet(name: str, known: np.ndarray) -> bool:
    """Days since 1899-12-30, as Excel keeps them, from 1990 to 2050; only in a column that is named a date."""
    return bool(_NAMED_DATE.search(name) and ((known >= 32_874) & (known <= 54_788)).all())


_S, _MS, _US, _NS = 86_400.0, 86_400e3, 86_400e6, 86_400e9
COUNTS: Mapping[str, Count] = MappingProxyType(
    {
        "yyyymmdd": Count(_compact, "Numbers such as 20241231 in {} were read as dates.", _is_compact),
        "yyyymm": Count(
            lambda v: _compact(100 * v + 1), "The months in {} were read as the first day of each.", _is_months
        ),
        "epoch s": Count(lambda v: v / _S, "Seconds since 1970 were read as dates in {}.", _is_epoch(_S)),
        "epoch ms": Count(lambda v: v / _MS, "Milliseconds since 1970 were read as dates in {}.", _is_epoch(_MS)),
        "epoch us": Count(lambda v: v / _US, "Microseconds since 1970 were read as dates in {}.", _is_epoch(_US)),
        "epoch ns": Count(lambda v: v / _NS, "Nanoseconds since 1970 were read as dates in {}.", _is_epoch(_NS)),
        "spreadsheet days": Count(
            lambda v: v - 25_569,
            "Numbers of days since 1899-12-30, as in Excel, were read as dates in {}.",
            _is_spreadsheet,
        ),
    }
)


_FRACTIONS = ("epoch s", "spreadsheet days")  # may have times of day behind the point


def counted(name: str, values: np.ndarray) -> str:
    """The name in COUNTS of what the numbers (n,) of a column are dates in; empty if they are plain numbers."""
    first = values[:100][~np.isnan(values[:100])]
    if not first.size or first.min() < _SMALLEST:
        return ""
    known = values[~np.isnan(values)]
    whole = bool((known == np.floor(known)).all())
    fitting = (way for way, row in COUNTS.items() if (whole or way in _FRACTIONS) and row.fits(name, known))
    return next(fitting, "")
