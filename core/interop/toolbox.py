"""What uncertainty-toolbox takes: predictions, their standard deviations, the observations, and x."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..training.run import Run

Array = NDArray[np.float64]


class ToolboxArrays(NamedTuple):
    """Predicted means and stds, observed y and x, (n,) each, in the unit of y and of x.

    In the order of uncertainty-toolbox's own examples: `get_all_metrics(*arrays[:3])` scores them.
    """

    predictions: Array
    predictions_std: Array
    y: Array
    x: Array


def toolbox_arrays(run: Run) -> ToolboxArrays:
    """The four arrays of a run, at its held-out points. With many inputs x is the number of the row, from 0.

    Its metrics assume Gaussian predictions: of another distribution they see the mean and the std alone. Raises
    CannotScore, a ValueError, where a prediction is not finite or a std is not above 0.
    """
    judged, data = run.judged, run.dataset
    x = data.x_held_out if data.inputs == 1 else np.arange(judged.y.size)
    found = (np.broadcast_to(each, judged.y.shape) for each in (judged.need_mean(), judged.need_std(), judged.y))
    mean, std, y = (np.array(each, dtype=np.float64) for each in found)
    return ToolboxArrays(mean, std, y, np.array(x, dtype=np.float64).ravel())
