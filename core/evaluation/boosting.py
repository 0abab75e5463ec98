"""Boosted trees as a third baseline, where scikit-learn is at hand: one model for the mean, one for the variance.

They need no tuning either, and are what serves better than a net where the truth has jumps or turns fast. scikit-learn
is no requirement: without it there are two baselines.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from ..distributions.laws import LocationScale, gaussian

Array = NDArray[np.float64]

LABEL = "Boosted trees, mean and variance"
MOST_ROWS = 20_000  # that it is fitted to, evenly taken: six fits of more would take seconds
FEWEST_ROWS = 80  # a leaf of the variance takes 40
_FOLDS = 4
_LEAST_SPREAD = 1e-6  # relative to the std of y
# Squared residuals are noisy: with trees as large and as many as those of the mean the variance learns the noise.
_SMALL_TREES: Mapping[str, Any] = {"loss": "gamma", "max_iter": 50, "max_leaf_nodes": 8, "min_samples_leaf": 40}


@dataclass(frozen=True, eq=False)
class BoostedGaussian:
    """Normal(mean(x), var(x)), both sums of trees; a call predicts at x."""

    mean: Any
    var: Any

    def __call__(self, x: ArrayLike) -> LocationScale:
        rows = _matrix(x)
        with _one_thread():
            return gaussian(self.mean.predict(rows), np.sqrt(self.var.predict(rows)))


def is_at_hand() -> bool:
    """Whether scikit-learn is installed."""
    return find_spec("sklearn") is not None


def fit_boosting(x: ArrayLike, y: ArrayLike) -> BoostedGaussian | None:
    """scikit-learn's histogram gradient boosting, fitted to x, (n, k) or (n,), and y (n,).

    The mean is at its defaults. The variance is fitted, by the gamma deviance, to squared residuals of rows that the
    mean had not seen (folds of the rows), since those of its own rows are too small. The same points give the same
    model. None without scikit-learn, or for fewer than FEWEST_ROWS rows.
    """
    rows, y = _matrix(x), np.asarray(y, dtype=np.float64)
    if not is_at_hand() or len(y) < FEWEST_ROWS:
        return None
    stride = -(-len(y) // MOST_ROWS)
    rows, y = rows[::stride], y[::stride]
    with _one_thread():
        squares = np.maximum(_unseen_residuals(rows, y) ** 2, (_LEAST_SPREAD * y.std()) ** 2)
        return BoostedGaussian(_boosted(rows, y), _boosted(rows, squares, **_SMALL_TREES))


def _unseen_residuals(x: Array, y: Array) -> Array:
    fold = np.random.default_rng(0).permutation(len(y)) % _FOLDS
    residuals = np.empty(len(y))
    for k in range(_FOLDS):
        out = fold == k
        residuals[out] = y[out] - _boosted(x[~out], y[~out]).predict(x[out])
    return residuals


def _boosted(x: Array, y: Array, **settings: Any) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor  # a second: only where it is asked for

    return HistGradientBoostingRegressor(random_state=0, **settings).fit(x, y)


def _one_thread() -> Any:
    """A context with one OpenMP thread: on a busy machine two wait for each other, 40 times as long as one works."""
    import sklearn  # noqa: F401  # its library must be loaded to be limited

    return threadpool_limits(limits=1, user_api="openmp")


def _matrix(x: ArrayLike) -> Array:
    array = np.asarray(x, dtype=np.float64)
    return array[:, None] if array.ndim == 1 else array
