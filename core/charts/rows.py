"""The table of a chart, assembled from its layers, and what the layers of many charts need."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike, DTypeLike, NDArray

Array = NDArray[np.float64]
Layer = tuple[str, Mapping[str, Any]]  # its name, and its columns: arrays of one length, or single values

_IN_UNITS_OF_Y = ("y", "lower", "upper", "std", "truth", "previous", "noise_lower", "noise_upper", "noise", "ignorance")


def table_of(
    layers: Sequence[Layer], numbers: Sequence[str], texts: Sequence[str] = (), kind: DTypeLike = np.float32
) -> pd.DataFrame:
    """The rows of all layers, one after another: ``layer``, then ``numbers`` (of this ``kind``) and ``texts``.

    A single value is repeated in every row of its layer. A number that is not given or not finite (as float32: up to
    3e38) is NaN, a gap; a text that is not given is None.
    """
    sizes = [max((np.size(values) for values in columns.values()), default=0) for _, columns in layers]

    def column(name: str, nothing: Any, kind: type) -> np.ndarray:
        parts: list[np.ndarray] = [
            np.broadcast_to(np.asarray(columns.get(name, nothing), dtype=kind), size)
            for (_, columns), size in zip(layers, sizes, strict=True)
        ]
        return np.concatenate([*parts, np.empty(0, dtype=kind)])

    def number(name: str) -> np.ndarray:
        with np.errstate(over="ignore"):
            values = column(name, np.nan, float).astype(kind)
        return np.where(np.isfinite(values), values, values.dtype.type(np.nan))

    return pd.DataFrame(
        {"layer": np.repeat(np.array([name for name, _ in layers], dtype=object), sizes)}
        | {name: number(name) for name in numbers}
        | {name: column(name, None, object) for name in texts}
    )


def arrow_of(table: pd.DataFrame) -> pa.Table:
    """A table of numbers and texts for the browser: as pandas converts it, in a third of the time."""
    columns = {name: column.to_numpy() if column.dtype.kind == "f" else column for name, column in table.items()}
    return pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})


def of_one_shape(**given: ArrayLike) -> list[Array]:
    """The arrays as floats; raises ValueError where their shapes differ."""
    arrays = {name: np.asarray(values, dtype=float) for name, values in given.items()}
    if len({values.shape for values in arrays.values()}) > 1:
        raise ValueError(f"{', '.join(arrays)} have unlike shapes, {[values.shape for values in arrays.values()]}")
    return list(arrays.values())


def curve_column(values: ArrayLike | None, grid: Array, name: str) -> Array:
    """``values`` on the grid as floats, with NaN for values that are not finite or not given."""
    if values is None:
        return np.full(grid.shape, np.nan)
    column = np.asarray(values, dtype=float)
    if column.shape != grid.shape:
        raise ValueError(f"{name} has shape {column.shape}; the grid has shape {grid.shape}")
    return np.where(np.isfinite(column), column, np.nan)


def evenly(count: int, most: int) -> NDArray[np.int_]:
    """Indices of at most ``most`` of ``count`` rows, evenly spaced, including the first and the last."""
    return np.linspace(0, count - 1, min(count, most)).round().astype(int)


def in_and_out(columns: Mapping[str, np.ndarray], inside: np.ndarray) -> list[Layer]:
    """The layers "inside" and "outside": the rows where ``inside`` is true, and the others."""
    parts = {"inside": inside, "outside": ~inside}
    return [(layer, {name: values[part] for name, values in columns.items()}) for layer, part in parts.items()]


def table_in_unit(table: pd.DataFrame, factor: float) -> pd.DataFrame:
    """A table of ``fit_table`` or ``spread_table`` with all that has the unit of y multiplied by ``factor``.

    y = 1.2 in a unit k times larger is 1.2/k, so that ``factor`` is 1/k. If the domain is multiplied too, only the
    numbers on the axis change. A film stays in the old unit: therefore the rows are marked with it only at factor 1.
    """
    columns: dict[str, object] = {name: table[name] * np.float32(factor) for name in _IN_UNITS_OF_Y if name in table}
    return table.assign(**columns, **({} if factor == 1 else {"film": np.float32(np.nan)}))
