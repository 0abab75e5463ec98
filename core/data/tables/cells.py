"""Columns from the strings of a file: numbers, dates, categories or text. Where cells leave two readings, both."""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from .calendar_cells import FORMS, Dates, dates
from .column_names import visible
from .columns import OTHER_TEXTS, Column, Like, number_column, quoted, words_column
from .decimal_sign import PATTERNS, Signs, every, first_that, signs, signs_of_floats
from .missing_cells import MISSING, without_words_for_missing
from .number_dates import COUNTS, counted
from .numerals import BLANKS, Numerals, numerals

NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_TIME = r"^(?P<hour>\d{1,3}):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d(?:[.,]\d{1,9})?))?(?: ?(?:Uhr|h))?$"
_TIME_WITH_POINTS = r"^(?P<hour>[01]?\d|2[0-4])\.(?P<minute>[0-5]\d)\.(?P<second>[0-5]\d)$"
ONE_IN = 10  # a column with at most this share of other cells was meant to hold numbers
DECIMAL, DATES = "decimal", "dates"  # fields of Choices

_DECIMAL_COMMAS = "Decimal commas were read as points in {}."
_MIXED = "Decimal commas and decimal points both stand in {}: both were read as such."
_THOUSANDS = "Commas between thousands were left out in {}."
_POINTS = "Points between thousands were left out in {}."
INFINITE = "Infinite values count as missing in {}."
# Repairs are kept as the columns that each was made in, by its sentence.
Repairs = defaultdict[str, list[str]]


def repair_notes(repairs: Repairs) -> tuple[str, ...]:
    """One sentence for each repair that was made."""
    return tuple(sentence.format(quoted(names, 5)) for sentence, names in repairs.items())


@dataclass(frozen=True)
class Draft:
    """A column that may have two readings until the whole file is known.

    `readings` holds it by what Choices says of the field `asks`, or by "" where nothing is to be chosen. `shows` is the
    choice that its own cells settle, if they do, and `example` a cell. `kept` is what it is without a choice; `bare`
    and `half` are those of Signs and Dates.
    """

    name: str
    readings: dict[str, Column]
    asks: str = ""
    shows: str = ""
    example: str = ""
    kept: Column | None = None
    bare: bool = False
    half: bool = False
    like: Like | None = None

    @property
    def is_open(self) -> bool:
        """Whether there are two readings."""
        return len(self.readings) > 1


def draft_of(name: str, cells: Any, repairs: Repairs, like: Like | None = None) -> Draft:
    """A column from pyarrow's strings, null where missing.

    Tried in this order: plain numbers; numbers in any dress; dates; else words. If nearly all cells are numbers,
    `trouble` names one that is not. With `like` of words the cells stay words, and with `like` of numbers or dates
    nothing else is seen in them.
    """
    import pyarrow.compute as pc

    if cells.null_count == len(cells):
        return Draft(name, {"": number_column(name, np.full(len(cells), np.nan))})
    if like is not None and like.kind == "category":
        return Draft(name, {"": words_column(name, *coded(_trimmed(cells)))})
    floats = _floats(cells)
    if floats is None:
        cells = _unquoted(name, _trimmed(cells), repairs)
        floats = _floats(cells)
    if floats is not None:
        return draft_of_numbers(name, floats, repairs, like, cells)
    found = _read(name, cells, repairs, like)
    if found is None and pc.any(pc.match_substring_regex(cells.slice(0, 1000), r"\d"), min_count=0).as_py():
        less, word = without_words_for_missing(cells)
        found = _read(name, less, repairs, like) if word and less.null_count < len(less) else None
        if found is not None:
            repairs[f"“{word}” counts as missing in {{}}."].append(name)
    if found is None and (told := _nearly_dates(cells)):
        repairs[told].append(name)
    return found or Draft(name, {"": words_column(name, *coded(cells), _trouble(name, cells))})


