"""From what scikit-learn is given to a table of the laboratory: names, kinds, and a column for target and weights."""

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_array, column_or_1d, validate_data

if TYPE_CHECKING:
    import pandas as pd

TARGET, WEIGHT = "target", "weight"


def is_frame(x: Any) -> bool:
    """Whether x has named columns of kinds of their own: a DataFrame of pandas, or one that can become it."""
    return hasattr(x, "columns") and (hasattr(x, "iloc") or hasattr(x, "to_pandas"))


def frame_of(estimator: Any, x: Any, *, reset: bool) -> "pd.DataFrame":
    """The rows of x as a frame of n rows; columns of an array are x0, x1, …

    With `reset` the estimator notes names and number of the columns; else they are compared. Numbers may be missing
    (NaN), and nothing else may. Raises ValueError and TypeError in scikit-learn's words.
    """
    import pandas as pd

    if not is_frame(x):
        array = validate_data(estimator, x, reset=reset, dtype="numeric", ensure_all_finite="allow-nan")
        return pd.DataFrame(array, columns=[f"x{i}" for i in range(array.shape[1])])
    validate_data(estimator, x, reset=reset, skip_check_array=True)
    frame = x if hasattr(x, "iloc") else x.to_pandas()
    if frame.shape[0] < 1 or frame.shape[1] < 1:
        raise ValueError(f"Found array with {frame.shape[0]} sample(s) and {frame.shape[1]} feature(s): at least 1.")
    for name in frame.columns:
        if frame[name].dtype.kind in "fc" or hasattr(frame[name], "sparse"):
            check_array(frame[[name]], ensure_all_finite="allow-nan", accept_sparse=False)
    return frame.set_axis([str(name) for name in frame.columns], axis=1).reset_index(drop=True)


def targets_of(y: Any, rows: int) -> np.ndarray:
    """The targets as (n,) float64. Raises ValueError for gaps, words, other shapes and another number of rows."""
    if y is None:
        raise ValueError("requires y to be passed, but the target y is None: give the values to learn.")
    y = column_or_1d(check_array(y, dtype="numeric", ensure_2d=False, input_name="y"), warn=True)
    y = y.astype(np.float64)
    if len(y) != rows:
        raise ValueError(f"Found input variables with inconsistent numbers of samples: [{rows}, {len(y)}]")
    return y


def with_column(frame: "pd.DataFrame", name: str, values: np.ndarray) -> tuple["pd.DataFrame", str]:
    """The frame with one column more, and its name: the wanted one, longer where the frame has one of that name."""
    while name in frame.columns:
        name += "_"
    return frame.assign(**{name: values}), name
