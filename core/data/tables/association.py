"""How strongly a target is related to each column: by its level or its spread, so that a wide table's features are
chosen by rank.
"""

import numpy as np
from numpy.typing import NDArray

from .choice import MOST_INPUTS, Choice, most_inputs_of, usable
from .columns import Column, Columns
from .parts import SPLITTERS

Array = NDArray[np.float64]

_MOST_ROWS = 5_000  # of the training part, evenly chosen
_PARTS_OF_NUMBERS = 10  # groups of equal size that numbers are cut into


def strongest(columns: Columns, choice: Choice) -> tuple[str, ...]:
    """The usable columns, of many words too; of those that make more than MOST_INPUTS inputs the most strongly related
    to a target, in the order of the file.

    Ranked on the training part alone, of the rows with a target: a rank on all rows would have seen the held-out ones
    (Hastie, Tibshirani & Friedman 2009, section 7.10.2).
    """
    every = usable(columns, choice.aside, many_words=True)
    inputs = np.array([most_inputs_of(columns[name]) for name in every])
    if inputs.sum() <= MOST_INPUTS:
        return every
    kept = ~np.any([columns[target].is_missing for target in choice.targets], axis=0)
    rows = np.flatnonzero(kept)[SPLITTERS[choice.split](columns, choice, kept) == 0]
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(_MOST_ROWS, len(rows))).round().astype(int))]
    observed = [columns[target].values[rows] for target in choice.targets]
    order = np.argsort([-max(association(columns[name], rows, y) for y in observed) for name in every], kind="stable")
    fits = np.cumsum(inputs[order]) <= MOST_INPUTS
    return tuple(every[place] for place in np.sort(order[fits]))


def association(column: Column, rows: NDArray[np.intp], y: Array) -> float:
    """The share of the variance of y's rank, or of its distance from the median, that the column's groups account for.

    The groups are its words, or tenths of its numbers, and the rows without a value. Adjusted for their number as R²
    is, so that it is about 0 without a relation; the larger one of level and spread.
    """
    groups = _groups(column, rows)
    count = int(groups.max()) + 1
    if count < 2 or len(y) <= count:
        return 0.0
    rank = _ranks(y)
    return max(_explained(groups, count, rank), _explained(groups, count, np.abs(rank - rank.mean())))


def _groups(column: Column, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    values = column.values[rows]
    if not column.coded:
        known = np.isfinite(values)
        if not known.any():
            return np.zeros(len(rows), dtype=np.intp)
        cuts = np.unique(np.quantile(values[known], np.arange(1, _PARTS_OF_NUMBERS) / _PARTS_OF_NUMBERS))
        values = np.where(known, np.searchsorted(cuts, values), -1)
    return np.unique(values, return_inverse=True)[1]


def _ranks(y: Array) -> Array:
    """Ranks (n,), equal values with their mean."""
    _, places, counts = np.unique(y, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places].astype(np.float64)


def _explained(groups: NDArray[np.intp], count: int, of: Array) -> float:
    total = float(np.sum((of - of.mean()) ** 2))
    if total == 0:
        return 0.0
    means = np.bincount(groups, of, count) / np.bincount(groups, minlength=count)
    within = float(np.sum((of - means[groups]) ** 2))
    n = len(of)
    return 1 - within / total * (n - 1) / (n - count)