def draft_of_numbers(
    name: str, values: np.ndarray, repairs: Repairs, like: Like | None = None, cells: Any = None
) -> Draft:
    """A column of numbers, or of dates that are written as such; `cells` are their strings, if they were read."""
    way = counted(name, values) if like is None else like.written if like.kind == "date" else ""
    if way in COUNTS:
        repairs[COUNTS[way].told].append(name)
        return Draft(name, {"": Column(name, "date", COUNTS[way].days(values), written=way)})
    if np.isinf(values).any():
        repairs[INFINITE].append(name)
    if cells is None:
        return Draft(name, {"": number_column(name, values)})
    return _of_signs(name, signs_of_floats(cells, values), repairs, like)


def _hours(cells: Any, pattern: str) -> np.ndarray | None:
    """Times of day and durations, such as 14:30 or 1:02:03.5, in hours; None if the cells are others."""
    import pyarrow.compute as pc

    if not every(cells, pattern):
        return None
    parts = pc.extract_regex(pc.replace_substring(cells, ",", ".").combine_chunks(), pattern)
    hour, minute, second = (pc.struct_field(parts, name) for name in ("hour", "minute", "second"))
    second = pc.if_else(pc.equal(second, ""), "0", second)
    values = [each.cast("float64").to_numpy(zero_copy_only=False) for each in (hour, minute, second)]
    return values[0] + (values[1] * 60 + values[2]) / 3600


def _read(name: str, cells: Any, repairs: Repairs, like: Like | None) -> Draft | None:
    """The column of numbers or dates that the cells make, or None."""
    plain = numerals(cells) if like is None or like.kind == "number" else None
    if plain is not None and not plain.trouble and plain.cells.null_count == cells.null_count:
        read = signs(plain.cells)
        if read is not None:
            for sentence in plain.told:
                repairs[sentence].append(name)
            return _of_signs(name, read, repairs, like)
    days = dates(cells, like.written if like else "") if like is None or like.kind == "date" else None
    if days is not None:
        return _of_dates(name, days, cells, repairs, like)
    # Dates come first: 31.12.24 is none of the times with points.
    hours = _hours(cells, _TIME) if like is None or like.kind == "number" else None
    hours = _hours(cells, _TIME_WITH_POINTS) if hours is None and like is None else hours
    if hours is None:
        return None
    repairs["Times in {} were read as hours: 14:30 is 14.5."].append(name)
    return Draft(name, {"": number_column(name, hours)})


def _of_signs(name: str, read: Signs, repairs: Repairs, like: Like | None) -> Draft:
    if not read.is_open:
        ((sign, values),) = read.readings.items()
        if sign == "," and read.sure:
            repairs[_DECIMAL_COMMAS].append(name)
        if not sign:
            repairs[_MIXED].append(name)
        if read.groups:
            repairs[_POINTS if sign == "," else _THOUSANDS].append(name)
        column = number_column(name, values, WRITTEN[read.sure] if read.sure else "")
        return Draft(name, {"": column}, DECIMAL, read.sure, read.example)
    columns = {sign: number_column(name, values, WRITTEN[sign]) for sign, values in read.readings.items()}
    return Draft(name, columns, DECIMAL, "", read.example, bare=read.bare, like=like)


def _of_dates(name: str, read: Dates, cells: Any, repairs: Repairs, like: Like | None) -> Draft:
    for sentence in read.told:
        repairs[sentence].append(name)
    columns = {
        order: Column(name, "date", days, written=WRITTEN.get(order, read.written))
        for order, days in read.readings.items()
    }
    ((first, column), *others) = columns.items()
    if not others:
        return Draft(name, {"": column}, DATES if first else "", first)
    kept = words_column(name, *coded(cells))
    return Draft(name, columns, DATES, "", first_that(cells, "."), kept, half=read.half, like=like)


WRITTEN = {",": "decimal comma", ".": "decimal point", "day": "day first", "month": "month first", "year": "year first"}


