"""A table at a glance: its first rows and what each column holds, for a page."""

from typing import Any

import numpy as np

from ...words import exact
from .choice import has_many_words
from .columns import Column, Columns

_EXAMPLES = 4  # words of a category that are shown


def glances(columns: Columns) -> list[dict[str, Any]]:
    """A row for each column, in the order of the file: what it holds, how many cells are missing, what is wrong."""
    return [
        {
            "column": name,
            "type": _type(column),
            "missing": column.missing,
            "holds": _holds(column),
            "remark": column.trouble,
        }
        for name, column in columns.columns.items()
    ]


def first_rows(columns: Columns, rows: int = 8, most_columns: int = 100) -> dict[str, list[Any]]:
    """The first rows as lists by column: numbers, words, dates as ISO text, and None where a cell is missing."""
    names = list(columns.columns)[:most_columns]
    return {name: [_cell(columns[name], row) for row in range(min(rows, columns.rows))] for name in names}


def _cell(column: Column, row: int) -> Any:
    if column.is_missing[row]:
        return None
    if column.coded:
        return column.categories[column.values[row]]
    value = float(column.values[row])
    return date_text(value) if column.kind == "date" else value


def _type(column: Column) -> str:
    if column.kind != "text":
        return column.kind
    return "category of many words" if has_many_words(column) else "text, too varied for a category"


def _holds(column: Column) -> str:
    if column.kind == "empty":
        return ""
    if column.coded:
        some = ", ".join(column.categories[:_EXAMPLES])
        more = ", …" if len(column.categories) > _EXAMPLES else ""
        return f"{len(column.categories):,} different: {some}{more}"
    low, high = float(np.nanmin(column.values)), float(np.nanmax(column.values))
    if column.kind == "date":
        return f"{date_text(low)} to {date_text(high)}"
    return f"{exact(low, high - low)} to {exact(high, high - low)}"


def date_text(days: float) -> str:
    """Days since 1970-01-01 as 2026-01-31, with the time of day if there is one."""
    moment = np.datetime64(round(days * 86_400), "s")
    return str(moment.astype("datetime64[D]")) if days == np.floor(days) else str(moment).replace("T", " ")
