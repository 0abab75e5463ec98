"""PEERS: other methods that predict a mean and a spread from a table, each at its defaults and on one thread."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from core.distributions.laws import Predictive, gaussian
from core.evaluation.baselines import fit_baselines

Array = np.ndarray


@dataclass(frozen=True)
class Peer:
    """A method: its label, the package it needs ("" for none), the rows it is given at most, and how it predicts.

    `predict(x, y, x_new)` fits rows (n, k) and predicts at others.
    """

    label: str
    package: str
    predict: Callable[[Array, Array, Array], Predictive]
    most_rows: int = 10**9

    @property
    def is_at_hand(self) -> bool:
        """Whether its package is installed."""
        return not self.package or find_spec(self.package) is not None


def _least_squares(x: Array, y: Array, x_new: Array) -> Predictive:
    return fit_baselines(x, y)["linear"](x_new)


def _ngboost(x: Array, y: Array, x_new: Array) -> Predictive:
    from ngboost import NGBRegressor

    found = NGBRegressor(verbose=False, random_state=0).fit(x, y).pred_dist(x_new)
    return gaussian(found.loc, found.scale)


def _catboost(x: Array, y: Array, x_new: Array) -> Predictive:
    from catboost import CatBoostRegressor

    settings: dict[str, Any] = {"verbose": 0, "thread_count": 1, "random_seed": 0, "allow_writing_files": False}
    model = CatBoostRegressor(loss_function="RMSEWithUncertainty", **settings).fit(x, y)
    mean, var = model.predict(x_new).T
    return gaussian(mean, np.sqrt(var))


def _lightgbm(x: Array, y: Array, x_new: Array) -> Predictive:
    """Two stages: the mean, then the log of squared residuals of rows that it had not seen, scaled to fit them."""
    from lightgbm import LGBMRegressor
    from sklearn.model_selection import cross_val_predict

    def model() -> Any:
        return LGBMRegressor(verbose=-1, n_jobs=1, random_state=0)

    squares = (y - cross_val_predict(model(), x, y)) ** 2 + 1e-6 * y.var()
    spread = model().fit(x, np.log(squares))
    scale = np.mean(squares * np.exp(-spread.predict(x)))
    return gaussian(model().fit(x, y).predict(x_new), np.sqrt(scale * np.exp(spread.predict(x_new))))


PEERS: Mapping[str, Peer] = {
    "ols": Peer("least squares", "", _least_squares),
    "lightgbm": Peer("LightGBM, two stages", "lightgbm", _lightgbm),
    "catboost": Peer("CatBoost, its uncertainty loss", "catboost", _catboost),
    "ngboost": Peer("NGBoost", "ngboost", _ngboost, most_rows=15_000),  # beyond, it takes minutes
}


def on_one_thread() -> None:
    """Limit the libraries that look at the environment; to be called before they are loaded."""
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
