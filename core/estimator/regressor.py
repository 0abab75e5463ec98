"""`HeteroscopeRegressor`: mean, standard deviation and intervals from a table, by the recipe for tables."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

try:
    from sklearn.base import BaseEstimator, RegressorMixin
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.utils import check_random_state
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted
except ImportError:
    raise ImportError('HeteroscopeRegressor needs scikit-learn: pip install "heteroscope[sklearn]"') from None

from ..data.tables.columns import FEWEST_ROWS
from ..data.tables.reading import read_table
from ..data.tables.table_store import table_store
from ..distributions.law import Law
from ..experiment.data_settings import OWN_TABLE, names_as_text
from ..experiment.experiment import DEFAULT, Experiment
from ..experiment.from_table import as_parquet
from ..experiment.settings import InvalidExperiment
from ..experiment.table_recipe import on_table
from ..training.run_bytes import from_bytes, to_bytes
from .frames import TARGET, WEIGHT, frame_of, targets_of, with_column

Array = NDArray[np.float64]
SCORES = ("nll", "crps", "r2")
_SEEDS = 2**31
_RUN = "_run_bytes"  # of a pickled estimator: a run by its own format, in place of its objects


class HeteroscopeRegressor(RegressorMixin, BaseEstimator):
    """A network, or several, that predict the distribution of y for each row: mean, standard deviation, intervals.

    X is an array of numbers, or a DataFrame whose columns are taken by name: numbers, words, dates, with gaps. What is
    not given is chosen by the recipe for tables: five networks with validation rows of their own, whose equal mixture
    is predicted.

    loss: a loss by its name, such as "student_t"; None for that of the recipe. layers: units of each hidden layer.
    steps, members: of the training. settings: any others by name, such as {"training.learning_rate": 3e-3}. They go
    before all others.
    held_out: share of the rows that is not trained on, 0.05 to 0.5. `scores_` are of these rows.
    score_with: what `score` gives: "nll" (minus the mean negative log-likelihood, nats), "crps" (minus the mean CRPS,
    unit of y) or "r2".
    random_state: an int gives the same numbers at each fit. None draws a seed, a RandomState is asked for one.
    n_jobs: how many members train at once; None for all cores.

    After `fit`: `run_` (the whole run), `experiment_`, `scores_` (of the rows held out, by name), `notes_` (what was
    repaired or left out of the table), `n_features_in_`, and `feature_names_in_` where columns have names.
    """

    def __init__(
        self,
        *,
        loss: str | None = None,
        layers: Sequence[int] | None = None,
        steps: int | None = None,
        members: int | None = None,
        settings: Mapping[str, Any] | None = None,
        held_out: float = 0.1,
        score_with: str = "nll",
        random_state: Any = 0,
        n_jobs: int | None = None,
    ):
        self.loss = loss
        self.layers = layers
        self.steps = steps
        self.members = members
        self.settings = settings
        self.held_out = held_out
        self.score_with = score_with
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on rows X (n, k) with targets y (n,); weights (n,), 0 or above, say how much each row counts.

        Raises ValueError for rows that cannot be trained on and for parameters that are not valid, in one sentence.
        """
        from ..training.loop import train  # loads Numba

        frame = frame_of(self, X, reset=True)
        target = targets_of(y, len(frame))
        if len(frame) < FEWEST_ROWS:
            raise ValueError(f"n_samples = {len(frame)}: at least {FEWEST_ROWS} rows are needed.")
        features = [*frame.columns]
        frame, name = with_column(frame, TARGET, target)
        settings = {"data.y": name, "data.features": names_as_text(features), "data.missing": "median"}
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, frame, dtype=np.float64, ensure_non_negative=True)
            frame, settings["data.weights"] = with_column(frame, WEIGHT, weights)
        columns = read_table(as_parquet(frame), "X")
        with table_store().lent(columns) as key:
            experiment = self._experiment({**settings, "data.table": OWN_TABLE, "data.csv": key})
            run = train(experiment, cores=_cores(self.n_jobs))
            self.notes_ = (*columns.notes, *run.dataset.notes)
            if not run.has_curve:
                raise ValueError(f"The training gave no network: {run.message}")
            self.scores_ = dict(run.scores)
        if run.status != "done":
            warnings.warn(run.message, ConvergenceWarning, stacklevel=2)
        self.run_, self.experiment_, self._columns = run, experiment, columns
        return self

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """The mean of y for each row, (n,), unit of y; with `return_std` also the standard deviation, (n,)."""
        found = self.predict_dist(X)
        mean = np.asarray(found.mean, dtype=np.float64)
        return (mean, np.asarray(found.std, dtype=np.float64)) if return_std else mean

    def predict_std(self, X: Any) -> Array:
        """The standard deviation of y for each row, (n,), unit of y: of the noise, and of what members disagree on."""
        return np.asarray(self.predict_dist(X).std, dtype=np.float64)

    def predict_interval(self, X: Any, level: float = 0.9) -> Array:
        """Lower and upper end of the central interval that holds y with probability `level`, (n, 2), unit of y."""
        if not 0 < level < 1:
            raise ValueError(f"The level must be between 0 and 1, and it is {level!r}.")
        return np.column_stack(self.predict_dist(X).interval(level))

    def predict_quantile(self, X: Any, p: float) -> Array:
        """The value that y stays below with probability p, for each row, (n,), unit of y."""
        if not 0 < p < 1:
            raise ValueError(f"A probability p must be between 0 and 1, and it is {p!r}.")
        return np.asarray(self.predict_dist(X).quantile(p), dtype=np.float64)

    def predict_dist(self, X: Any) -> Law:
        """The predicted distribution of all rows: mean, std, quantile, cdf, nll, crps, interval, each of shape (n,)."""
        check_is_fitted(self)
        return self.run_.predictive(frame_of(self, X, reset=False))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """How good the predictions of rows X with targets y are, by `score_with`; higher is better."""
        if self.score_with not in SCORES:
            raise ValueError(f"score_with must be one of {', '.join(SCORES)}, and it is {self.score_with!r}.")
        if self.score_with == "r2":
            return float(super().score(X, y, sample_weight))
        found = self.predict_dist(X)
        y = targets_of(y, len(np.atleast_1d(found.mean)))
        points = found.nll(y) if self.score_with == "nll" else found.crps(y)
        return -float(np.average(points, weights=sample_weight))

    def keep(self) -> str:
        """Put the run and its table where the app finds them, and return the run's key.

        `heteroscope app --run KEY` opens it. An estimator that was pickled has lost its table, and keeps the run alone.
        Raises ValueError if it cannot be kept.
        """
        from ..runs.store import Store

        check_is_fitted(self)
        if self._columns is not None:
            table_store().put(self._columns, type(self).__name__)
        store = Store()
        is_kept = store.put(self.run_)
        problem = store.problem
        store.close()
        if not is_kept:
            raise ValueError(problem or "The store of runs cannot be written.")
        return self.run_.key

    def _experiment(self, of_table: Mapping[str, Any]) -> Experiment:
        """The experiment of the parameters, with the recipe for what they leave open."""
        seed = self._seed()
        given: dict[str, Any] = {"data.seed": seed, "training.seed": seed, "data.held_out": self.held_out}
        if self.steps is not None:
            given |= {"training.steps": self.steps, "training.patience": self.steps}
        for path, value in {"loss.name": self.loss, "training.members": self.members}.items():
            given |= {} if value is None else {path: value}
        if self.members == 1:
            given["training.own_validation"] = False
        if self.layers is not None:
            given["network.layers"] = [*self.layers]
        try:
            return on_table(DEFAULT, {**of_table, **given, **(self.settings or {})})
        except InvalidExperiment as error:
            raise ValueError(" ".join(map(str, error.problems))) from None

    def _seed(self) -> int:
        if self.random_state is None:
            return int(np.random.default_rng().integers(_SEEDS))
        if isinstance(self.random_state, int | np.integer):
            return int(self.random_state) % _SEEDS
        return int(check_random_state(self.random_state).randint(_SEEDS - 1))

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if "run_" in state:
            state[_RUN] = to_bytes(state.pop("run_"))
            state["_columns"] = None
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        record = state.pop(_RUN, None)
        super().__setstate__(state)
        if record is not None:
            self.run_ = from_bytes(record)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.non_deterministic = self.random_state is None
        tags.regressor_tags.poor_score = True  # `score` is a log-likelihood, not R²
        return tags


def _cores(n_jobs: int | None) -> int | None:
    """As many cores as scikit-learn means: −1 for all."""
    return None if n_jobs is None or n_jobs < 0 else max(1, n_jobs)
