"""A feature: one column to predict from, as training read it, so that new rows are read alike."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .cells import INFINITE
from .columns import Like, TableError
from .missing_cells import MISSING
from .new_cells import numbers_of_words
from .number_dates import COUNTS
from .same_words import same_words, word_of

Array = NDArray[np.float64]
Rows = NDArray[np.bool_]

RARE_WORDS = "(other words)"
_DAY_US = 86_400e6  # microseconds
_TOLD = 5  # words that a note shows
_DECIMAL_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?")


@dataclass(frozen=True, eq=False)
class Cells:
    """A column of new rows as its feature reads it.

    `inputs` (n, inputs) are NaN where a value is missing that nothing replaces. `missing` (n,): where there is no
    value; `unknown` (n,): where there is a word that training did not have, and `strange` is this word by its row.
    `notes`: sentences on cells that were written otherwise than in training.
    """

    inputs: Array
    missing: Rows
    unknown: Rows
    notes: tuple[str, ...] = ()
    strange: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Feature:
    """One column to predict from, as it was in the training part.

    `kind` is "number" (one input) or "category" (one input of 0 or 1 for each of `categories`). `fill` replaces a
    missing value; with None a row without the value is refused. `low` and `high` are the range of a number,
    `typical` its median, or the most frequent category. `is_date`: the number counts days since 1970-01-01.

    `written` says how the cells were written where that decides what they mean, as `Column.written` does: "decimal
    comma", "day first", "month first", "yyyymmdd", "epoch s". `codes` are the numbers or words that stand for
    a missing value. `rare` are the words that share the last category, because each is rare.
    """

    name: str
    kind: str
    categories: tuple[str, ...] = ()
    fill: float | str | None = None
    low: float = 0.0
    high: float = 0.0
    typical: float | str | None = None
    is_date: bool = False
    written: str = ""
    codes: tuple[str, ...] = ()
    rare: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of its inputs."""
        if self.kind == "number":
            return (self.name,)
        return tuple(f"{self.name} = {category}" for category in self.categories)

    @property
    def column_kind(self) -> str:
        """The kind of column it was made of: "number", "date" or "category"."""
        return "date" if self.is_date else self.kind

    @property
    def like(self) -> Like:
        """How new cells are to be read: with the kind and the writing of the training."""
        return Like(self.column_kind, self.written)

    def read(self, values: ArrayLike) -> Cells:
        """Raw values (n,), numbers, dates or words, as training read them.

        An unknown category is 0 in all inputs, or one of the rare words where those are together. Raises TableError,
        naming the row, for text in a column of numbers.
        """
        return self._numbers(np.asarray(values)) if self.kind == "number" else self._words(values)

    def matrix(self, values: ArrayLike) -> Array:
        """The inputs of `read`. Raises TableError, naming the row, for a missing value without `fill`."""
        cells = self.read(values)
        if self.fill is None and cells.missing.any():
            row, count = int(np.argmax(cells.missing)) + 1, int(cells.missing.sum())
            more = f", like {count - 1:,} more rows" if count > 1 else ""
            raise TableError(
                f"Row {row:,} has no value in column “{self.name}”{more}: fill it in, or leave the row out."
            )
        return cells.inputs

    def _numbers(self, given: NDArray[Any]) -> Cells:
        numbers, notes = self._as_numbers(given)
        for code in map(float, self.codes):
            numbers = np.where(numbers == code, np.nan, numbers)
        missing = ~np.isfinite(numbers)
        if np.isinf(numbers).any():
            notes = (*notes, INFINITE.format(f"“{self.name}”"))
        filled = np.where(missing, np.nan if self.fill is None else self.fill, numbers)
        return Cells(filled[:, None].astype(np.float64), missing, np.zeros(len(missing), dtype=bool), notes)

    def _as_numbers(self, given: NDArray[Any]) -> tuple[Array, tuple[str, ...]]:
        if given.dtype.kind == "M" and not self.is_date:  # astype(float) would give nanoseconds
            raise TableError(f"Column “{self.name}” holds dates: numbers are needed.")
        given = days_of(given, self.written) if self.is_date else given
        if given.dtype.kind in "fiub":
            return given.astype(np.float64), ()
        cells = given.tolist()
        try:
            return np.array([self._number(value, row) for row, value in enumerate(cells)]), ()
        except TableError:
            found, notes = numbers_of_words(self.name, cells, self.like)
            if found is None:
                raise
            return found, notes

    def _number(self, value: Any, row: int) -> float:
        if value is None or (isinstance(value, str) and not value.strip()):
            return float("nan")
        try:
            return float(self._with_point(value.strip()) if isinstance(value, str) else value)
        except (TypeError, ValueError):
            needed = "a date is needed, such as 2026-01-31" if self.is_date else "a number is needed"
            raise TableError(f"Row {row + 1:,} of column “{self.name}” is “{str(value)[:40]}”: {needed}.") from None

    def _with_point(self, text: str) -> str:
        if "_" in text:
            raise ValueError  # float("1_000") is 1000
        comma = self.written == "decimal comma" and _DECIMAL_COMMA.fullmatch(text)
        return text.replace(".", "").replace(",", ".") if comma else text

    def _words(self, values: ArrayLike) -> Cells:
        words = [word_of(value) for value in np.asarray(values, dtype=object).tolist()]
        last, known = len(self.categories) - 1, (*self.categories, *self.rare)
        distinct = {word for word in words if word is not None}
        none = {word for word in distinct - set(known) if word.strip() in MISSING} | set(self.codes)
        place_of = same_words(distinct - none, known)
        missing = np.array([word is None or word in none for word in words], dtype=bool)
        places = np.array([-1 if word is None else place_of.get(word, -1) for word in words], dtype=np.int64)
        unknown = (places < 0) & ~missing
        if self.rare:
            places = np.where(unknown | (places > last), last, places)
        if self.fill is not None:
            places[missing] = self.categories.index(str(self.fill))
        inputs = (places[:, None] == np.arange(len(self.categories))).astype(np.float64)
        if self.fill is None:
            inputs[missing] = np.nan
        strange = {row: str(words[row]) for row in np.flatnonzero(unknown).tolist()}
        return Cells(inputs, missing, unknown, self._notes(place_of, known), strange)

    def _notes(self, place_of: Mapping[str, int], known: tuple[str, ...]) -> tuple[str, ...]:
        """A sentence on words that were written otherwise than in training; empty if there are none."""
        other = sorted((word, known[place]) for word, place in place_of.items() if word != known[place])
        if not other:
            return ()
        some = ", ".join(f"“{word[:40]}” as “{meant[:40]}”" for word, meant in other[:_TOLD])
        more = f" and {len(other) - _TOLD:,} more" if len(other) > _TOLD else ""
        return (f"Words of “{self.name}” were read as training had them: {some}{more}.",)


