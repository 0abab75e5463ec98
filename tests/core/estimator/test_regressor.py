"""The estimator: scikit-learn's own checks, tables with names and gaps, intervals that cover, and what it refuses."""

import os
import pickle
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from core import HeteroscopeRegressor, table_experiment, train
from core.data.tables.table_store import table_store
from core.runs.store import Store

# Rows are held out, and batches are drawn, at random: three copies of a row are not one row of weight three.
NOT_MET = MappingProxyType({"check_sample_weight_equivalence_on_dense_data": "rows are held out and drawn at random"})


def quick(**given: Any) -> HeteroscopeRegressor:
    return HeteroscopeRegressor(**{"members": 1, "steps": 300, "layers": [16], **given})


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """400 rows: y grows with x, its scatter with x too, a word moves it by 2, and each column has gaps."""
    rng = np.random.default_rng(0)
    x, word = rng.uniform(0, 1, 400), rng.choice(["low", "high"], 400)
    y = 3 * x + 2 * (word == "high") + (0.1 + 0.4 * x) * rng.normal(size=400)
    table = pd.DataFrame({"x": x, "kind": word, "day": pd.date_range("2024-01-01", periods=400), "target": x[::-1]})
    table.loc[::40, "x"] = np.nan
    table.loc[5::50, "kind"] = None
    return table.assign(y=y)


@pytest.fixture(scope="module")
def fitted(frame: pd.DataFrame) -> HeteroscopeRegressor:
    return quick(steps=1500).fit(frame.drop(columns="y"), frame["y"])


@pytest.mark.long
def test_scikit_learn_finds_no_fault() -> None:
    found = check_estimator(
        quick(steps=60, layers=[8]), expected_failed_checks=dict(NOT_MET), on_skip=None, on_fail="raise"
    )
    assert {each["check_name"] for each in found if each["status"] == "xfail"} == {*NOT_MET}
    assert sum(each["status"] == "passed" for each in found) > 50


def test_words_dates_and_gaps_are_taken_by_name(fitted: HeteroscopeRegressor, frame: pd.DataFrame) -> None:
    assert [*fitted.feature_names_in_] == ["x", "kind", "day", "target"]
    rows = pd.DataFrame({"x": [0.2, 0.2, 0.9, np.nan], "kind": ["low", "high", "high", None]})
    rows = rows.assign(day=pd.Timestamp("2024-05-01"), target=0.5)
    mean, std = fitted.predict(rows, return_std=True)
    assert mean[1] - mean[0] == pytest.approx(2, abs=0.4)
    assert std[2] > 1.3 * std[1]
    assert np.isfinite(mean).all()
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(rows.rename(columns={"x": "z"}))


def test_intervals_hold_what_they_promise(fitted: HeteroscopeRegressor, frame: pd.DataFrame) -> None:
    x = frame.drop(columns="y")
    ends = fitted.predict_interval(x, level=0.8)
    assert ends.shape == (400, 2)
    assert np.mean((ends[:, 0] <= frame["y"]) & (frame["y"] <= ends[:, 1])) == pytest.approx(0.8, abs=0.07)
    assert fitted.predict_quantile(x, 0.9) == pytest.approx(ends[:, 1])
    assert fitted.predict_std(x) == pytest.approx(fitted.predict_dist(x).std)


def test_scores_are_those_of_the_distribution(fitted: HeteroscopeRegressor, frame: pd.DataFrame) -> None:
    x, y = frame.drop(columns="y"), frame["y"]
    law = fitted.predict_dist(x)
    assert fitted.score(x, y) == pytest.approx(-np.mean(law.nll(y.to_numpy())))
    weights = np.arange(400.0)
    by_crps = clone(fitted).set_params(score_with="crps").fit(x, y)
    assert by_crps.score(x, y, weights) == pytest.approx(-np.average(law.crps(y.to_numpy()), weights=weights))
    assert by_crps.set_params(score_with="r2").score(x, y) > 0.8
    with pytest.raises(ValueError, match="score_with must be one of"):
        by_crps.set_params(score_with="mse").score(x, y)


def test_one_seed_is_one_fit_and_no_other_state_is_touched(frame: pd.DataFrame) -> None:
    x, y = frame[["x"]].fillna(0.5), frame["y"]
    np.random.seed(7)  # noqa: NPY002 - the global state is what is looked at
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    one, same, other = (quick(random_state=seed).fit(x, y).predict(x) for seed in (3, 3, 4))
    assert (state == np.random.get_state()[1]).all()  # noqa: NPY002
    assert one.tobytes() == same.tobytes()
    assert one.tobytes() != other.tobytes()
    drawn = [quick(random_state=np.random.RandomState(1)).fit(x, y).predict(x) for _ in range(2)]
    assert drawn[0].tobytes() == drawn[1].tobytes()


