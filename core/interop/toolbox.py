"""What uncertainty-toolbox takes: predictions, their standard deviations, the observations, and x."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.tables.encoding import inputs_of
from ..evaluation.judged import Judged
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


def toolbox_arrays(run: Run, x: Any = None, y: ArrayLike | None = None) -> ToolboxArrays:
    """The four arrays of a run, at its held-out points, or for rows x (as `run.predict` takes them) and their y (n,).

    With many inputs the x that is returned is the number of the row, from 0. Its metrics assume Gaussian predictions:
    of another distribution they see the mean and the std alone. Raises CannotScore, a ValueError, where a prediction is
    not finite or a std is not above 0, and ValueError for x without y.
    """
    judged = judged_at(run, x, y)
    inputs = run.dataset.x_held_out if x is None else inputs_of(x, run.input_encoding)
    x = inputs if np.size(inputs) == judged.y.size else np.arange(judged.y.size)
    found = (np.broadcast_to(each, judged.y.shape) for each in (judged.need_mean(), judged.need_std(), judged.y))
    mean, std, y = (np.array(each, dtype=np.float64) for each in found)
    return ToolboxArrays(mean, std, y, np.array(x, dtype=np.float64).ravel())


def judged_at(run: Run, x: Any, y: ArrayLike | None) -> Judged:
    """Predictions of rows x with what was observed there, y (n,); of held-out points if both are None.

    Raises ValueError for one without the other, and for another number of y than of rows.
    """
    if (x is None) != (y is None):
        raise ValueError("Give x and y together: the observations of these rows. Without both, they are held out.")
    if x is None:
        return run.judged
    law, seen = run.predictive(x), np.asarray(y, dtype=np.float64)
    if seen.shape != np.shape(law.mean):
        raise ValueError(f"y has the shape {seen.shape}, and x has {np.size(law.mean):,} rows: give one y for each.")
    return Judged(law, seen)
