"""A column of groups in a table of predictions: which columns may be one, and the group of each point."""

from collections.abc import Container
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..data.tables.columns import Column, Columns
from ..data.tables.overview import date_text
from ..words import quantity

MOST_VALUES = 50  # of a column of numbers that are groups as they are
MOST_WHOLE = 200  # of whole numbers, which are names of groups more often than sizes
BINS = 5  # of equal count, of a column with more


@dataclass(frozen=True, eq=False)
class Groups:
    """A column of groups: the code of each point (n,), −1 where it has none, and the names by code."""

    column: str
    codes: NDArray[np.intp]
    names: tuple[str, ...]


def groups_of(column: Column, rows: NDArray[np.intp]) -> Groups:
    """The groups of some rows: words and few numbers as they are, many numbers or dates in five bins of equal count."""
    values = column.values[rows]
    if column.coded:
        return Groups(column.name, values.astype(np.intp), column.categories)
    written = (lambda value: date_text(round(value))) if column.kind == "date" else quantity
    known = np.unique(values[np.isfinite(values)])
    whole = column.kind == "number" and bool(np.all(known == np.round(known)))
    if known.size <= (MOST_WHOLE if whole else MOST_VALUES):
        codes = np.where(np.isfinite(values), np.searchsorted(known, np.nan_to_num(values)), -1)
        names = tuple(f"{value:g}" if column.kind == "number" else written(value) for value in known)
        return Groups(column.name, codes.astype(np.intp), names)
    cuts = np.unique(np.quantile(values[np.isfinite(values)], np.linspace(0, 1, BINS + 1)[1:-1]))
    codes = np.where(np.isfinite(values), np.searchsorted(cuts, np.nan_to_num(values), side="right"), -1)
    ends = [known[0], *cuts, known[-1]]
    names = tuple(f"{written(float(low))} to {written(float(high))}" for low, high in pairwise(ends))
    return Groups(column.name, codes.astype(np.intp), names)


def group_columns(columns: Columns, taken: Container[str]) -> tuple[str, ...]:
    """The columns that may be groups: words of a few kinds, or few whole numbers, that are not taken otherwise."""
    return tuple(name for name, column in columns.columns.items() if name not in taken and _may_be(column))


def _may_be(column: Column) -> bool:
    if column.kind == "category":
        return len(column.categories) > 1
    if column.kind != "number":
        return False
    known = column.values[np.isfinite(column.values)]
    few = np.unique(known[:10_000])
    return (
        1 < few.size <= MOST_VALUES // 2 and bool(np.all(few == np.round(few))) and np.unique(known).size <= MOST_VALUES
    )
