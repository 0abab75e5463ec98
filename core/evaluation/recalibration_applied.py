"""A recalibration that is fitted to the predictions of one file and corrects those of another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ..distributions.law import Law
from ..distributions.stated import Partial, QuantilesAlone
from .before_after import Comparison, before_and_after
from .judged import Array
from .predictions import Predictions
from .recalibration import RECALIBRATIONS, Fitted, Intervals

LEVELS = (0.5, 0.9, 0.95)  # of the bounds, unless others are chosen


@dataclass(frozen=True, eq=False)
class Applied:
    """The corrected predictions of a file: `columns` by name, one row for each row of the file, in its order.

    They are y where it is known, mean, std where a distribution is left, and lower and upper of each level; nan where
    the file predicts nothing. `fitted` came from the `n_fitted` points of the other file. `comparison` judges it on
    the rows of this file that have a y; None without any. `notes` say what could not be given.
    """

    name: str
    fitted: Fitted
    n_fitted: int
    columns: Mapping[str, Array]
    comparison: Comparison | None
    notes: tuple[str, ...]


def applied(
    name: str, source: Predictions, other: Predictions, levels: Sequence[float] = LEVELS, level: float = 0.95
) -> Applied:
    """Fits a recalibration to all points of `source` and corrects `other`, which may be without y.

    `levels` are those of the bounds that come out, `level` that of the comparison; an interval alone has its own.
    Raises ValueError if the two are of different forms, or the recalibration cannot be fitted.
    """
    row = RECALIBRATIONS[name]
    first, second = source.to_fit_at(slice(None)), other.to_fit_at(slice(None))
    _check_alike(source, other, first, second)
    if len(source.y) < row.least(level):
        raise ValueError(
            f"“{row.label}” needs at least {row.least(level)} points for intervals of {100 * level:g} %, but "
            f"there are {len(source.y)}: use more points or a lower level."
        )
    along, other_along = _along(name, source, other)
    fitted = row.fit(first, source.y, along)
    whole = other.is_whole
    if not whole.any():
        raise ValueError("The second file has no prediction, so nothing can be corrected.")
    with np.errstate(all="ignore"):
        after = fitted.apply(other.to_fit_at(whole), None if other_along is None else other_along[whole])
    own = first.central if isinstance(first, QuantilesAlone) else None
    columns, notes = _columns(other, after, whole, levels if own is None else (own,))
    return Applied(
        name, fitted, source.n, columns, _compared(name, source, other, along, other_along, own or level), notes
    )


def _check_alike(source: Predictions, other: Predictions, first: Law, second: Law) -> None:
    """Refuses files whose predictions are not of one kind."""
    kinds = [type(law) if isinstance(law, Partial) else Law for law in (first, second)]
    levels = [law.levels if isinstance(law, QuantilesAlone) else () for law in (first, second)]
    if kinds[0] is not kinds[1] or levels[0] != levels[1]:
        raise ValueError(
            f"The first file has {source.words}, the second {other.words}. Both must have predictions of the same form."
        )


def _along(name: str, source: Predictions, other: Predictions) -> tuple[Array | None, Array | None]:
    """Where the points of both files lie on an axis: x if both have it, the predicted mean if neither has."""
    if (source.x is None) != (other.x is None):
        if "along" in name:
            which = "first" if source.x is None else "second"
            raise ValueError(
                f"“{RECALIBRATIONS[name].label}” needs x in both files, but the {which} has none. Add it, or "
                "choose another recalibration."
            )
        return None, None
    return (source.centre, other.centre) if source.x is None else (source.x, other.x)


def _columns(
    other: Predictions, after: Intervals, whole: np.ndarray, levels: Sequence[float]
) -> tuple[Mapping[str, Array], tuple[str, ...]]:
    """The columns that come out, and notes on bounds that could not be given."""

    def spread_out(values: Array) -> Array:
        every = np.full(whole.size, np.nan)
        every[whole] = values
        return every

    columns: dict[str, Array] = {}
    if np.isfinite(other.y).any():
        columns["y"] = other.y
    if not np.isnan(after.mean).all():
        columns["mean"] = spread_out(after.mean)
    if isinstance(after, Law) and not isinstance(after, Partial):
        columns["std"] = spread_out(after.std)
    notes = []
    for level in sorted(levels):
        try:
            ends = after.interval(level)
        except ValueError as reason:
            notes.append(str(reason))
            continue
        for side, values in zip(("lower", "upper"), ends, strict=True):
            columns[f"{side}_{100 * level:g}"] = spread_out(values)
    return MappingProxyType(columns), tuple(notes)


def _compared(
    name: str, source: Predictions, other: Predictions, along: Array | None, other_along: Array | None, level: float
) -> Comparison | None:
    """Before and after on the rows of the other file that have a y; None without such rows or where forms differ."""
    known = np.flatnonzero(other.is_whole & np.isfinite(other.y))
    if not known.size:
        return None
    n = source.n

    def predictive_of(indices: np.ndarray) -> Law:
        # Asked for all points of the first file, or for all of the second.
        return source.to_fit_at(indices) if indices[0] < n else other.to_fit_at(known[indices - n])

    both = None if along is None or other_along is None else np.concatenate([along, other_along[known]])
    try:
        y = np.concatenate([source.y, other.y[known]])
        return before_and_after(name, predictive_of, y, level, validation=n, along=both)
    except ValueError:
        return None  # too few points for this level: the rows are corrected all the same
