"""Encoding: how the columns of a table become the inputs of a network; kept so that new rows are encoded alike."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.data.tables.columns import TableError, quoted

Array = NDArray[np.float64]

_DAY_US = 86_400e6


@dataclass(frozen=True)
class Feature:
    """One column to predict from, as it was in the training part.

    `kind` is "number" (one input) or "category" (one input of 0 or 1 for each of `categories`). `fill` replaces a
    missing value; with None a row that lacks the value is refused. `low` and `high` are the range of a number,
    `typical` its median, or the most frequent category. `is_date`: the number counts days since 1970-01-01.
    """

    name: str
    kind: str
    categories: tuple[str, ...] = ()
    fill: float | str | None = None
    low: float = 0.0
    high: float = 0.0
    typical: float | str | None = None
    is_date: bool = False

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of its inputs."""
        if self.kind == "number":
            return (self.name,)
        return tuple(f"{self.name} = {category}" for category in self.categories)

    def matrix(self, values: ArrayLike) -> Array:
        """Its inputs (n, inputs) for raw values (n,), numbers or words. An unknown category is 0 in all of them.

        Raises TableError, naming the row, for a missing value without `fill` and for text in a column of numbers.
        """
        filled = self._filled(values)[:, None]
        return filled if self.kind == "number" else (filled == np.array(self.categories, object)).astype(np.float64)

    def absent(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Which values (n,) are missing and have no replacement."""
        return self._read(values)[1] if self.fill is None else np.zeros(len(np.asarray(values)), dtype=bool)

    def outside(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Which values (n,) are unlike all training rows: out of range, or an unknown category."""
        filled = self._filled(values)
        if self.kind == "number":
            return (filled < self.low) | (filled > self.high)
        return ~np.isin(filled, np.array(self.categories, dtype=object))

    def _filled(self, values: ArrayLike) -> NDArray[Any]:
        read, absent = self._read(values)
        if not absent.any():
            return read
        if self.fill is None:
            row, count = int(np.argmax(absent)) + 1, int(absent.sum())
            more = f", and so do {count - 1:,} more rows" if count > 1 else ""
            raise TableError(
                f"Row {row:,} lacks a value in column “{self.name}”{more}: fill it in, or leave the row out."
            )
        return np.where(absent, self.fill, read)

    def _read(self, values: ArrayLike) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """The values (n,), float64 or words, and which of them are missing."""
        if self.kind == "number":
            numbers = self._numbers(np.asarray(values))
            return numbers, ~np.isfinite(numbers)
        words = [_word(value) for value in np.asarray(values, dtype=object).tolist()]
        return np.array(words, dtype=object), np.array([word is None for word in words], dtype=bool)

    def _numbers(self, given: NDArray[Any]) -> Array:
        if given.dtype.kind == "M":  # astype(float) would give nanoseconds
            if not self.is_date:
                raise TableError(f"Column “{self.name}” holds dates: numbers are due.")
            return _days(given)
        try:
            return given.astype(np.float64)
        except (TypeError, ValueError):
            cells = (_days(given) if self.is_date else given).tolist()
            return np.array([_number(value, row, self.name) for row, value in enumerate(cells)])


@dataclass(frozen=True)
class Encoding:
    """How rows of a table become inputs, in the order of the features, and what the network is fitted to.

    With `log_target` it is fitted to the log of the target.
    """

    target: str
    features: tuple[Feature, ...]
    log_target: bool = False

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the k inputs, such as "age" and "colour = red"."""
        return tuple(name for feature in self.features for name in feature.inputs)

    def columns_of(self, name: str) -> range:
        """The column indices of a feature's inputs. Raises KeyError for an unknown name."""
        at = 0
        for feature in self.features:
            if feature.name == name:
                return range(at, at + len(feature.inputs))
            at += len(feature.inputs)
        raise KeyError(name)

    def matrix(self, columns: Mapping[str, ArrayLike]) -> Array:
        """Inputs (n, k) for raw columns by name, each (n,), numbers or words; other columns are ignored.

        Raises TableError if a feature is not among them, a value is missing, or text stands for a number.
        """
        found = self.values(columns)
        return np.concatenate([feature.matrix(found[feature.name]) for feature in self.features], axis=1)

    def values(self, columns: Mapping[str, ArrayLike]) -> dict[str, NDArray[Any]]:
        """The raw values (n,) of each feature, by name, from a mapping or a DataFrame.

        Raises TableError if a feature is not among the columns or is there twice, or if lengths differ.
        """
        if lacking := [feature.name for feature in self.features if feature.name not in columns]:
            there_is = "There is no column" if len(lacking) == 1 else "There are no columns"
            needed = quoted(feature.name for feature in self.features)
            raise TableError(
                f"{there_is} {quoted(lacking)}: this run predicts from {needed}; add what is missing, or name it so."
            )
        found = {feature.name: _plain(columns[feature.name]) for feature in self.features}
        for name, values in found.items():
            if values.ndim != 1:
                raise TableError(f"Column “{name}” has shape {values.shape}: give one column of this name, (n,).")
        if len({len(values) for values in found.values()}) > 1:
            raise TableError("The columns differ in length: give each a value for every row.")
        return found

    def absent(self, columns: Mapping[str, ArrayLike]) -> NDArray[np.bool_]:
        """(n, features): which values are missing and have no replacement. Raises what `values` raises."""
        found = self.values(columns)
        return np.column_stack([feature.absent(found[feature.name]) for feature in self.features])

    def outside(self, columns: Mapping[str, ArrayLike]) -> NDArray[np.bool_]:
        """(n, features): which values are unlike all training rows. Raises what `matrix` raises."""
        found = self.values(columns)
        return np.column_stack([feature.outside(found[feature.name]) for feature in self.features])

    def to_dict(self) -> dict[str, Any]:
        """All of it as values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Encoding":
        """The encoding that `to_dict` wrote. Raises TypeError, KeyError or ValueError on anything else."""
        features = tuple(Feature(**{**each, "categories": tuple(each["categories"])}) for each in values["features"])
        if not features or not all(map(_is_sound, features)):
            raise ValueError("these are no features")
        return cls(str(values["target"]), features, bool(values["log_target"]))


def inputs_of(x: Any, encoding: Encoding) -> Array:
    """Inputs (n, k) of n rows: an array (n, k), also (n,) where k is 1; or columns by name, a mapping or a DataFrame.

    The columns are the features as the table has them, or the inputs by their own names, `encoding.inputs`. A row
    with a missing value that has no replacement is NaN. Raises TableError if the array has another width, or a column
    is missing.
    """
    if not (isinstance(x, Mapping) or hasattr(x, "columns")):
        return _of_array(np.asarray(x, dtype=np.float64), encoding)
    raw = all(feature.name in x for feature in encoding.features)
    if not raw and all(name in x for name in encoding.inputs):
        return _of_array(np.column_stack([np.asarray(x[name], np.float64) for name in encoding.inputs]), encoding)
    values = encoding.values(x)
    whole = np.logical_not(encoding.absent(values).any(axis=1))
    inputs = np.full((len(whole), len(encoding.inputs)), np.nan)
    inputs[whole] = encoding.matrix({name: column[whole] for name, column in values.items()})
    return inputs


def _of_array(x: Array, encoding: Encoding) -> Array:
    width = len(encoding.inputs)
    if x.ndim == 2 and x.shape[1] == width:
        return x
    if x.ndim < 2 and width == 1:
        return x.reshape(-1, 1)
    due = "(n,) or (n, 1)" if width == 1 else f"(n, {width})"
    raise TableError(
        f"The array has shape {x.shape}, and this run predicts from {quoted(encoding.inputs)}: "
        f"give an array of shape {due}, or a DataFrame with these columns."
    )


def _is_sound(feature: Feature) -> bool:
    return (
        all(isinstance(text, str) for text in (feature.name, *feature.categories))
        and feature.kind in ("number", "category")
        and (feature.kind == "number" or bool(feature.categories))
        and all(isinstance(end, int | float) and np.isfinite(end) for end in (feature.low, feature.high))
        and (feature.fill is None or isinstance(feature.fill, str) == (feature.kind == "category"))
    )


def _plain(values: Any) -> NDArray[Any]:
    """Values as an array, with None for pandas' NA, which compares as neither equal nor unequal to anything."""
    given = np.asarray(values)
    if given.dtype.kind == "O" and hasattr(values, "isna"):
        given = given.copy()
        given[np.asarray(values.isna())] = None
    return given


def _days(values: NDArray[Any]) -> NDArray[Any]:
    """Days since 1970-01-01 of dates, or of words such as 2026-01-31; anything else unchanged."""
    import pandas as pd

    try:
        times = pd.DatetimeIndex(pd.to_datetime(values, utc=True, format="ISO8601"))
    except (TypeError, ValueError):
        return values
    return np.where(times.isna(), np.nan, times.as_unit("us").asi8 / _DAY_US)


def _word(value: Any) -> str | None:
    """A category as text: 3.0 and "3" are the same; None if it is missing."""
    if value is None or value != value or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _number(value: Any, row: int, name: str) -> float:
    if value is None or value == "":
        return float("nan")
    try:
        return float(value)
    except (TypeError, ValueError):
        shown = str(value)[:40]
        raise TableError(f"Row {row + 1:,} of column “{name}” is “{shown}”: a number is due.") from None
