"""HeteroscopeRegressor: mean and std of each prediction, as a scikit-learn estimator."""

import secrets
import warnings
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

try:
    from joblib import effective_n_jobs  # type: ignore[import-untyped]
    from sklearn.base import BaseEstimator, RegressorMixin
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.metrics import r2_score
    from sklearn.utils import check_random_state, column_or_1d
    from sklearn.utils.validation import _check_sample_weight, check_consistent_length, check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        'HeteroscopeRegressor needs scikit-learn 1.6 or later: pip install "heteroscope[sklearn]".'
    ) from error

from ..data.tables.columns import Columns
from ..data.tables.frames import as_numpy, as_pandas, is_frame
from ..data.tables.lent_tables import hold, lend
from ..distributions.laws import Predictive
from ..experiment.data_settings import OWN_TABLE
from ..experiment.experiment import DEFAULT, Experiment
from ..experiment.settings import InvalidExperiment
from ..experiment.table_recipe import on_table
from . import rows

Array = NDArray[np.float64]

FEWEST_ROWS, FEWEST_WITH_HELD_OUT = 5, 10  # to train on; and to hold some of them out
_MOST_SEED = 2**31
# Each is said by an argument of fit or by a parameter of its own.
_SAID_ELSEWHERE = {
    **dict.fromkeys(("data.table", "data.csv", "data.features", "data.own_features"), "X"),
    **dict.fromkeys(("data.y", "data.also"), "y"),
    "data.weights": "sample_weight",
    **dict.fromkeys(("data.held_out", "data.split", "data.split_by"), "held_out"),
    **dict.fromkeys(("data.seed", "training.seed"), "random_state"),
}
_NONE_HELD_OUT = (
    "No rows were held out: what is said of held-out rows is said of training rows. Fit with held_out=0.2 for scores "
    "and a verdict on other rows."
)
_PARAMETERS = {
    "loss": "loss.name",
    "layers": "network.layers",
    "steps": "training.steps",
    "members": "training.members",
}


def _nll(law: Predictive, y: Array, weights: Array | None) -> float:
    return -float(np.average(law.nll(y), weights=weights))


def _crps(law: Predictive, y: Array, weights: Array | None) -> float:
    return -float(np.average(law.crps(y), weights=weights))


def _r2(law: Predictive, y: Array, weights: Array | None) -> float:
    return float(r2_score(y, law.mean, sample_weight=weights))


SCORES_WITH = {"nll": _nll, "crps": _crps, "r2": _r2}  # of each, higher is better


class HeteroscopeRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Networks that predict a mean and a std for each row, by the laboratory's recipe for tables.

    The recipe looks at the rows and the columns: several networks, each with validation rows of its own, predict as
    their equal mixture. A parameter that is None stays as the recipe says.

    Parameters
    ----------
    loss : name of a loss, such as "gaussian_nll", "student_t_learned" or "beta_nll".
    layers : widths of the hidden layers, such as (64, 64).
    steps : updates of the weights.
    members : how many networks predict together.
    held_out : share of the rows, 0.05 to 0.5, that are not trained on, but used for `scores_` and for what the app
        says; or 0. With 0 all rows train, and `scores_` are those of rows that the networks have seen.
    score_with : what `score` returns: "nll" (−mean NLL in nats), "crps" (−mean CRPS, unit of y) or "r2".
    random_state : an integer gives equal numbers at each fit; a RandomState is drawn from once; None gives others
        at each fit. The global random state is neither read nor changed.
    settings : further settings of the laboratory by name, such as {"training.batch_size": 32}. A missing value of X
        is the median of its column, or its most frequent word, unless "data.missing" says otherwise.

    Attributes
    ----------
    run_ : the finished Run: history, weights, verdict and charts.
    experiment_ : every setting, those of the recipe as well.
    scores_ : scores on the rows that were held out, or on some of the training rows if none were.
    n_features_in_, feature_names_in_ : as scikit-learn has them.
    """

    def __init__(
        self,
        *,
        loss: str | None = None,
        layers: Sequence[int] | None = None,
        steps: int | None = None,
        members: int | None = None,
        held_out: float = 0.2,
        score_with: str = "nll",
        random_state: Any = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.loss = loss
        self.layers = layers
        self.steps = steps
        self.members = members
        self.held_out = held_out
        self.score_with = score_with
        self.random_state = random_state
        self.settings = settings

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train on X (n, k), a DataFrame or an array of numbers, and y (n,); returns self.

        sample_weight (n,), 0 or above, is how much each row counts in training. Raises ValueError for data or
        parameters that cannot be used, and where no network could be trained.
        """
        from ..training.loop import train

        score_of(self.score_with)
        asked, seed = self._asked(), _seed_of(self.random_state)
        x, target, name_of_y = self._training_rows(X, y)
        weights = None if sample_weight is None else _weights(sample_weight, x)
        try:
            table = rows.table_of(rows.features_of(x), target, name_of_y, weights)
            experiment, columns = self._experiment(table, asked, seed)
            run = train(experiment, cores=effective_n_jobs(-1))  # one in a process of joblib, which has others
        except InvalidExperiment as error:
            raise ValueError(str(error)) from None
        if not run.has_curve or run.status == "diverged":
            raise ValueError(f"No network could be trained: {run.message}")
        if any(each.status == "diverged" for each in run.each):
            warnings.warn(run.message, ConvergenceWarning, stacklevel=2)
        self._columns, self._names, self._of_frame = columns, table.features, is_frame(X)
        self.run_, self.experiment_ = run, run.experiment
        hold(columns, by=run)  # whoever takes the run alone can ask it everything
        self.scores_ = run.scores
        run.forget_points()  # a search holds many fits: whoever asks has them made again
        return self

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """The mean of y at each row, (n,), in the unit of y; with `return_std` mean and std, each (n,)."""
        law = self.predict_dist(X)
        return (np.asarray(law.mean), np.asarray(law.std)) if return_std else np.asarray(law.mean)

    def predict_std(self, X: Any) -> Array:
        """The standard deviation of y at each row, (n,), in the unit of y: noise and disagreement of the networks."""
        return np.asarray(self.predict_dist(X).std)

    def predict_interval(self, X: Any, level: float = 0.9) -> Array:
        """Lower and upper end (n, 2) of the central interval that holds y with probability `level`, 0 < level < 1."""
        if not (isinstance(level, int | float | np.number) and 0 < level < 1):
            raise ValueError(f"level is {level!r}: it must lie between 0 and 1, such as 0.9.")
        return np.column_stack(self.predict_dist(X).interval(float(level)))

    def predict_dist(self, X: Any) -> Predictive:
        """The predictive distribution, one law for each row: mean, std, quantile, cdf, log_density, nll, crps."""
        check_is_fitted(self, "run_")
        x = self._rows(X, reset=False)
        encoding = self.run_.input_encoding
        given = encoding.read(rows.by_name(x, self._names))
        for told in (*rows.unknown_words(encoding, given), *given.notes):
            warnings.warn(told, stacklevel=3)
        return self.run_.predictive(given.inputs)

    def score(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """−mean NLL in nats, −mean CRPS or R² of the predictions for y (n,), as `score_with` says; higher is better."""
        measure, law = score_of(self.score_with), self.predict_dist(X)
        target = _target(y)
        check_consistent_length(law.mean, target)
        return measure(law, target, None if sample_weight is None else _weights(sample_weight, target))

    def keep(self, label: str = "HeteroscopeRegressor") -> str:
        """Put run and table where the app finds them, and return the key: `heteroscope app --run KEY` opens it.

        Where no rows were held out, a warning says what the app then shows, and so does the run's page. Raises OSError
        or TableError where it cannot be kept.
        """
        check_is_fitted(self, "run_")
        if self.experiment_.data.split == "column":
            warnings.warn(_NONE_HELD_OUT, stacklevel=2)
        from ..data.tables.table_store import table_store
        from ..runs.store import Store

        table_store().put(self._columns, label)
        store = Store()
        store.put(self.run_)
        store.close()
        if store.problem:
            raise OSError(store.problem)
        return self.run_.key

    def _asked(self) -> dict[str, Any]:
        """The settings that parameters and `settings` say. Raises ValueError or TypeError."""
        if not isinstance(self.held_out, Real):
            raise TypeError(f"held_out is {self.held_out!r}: it must be 0 or a share of the rows, such as 0.2.")
        if self.settings is not None and not isinstance(self.settings, Mapping):
            raise TypeError(f"settings is {self.settings!r}: it must be a mapping, such as {{'training.steps': 500}}.")
        asked = dict(self.settings or {})
        for path in asked.keys() & _SAID_ELSEWHERE.keys():
            raise ValueError(f"settings has {path!r}: {_SAID_ELSEWHERE[path]} says this.")
        named = {path: getattr(self, name) for name, path in _PARAMETERS.items() if getattr(self, name) is not None}
        for path in asked.keys() & named.keys():
            raise ValueError(f"{path!r} is said twice, by a parameter and in settings: leave one out.")
        if isinstance(self.layers, Sequence | np.ndarray) and not isinstance(self.layers, str):
            named["network.layers"] = [int(width) if isinstance(width, Integral) else width for width in self.layers]
        return {"data.missing": "median", **asked, **named}

    def _experiment(self, table: rows.Named, asked: Mapping[str, Any], seed: int) -> tuple[Experiment, Columns]:
        """What is trained, and its table, which is lent to this process."""
        asked = {"training.seed": seed, "data.seed": seed, **asked}
        if self.held_out:
            return _on(table, {"data.held_out": self.held_out, **asked})
        experiment, columns = _on(rows.all_in_training(table, seed), asked)
        training = experiment.training
        if training.patience and not (training.members > 1 and training.own_validation):
            # One network has no other that learns from its validation rows: they are set aside for good.
            return _on(rows.all_in_training(table, seed, experiment.data.validation), asked)
        return experiment, columns

    def _training_rows(self, x: Any, y: Any) -> tuple[Any, Array, str]:
        """X as a DataFrame or an array of numbers, y (n,), and the name of y."""
        if y is None:
            validate_data(self, x, None, skip_check_array=True)  # it says that y is needed
        target, x = _target(y), self._rows(x, reset=True)
        check_consistent_length(x, target)
        return x, target, _name_of(y)

    def _rows(self, x: Any, *, reset: bool) -> Any:
        """X as a DataFrame of pandas or an array of numbers; its columns are those of the fit unless `reset`."""
        fewest = (FEWEST_WITH_HELD_OUT if self.held_out else FEWEST_ROWS) if reset else 1
        if not is_frame(x):
            x = _real(x, "X")
            return validate_data(
                self, x, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan", ensure_min_samples=fewest
            )
        frame = as_pandas(x)
        rows.check_names(frame)
        validate_data(self, frame, reset=reset, skip_check_array=True)
        if not reset and self._of_frame and not hasattr(self, "feature_names_in_"):
            rows.check_same_names(frame, self._names)  # scikit-learn compares those alone that are all text
        rows.check_size(frame, fewest)
        rows.check_finite(frame)
        return frame

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.regressor_tags.poor_score = self.score_with != "r2"  # a bound on R² says nothing of an NLL or a CRPS
        return tags

    def __getstate__(self) -> dict[str, Any]:
        return _packed(super().__getstate__())

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(_unpacked(state))


def score_of(name: Any) -> Any:
    """The function behind a name of SCORES_WITH. Raises ValueError for any other."""
    if not isinstance(name, str) or name not in SCORES_WITH:
        raise ValueError(f"score_with is {name!r}: it must be one of {', '.join(map(repr, SCORES_WITH))}.")
    return SCORES_WITH[name]


def _on(table: rows.Named, asked: Mapping[str, Any]) -> tuple[Experiment, Columns]:
    columns = lend(table.columns)
    whose = {"data.table": OWN_TABLE, "data.csv": columns.key, **table.settings}
    return on_table(DEFAULT, {**whose, **asked}), columns


def _seed_of(random_state: Any) -> int:
    if random_state is None or random_state is np.random:  # check_random_state would hand out the global state
        return secrets.randbelow(_MOST_SEED)
    if isinstance(random_state, Integral) and 0 <= int(random_state) < _MOST_SEED:
        return int(random_state)
    try:
        return int(check_random_state(random_state).randint(_MOST_SEED - 1))
    except ValueError:
        raise ValueError(
            f"random_state is {random_state!r}: it must be None, an integer from 0 to {2**32 - 1:,} or a RandomState."
        ) from None


def _real(values: Any, name: str) -> Any:
    """What was given, as NumPy can read it. Raises ValueError for complex numbers, in one line."""
    values = as_numpy(values, name)
    if np.asarray(values).dtype.kind == "c":
        raise ValueError(f"Complex data not supported: {name} holds complex numbers.")
    return values


def _target(y: Any) -> Array:
    if y is None:
        raise ValueError("y is None: give a number for each row.")
    target = np.asarray(column_or_1d(_real(y, "y"), warn=True))
    if target.dtype.kind in "mM":
        raise ValueError("y must hold numbers: give dates and lengths of time as numbers, such as days.")
    try:
        target = target.astype(np.float64)
    except (TypeError, ValueError):
        raise ValueError("y must hold numbers: some of its values are not.") from None
    for found, test in (("NaN", np.isnan), ("infinity", np.isinf)):
        if test(target).any():
            raise ValueError(f"Input y contains {found}: leave these rows out.")
    return target


def _name_of(y: Any) -> str:
    """The name of a Series, or of the only column of a DataFrame; else "y"."""
    name = next(iter(y.columns), None) if is_frame(y) else getattr(y, "name", None)
    return str(name) if isinstance(name, str | Integral | tuple) and str(name) else "y"


def _weights(sample_weight: Any, x: Any) -> Array:
    given = _real(sample_weight, "sample_weight")
    weights = np.asarray(_check_sample_weight(given, x, dtype=np.float64, ensure_non_negative=True))
    if not weights.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return weights


def _packed(state: dict[str, Any]) -> dict[str, Any]:
    """The state with run and table as bytes and arrays: what they are made of may change between versions."""
    from ..training.run_bytes import to_bytes

    if state.get("_columns") is None:
        return state
    columns = state["_columns"]
    packed = {"_columns": (tuple(columns.columns.values()), columns.rows, columns.notes)}
    return {**state, **packed, "run_": to_bytes(state["run_"]), "experiment_": None}


def _unpacked(state: dict[str, Any]) -> dict[str, Any]:
    from types import MappingProxyType

    from ..training.run_bytes import from_bytes

    if state.get("_columns") is None:
        return state
    every, count, notes = state["_columns"]
    columns = lend(Columns(MappingProxyType({column.name: column for column in every}), count, notes))
    run = from_bytes(state["run_"])
    hold(columns, by=run)
    return {**state, "_columns": columns, "run_": run, "experiment_": run.experiment}
