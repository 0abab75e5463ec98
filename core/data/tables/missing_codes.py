"""Codes for a missing value, such as −999: the cells that hold one count as missing, in new rows too."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from .columns import Column, Columns
from .feature import days_of

MOST_CODES = 100


def codes_in(text: str) -> tuple[str, ...]:
    """The entries of a text such as `-999, age=99`. Raises ValueError if there are more than MOST_CODES."""
    entries = tuple(entry for entry in (each.strip() for each in next(csv.reader([text]), [])) if entry)
    if len(entries) > MOST_CODES:
        raise ValueError(f"it takes at most {MOST_CODES} values that stand for a missing one")
    return entries


def with_missing(columns: Columns, text: str) -> Columns:
    """The table with the cells missing that hold a code: `-999` in any column, `age=99` in that of this name.

    `notes` tells how many cells of which columns. Raises TableError for a column that is not there.
    """
    codes = codes_in(text)
    if not codes:
        return columns
    everywhere = [code for code in codes if "=" not in code]
    of_one: dict[str, list[str]] = {}
    for name, _, code in (code.rpartition("=") for code in codes if "=" in code):
        of_one.setdefault(columns[name.strip()].name, []).append(code.strip())
    found = {name: _without(column, [*everywhere, *of_one.get(name, ())]) for name, column in columns.columns.items()}
    return Columns(MappingProxyType(found), columns.rows, (*columns.notes, *_notes(columns, found)))


def _without(column: Column, codes: list[str]) -> Column:
    """The column without the cells of these codes; the column itself if it has none."""
    held = tuple(code for code in map(_read_as(column), codes) if code is not None)
    if column.kind == "empty" or not held:
        return column
    if column.coded:
        out = np.isin(column.values, [place for place, word in enumerate(column.categories) if word in held])
        values = np.where(out, -1, column.values)
    else:
        values = np.where(np.isin(column.values, [float(code) for code in held]), np.nan, column.values)
    found = replace(column, values=values, codes=held)
    return replace(found, kind="empty", values=np.full(len(values), np.nan)) if found.is_missing.all() else found


def _read_as(column: Column) -> Callable[[str], str | None]:
    """A code in the kind of the column: a word, a number or a day as text; None where it is none."""
    if column.coded:
        return lambda code: code
    if column.kind == "date":
        return lambda code: _number(days_of(np.array([code], dtype=object), "").tolist()[0])
    return _number


def _number(code: Any) -> str | None:
    try:
        value = float(code)
    except (TypeError, ValueError):
        return None
    return repr(value) if np.isfinite(value) else None


def _notes(before: Columns, after: Mapping[str, Column]) -> list[str]:
    told = []
    for name, column in after.items():
        if more := column.missing - before[name].missing:
            told.append(f"Cells of “{name}” that count as missing, as they hold a code for it: {more:,}.")
    return told
