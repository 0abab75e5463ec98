"""The std that a raw second output stands for, by the code of the loss."""

import numpy as np

from ..diagnosis.loss_check.check import Checked
from ..model.formulas.program import value
from .arrays import Array


def std_by_code(checked: Checked, second: Array) -> Array | None:
    """The std (n,) of the raw values (n,) of the second output; None where the code does not say what it is."""
    if checked.meaning is None or checked.meaning.std is None:
        return None
    try:
        with np.errstate(all="ignore"):
            std = np.asarray(value(checked.meaning.std.tree, np, {"s": second}), dtype=np.float64)
    except KeyError:  # it is made of more outputs than the second
        return None
    return np.broadcast_to(std, second.shape)
