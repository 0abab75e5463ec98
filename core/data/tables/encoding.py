"""Encoding: how the columns of a table become the inputs of a network; kept so that new rows are encoded alike."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.data.tables.columns import TableError

Array = NDArray[np.float64]

_QUOTED = 10  # names in a sentence
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
        if self.kind == "number":
            return self._numbers(values)[:, None]
        words = self._words(values)
        return (words[:, None] == np.array(self.categories, dtype=object)).astype(np.float64)

    def absent(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Which values (n,) are missing and have no replacement."""
        if self.fill is not None:
            return np.zeros(len(np.asarray(values)), dtype=bool)
        if self.kind == "number":
            return ~np.isfinite(self._read_numbers(values))
        return np.array([_word(value) is None for value in np.asarray(values, dtype=object).tolist()], dtype=bool)

    def outside(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Which values (n,) are unlike all training rows: out of range, or an unknown category."""
        if self.kind == "number":
            numbers = self._numbers(values)
            return (numbers < self.low) | (numbers > self.high)
        return ~np.isin(self._words(values), np.array(self.categories, dtype=object))

    def _read_numbers(self, values: ArrayLike) -> Array:
        given = np.asarray(values)
        if given.dtype.kind == "M":  # astype(float) would give nanoseconds
            if not self.is_date:
                raise TableError(f"Column “{self.name}” holds dates: numbers are due.")
            return _days(given)
        try:
            return given.astype(np.float64)
        except (TypeError, ValueError):
            if self.is_date:
                given = _days(given)
            return np.array([_number(value, row, self.name) for row, value in enumerate(given.tolist())])

    def _numbers(self, values: ArrayLike) -> Array:
        numbers = self._read_numbers(values)
        absent = ~np.isfinite(numbers)
        if not absent.any():
            return numbers
        if self.fill is None:
            raise TableError(_missing(absent, self.name))
        return np.where(absent, float(self.fill), numbers)

    def _words(self, values: ArrayLike) -> NDArray[np.object_]:
        words = np.array([_word(value) for value in np.asarray(values, dtype=object).tolist()], dtype=object)
        absent = np.array([word is None for word in words], dtype=bool)
        if absent.any():
            if self.fill is None:
                raise TableError(_missing(absent, self.name))
            words[absent] = self.fill
        return words


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
            raise TableError(
                f"{there_is} {quoted(lacking)}: this run predicts from "
                f"{quoted(feature.name for feature in self.features)}; add what is missing, or name it so."
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
        features = tuple(
            Feature(**{**feature, "categories": tuple(feature["categories"])}) for feature in values["features"]
        )
        if not features or not all(map(_is_sound, features)):
            raise ValueError("these are no features")
        return cls(str(values["target"]), features, bool(values["log_target"]))


def _is_sound(feature: Feature) -> bool:
    texts = [feature.name, *feature.categories]
    return (
        all(isinstance(text, str) for text in texts)
        and feature.kind in ("number", "category")
        and (feature.kind == "number" or bool(feature.categories))
        and all(isinstance(end, int | float) and np.isfinite(end) for end in (feature.low, feature.high))
        and (feature.fill is None or isinstance(feature.fill, str) == (feature.kind == "category"))
    )


def quoted(names: Iterable[str]) -> str:
    """Names in quotation marks, the first ten of them."""
    every = [f"“{name}”" for name in names]
    return ", ".join(every[:_QUOTED]) + (f" and {len(every) - _QUOTED:,} more" if len(every) > _QUOTED else "")


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


def _missing(absent: NDArray[np.bool_], name: str) -> str:
    row, count = int(np.argmax(absent)) + 1, int(absent.sum())
    more = f", and so do {count - 1:,} more rows" if count > 1 else ""
    return f"Row {row:,} lacks a value in column “{name}”{more}: fill it in, or leave the row out."
