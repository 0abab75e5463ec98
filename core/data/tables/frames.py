"""Frames and arrays of other libraries, as pandas and NumPy hold them."""

from typing import Any

import numpy as np


def is_frame(x: Any) -> bool:
    """Whether x has named columns of their own types: a DataFrame of pandas, or one of another library."""
    return hasattr(x, "columns") and (hasattr(x, "dtypes") or hasattr(x, "to_pandas"))


def as_pandas(x: Any) -> Any:
    """A frame as one of pandas: of Polars, PyArrow and whatever else has `to_pandas`. Raises TypeError for others."""
    import pandas as pd

    if isinstance(x, pd.DataFrame):
        return x
    if not hasattr(x, "to_pandas"):
        raise TypeError(f"The {type(x).__name__} is not a table in memory: collect it, or make it a pandas DataFrame.")
    return x.to_pandas()


def as_numpy(x: Any, name: str) -> Any:
    """An array of another library as one of NumPy, with NaN or None where a masked one has no value; others unchanged.

    Raises ValueError for an array that NumPy cannot read, as on a graphics card.
    """
    if isinstance(x, np.ma.MaskedArray):
        number = x.dtype.kind in "fiub"
        return np.ma.filled(x.astype(np.float64 if number else object), np.nan if number else None)  # type: ignore[no-untyped-call]
    if isinstance(x, np.ndarray) or not hasattr(x, "__dlpack__"):
        return x
    try:
        return np.asarray(x) if hasattr(x, "__array__") else np.from_dlpack(x)
    except (RuntimeError, BufferError, TypeError, ValueError) as error:
        raise ValueError(f"{name} is a {type(x).__name__} that NumPy cannot read: {error}") from None
