"""A table at a glance: its first rows and what each column holds, for a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.data.tables.columns import Column, Columns

KINDS: Mapping[str, str] = {
    "number": "number",
    "date": "date",
    "category": "category",
    "text": "text, too varied for a category",
    "empty": "empty",
}
_EXAMPLES = 4  # words of a category that are shown


@dataclass(frozen=True)
class Glance:
    """One column: what it holds, how many cells are missing, its range or words, and what is wrong with it."""

    name: str
    kind: str
    missing: int
    holds: str
    trouble: str


def glances(columns: Columns) -> list[Glance]:
    """Each column, in the order of the file."""
    return [
        Glance(name, KINDS[column.kind], column.missing, _holds(column), column.trouble)
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


def _holds(column: Column) -> str:
    if column.kind == "empty":
        return ""
    if column.coded:
        some = ", ".join(column.categories[:_EXAMPLES])
        more = ", …" if len(column.categories) > _EXAMPLES else ""
        return f"{len(column.categories):,} different: {some}{more}"
    low, high = float(np.nanmin(column.values)), float(np.nanmax(column.values))
    written = date_text if column.kind == "date" else _number_text
    return f"{written(low)} to {written(high)}"


def _number_text(value: float) -> str:
    return f"{value:,.6g}".replace("-", "−")


def date_text(days: float) -> str:
    """Days since 1970-01-01 as 2026-01-31, with the time of day if there is one."""
    moment = np.datetime64(round(days * 86_400), "s")
    return str(moment.astype("datetime64[D]")) if days == np.floor(days) else str(moment).replace("T", " ")
