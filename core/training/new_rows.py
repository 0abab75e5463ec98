"""Predictions for new rows, with a warning for each row outside the training data."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.data.tables.columns import Column, Columns
from core.data.tables.encoding import Encoding, Feature
from core.data.tables.overview import date_text
from core.training.run import Run

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)


def predict_rows(run: Run, columns: Mapping[str, ArrayLike], level: float = 0.95) -> "pd.DataFrame":
    """mean, std, lower and upper of the central interval, in the unit of y, and a warning, for each of n rows.

    `columns` holds raw values (n,) by name, numbers or words; other columns are ignored. A row with a missing value
    that cannot be filled in has a warning and no prediction. Raises TableError if a feature is missing, or holds text
    in place of numbers.
    """
    import pandas as pd

    encoding = run.input_encoding
    by_feature = encoding.values(columns)
    absent = encoding.absent(by_feature)
    whole = ~absent.any(axis=1)
    kept = {name: values[whole] for name, values in by_feature.items()}
    table = pd.DataFrame(np.full((len(absent), 4), np.nan), columns=["mean", "std", "lower", "upper"])
    outside = np.zeros(absent.shape, dtype=bool)
    if whole.any():
        outside[whole] = encoding.outside(kept)
        predictive = run.predictive(encoding.matrix(kept))
        with np.errstate(all="ignore"):  # far outside the training range a net may give any value
            values = (predictive.mean, predictive.std, *predictive.interval(level))
        table.loc[whole, :] = np.column_stack(values)
    table["warning"] = _warnings(encoding, absent, outside)
    return table


def example_row(run: Run) -> dict[str, float | str]:
    """An example row: the median of each numeric feature, and the most frequent category."""
    return {feature.name: _typical(feature) for feature in run.input_encoding.features}


def _typical(feature: Feature) -> float | str:
    if feature.typical is not None:
        return feature.typical
    return feature.categories[0] if feature.kind == "category" else (feature.low + feature.high) / 2


def raw_columns(columns: Columns, encoding: Encoding) -> dict[str, NDArray]:
    """The columns of a table that a run predicts from, as raw values: numbers, or words with None for missing."""
    wanted = (columns.columns.get(feature.name) for feature in encoding.features)
    return {column.name: _raw(column) for column in wanted if column is not None}


def _raw(column: Column) -> NDArray:
    if column.kind not in ("category", "text"):
        return column.values
    words = np.array([*column.categories, None], dtype=object)
    return words[column.values]


def _warnings(encoding: Encoding, absent: NDArray[np.bool_], outside: NDArray[np.bool_]) -> list[str]:
    """For each row, which values are missing and which are outside the training data."""
    words = [""] * len(absent)
    for row in np.flatnonzero((absent | outside).any(axis=1)):
        parts = []
        for feature, lacks, beyond in zip(encoding.features, absent[row], outside[row], strict=True):
            if lacks:
                parts.append(f"{feature.name} is missing")
            elif beyond:
                parts.append(f"{feature.name} is {_beyond(feature)}")
        words[row] = "; ".join(parts)
    return words


def _beyond(feature: Feature) -> str:
    if feature.kind == "category":
        return "none of the categories it was trained on"
    write = date_text if feature.is_date else "{:.6g}".format
    return f"outside the training range, {write(feature.low)} to {write(feature.high)}"
