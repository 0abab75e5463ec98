"""The std that a raw second output stands for, by the code of the loss."""

import numpy as np

from ..diagnosis.loss_check.check import check
from ..diagnosis.loss_check.given import Given
from ..model.formulas.program import value
from .arrays import Array


def std_by_code(given: Given, second: Array) -> Array | None:
    """The std (n,) of the raw values (n,) of the second output; None where the code does not say what it is."""
    if not given.code.strip():
        return None
    meaning = check(given.with_values(value=None, variance=None)).meaning
    if meaning is None or meaning.std is None:
        return None
    try:
        with np.errstate(all="ignore"):
            return np.broadcast_to(
                np.asarray(value(meaning.std.tree, np, {"s": second}), dtype=np.float64), second.shape
            )
    except KeyError:  # it is made of more outputs than the second
        return None
