"""A smooth function of σ at many σ, from few: floors and gaps are asked for at every x, and each takes a search."""

from collections.abc import Callable
from typing import Any

import numpy as np

_FEW, LOG_STEP = 4, 0.4  # σ that are taken as they are; the grid of others, in log σ


def over_std(std: np.ndarray, of: Callable[[float], Any]) -> np.ndarray:
    """A smooth function of σ at each of `std` (n,): at the σ of a fixed grid, and between them by a cubic in log σ.

    The grid is the same for all points, so that what is cached by σ serves all of them. A few σ are taken as they are.
    Where the function has no finite value on the grid it has none between.
    """
    distinct, place = np.unique(std, return_inverse=True)
    place = place.reshape(np.shape(std))
    if len(distinct) <= _FEW:
        return np.array([of(float(one)) for one in distinct])[place]
    from scipy.interpolate import CubicSpline  # a tenth of a second to import

    logs = np.log(distinct)
    first, last = int(np.floor(logs[0] / LOG_STEP)), int(np.ceil(logs[-1] / LOG_STEP))
    nodes = LOG_STEP * np.arange(first - (last - first < 2), last + 1 + (last - first < 3))
    values = np.array([of(float(np.exp(node))) for node in nodes])
    if not np.isfinite(values).all():
        return np.full((*place.shape, *values.shape[1:]), -np.inf if (values == -np.inf).any() else np.nan)
    return CubicSpline(nodes, values)(logs)[place]
