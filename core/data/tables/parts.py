"""The part each row belongs to: at random, by an order, by a column that says so, or whole groups together."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..dataset import streams
from .choice import KINDS, Choice
from .columns import Columns, TableError
from .equal_rows import groups_of

Rows = NDArray[np.bool_]
Parts = NDArray[np.int8]  # of each row: 0 training, 1 validation, 2 held out

_PART_NAMES = {
    **dict.fromkeys(("train", "training", "learn"), 0),
    **dict.fromkeys(("validation", "valid", "val", "dev"), 1),
    **dict.fromkeys(("test", "testing", "held-out", "held out", "holdout"), 2),
}


def _random(columns: Columns, choice: Choice, kept: Rows) -> Parts:
    (rng,) = streams(choice.seed, 1)
    return _by_order(rng.permutation(int(kept.sum())), choice)


def _last(columns: Columns, choice: Choice, kept: Rows) -> Parts:
    if not choice.split_by:
        return _by_order(np.arange(int(kept.sum()))[::-1], choice)
    column = columns[choice.split_by]
    if column.kind not in ("number", "date"):
        raise TableError(f"Column “{column.name}” holds {KINDS[column.kind]}: an order needs numbers or dates.")
    values = column.values[kept]
    if np.isnan(values).any():
        row = int(np.flatnonzero(kept)[np.argmax(np.isnan(values))]) + 1
        raise TableError(f"Row {row:,} of column “{column.name}” is empty: the order of the rows needs every value.")
    return _by_order(np.argsort(values, kind="stable")[::-1], choice)


def _by_order(order: NDArray[np.intp], choice: Choice) -> Parts:
    """The first rows of an order are held out; the next ones are for validation."""
    held_out, validation = round(choice.held_out * len(order)), round(choice.validation * len(order))
    part = np.zeros(len(order), dtype=np.int8)
    part[order[:held_out]] = 2
    part[order[held_out : held_out + validation]] = 1
    return part


def _by_column(columns: Columns, choice: Choice, kept: Rows) -> Parts:
    if not choice.split_by:
        raise TableError("Choose the column that says which rows are for training and which for the test.")
    column = columns[choice.split_by]
    if column.kind != "category":
        raise TableError(f"Column “{column.name}” does not say train, validation or test: choose the one that does.")
    part_of = [_PART_NAMES.get(word.strip().lower(), -1) for word in column.categories]
    part = np.array([*part_of, -1], dtype=np.int8)[
        column.values[kept]
    ]  # code −1, a missing value, takes the last element
    if (part < 0).any():
        row = int(np.flatnonzero(kept)[np.argmax(part < 0)])
        code = int(column.values[row])
        shown = f"is “{column.categories[code][:40]}”" if code >= 0 else "is empty"
        raise TableError(f"Row {row + 1:,} of column “{column.name}” {shown}: it takes train, validation or test.")
    return part


def _by_group(columns: Columns, choice: Choice, kept: Rows) -> Parts:
    """Whole groups in random order, as many as come nearest to each share, one held out at least."""
    groups = groups_of(columns, choice.split_by, (*choice.features, *choice.targets), kept)
    _, places, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    (rng,) = streams(choice.seed, 1)
    order = rng.permutation(len(sizes))
    ends = np.cumsum(sizes[order]) / len(groups)
    part = np.zeros(len(sizes), dtype=np.int8)
    held_out = max(1, _nearest(ends, choice.held_out))
    validation = (
        max(held_out, _nearest(ends, ends[held_out - 1] + choice.validation)) if choice.validation else held_out
    )
    part[order[:held_out]] = 2
    part[order[held_out:validation]] = 1
    return part[places]


def _nearest(ends: NDArray[np.float64], share: float) -> int:
    """How many groups come nearest to a share of the rows."""
    return int(np.argmin(np.abs(np.append(0.0, ends) - share)))


SPLITTERS: Mapping[str, Callable[[Columns, Choice, Rows], Parts]] = MappingProxyType(
    {"random": _random, "order": _last, "column": _by_column, "group": _by_group}
)
