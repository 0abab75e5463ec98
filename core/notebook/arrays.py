"""Lists of numbers from anywhere: NumPy, pandas, plain lists, and tensors that record gradients."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_POINTS = 10_000_000


def numbers(values: Any, name: str) -> NDArray[np.float64]:
    """Values as a list of real numbers (n,), n ≥ 1.

    Raises ValueError, with `name` in the sentence, for another shape or for what is not a real number.
    """
    if callable(detach := getattr(values, "detach", None)):  # a tensor of torch, on any device
        values = detach().cpu()
    try:
        array = np.asarray(values)
        if np.iscomplexobj(array):
            raise TypeError("complex")
        found = np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a list of real numbers.") from None
    if found.ndim != 1 or not 1 <= found.size <= MOST_POINTS:
        flat = f" Use {name}.ravel()." if found.ndim == 2 and 1 in found.shape else ""
        raise ValueError(f"{name} has the shape {found.shape}: it must be (n,), one number for each point.{flat}")
    return found