def _trimmed(cells: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = pc.utf8_trim(cells, BLANKS + "\r\n\v\f\ufeff\u200b")
    return pc.if_else(pc.is_in(cells, value_set=pa.array(MISSING)), pa.scalar(None, cells.type), cells)


def _unquoted(name: str, cells: Any, repairs: Repairs) -> Any:
    """The cells without single quotation marks, where all have them."""
    import pyarrow.compute as pc

    if not every(cells, r"^'.*'$"):
        return cells
    repairs["Single quotation marks were left out in {}."].append(name)
    return pc.utf8_slice_codeunits(cells, 1, -1)


def _floats(cells: Any) -> np.ndarray | None:
    try:
        return cells.cast("float64").to_numpy()
    except ValueError:
        return None


def coded(cells: Any) -> tuple[np.ndarray, list[str]]:
    """Codes (n,), −1 where a cell is missing, into a list of words."""
    encoded = cells.combine_chunks().dictionary_encode()
    return encoded.indices.fill_null(-1).to_numpy(), encoded.dictionary.to_pylist()


def _trouble(name: str, cells: Any) -> str:
    """Why a column holds no numbers, with a cell that is none, if nearly all others are; else an empty string."""
    import pyarrow.compute as pc

    plain = numerals(cells)
    if plain is not None and plain.trouble:
        return plain.trouble.format(quoted([name]))
    stray = _stray(cells, plain)
    count = pc.sum(stray).as_py()
    if not count or count * ONE_IN > len(cells) - cells.null_count:
        return ""
    row = pc.index(stray, True).as_py()
    more = f", and {count - 1:,} more like it" if count > 1 else ""
    return f"Row {row + 1:,} of column “{name}” is “{visible(cells[row].as_py())[:40]}”{more}: a number is needed."


def _nearly_dates(cells: Any) -> str:
    """A sentence on a cell that is no date, if nearly all others are, with a place for the name; else empty."""
    import pyarrow.compute as pc

    first = cells.slice(0, 1000)
    few = (len(first) - first.null_count) // ONE_IN

    def strays(pattern: str) -> Any:
        return pc.invert(pc.match_substring_regex(first, pattern)).fill_null(False)

    if pc.sum(strays(r"\d.*\d")).as_py() > few:  # every date has two digits: this is the fastest to see
        return ""
    for form in FORMS:
        found = strays(form.pattern)
        if 0 < pc.sum(found).as_py() <= few:
            row = pc.index(found, True).as_py()
            cell = visible(cells[row].as_py())[:40].replace("{", "{{").replace("}", "}}")
            return f"Dates in {{}} are kept as words, as row {row + 1:,} is “{cell}”."
    return ""


def _stray(cells: Any, plain: Numerals | None) -> Any:
    """Which cells are no numbers."""
    import pyarrow.compute as pc

    patterns = [rf"^{NUMBER}$"]
    if plain is not None:
        cells = pc.if_else(pc.is_valid(cells), pc.fill_null(plain.cells, "no number"), cells)
        patterns = list(PATTERNS.values())
    strays = [pc.invert(pc.match_substring_regex(cells, pattern)).fill_null(False) for pattern in patterns]
    return min(strays, key=lambda stray: pc.sum(stray).as_py())


def not_a_number(column: Column) -> str:
    """Why a column does not hold the numbers it should: a sentence, with the first offending cell if known."""
    if column.trouble:
        return column.trouble
    if not column.coded:
        return f"Column “{column.name}” holds dates: numbers are needed."
    numbers = [word == OTHER_TEXTS or bool(re.fullmatch(NUMBER, word)) for word in column.categories]
    rows = np.flatnonzero(np.isin(column.values, np.flatnonzero(np.logical_not(numbers))))
    if not rows.size:
        return f"Column “{column.name}” holds text: numbers are needed."
    word = column.categories[column.values[rows[0]]]
    return f"Row {rows[0] + 1:,} of column “{column.name}” is “{visible(word)[:40]}”: a number is needed."
