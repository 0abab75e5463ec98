"""Predictions of any model, read from a table in any usual form, judged like a run's."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from ..data.tables.cells import not_a_number
from ..data.tables.columns import FOUND, Choices, Column, Columns, TableError, number_column, quoted
from ..data.tables.reading import read_table
from ..distributions.drawn import SamplePredictive
from ..distributions.laws import Predictive
from ..distributions.stated import Partial, QuantilesAlone
from ..once import cached_property
from .judged import Array, Judged
from .predictions_choice import NO_CHOICE, Choice
from .predictions_columns import Found, found_in
from .predictions_forms import FAMILIES, FORMS, SPREADS, Asked, Given, Reading, forms_of, used
from .predictions_groups import Groups, groups_of

Y, MEAN, X = "y", "mean", "x"
FORM = "y,mean,std,x\n1.20,0.95,0.40,0.1\n0.31,0.52,0.35,0.2\n"  # what a file looks like
LARGEST = 1e60  # in absolute value: squares of larger numbers, or of a std below 1/LARGEST, leave the range of float64
EXAMPLE_ROWS = 4000
EXAMPLE_TOO_NARROW = 1.5


class UnclearError(TableError):
    """The names of a table do not say which column is what; a Choice does."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """Predictions at n points beside the observed y (n,), in the unit of y; x (n,) if the table has it.

    `mean` and `std` (n,) are those of the predicted distributions, NaN where a form has none. Values that are not
    finite are NaN. Rows without y or without a prediction are left out, if any row has one. `notes` say what was
    corrected while the table was read, and how many rows were left out. `given` makes the laws; without it they are
    the family's with this mean and std. `kept` are the rows of the table that the points are.
    """

    mean: Array
    std: Array
    y: Array
    x: Array | None
    x_is_date: bool  # x are days since 1970-01-01
    family: str
    notes: tuple[str, ...] = ()
    given: Given | None = None
    form: str = "spread"  # a name in FORMS
    words: str = "mean and std"  # what the table was read as
    forms: tuple[str, ...] = ("spread",)  # that it could be read as
    found: Found | None = None
    kept: np.ndarray | None = None
    choice: Choice = NO_CHOICE  # that it was read by
    groups: Groups | None = None
    is_level_taken: bool = False  # nothing says the level of an interval: the usual one is taken

    def at(self, indices: Any) -> Predictive:
        """The predictive distribution at some of the points."""
        if self.given is None:
            return FAMILIES[self.family].of(self.mean[indices], self.std[indices])
        return self.given.at(indices)

    def to_fit_at(self, indices: Any) -> Predictive:
        """The same, with a density where samples have none: what a recalibration by likelihood is fitted to."""
        law = self.at(indices)
        return law.smooth if isinstance(law, SamplePredictive) else law

    @cached_property
    def judged(self) -> Judged:
        """All predictions beside the observations."""
        return Judged(self.at(slice(None)), self.y)

    @cached_property
    def centre(self) -> Array:
        """Where each prediction lies, (n,): its mean, or the middle of its quantiles where it has none."""
        law = self.judged.predictive
        if isinstance(law, QuantilesAlone) and np.isnan(law.mean).all():
            return np.asarray(np.mean(law.values, axis=-1))
        return self.judged.mean

    @cached_property
    def is_whole(self) -> np.ndarray:
        """Which rows have all that the form needs, as finite numbers and with no std of 0 or below, (n,)."""
        whole = np.isfinite(self.mean) & np.isfinite(self.std) if self.given is None else self.given.whole()
        return whole & (np.isnan(self.std) | (self.std > 0))

    @property
    def taken(self) -> frozenset[str]:
        """The columns of the table that are y, x, the predictions, or count the rows."""
        found = self.found
        if found is None:
            return frozenset()
        others = [found.single[role] for role in (Y, X) if role in found.single]
        return frozenset([*used(found, self.form), *others, *found.index])

    @property
    def is_ignorance_alone(self) -> bool:
        """Whether the spread is that of members' means alone, which leaves the noise of y out."""
        return self.form == "members" and self.found is not None and not {*SPREADS} & {*self.found.several}

    @property
    def is_distribution(self) -> bool:
        """Whether there is a whole distribution at each point, and not means or an interval alone."""
        return not isinstance(self.judged.predictive, Partial)

    @property
    def n(self) -> int:
        """The number of points."""
        return self.y.size

    @property
    def size(self) -> int:
        """How many numbers are examined, at least one for a point: what tells how long it takes."""
        return self.n if self.given is None else max(self.n, sum(values.size for values in self.given.arrays) // 4)

    @cached_property
    def mean_residual(self) -> float | None:
        """The mean of y − mean, unit of y; None without means."""
        return _finite(np.mean(self.y - self.mean))

    @cached_property
    def mean_z2(self) -> float | None:
        """The mean of ((y − mean)/std)²; None without a std above 0 at every point."""
        if not np.all(self.std > 0):
            return None
        with np.errstate(all="ignore"):
            return _finite(np.mean(((self.y - self.mean) / self.std) ** 2))

    @cached_property
    def typical_std(self) -> float | None:
        """The geometric mean of the predicted std, unit of y; None without a std above 0 at every point."""
        return _finite(np.exp(np.mean(np.log(self.std)))) if np.all(self.std > 0) else None

    @cached_property
    def std_of_y(self) -> float | None:
        """The standard deviation of the observed y; None for a single point."""
        return _finite(np.std(self.y, ddof=1)) if self.y.size > 1 else None

    @cached_property
    def mean_nll(self) -> float | None:
        """The mean of −log density, nats, constants included; None where there is no density."""
        law = self.judged.predictive
        if isinstance(law, Partial | SamplePredictive) or not np.all(self.std > 0):
            return None
        with np.errstate(all="ignore"):
            return _finite(np.mean(law.nll(self.y)))


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def read_predictions(
    source: bytes | Path | Columns,
    name: str,
    family: str = "gaussian",
    choices: Choices = FOUND,
    choice: Choice = NO_CHOICE,
) -> Predictions:
    """The predictions in a table, or in a file: CSV in its many forms, a sheet of Excel, Parquet. Messages say `name`.

    `choices` say how the file writes numbers and dates, `choice` which column holds what where names do not say it.
    An infinite value is read, and each score refuses it with a reason. Raises TableError, which names row and column,
    for a file that is not a table, has not all columns, has no rows, or has text in place of a number.
    """
    columns = source if isinstance(source, Columns) else read_table(source, name, fewest_rows=1, choices=choices)
    return predictions_of(columns, family, choice)


@lru_cache(maxsize=4)
def predictions_of(
    columns: Columns, family: str = "gaussian", choice: Choice = NO_CHOICE, *, needs_y: bool = True
) -> Predictions:
    """The predictions in a table, cached by table. Raises TableError like `read_predictions`.

    Without `needs_y`, rows without y stay in, and y may be no column at all: it is NaN then.
    """
    found = found_in(columns, choice)
    forms = forms_of(found)
    form = choice.form or next(iter(forms), "")
    _check(columns, found, forms, form, needs_y)
    large: list[str] = []

    def values(name: str) -> Array:
        numbers = _numbers(columns[name])
        if (np.abs(numbers) > LARGEST).any():
            large.append(name)
            numbers = np.where(np.abs(numbers) > LARGEST, np.nan, numbers)
        return numbers

    y = values(found.single[Y]) if found.has(Y) else np.full(columns.rows, np.nan)
    with np.errstate(all="ignore"):  # overflows are refused where they are scored
        reading = FORMS[form].read(Asked(found, values, y, choice.level, family))
    x, is_date, notes = _x_axis(columns.columns.get(found.single.get(X, "")))
    if large:
        listed = ", ".join(f"“{name}”" for name in dict.fromkeys(large))
        notes += (f"Numbers above {LARGEST:g} in size cannot be squared and count as missing in {listed}.",)
    given, small = _without_tiny_std(reading, form, found)
    kept, left_out = _kept(y, columns, found, form, needs_y)
    if kept.size < y.size:  # else no copy: samples may take hundreds of megabytes
        given = Given(given.law, tuple(each[kept] for each in given.arrays))
    law = given.at(slice(None))
    with np.errstate(all="ignore"):
        mean, std = (np.broadcast_to(np.asarray(part, dtype=np.float64), kept.shape) for part in (law.mean, law.std))
    return Predictions(
        mean,
        std,
        y[kept],
        None if x is None else x[kept],
        is_date,
        family,
        (*columns.notes, *_left_out(columns, found, form), *found.notes, *reading.notes, *notes, *small, *left_out),
        given,
        form,
        reading.words,
        forms,
        found,
        kept,
        choice,
        _groups(columns, found, kept),
        reading.is_level_taken,
    )


def _check(columns: Columns, found: Found, forms: tuple[str, ...], form: str, needs_y: bool) -> None:
    """Refuses a table without y or without predictions."""
    has = quoted(list(columns.columns)[:10])
    if form and form not in FORMS:
        raise TableError(f"“{form[:40]}” is not a form of predictions. Choose one of {', '.join(FORMS)}.")
    if needs_y and not found.has(Y):
        raise UnclearError(
            f"Predictions need a column of the observed y, but there is no “y” among {has}. Say which column it is."
        )
    if not forms:
        raise UnclearError(
            "Predictions need a column of means, or quantiles, lower and upper, members or samples. There is no "
            f"“mean” among {has}: say which column it is."
        )
    if form not in forms:
        raise TableError(f"The columns {has} have no “{FORMS[form].label.lower()}”: {FORMS[form].help}")


def _without_tiny_std(reading: Reading, form: str, found: Found) -> tuple[Given, tuple[str, ...]]:
    """A std too small to be squared counts as 0, with a note."""
    if form != "spread":
        return reading.given, ()
    mean, std = reading.given.arrays
    std = np.where(np.abs(std) > LARGEST, np.nan, std)
    small = (np.abs(std) < 1 / LARGEST) & (std != 0)
    if not small.any():
        return Given(reading.given.law, (mean, std)), ()
    name = found.single.get(found.spread, "std")
    note = f"Standard deviations below {1 / LARGEST:g} cannot be squared and count as 0 in “{name}”."
    return Given(reading.given.law, (mean, np.where(small, 0.0, std))), (note,)


def _left_out(columns: Columns, found: Found, form: str) -> tuple[str, ...]:
    """Notes on columns that only count the rows, and on others that are not used where little was found."""
    notes = []
    if found.index:
        notes.append(f"{quoted(found.index)} {'counts' if len(found.index) == 1 else 'count'} the rows: not used.")
    taken = {*used(found, form), *found.index, *(found.single.get(role, "") for role in (Y, X, "group"))}
    others = [name for name, column in columns.columns.items() if column.kind == "number" and name not in taken]
    if others and form in ("mean", "interval"):
        notes.append(f"Not used: {quoted(others, 5)}.")
    return tuple(notes)


def _kept(y: Array, columns: Columns, found: Found, form: str, needs_y: bool) -> tuple[np.ndarray, tuple[str, ...]]:
    """The rows that have a y and a prediction, and notes on the others. All rows if none has."""
    rows = np.arange(y.size)
    if not needs_y:
        return rows, ()
    has_y = np.isfinite(y)
    predicted = np.logical_and.reduce([~columns[name].is_missing for name in used(found, form)])
    notes = []
    for whole, what in ((has_y, "no y"), (predicted | ~has_y, "no prediction")):
        left_out = int(np.sum(~whole))
        if 0 < left_out < y.size:
            notes.append(_rows_left_out(left_out, y.size, what))
    kept = np.ones(y.size, dtype=bool)
    for whole in (has_y, predicted):
        kept = kept & whole if (kept & whole).any() else kept
    return rows[kept], tuple(notes)


def _rows_left_out(left_out: int, n: int, what: str) -> str:
    is_left = "is left out. Everything below is" if left_out == 1 else "are left out. Everything below is"
    has = "has" if left_out == 1 else "have"
    return f"{left_out:,} of {n:,} rows {has} {what} and {is_left} of the other {n - left_out:,}."


def _groups(columns: Columns, found: Found, kept: np.ndarray) -> Groups | None:
    name = found.single.get("group")
    return None if name is None else groups_of(columns[name], kept)


def _x_axis(column: Column | None) -> tuple[Array | None, bool, tuple[str, ...]]:
    """x if every row has a number or a date; whether it is a date; and a note if x cannot be used."""
    if column is None:
        return None, False, ()
    if column.kind not in ("number", "date") or not (np.abs(column.values) <= LARGEST).all():
        words = "Some rows of column “x” have no number or date, so coverage is shown along the predicted mean."
        return None, False, (words,)
    return column.values, column.kind == "date", ()


def _numbers(column: Column) -> Array:
    """A column as float64. Raises TableError at the first cell that is not a number."""
    if column.kind in ("number", "empty"):
        return column.values
    raise TableError(not_a_number(column))


@lru_cache(maxsize=1)
def example() -> Columns:
    """Example predictions from a fixed seed: their standard deviations are 1.5 times too small at every x."""
    rng = np.random.default_rng(np.random.SeedSequence(6))
    x = np.sort(rng.uniform(0, 10, EXAMPLE_ROWS))
    mean, std = np.sin(x), 0.1 + 0.04 * x
    named = {Y: mean + std * rng.standard_normal(x.size), MEAN: mean, "std": std / EXAMPLE_TOO_NARROW, X: x}
    columns: Mapping[str, Column] = {name: number_column(name, np.round(values, 6)) for name, values in named.items()}
    return Columns(MappingProxyType(columns), x.size)
