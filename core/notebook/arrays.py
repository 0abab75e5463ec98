"""Lists of numbers from anywhere: NumPy, pandas, plain lists, and tensors that record gradients."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_POINTS = 10_000_000

Array = NDArray[np.float64]


def numbers(values: Any, name: str) -> Array:
    """Values as a list of real numbers (n,), n ≥ 1; a column (n, 1), as a network gives it, is such a list too.

    A masked number is NaN. Raises ValueError, with `name` in the sentence, for another shape and for what is not a
    real number: words, dates and complex numbers.
    """
    if callable(detach := getattr(values, "detach", None)):  # a tensor of torch, on any device and of any precision
        values = detach().cpu()
        values = values if values.is_complex() else values.double()
    try:
        array = np.asarray(values.filled(np.nan) if _is_masked(values) else values)
        if array.dtype.kind not in "biufO":
            raise TypeError("words, dates or complex numbers")
        found = np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a list of real numbers.") from None
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != 1 or not 1 <= found.size <= MOST_POINTS:
        hint = (
            f" For the same number everywhere use numpy.full(n, {found})."
            if found.ndim == 0 and np.isfinite(found)
            else ""
        )
        raise ValueError(
            f"{name} has the shape {found.shape}: it must be (n,), one number for each of 1 to {MOST_POINTS:,} points."
            f"{hint}"
        )
    return found


def together(given: Mapping[str, Any]) -> dict[str, Array]:
    """Lists of one length, by their names.

    Raises ValueError as `numbers`, for lists of different lengths, and for Series of pandas that have the same labels
    in another order: whether their order or their labels tell what belongs together is not known.
    """
    found = {name: numbers(values, name) for name, values in given.items()}
    if len({values.size for values in found.values()}) > 1:
        sizes = ", ".join(f"{name} has {values.size:,} points" for name, values in found.items())
        raise ValueError(f"{sizes}: all must have the same number.")
    (first, labels), *others = [(name, getattr(values, "index", None)) for name, values in given.items()]
    for name, index in others:
        if hasattr(labels, "sort_values") and hasattr(index, "sort_values") and _are_reordered(labels, index):
            raise ValueError(
                f"{first} and {name} have the same labels in another order: use {name}.reindex({first}.index) to go by "
                f"the labels, or {name}.to_numpy() to go by the order."
            )
    return found


def _is_masked(values: Any) -> bool:
    return isinstance(values, np.ma.MaskedArray) and values.dtype.kind in "biuf"


def _are_reordered(one: Any, other: Any) -> bool:
    return not one.equals(other) and bool(one.sort_values().equals(other.sort_values()))
