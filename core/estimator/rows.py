"""From what scikit-learn is given, X, y and weights, to a table of the laboratory; and new rows by its columns.

A fit on all rows has no rows left to score on. Its table then repeats some of them under another part, "test", and the
scores of its run are those of rows that it was trained on.
"""

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.dataset import evenly
from ..data.tables.column_names import repaired_names, visible
from ..data.tables.columns import Column, Columns, TableError, number_column, quoted, words_column
from ..data.tables.encoding import Encoding, Given
from ..data.tables.frames import is_frame
from ..data.tables.reading import read_table
from ..data.tables.same_words import word_of
from ..data.tables.table_limits import check_count, check_rows
from ..experiment.from_table import as_parquet

MOST_REPEATED = 1_000  # rows that stand in the table again, to be scored on
PARTS = ("test", "train", "validation")  # sorted, as the words of a column are
_TEST, _TRAIN, _VALIDATION = range(3)
_LONGEST = 40  # letters of a word in a warning
_DAY_US = 86_400e6
_MOST_NAMED = 1_000  # cells whose types are named


@dataclass(frozen=True)
class Named:
    """A table, and the names of its target, its weights and the column of its parts; empty for none."""

    columns: Columns
    features: tuple[str, ...]
    target: str
    weights: str = ""
    parts: str = ""

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the data that say which column is what; the table itself is not among them."""
        from ..experiment.data_settings import names_as_text

        by_parts = {"data.split": "column", "data.split_by": self.parts} if self.parts else {}
        found = {"data.y": self.target, "data.features": names_as_text(self.features), **by_parts}
        return {**found, "data.weights": self.weights} if self.weights else found


def features_of(x: Any) -> dict[str, Column]:
    """The columns of X by the names that the table gives them, from a DataFrame or an array (n, k) of numbers.

    Numbers, dates, booleans and categories of a DataFrame stay what they are; words and objects are read as in a file.
    Raises ValueError for infinite numbers, and TableError for a column that cannot be used.
    """
    names = names_of(x)
    if not is_frame(x):
        return {name: number_column(name, x[:, place]) for place, name in enumerate(names)}
    import pandas as pd

    columns: dict[str, Column] = {}
    for place, name in enumerate(names):
        series = x.iloc[:, place]
        if pd.api.types.is_complex_dtype(series.dtype):
            raise ValueError(f"Complex data not supported: column “{name}” holds complex numbers.")
        form = next((form for is_of, form in _FORMS if is_of(series)), _read)
        columns[name] = form(name, series)
    return columns


def names_of(x: Any) -> tuple[str, ...]:
    """The names of the columns of X in its table: their own, made usable, or x0, x1 … of an array."""
    if not is_frame(x):
        return tuple(f"x{place}" for place in range(x.shape[1]))
    return tuple(repaired_names([str(name) for name in x.columns])[0])


def check_names(x: Any) -> None:
    """Raise ValueError for a DataFrame of pandas that has two columns of one name."""
    names = list(x.columns)
    if again := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise ValueError(f"X has several columns of the name “{again[0]}”: give each a name of its own.")


def check_same_names(x: Any, trained: tuple[str, ...]) -> None:
    """Raise ValueError for a DataFrame of pandas whose columns are not those of the training, in its order."""
    if names_of(x) != trained:
        raise ValueError(f"X has the columns {quoted(names_of(x))}: give {quoted(trained)}, in this order, as in fit.")


def check_size(x: Any, fewest: int) -> None:
    """Raise ValueError for a DataFrame of pandas without columns, or with fewer rows than the fewest."""
    for count, least, of in ((x.shape[1], 1, "feature"), (len(x), fewest, "sample")):
        if count < least:
            raise ValueError(f"X has {count} {of}(s), and a minimum of {least} is required.")


def by_name(x: Any, names: tuple[str, ...]) -> Mapping[str, Any]:
    """The columns of new rows by the names of the table; the order is that of the training."""
    if is_frame(x):
        return {name: x.iloc[:, place] for place, name in enumerate(names)}
    return {name: x[:, place] for place, name in enumerate(names)}


def unknown_words(encoding: Encoding, given: Given) -> Iterator[str]:
    """A sentence for each feature with words that training did not have, with one of them."""
    for feature, strange in zip(encoding.features, given.strange, strict=True):
        if strange:
            word = visible(next(iter(strange.values())))[:_LONGEST]
            count = f"{len(strange):,} row{'s' if len(strange) > 1 else ''}"
            yield f"“{feature.name}” has words that training did not have, such as “{word}”, in {count}."


def check_finite(x: Any) -> None:
    """Raise ValueError for a DataFrame with an infinite number; missing ones are allowed."""
    import pandas as pd

    for name, series in zip(x.columns, (x.iloc[:, place] for place in range(x.shape[1])), strict=True):
        if pd.api.types.is_float_dtype(series.dtype) and np.isinf(_floats(series)).any():
            raise ValueError(f"Input X contains infinity: column “{name}” holds numbers that are not finite.")


def table_of(
    features: Mapping[str, Column], y: NDArray[np.float64], name_of_y: str, weights: NDArray[np.float64] | None
) -> Named:
    """A table of features and target, and of the weights if there are any, each under a name that no other has."""
    rows = len(y)
    check_rows(rows, "X")
    columns, target = dict(features), _free(name_of_y, features)
    columns[target] = number_column(target, y)
    weight = "" if weights is None else _free("sample weight", columns)
    if weights is not None:
        columns[weight] = number_column(weight, weights)
    check_count(len(columns), "X")
    return Named(Columns(MappingProxyType(columns), rows), tuple(features), target, weight)


def all_in_training(table: Named, seed: int, validation: float = 0.0) -> Named:
    """The table with a column of parts: each row trains, and some of these stand there again as “test”.

    A share of the rows is for validation in place of training if `validation` is above 0.
    """
    rows = table.columns.rows
    parts = np.full(rows, _TRAIN, dtype=np.int32)
    aside = np.random.default_rng(np.random.SeedSequence(seed)).permutation(rows)[: round(validation * rows)]
    parts[aside] = _VALIDATION
    trained = np.flatnonzero(parts == _TRAIN)
    again = trained[evenly(len(trained), min(len(trained), MOST_REPEATED))]
    order = np.concatenate([np.arange(rows), again])
    columns = {name: replace(column, values=column.values[order]) for name, column in table.columns.columns.items()}
    name = _free("part (test repeats rows of train)", columns)
    codes = np.concatenate([parts, np.full(len(again), _TEST, dtype=np.int32)])
    columns[name] = words_column(name, codes, list(PARTS))
    return replace(table, columns=Columns(MappingProxyType(columns), len(order)), parts=name)


def _free(name: str, taken: Mapping[str, Any]) -> str:
    (name,), _ = repaired_names([name])
    while name in taken:
        name += "_"
    return name


def _floats(series: Any) -> NDArray[np.float64]:
    return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))


def _numbers(name: str, series: Any) -> Column:
    return number_column(name, _floats(series))


def _dates(name: str, series: Any) -> Column:
    import pandas as pd

    times = pd.DatetimeIndex(pd.to_datetime(series, utc=True))
    days = np.where(times.isna(), np.nan, times.as_unit("us").asi8 / _DAY_US)
    return Column(name, "empty" if np.isnan(days).all() else "date", days)


def _booleans(name: str, series: Any) -> Column:
    values = series.astype("boolean").astype("Int32").to_numpy(dtype=np.int32, na_value=-1)
    return words_column(name, values, ["False", "True"])


def _categories(name: str, series: Any) -> Column:
    words = [word_of(value) or "" for value in series.cat.categories]
    kept = list(dict.fromkeys(words))  # 1 and 1.0 are the same word
    place = np.array([*(kept.index(word) if word else -1 for word in words), -1], dtype=np.int32)
    column = words_column(name, place[series.cat.codes.to_numpy()], kept)
    return column if column.categories else replace(column, kind="empty", values=np.full(len(series), np.nan))


def _read(name: str, series: Any) -> Column:
    """Words and objects, as a file of them would be read."""
    if hasattr(series, "sparse"):
        raise TypeError(f"Column “{name}” is sparse: give a dense column, such as frame[“{name}”].sparse.to_dense().")
    try:
        columns = read_table(as_parquet(series.to_frame(name)), "X", fewest_rows=1, fewest_columns=1)
    except TableError as error:
        held = sorted({type(cell).__name__ for cell in series.dropna().head(_MOST_NAMED)})
        of_one = "" if len(held) == 1 else "; make them all numbers or all words"
        why = str(error) if held in (["str"], ["int"]) else f"its cells are of type {' and '.join(held[:3])}{of_one}."
        raise TypeError(f"Column “{name}” cannot be read as numbers, dates or words: {why}") from None
    for note in columns.notes:
        warnings.warn(note, stacklevel=5)
    return replace(columns[name], name=name)


def _is(test: str) -> Any:
    def holds(series: Any) -> bool:
        import pandas as pd

        return bool(getattr(pd.api.types, f"is_{test}_dtype")(series.dtype))

    return holds


def _is_category(series: Any) -> bool:
    return bool(series.dtype == "category")


def _is_sparse(series: Any) -> bool:
    return hasattr(series, "sparse")


# The first that fits is taken; booleans count as numbers, so they come before.
_FORMS = (
    (_is_sparse, _read),
    (_is_category, _categories),
    (_is("bool"), _booleans),
    (_is("numeric"), _numbers),
    (_is("datetime64_any"), _dates),
)