def days_of(values: NDArray[Any], written: str) -> NDArray[Any]:
    """Days since 1970-01-01 of dates, or of words: ISO dates, or with day and month in the order of training. Numbers
    count time as training's did (seconds, digits of a date), else days. Anything else unchanged.
    """
    import pandas as pd

    if values.dtype.kind in "fiu":
        count = COUNTS.get(written)
        return values if count is None else count.days(values.astype(np.float64))
    for form in ("ISO8601", *_formats(written)):
        try:
            times = pd.DatetimeIndex(pd.to_datetime(values, utc=True, format=form))
        except (TypeError, ValueError):
            continue
        return np.where(times.isna(), np.nan, times.as_unit("us").asi8 / _DAY_US)
    return values


def dates_of(days: Array) -> NDArray[np.datetime64]:
    """Days since 1970-01-01 as dates (datetime64[us])."""
    whole = np.isfinite(days)
    microseconds = np.where(whole, days, 0.0) * _DAY_US
    return np.where(whole, microseconds.round().astype(np.int64).view("M8[us]"), np.datetime64("NaT", "us"))


_ORDERS = {"day first": ("%d", "%m"), "month first": ("%m", "%d")}
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p")


def _formats(written: str) -> list[str]:
    if written not in _ORDERS:
        return []
    dates = [sign.join(_ORDERS[written]) + sign + year for sign in "/.-" for year in ("%Y", "%y")]
    return [date + time for date in dates for time in _TIMES]
