"""Several targets of different units as one set of points, which can be judged together."""

import numpy as np

from .arrays import Array

_APART = 3.0  # times: std of targets within it are taken for one unit
_FEWEST = 10  # points of a target


def in_one_unit(y: Array, mean: Array, std: Array | None, targets: Array) -> tuple[Array, Array, Array | None] | None:
    """y, mean and std (n,) with each target about 0 and divided by the std of its y; None where that is not needed.

    All are multiplied by the geometric mean of these std. So a Gaussian NLL that is a mean over points stays the same.
    """
    names = np.unique(targets)
    own = [y[(targets == name) & np.isfinite(y)] for name in names]
    if len(names) < 2 or min(each.size for each in own) < _FEWEST:
        return None
    spreads = np.array([np.std(each) for each in own])
    if not (spreads > 0).all() or spreads.max() <= _APART * spreads.min():
        return None
    sizes = np.array([each.size for each in own])
    common = np.exp(np.average(np.log(spreads), weights=sizes))
    place = np.searchsorted(names, targets)
    scale = (common / spreads)[place]
    shift = np.array([np.mean(each) for each in own])[place]
    return scale * (y - shift), scale * (mean - shift), None if std is None else scale * std
