"""From the rows of a caller, an array or named columns, to the inputs of a network."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.tables.columns import TableError
from core.data.tables.encoding import Encoding, quoted

Array = NDArray[np.float64]


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
