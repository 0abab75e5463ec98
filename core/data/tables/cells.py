"""Columns from the strings of a file: numbers, dates, categories or text."""

import re
from collections import defaultdict
from typing import Any

import numpy as np

from core.data.tables.columns import OTHER_TEXTS, Column, number_column, quoted, words_column
from core.data.tables.delimited import NUMBER, visible

_PLAIN = rf"^{NUMBER}$"
_DECIMAL_COMMA = r"^[+-]?(\d{1,3}(\.\d{3})+|\d+)?,\d+([eE][+-]?\d+)?$|^[+-]?\d+$"
_THOUSANDS_COMMA = r"^[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?$"
ONE_IN = 10  # a column with at most this share of other cells was meant to hold numbers
_DAY = 86_400.0
# Numeric day and month are read if only one of the two orders fits all rows.
_DATES = (
    (r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?( ?(Z|UTC|[+-]\d{2}:?\d{2}))?)?$", ("ISO8601",)),
    (r"^\d{4}/\d{1,2}/\d{1,2}$", ("%Y/%m/%d",)),
    (r"^\d{1,2}/\d{1,2}/\d{4}$", ("%d/%m/%Y", "%m/%d/%Y")),
    (r"^\d{1,2}-\d{1,2}-\d{4}$", ("%d-%m-%Y", "%m-%d-%Y")),
    (r"^\d{1,2}\.\d{1,2}\.\d{4}$", ("%d.%m.%Y",)),
    (r"^\d{1,2}[ -][A-Za-z]{3}[ -]\d{4}$", ("%d %b %Y", "%d-%b-%Y")),
    (r"^\d{1,2} [A-Za-z]+ \d{4}$", ("%d %B %Y",)),
    (r"^[A-Za-z]{3} \d{1,2}, \d{4}$", ("%b %d, %Y",)),
)


# Repairs are kept as the columns that each was made in, by its sentence.
_DECIMAL_COMMAS = "Decimal commas were read as points in {}."
_THOUSANDS = "Commas between thousands were left out in {}."
_INFINITE = "Infinite values count as missing in {}."
_UNCLEAR_DATES = "The dates in {} may be day first or month first and are kept as words: write them as 2026-01-31."
Repairs = defaultdict[str, list[str]]


def repair_notes(repairs: Repairs) -> tuple[str, ...]:
    """One sentence for each repair that was made."""
    sentences = (_DECIMAL_COMMAS, _THOUSANDS, _INFINITE, _UNCLEAR_DATES)
    return tuple(each.format(quoted(repairs[each], 5)) for each in sentences if repairs[each])


def column_of(name: str, cells: Any, repairs: Repairs, comma: bool) -> Column:
    """A column from pyarrow's strings, null where missing; with `comma` a comma may be a decimal comma.

    Tried in this order: numbers; numbers with commas; dates; else words. If nearly all cells are numbers, `trouble`
    names one that is not.
    """
    import pyarrow.compute as pc

    if cells.null_count == len(cells):
        return number_column(name, np.full(len(cells), np.nan))
    numbers = _floats(cells)
    if numbers is None:
        cells = pc.utf8_trim_whitespace(cells)
        numbers = _floats(cells)
    if numbers is None:
        numbers = _floats(_with_commas(name, cells, repairs, comma))
    if numbers is not None:
        return finite_column(name, numbers, repairs)
    dates = _dates(name, cells, repairs)
    if dates is not None:
        return dates
    return words_column(name, *_coded(cells), _trouble(name, cells))


def finite_column(name: str, numbers: np.ndarray, repairs: Repairs) -> Column:
    """A column of numbers, with infinite ones noted."""
    if np.isinf(numbers).any():
        repairs[_INFINITE].append(name)
    return number_column(name, numbers)


def _floats(cells: Any) -> np.ndarray | None:
    try:
        return cells.cast("float64").to_numpy()
    except ValueError:
        return None


def _all(cells: Any, pattern: str) -> bool:
    import pyarrow.compute as pc

    # The first cells rule out most patterns at almost no cost.
    return all(
        pc.all(pc.match_substring_regex(some, pattern), min_count=0).as_py() for some in (cells.slice(0, 1000), cells)
    )


def _with_commas(name: str, cells: Any, repairs: Repairs, comma: bool) -> Any:
    import pyarrow.compute as pc

    if comma and _all(cells, _DECIMAL_COMMA):
        repairs[_DECIMAL_COMMAS].append(name)
        return pc.replace_substring(pc.replace_substring(cells, ".", ""), ",", ".")
    if not comma and _all(cells, _THOUSANDS_COMMA):
        repairs[_THOUSANDS].append(name)
        return pc.replace_substring(cells, ",", "")
    return cells


def _dates(name: str, cells: Any, repairs: Repairs) -> Column | None:
    for pattern, formats in _DATES:
        if _all(cells, pattern):
            read = [column for each in formats if (column := _date_column(name, cells, each)) is not None]
            if len(read) > 1:
                repairs[_UNCLEAR_DATES].append(name)
            return read[0] if len(read) == 1 else None
    return None


def _date_column(name: str, cells: Any, form: str) -> Column | None:
    import pandas as pd

    codes, words = _coded(cells)
    try:
        days = pd.to_datetime(pd.Index(words, dtype="str"), format=form, utc=True)
    except ValueError:
        return None
    # NaN at the end: index −1, a missing cell, points to it.
    known = np.append(days.as_unit("us").asi8 / (1e6 * _DAY), np.nan)
    return Column(name, "date", known[codes])


def _coded(cells: Any) -> tuple[np.ndarray, list[str]]:
    """Codes (n,), −1 where a cell is missing, into a list of words."""
    encoded = cells.combine_chunks().dictionary_encode()
    return encoded.indices.fill_null(-1).to_numpy(), encoded.dictionary.to_pylist()


def _trouble(name: str, cells: Any) -> str:
    """A sentence naming a cell that is not a number, if nearly all others are; else an empty string."""
    import pyarrow.compute as pc

    stray = pc.invert(pc.match_substring_regex(cells, _PLAIN)).fill_null(False)
    count = pc.sum(stray).as_py()
    if count * ONE_IN > len(cells) - cells.null_count:
        return ""
    row = pc.index(stray, True).as_py()
    more = f", and {count - 1:,} more like it" if count > 1 else ""
    return f"Row {row + 1:,} of column “{name}” is “{visible(cells[row].as_py())[:40]}”{more}: a number is due."


def not_a_number(column: Column) -> str:
    """Why a column does not hold the numbers it should: a sentence, with the first offending cell if known."""
    if column.trouble:
        return column.trouble
    if not column.coded:
        return f"Column “{column.name}” holds dates: numbers are due."
    numbers = [word == OTHER_TEXTS or bool(re.fullmatch(NUMBER, word)) for word in column.categories]
    rows = np.flatnonzero(np.isin(column.values, np.flatnonzero(np.logical_not(numbers))))
    if not rows.size:
        return f"Column “{column.name}” holds text: numbers are due."
    word = column.categories[column.values[rows[0]]]
    return f"Row {rows[0] + 1:,} of column “{column.name}” is “{visible(word)[:40]}”: a number is due."