def test_it_is_the_fit_of_the_laboratory(frame: pd.DataFrame) -> None:
    x, y = frame[["x", "kind"]], frame["y"]
    ours = HeteroscopeRegressor(steps=200, held_out=0.2).fit(x, y)
    settings = {"training.steps": 200, "training.patience": 200, "data.missing": "median"}
    run = train(table_experiment(x.assign(target=y), target="target", features=["x", "kind"], settings=settings))
    assert len(ours.run_.predicting) == 5
    assert ours.predict(x).tobytes() == np.asarray(run.predictive(x).mean).tobytes()
    assert ours.scores_ == run.scores


def test_weights_decide_what_is_learned(frame: pd.DataFrame) -> None:
    x, y = frame[["kind"]].fillna("low"), frame["y"]
    weights = np.where(frame["x"].fillna(0) > 0.5, 1.0, 0.0)
    plain, weighted = (quick().fit(x, y, sample_weight=w).predict(x) for w in (None, weights))
    assert np.mean(weighted - plain) > 0.4
    with pytest.raises(ValueError, match="Negative values"):
        quick().fit(x, y, sample_weight=-weights)


@pytest.mark.long
def test_it_works_inside_what_scikit_learn_builds(frame: pd.DataFrame) -> None:
    x, y = frame[["x", "kind"]].fillna({"x": 0.5, "kind": "low"}), frame["y"]
    prepared = ColumnTransformer([("words", OneHotEncoder(sparse_output=False), ["kind"])], remainder=StandardScaler())
    found = cross_validate(make_pipeline(prepared, quick()), x, y, cv=3, error_score="raise")
    assert np.all(found["test_score"] > -1)
    search = GridSearchCV(quick(), {"loss": ["gaussian_nll", "student_t"], "layers": [[4], [16]]}, cv=2)
    search.fit(x, y)
    assert search.best_estimator_.run_.experiment.loss.name == search.best_params_["loss"]
    searched = GridSearchCV(quick(steps=50), {"settings": [{"loss.beta": 0.5, "loss.name": "beta_nll"}]}, cv=2)
    assert searched.fit(x, y).best_estimator_.experiment_.loss.beta == 0.5


def test_a_pickled_one_predicts_the_same_and_has_no_rows(fitted: HeteroscopeRegressor, frame: pd.DataFrame) -> None:
    x = frame.drop(columns="y")
    data = pickle.dumps(fitted)
    again = pickle.loads(data)  # noqa: S301 - our own bytes
    assert again.predict(x).tobytes() == fitted.predict(x).tobytes()
    assert again.scores_ == fitted.scores_
    assert len(data) < 200_000
    assert pickle.loads(pickle.dumps(quick())).get_params() == quick().get_params()  # noqa: S301


def test_a_fit_leaves_nothing_behind_until_it_is_kept(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path / "tables"))
    monkeypatch.setenv("HETEROSCOPE_STORE", f"sqlite:///{tmp_path / 'runs.sqlite3'}")
    one = quick().fit(frame[["x"]], frame["y"])
    assert os.listdir(tmp_path) == []
    key = one.keep()
    assert table_store().get(one.experiment_.data.csv).rows == 400
    assert one.run_.dataset.inputs == 1
    store = Store()
    assert store.get(key).weights.tobytes() == one.run_.weights.tobytes()  # type: ignore[union-attr]
    store.close()


@pytest.mark.parametrize(
    ("x", "y", "error", "words"),
    [
        (np.zeros((30, 2)), np.full(30, np.nan), ValueError, "contains NaN"),
        (np.full((30, 2), np.inf), np.arange(30), ValueError, "infinity"),
        (np.zeros((30, 2), complex), np.arange(30), ValueError, "Complex data not supported"),
        (sparse.csr_array(np.eye(30)), np.arange(30), TypeError, "dense data is required"),
        (np.zeros((1, 2)), [1.0], ValueError, "n_samples = 1"),
        (np.zeros((30, 2)), np.arange(29), ValueError, "inconsistent numbers of samples"),
        (np.zeros((30, 2)), None, ValueError, "target y is None"),
        (np.zeros((30, 2)), ["a"] * 30, ValueError, "not compatible with arrays of"),
        (pd.Series(np.arange(30.0)), np.arange(30), ValueError, "Expected"),
        (pd.DataFrame({"a": [{}] * 30}), np.arange(30), ValueError, "cannot be kept as a table"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(x: Any, y: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        quick().fit(x, y)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"loss": "nll"}, 'Loss cannot be "nll"'),
        ({"steps": 0}, "Steps cannot be 0"),
        ({"held_out": 0.9}, "Held out cannot be 0.9"),
        ({"settings": {"training.nope": 1}}, "training.nope"),
    ],
)
def test_a_parameter_that_is_not_valid_is_one_sentence(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words) as told:
        quick(**given).fit(np.arange(40.0)[:, None], np.arange(40.0))
    assert "\n" not in str(told.value)


def test_nothing_is_predicted_before_a_fit() -> None:
    with pytest.raises(NotFittedError):
        quick().predict([[1.0]])
    with pytest.raises(ValueError, match="between 0 and 1"):
        quick().predict_interval([[1.0]], level=90)
