"""The estimator for skpro (skpro.readthedocs.io): predict_proba gives each row's distribution as one of skpro."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

try:
    from skpro.distributions.base import BaseDistribution  # type: ignore[import-not-found]
    from skpro.regression.base import BaseProbaRegressor  # type: ignore[import-not-found]
except ImportError as error:
    raise ImportError("HeteroscopeProba needs skpro: pip install skpro.") from error

from ..distributions.laws import Predictive
from .regressor import HeteroscopeRegressor

Array = NDArray[np.float64]

_HALVINGS = 60  # of the interval that holds a quantile: to the last digit


class Rows:
    """The rows of a prediction, as the estimator that was fitted takes them. It never changes, so a copy is itself."""

    def __init__(self, estimator: HeteroscopeRegressor, x: Any) -> None:
        self.estimator, self.x = estimator, x

    def take(self, places: Any) -> "Rows":
        """Some of the rows, by their places."""
        return Rows(self.estimator, self.x.iloc[places])

    def law(self) -> Predictive:
        """Their predictive distribution, one law for each row."""
        return self.estimator.predict_dist(self.x)

    def __deepcopy__(self, memo: Any) -> "Rows":
        return self


class HeteroscopeDistribution(BaseDistribution):  # type: ignore[misc]
    """What the networks predict, exactly: skpro's methods answer by the laboratory's own distribution.

    `rows` are the rows of X with the estimator that was fitted. As in skpro it is a table of one column of y, or a
    scalar for one cell. Energies, and so the CRPS, are those of the laboratory.
    """

    _tags = {  # noqa: RUF012 - skpro reads a plain dict
        "capabilities:approx": ["pdfnorm"],
        "capabilities:exact": ["mean", "var", "energy", "pdf", "log_pdf", "cdf", "ppf"],
        "distr:measuretype": "continuous",
        "distr:paramtype": "general",
    }

    def __init__(self, rows: Rows, index: Any = None, columns: Any = None) -> None:
        self.rows = rows
        super().__init__(index=index, columns=columns)
        self._law = rows.law()

    def _mean(self) -> Array:
        return self._shaped(self._law.mean)

    def _var(self) -> Array:
        return self._shaped(self._law.var)

    def _pdf(self, x: Any) -> Array:
        return np.exp(self._log_pdf(x))

    def _log_pdf(self, x: Any) -> Array:
        return self._shaped(self._law.log_density(_flat(x)))

    def _cdf(self, x: Any) -> Array:
        return self._shaped(self._law.cdf(_flat(x)))

    def _ppf(self, p: Any) -> Array:
        return self._shaped(quantiles(self._law, _flat(p)))

    def _energy_self(self) -> Array:
        return self._shaped(self._law.mean_difference)

    def _energy_x(self, x: Any) -> Array:
        return self._shaped(self._law.mean_abs(_flat(x)))

    def _shaped(self, values: Any) -> Array:
        return np.asarray(values, dtype=np.float64).reshape(self.shape)

    def _iloc(self, rowidx: Any = None, colidx: Any = None) -> "HeteroscopeDistribution":
        if isinstance(rowidx, int | np.integer) and isinstance(colidx, int | np.integer):
            return self._iat(rowidx, colidx)
        places = np.arange(len(self)) if rowidx is None else np.atleast_1d(np.asarray(rowidx))
        columns = self.columns if colidx is None else self.columns.take(np.atleast_1d(np.asarray(colidx)))
        places = np.flatnonzero(places) if places.dtype == bool else places
        return type(self)(self.rows.take(places), index=self.index.take(places), columns=columns)

    def _iat(self, rowidx: Any = None, colidx: Any = None) -> "HeteroscopeDistribution":
        if rowidx is None or colidx is None:
            raise ValueError("iat needs a row and a column.")
        return type(self)(self.rows.take([rowidx]))


class HeteroscopeProba(BaseProbaRegressor):  # type: ignore[misc]
    """HeteroscopeRegressor as a probabilistic regressor of skpro. The parameters are those of the estimator.

    Column names of any type are taken as text.

    Examples
    --------
    >>> from heteroscope.estimator.skpro import HeteroscopeProba  # doctest: +SKIP
    >>> distribution = HeteroscopeProba().fit(X, y).predict_proba(X_new)  # doctest: +SKIP
    """

    _tags = {  # noqa: RUF012 - skpro reads a plain dict
        "capability:missing": True,
        "capability:multioutput": False,
        "X_inner_mtype": "pd_DataFrame_Table",
        "y_inner_mtype": "pd_DataFrame_Table",
    }

    def __init__(
        self,
        loss: str | None = None,
        layers: Sequence[int] | None = None,
        steps: int | None = None,
        members: int | None = None,
        held_out: float = 0.2,
        random_state: Any = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.loss = loss
        self.layers = layers
        self.steps = steps
        self.members = members
        self.held_out = held_out
        self.random_state = random_state
        self.settings = settings
        super().__init__()

    def _fit(self, X: Any, y: Any) -> "HeteroscopeProba":
        self.estimator_ = HeteroscopeRegressor(**self.get_params(deep=False)).fit(_texts(X), y.iloc[:, 0])
        self._y_columns = y.columns
        return self

    def _predict_proba(self, X: Any) -> HeteroscopeDistribution:
        return HeteroscopeDistribution(Rows(self.estimator_, _texts(X)), index=X.index, columns=self._y_columns)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Small networks for skpro's own checks."""
        return [
            {"steps": 20, "members": 2, "layers": (8,), "random_state": 0},
            {"steps": 20, "members": 1, "layers": (4,), "random_state": 0, "loss": "student_t"},
        ]


def quantiles(law: Predictive, p: Array) -> Array:
    """The value (n,) that each row stays below with its own probability p (n,), 0 ≤ p ≤ 1."""
    with np.errstate(all="ignore"):
        inside = np.clip(p, 1e-12, 1 - 1e-12)
        if not p.size or (inside == inside[0]).all():
            found = np.asarray(law.quantile(float(inside[0]))) if p.size else np.empty(0)
        else:
            low, high = np.asarray(law.quantile(float(inside.min()))), np.asarray(law.quantile(float(inside.max())))
            for _ in range(_HALVINGS):
                middle = (low + high) / 2
                below = law.cdf(middle) < inside
                low, high = np.where(below, middle, low), np.where(below, high, middle)
            found = (low + high) / 2
    least, most = law.support
    return np.where(p <= 0, least, np.where(p >= 1, most, found))


def _texts(x: Any) -> Any:
    return x.set_axis([str(name) for name in x.columns], axis=1)


def _flat(values: Any) -> Array:
    return np.asarray(values, dtype=np.float64).ravel()
