"""Encoding: how the columns of a table become the inputs of a network; kept so that new rows are encoded alike."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .columns import Like, TableError, quoted
from .feature import Cells, Feature
from .frames import as_numpy, as_pandas, is_frame

Array = NDArray[np.float64]

_LONGEST = 100  # characters of how cells were written


@dataclass(frozen=True, eq=False)
class Given:
    """Rows as inputs (n, k), and what is to be told of them.

    `missing`, `replaced` and `unknown` are (n, features): where there is no value, where another stands for it, and
    where there is a word that training did not have. A row without a value which nothing replaces is NaN. `notes`
    are sentences on cells that were written otherwise than in training. `strange` are the unknown words of each
    feature by their row, where rows are given by name.
    """

    inputs: Array
    missing: NDArray[np.bool_]
    replaced: NDArray[np.bool_]
    unknown: NDArray[np.bool_]
    notes: tuple[str, ...] = ()
    strange: tuple[Mapping[int, str], ...] = ()


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

    @property
    def like(self) -> dict[str, Like]:
        """How a file of new rows is to be read: with the kinds and the writing of the training, by name of column."""
        return {feature.name: feature.like for feature in self.features}

    def columns_of(self, name: str) -> range:
        """The column indices of a feature's inputs. Raises KeyError for an unknown name."""
        at = 0
        for feature in self.features:
            if feature.name == name:
                return range(at, at + len(feature.inputs))
            at += len(feature.inputs)
        raise KeyError(name)

    def values(self, columns: Mapping[str, ArrayLike]) -> dict[str, NDArray[Any]]:
        """The raw values (n,) of each feature, by name, from a mapping or a DataFrame.

        Raises TableError if a feature is not among the columns or is there twice, or if lengths differ.
        """
        if absent := [feature.name for feature in self.features if feature.name not in columns]:
            there_is = "There is no column" if len(absent) == 1 else "There are no columns"
            raise TableError(
                f"{there_is} {quoted(absent)}: this run predicts from {_names(self)}; "
                "add what is missing, or name it so."
            )
        found = {feature.name: _plain(columns[feature.name]) for feature in self.features}
        for name, values in found.items():
            if not values.ndim:
                raise TableError(f"Column “{name}” is one value: give a list of values, [value] for one row.")
            if values.ndim > 1:
                raise TableError(f"Column “{name}” has shape {values.shape}: give one column of this name, (n,).")
            if values.dtype.kind == "c":
                raise TableError(f"Column “{name}” holds complex numbers: give real ones.")
        if len({len(values) for values in found.values()}) > 1:
            raise TableError("The columns differ in length: give each a value for every row.")
        return found

    def read(self, columns: Mapping[str, ArrayLike]) -> Given:
        """Rows from raw columns by name, each (n,), numbers or words, as training read them; others are ignored.

        Raises what `values` raises, and TableError if text stands for a number.
        """
        found = self.values(columns)
        return _joined([feature.read(found[feature.name]) for feature in self.features], self.features)

    def matrix(self, columns: Mapping[str, ArrayLike]) -> Array:
        """The inputs (n, k) of `read`. Raises TableError for a missing value that nothing replaces."""
        found = self.values(columns)
        return np.concatenate([feature.matrix(found[feature.name]) for feature in self.features], axis=1)

    def to_dict(self) -> dict[str, Any]:
        """All of it as values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Encoding":
        """The encoding that `to_dict` wrote. Raises TypeError, KeyError or ValueError on anything else."""
        features = tuple(Feature(**{**each, **_tuples(each)}) for each in values["features"])
        if not features or not all(map(_is_sound, features)):
            raise ValueError("these are no features")
        return cls(str(values["target"]), features, bool(values["log_target"]))


def given_rows(x: Any, encoding: Encoding) -> Given:
    """n rows as training read them: an array (n, k), also (n,) where k is 1; or columns by name, a mapping or a
    DataFrame.

    A DataFrame may be one of pandas, Polars or PyArrow. The columns are the features as the table has them, or the
    inputs by their own names, `encoding.inputs`. A row with a missing value that has no replacement is NaN. Raises
    TableError if the array has another width or holds no real numbers, or if a column is missing.
    """
    if not (isinstance(x, Mapping) or is_frame(x)):
        if hasattr(x, "to_frame") and len(encoding.inputs) > 1:
            raise TableError(
                f"A Series is one column or one row, and this run predicts from {_names(encoding)}: "
                "give a DataFrame with these columns, of one row series.to_frame().T."
            )
        return _of_array(_real(x, "The array"), encoding)
    try:
        x = x if isinstance(x, Mapping) else as_pandas(x)
    except TypeError as error:
        raise TableError(str(error)) from None
    raw = all(feature.name in x for feature in encoding.features)
    if not raw and all(name in x for name in encoding.inputs):
        columns = [_real(x[name], f"Column “{name}”") for name in encoding.inputs]
        return _of_array(np.column_stack(columns), encoding)
    return encoding.read(x)


def _real(x: Any, what: str) -> Array:
    """x as an array of numbers. Raises TableError for words, complex numbers and rows of different lengths."""
    if hasattr(x, "toarray"):
        raise TableError(f"{what} is sparse: make it dense, as by x.toarray().")
    try:
        x = as_numpy(x, what)
    except ValueError as error:
        raise TableError(str(error)) from None
    try:
        found = np.asarray(x)
        if found.dtype.kind in "mM":
            raise TypeError
        if found.dtype.kind != "c":
            return np.asarray(found, dtype=np.float64)
    except (TypeError, ValueError):
        raise TableError(
            f"{what} must hold numbers: words and dates go into a DataFrame, with the columns by name."
        ) from None
    raise TableError(f"{what} holds complex numbers: give real ones.")


def inputs_of(x: Any, encoding: Encoding) -> Array:
    """The inputs (n, k) of `given_rows`."""
    return given_rows(x, encoding).inputs


def _joined(cells: list[Cells], features: tuple[Feature, ...]) -> Given:
    inputs = np.concatenate([each.inputs for each in cells], axis=1)
    missing = np.column_stack([each.missing for each in cells])
    replaced = missing & np.array([feature.fill is not None for feature in features])
    inputs[(missing & ~replaced).any(axis=1)] = np.nan
    unknown = np.column_stack([each.unknown for each in cells])
    notes = tuple(note for each in cells for note in each.notes)
    return Given(inputs, missing, replaced, unknown, notes, tuple(each.strange for each in cells))


def _of_array(x: Array, encoding: Encoding) -> Given:
    width = len(encoding.inputs)
    if x.ndim < 2 and width == 1:
        x = x.reshape(-1, 1)
    if x.ndim != 2 or x.shape[1] != width:
        raise TableError(_wrong_shape(x.shape, encoding))
    columns = [x[:, list(encoding.columns_of(feature.name))] for feature in encoding.features]
    missing = np.column_stack([np.isnan(each).any(axis=1) for each in columns])
    unknown = np.column_stack(
        [
            ~_is_a_word(each) if feature.kind == "category" else np.zeros(len(x), dtype=bool)
            for feature, each in zip(encoding.features, columns, strict=True)
        ]
    )
    return Given(x, missing, np.zeros_like(missing), unknown & ~missing)


def _is_a_word(inputs: Array) -> NDArray[np.bool_]:
    """Whether the inputs of a category (n, categories) are those of one of its words: a single 1, and else 0."""
    return ((inputs == 0) | (inputs == 1)).all(axis=1) & (inputs.sum(axis=1) == 1)


def _wrong_shape(shape: tuple[int, ...], encoding: Encoding) -> str:
    inputs, names = quoted(encoding.inputs), _names(encoding)
    width = len(encoding.inputs)
    expected = "(n,) or (n, 1)" if width == 1 else f"(n, {width})"
    return (
        f"The array has shape {shape}, and this run predicts from {names}: give a DataFrame with these columns, or an "
        f"array of shape {expected}{'' if inputs == names else f' of the inputs {inputs}'}."
    )


def _names(encoding: Encoding) -> str:
    return quoted(feature.name for feature in encoding.features)


def _tuples(feature: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The lists of a feature from JSON; a record from before one existed is without it."""
    return {name: tuple(feature.get(name, ())) for name in ("categories", "codes", "rare")}


def _is_sound(feature: Feature) -> bool:
    return (
        all(isinstance(text, str) for text in (feature.name, feature.written, *feature.categories, *feature.codes))
        and all(isinstance(word, str) for word in feature.rare)
        and len(feature.written) <= _LONGEST
        and (feature.kind == "category" or all(map(_is_number, feature.codes)))
        and feature.kind in ("number", "category")
        and (feature.kind == "number" or bool(feature.categories))
        and all(isinstance(end, int | float) and np.isfinite(end) for end in (feature.low, feature.high))
        and (feature.fill is None or isinstance(feature.fill, str) == (feature.kind == "category"))
        and (not isinstance(feature.fill, str) or feature.fill in feature.categories)
    )


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _plain(values: Any) -> NDArray[Any]:
    """Values as an array, with None for pandas' NA, which compares as neither equal nor unequal to anything."""
    given = np.asarray(as_numpy(values, "A column"))
    if given.dtype.kind == "O" and hasattr(values, "isna"):
        given = given.copy()
        given[np.asarray(values.isna())] = None
    return given
