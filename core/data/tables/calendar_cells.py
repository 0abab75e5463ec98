"""Dates as people write them, to days since 1970-01-01."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .decimal_sign import every

DAY_US = 86_400e6  # microseconds, which float64 holds exactly
_CENTURY = 69  # two digits from here on are years of the 20th century, as POSIX has it
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar jänner janvier janv enero ene gennaio gen januari",
            "feb february februar febr février févr fevrier febrero febbraio februari",
            "mar march märz mär mrz maerz mars marzo maart mrt",
            "apr april avril avr abril abr aprile",
            "may mai mayo maggio mag mei",
            "jun june juni juin junio giugno giu",
            "jul july juli juillet juil julio luglio lug",
            "aug august août aout agosto ago augustus",
            "sep sept september septembre septiembre settembre set",
            "oct october oktober okt octobre octubre ottobre ott",
            "nov november novembre noviembre",
            "dec december dezember dez décembre déc decembre diciembre dic dicembre",
        ),
        1,
    )
    for name in names.split()
}
_TIME = (
    r"(?:(?:T|,? +|,)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}(?:[.,]\d{1,9})?))?"
    r"(?: ?(?P<half>[AaPp]\.?[Mm]\.?))?(?: ?Uhr)?(?: ?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2}))?)?$"
)
_YEAR = r"(?P<year>\d{4}|['’]?\d{2})"
_WEEKDAY = r"^(?:\p{L}{2,10}\.?,? +)?"


@dataclass(frozen=True)
class Form:
    """A way to write dates: its pattern, and what is told of it, with a place for the column's name.

    Groups are year, month, day, week, quarter, word (a month's name); first and second_ where either may be the day.
    """

    pattern: str
    told: str = ""
    written: str = ""


FORMS = (
    Form(r"^(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + _TIME),
    Form(r"^(?P<first>\d{1,2})(?P<dot>[-/.]) ?(?P<second_>\d{1,2})[-/.] ?" + _YEAR + _TIME),
    Form(
        r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
        r"(?:[T _-]?(?P<hour>\d{2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2}(?:[.,]\d+)?))?(?P<zone>Z)?)?$",
        "Numbers such as 20241231 in {} were read as dates.",
        "yyyymmdd",
    ),
    Form(r"^(?P<year>\d{4})[-/](?P<month>\d{1,2})$", "The months in {} were read as the first day of each.", "months"),
    Form(r"^(?P<month>\d{1,2})[-/.](?P<year>\d{4})$", "The months in {} were read as the first day of each.", "months"),
    Form(r"^(?P<year>\d{4})-?W(?P<week>\d{2})$", "The weeks in {} were read as the Monday of each.", "weeks"),
    Form(
        r"^(?P<year>\d{4})[-/ ]?[Qq](?P<quarter>[1-4])$",
        "The quarters in {} were read as the first day of each.",
        "quarters",
    ),
    Form(
        r"^[Qq](?P<quarter>[1-4])[-/ ]?(?P<year>\d{4})$",
        "The quarters in {} were read as the first day of each.",
        "quarters",
    ),
    Form(
        _WEEKDAY + r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\.?[ /-]*(?P<word>\p{L}{3,12})\.?,?[ /-]*" + _YEAR + _TIME,
        "Dates with the names of months were read in {}.",
    ),
    Form(
        _WEEKDAY + r"(?P<word>\p{L}{3,12})\.? *(?P<day>\d{1,2})(?:st|nd|rd|th)?,? +" + _YEAR + _TIME,
        "Dates with the names of months were read in {}.",
    ),
    Form(
        r"^(?P<word>\p{L}{3,12})\.?[ /-]+" + _YEAR + "$",
        "The months in {} were read as the first day of each.",
        "months",
    ),
)


@dataclass(frozen=True)
class Dates:
    """The readings of a column of dates, days (n,) by "day" or "month", which of them stands first, or by "".

    `told` are sentences with a place for the column's name. `half` is whether the times are in AM and PM.
    """

    readings: dict[str, np.ndarray]
    told: tuple[str, ...] = ()
    written: str = ""
    half: bool = False


def dates(cells: Any, written: str = "") -> Dates | None:
    """The dates in a column of strings, null where missing; None if they are no dates. `written` as in the training."""
    for form in FORMS:
        if every(cells, form.pattern):
            return _read(cells, form, written)
    return None


def _read(cells: Any, form: Form, written: str) -> Dates | None:
    import pyarrow.compute as pc

    encoded = cells.combine_chunks().dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy()
    parts = pc.extract_regex(encoded.dictionary, form.pattern)
    part = {field.name: pc.struct_field(parts, field.name) for field in parts.type}
    year, short = _years(part["year"])
    clock, half = _clock(part)

    def days(month: np.ndarray, day: np.ndarray, year: np.ndarray = year) -> np.ndarray | None:
        found = _days(year, month, day)
        # NaN at the end: index −1, a missing cell, points to it.
        if found is None or clock is None:
            return None
        return np.append((found * DAY_US + clock) / DAY_US, np.nan)[codes]

    one = np.ones(len(year), dtype=np.int64)
    if "week" in part:
        found = _weeks(year, _whole(part["week"]))
        read = {} if found is None else {"": np.append(found, np.nan)[codes]}
    elif "first" not in part:
        day = _whole(part["day"]) if "day" in part else one
        found = days(_month(part), day)
        read = {"": found} if found is not None else {}
    else:
        first, second = _whole(part["first"]), _whole(part["second_"])
        if _is_year_first(part, first, written):
            tried = {"year": days(second, year % 100, np.where(first < _CENTURY, 2000, 1900) + first)}
        elif np.array_equal(first, second):
            tried = {"": days(second, first)}
        elif _all_are(part["dot"], "."):
            tried = {"day": days(second, first)}  # points are German, Russian or Turkish: the day is first
        else:
            tried = {"day": days(second, first), "month": days(first, second)}
        read = {order: found for order, found in tried.items() if found is not None}
    told = [form.told] if form.told else []
    if short:
        told.append("Years of two digits in {} were read as 1969 to 2068.")
    return Dates(read, tuple(told), form.written, half) if read else None


def _is_year_first(part: dict[str, Any], first: np.ndarray, written: str) -> bool:
    """Whether dates such as 24-01-31 begin with the year: then their last number varies more than their first."""
    import pyarrow.compute as pc

    if not _all_are(part["dot"], "-") or not _all_are(pc.utf8_length(part["year"]), 2):
        return False
    last = _whole(part["year"])
    if written:
        return written == "year first"
    return bool(np.unique(first).size < np.unique(last).size and ((last >= 1) & (last <= 31)).all())


def _month(part: dict[str, Any]) -> np.ndarray:
    if "word" in part:
        words = part["word"].to_pylist()
        return np.array([_MONTHS.get(word.lower(), 0) for word in words], dtype=np.int64)
    if "quarter" in part:
        return 3 * _whole(part["quarter"]) - 2
    return _whole(part["month"])


def _all_are(cells: Any, text: str | int) -> bool:
    import pyarrow.compute as pc

    return bool(pc.all(pc.equal(cells, text)).as_py())


def _whole(cells: Any) -> np.ndarray:
    return cells.cast("int64").to_numpy(zero_copy_only=False)


def _years(cells: Any) -> tuple[np.ndarray, bool]:
    import pyarrow.compute as pc

    cells = pc.replace_substring_regex(cells, "['’]", "")
    year = _whole(cells)
    short = pc.equal(pc.utf8_length(cells), 2).to_numpy(zero_copy_only=False)
    return np.where(short, year + np.where(year < _CENTURY, 2000, 1900), year), bool(short.any())


def _days(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray | None:
    """Days since 1970-01-01; None if one of them is not in the calendar."""
    if ((month < 1) | (month > 12) | (day < 1) | (year < 1)).any():
        return None
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    start = months.astype("datetime64[D]").astype(np.int64)
    length = (months + 1).astype("datetime64[D]").astype(np.int64) - start
    return None if (day > length).any() else (start + day - 1).astype(np.float64)


def _weeks(year: np.ndarray, week: np.ndarray) -> np.ndarray | None:
    """The Monday of each week of ISO 8601; None if one is not in its year."""
    fourth = _days(year, np.ones_like(year), np.full_like(year, 4))  # the 4th of January lies in the first week
    if fourth is None or ((week < 1) | (week > 53)).any():
        return None
    return fourth - (fourth + 3) % 7 + 7 * (week - 1)


def _clock(part: dict[str, Any]) -> tuple[np.ndarray | None, bool]:
    """The time of day in microseconds, less the zone's offset, None if there is none such; and if it has AM or PM."""
    import pyarrow.compute as pc

    if "hour" not in part:
        return np.zeros(len(part["year"])), False
    text = {name: part[name] for name in ("hour", "minute", "second") if name in part}
    text["second"] = pc.replace_substring(text["second"], ",", ".")
    hour, minute, second = (
        pc.if_else(pc.equal(cells, ""), "0", cells).cast("float64").to_numpy(zero_copy_only=False)
        for cells in text.values()
    )
    half = False
    if "half" in part:
        letter = pc.utf8_lower(pc.utf8_slice_codeunits(part["half"], 0, 1)).to_numpy(zero_copy_only=False)
        half = bool((letter != "").any())
        if ((letter != "") & ((hour < 1) | (hour > 12))).any():
            return None, half
        hour = np.where(letter == "", hour, hour % 12 + 12 * (letter == "p"))
    if ((hour > 24) | (minute > 59) | (second > 60)).any():
        return None, half
    return np.round((hour * 3600 + minute * 60 + second - _zone(part["zone"])) * 1e6), half


def _zone(cells: Any) -> np.ndarray:
    """Seconds east of Greenwich."""
    import pyarrow.compute as pc

    digits = pc.replace_substring_regex(cells, "[^0-9]", "").to_pylist()
    east = np.array(
        [int(text[:2]) * 3600 + int(text[2:] or 0) * 60 if text else 0 for text in digits], dtype=np.float64
    )
    return np.where(pc.starts_with(cells, "-").to_numpy(zero_copy_only=False), -east, east)
