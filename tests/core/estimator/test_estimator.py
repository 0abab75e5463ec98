"""The estimator keeps scikit-learn's contract, and its numbers are those of the laboratory."""

import gc
from collections import Counter
from copy import copy

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.estimator_checks import check_estimator

from core import HeteroscopeRegressor, load, scores, table_experiment, train
from core.data.tables.columns import TableError
from core.data.tables.lent_tables import lent
from core.data.tables.table_store import table_store
from core.experiment.build import dataset_of_member
from core.export.weights import weights_of
from core.runs.store import Store

SMALL = {"steps": 40, "members": 2, "layers": (8,), "random_state": 0, "held_out": 0}
ROWS = 60


def points(n=ROWS, inputs=3):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(n, inputs))
    return x, x[:, 0] + np.exp(0.5 * x[:, 1]) * rng.normal(size=n)


def global_state():
    return check_random_state(None).get_state()[1].copy()


def mixed_frame(n=ROWS):
    rng = np.random.default_rng(6)
    frame = pd.DataFrame(points(n)[0], columns=["a", "b", "c"])
    frame["class"] = pd.Categorical(rng.integers(1, 4, n))
    frame["colour"] = rng.choice(["red", "green"], n)
    frame["on"] = pd.date_range("2024-01-01", periods=n)
    frame["new"] = rng.random(n) > 0.5
    frame["count"] = pd.array(rng.integers(0, 9, n), dtype="Int64")
    frame.loc[3, ["a", "colour"]] = None
    frame.loc[4, ["count", "on", "class"]] = None
    return frame


@pytest.fixture(scope="module")
def fitted():
    return HeteroscopeRegressor(**SMALL).fit(*points())


@pytest.mark.long
def test_scikit_learns_own_checks():
    failing = {
        "check_sample_weight_equivalence_on_dense_data": "Each step draws rows: a row twice is drawn unlike one of "
        "weight 2, and equal only on average."
    }
    estimator = HeteroscopeRegressor(steps=5, members=2, layers=(4,))
    found = check_estimator(estimator, expected_failed_checks=failing, on_skip=None)
    asked = [each["status"] for each in found if "array_api" not in each["check_name"]]
    assert Counter(asked) == {"passed": len(asked) - 1, "xfail": 1}


def test_without_parameters_it_learns():
    x, y = points(120)
    estimator = HeteroscopeRegressor(random_state=0, score_with="r2", steps=600).fit(x, y)
    assert estimator.experiment_.training.members == 5  # of the recipe
    assert estimator.score(x, y) > 0.3  # of 0.37 at best: the rest is noise
    near, far = estimator.predict_std([[0, -1.5, 0], [0, 1.5, 0]])
    assert far > 2 * near  # the truth has 4.5 times


def test_its_numbers_are_those_of_the_laboratory():
    x, y = points()
    frame = pd.DataFrame(x, columns=["a", "b", "c"])
    estimator = HeteroscopeRegressor(**{**SMALL, "held_out": 0.2}).fit(frame, pd.Series(y, name="y"))
    changes = {"training.steps": 40, "training.members": 2, "network.layers": [8], "data.missing": "median"}
    run = train(table_experiment(frame.assign(y=y), target="y", features=["a", "b", "c"], settings=changes))
    assert estimator.run_.key == run.key
    np.testing.assert_array_equal(estimator.predict(frame), run.predict(frame)["mean"])
    np.testing.assert_array_equal(estimator.predict_std(frame), run.predict(frame)["std"])
    assert estimator.scores_ == run.scores


def test_all_rows_train(fitted):
    x, y = points()
    np.testing.assert_array_equal(fitted.run_.dataset.x, x)
    np.testing.assert_array_equal(fitted.run_.dataset.y, y)
    members = [dataset_of_member(fitted.experiment_, member) for member in range(2)]
    assert [len(each.y_validation) for each in members] == [6, 6]
    assert set(members[0].y_validation) != set(members[1].y_validation)


def test_one_network_alone_sets_validation_rows_aside():
    estimator = HeteroscopeRegressor(**{**SMALL, "members": 1}).fit(*points())
    assert (len(estimator.run_.dataset.y), len(estimator.run_.dataset.y_validation)) == (54, 6)


def test_equal_integers_give_equal_numbers(fitted):
    x, y = points()
    before = global_state()
    assert clone(fitted).fit(x, y).predict(x).tobytes() == fitted.predict(x).tobytes()
    other = clone(fitted).set_params(random_state=1).fit(x, y)
    assert not np.allclose(other.predict(x), fitted.predict(x))
    one, two = (
        clone(fitted).set_params(random_state=np.random.RandomState(3)).fit(x, y).predict(x).tobytes() for _ in range(2)
    )
    assert one == two
    for none in (None, np.random):  # scikit-learn takes both for the global state
        assert not np.allclose(*(clone(fitted).set_params(random_state=none).fit(x, y).predict(x) for _ in range(2)))
    np.testing.assert_array_equal(global_state(), before)


def test_mean_std_interval_and_distribution(fitted):
    x, y = points()
    mean, std, law = fitted.predict(x), fitted.predict_std(x), fitted.predict_dist(x)
    assert mean.shape == std.shape == (ROWS,)
    np.testing.assert_array_equal(law.mean, mean)
    np.testing.assert_array_equal(fitted.predict(x, return_std=True), [mean, std])
    assert (std > 0).all()
    ends = fitted.predict_interval(x, level=0.8)
    assert ends.shape == (ROWS, 2)
    np.testing.assert_allclose(law.cdf(ends[:, 1]) - law.cdf(ends[:, 0]), 0.8, atol=1e-6)
    assert fitted.score(x, y) == pytest.approx(-np.mean(law.nll(y)))


def test_each_score_is_higher_for_better(fitted):
    x, y = points()
    found = {name: copy(fitted).set_params(score_with=name).score(x, y) for name in ("nll", "crps", "r2")}
    assert found["nll"] == pytest.approx(-fitted.scores_["nll"])
    assert found["crps"] == pytest.approx(-fitted.scores_["crps"])
    assert found["r2"] == pytest.approx(1 - np.mean((y - fitted.predict(x)) ** 2) / np.var(y))
    gaussian = scores(y, fitted.predict(x), fitted.predict_std(x))["rmse"].value
    assert fitted.scores_["rmse"] == pytest.approx(gaussian)
    half = np.repeat([1.0, 0.0], ROWS // 2)
    assert fitted.score(x, y, half) == pytest.approx(fitted.score(x[: ROWS // 2], y[: ROWS // 2]))


def test_a_frame_of_every_kind_of_column():
    frame, y = mixed_frame(), pd.Series(points()[1], name="price")
    estimator = HeteroscopeRegressor(**SMALL).fit(frame, y, sample_weight=np.linspace(0, 2, ROWS))
    assert list(estimator.feature_names_in_) == list(frame.columns)
    assert estimator.n_features_in_ == 8
    inputs = estimator.run_.input_names
    assert {"class = 1", "class = 3", "colour = green", "new = True", "on", "count"} <= set(inputs)
    assert estimator.experiment_.data.y == "price"
    np.testing.assert_array_equal(estimator.run_.dataset.weights, np.linspace(0, 2, ROWS))
    assert np.isfinite(estimator.predict(frame)).all()
    with pytest.warns(UserWarning, match="“colour” has words .* not have, such as “blue”, in 2 rows"):
        estimator.predict(frame.head(2).assign(colour="blue"))
    with pytest.warns(UserWarning, match="Words of “colour” were read as training had them: “RED” as “red”"):
        estimator.predict(frame.head(2).assign(colour="RED"))
    with pytest.raises(ValueError, match="feature names"):
        estimator.predict(frame.rename(columns={"a": "z"}))


def test_it_works_with_scikit_learns_tools():
    x, y = points()
    frame = pd.DataFrame(x, columns=["a", "b", "c"])
    found = cross_validate(HeteroscopeRegressor(**SMALL), frame, y, cv=2, return_train_score=True)
    assert np.isfinite(found["test_score"]).all()
    some = ColumnTransformer([("scaled", StandardScaler(), ["a", "b"])])
    pipeline = make_pipeline(some, HeteroscopeRegressor(**SMALL)).fit(frame, y)
    assert pipeline[-1].n_features_in_ == 2
    assert np.isfinite(pipeline.score(frame, y))
    search = GridSearchCV(HeteroscopeRegressor(**SMALL), {"layers": [(4,), (8,)], "score_with": ["crps"]}, cv=2)
    assert search.fit(frame, y).best_params_["layers"] in [(4,), (8,)]


def test_a_fitted_one_goes_into_a_file_and_back(tmp_path):
    frame, y = mixed_frame(), points()[1]
    estimator = HeteroscopeRegressor(**SMALL).fit(frame, y)
    expected, key = estimator.predict(frame), estimator.experiment_.data.csv
    joblib.dump(estimator, tmp_path / "fitted.joblib")
    del estimator
    gc.collect()
    back = joblib.load(tmp_path / "fitted.joblib")
    np.testing.assert_array_equal(back.predict(frame), expected)
    assert lent(key) is back._columns
    assert len(back.run_.dataset.y) == ROWS
    del back
    gc.collect()
    assert lent(key) is None
    assert copy(HeteroscopeRegressor(steps=3)).steps == 3


def test_a_fit_writes_nothing_to_disk_until_it_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path / "tables"))
    monkeypatch.setenv("HETEROSCOPE_STORE", f"sqlite:///{tmp_path / 'runs.sqlite3'}")
    x, y = points(n=ROWS + 1)
    estimator = HeteroscopeRegressor(**SMALL).fit(x, y)
    assert list(tmp_path.rglob("*")) == []
    with pytest.warns(UserWarning, match="No rows were held out: what is said of"):
        key, table = estimator.keep("prices"), estimator.experiment_.data.csv
    assert table_store().label(table) == "prices"
    predicted = estimator.predict(x)
    del estimator
    gc.collect()
    assert (tmp_path / "tables" / f"{table}.parquet").exists()
    store = Store()
    run = store.get(key)
    store.close()
    np.testing.assert_array_equal(run.predictive(x).mean, predicted)
    assert len(run.dataset.y) == ROWS + 1


def test_a_table_is_found_as_long_as_somebody_holds_it(fitted):
    key = fitted.experiment_.data.csv
    again = clone(fitted).fit(*points())
    assert again._columns is fitted._columns
    del again
    gc.collect()
    assert table_store().get(key) is fitted._columns
    with pytest.raises(TableError):
        table_store().get("0" * 16)


BAD_PARAMETERS = [
    ({"loss": "no_loss"}, ValueError, "Loss"),
    ({"steps": 0}, ValueError, "Steps cannot be 0"),
    ({"layers": "wide"}, ValueError, "layers"),
    ({"members": 1000}, ValueError, "Members"),
    ({"held_out": 0.9}, ValueError, "Held out cannot be 0.9"),
    ({"score_with": "rmse"}, ValueError, "score_with is 'rmse': it must be one of 'nll', 'crps', 'r2'"),
    ({"settings": 3}, TypeError, "settings is 3: it must be a mapping"),
    ({"settings": {"data.y": "a"}}, ValueError, "settings has 'data.y': y says this"),
    ({"settings": {"training.seed": 1}}, ValueError, "random_state says this"),
    ({"settings": {"training.steps": 1}}, ValueError, "said twice"),
    ({"settings": {"training.stepps": 1}}, ValueError, "stepps"),
    ({"random_state": "chance"}, ValueError, "random_state is 'chance': it must be None, an integer from 0 to 4,294"),
    ({"random_state": -1}, ValueError, "random_state is -1"),
    ({"random_state": np.random.default_rng(0)}, ValueError, "or a RandomState"),
    ({"held_out": None}, TypeError, "held_out is None: it must be 0 or a share"),
    ({"score_with": ["nll"]}, ValueError, "score_with is"),
]


@pytest.mark.parametrize(("changes", "error", "words"), BAD_PARAMETERS, ids=range(len(BAD_PARAMETERS)))
def test_parameters_that_cannot_be_used(changes, error, words):
    with pytest.raises(error, match=words):
        HeteroscopeRegressor(**{**SMALL, **changes}).fit(*points())


@pytest.mark.parametrize(("held_out", "fewest"), [(0.2, 10), (0, 5)])
def test_how_few_rows_are_too_few(held_out, fewest):
    x, y = points()
    model = HeteroscopeRegressor(**{**SMALL, "held_out": held_out, "settings": {"data.validation": 0}})
    for given in (x, pd.DataFrame(x)):
        with pytest.raises(ValueError, match=rf"{fewest - 1} sample\(s\).*minimum of {fewest} is required"):
            model.fit(given[: fewest - 1], y[: fewest - 1])


X, Y = points()
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])
BAD_DATA = [
    ("one row", X[:1], Y[:1], ValueError, "1 sample"),
    ("a frame of one row", FRAME[:1], Y[:1], ValueError, "1 sample"),
    ("a list of words", [["a"]] * ROWS, Y, ValueError, "string"),
    ("a constant", X, np.ones(ROWS), ValueError, "nothing to predict"),
    ("no number", X, ["high"] * ROWS, ValueError, "y must hold numbers"),
    ("no numbers for a frame", FRAME, ["high"] * ROWS, ValueError, "y must hold numbers"),
    ("dates", X, pd.date_range("2020", periods=ROWS), ValueError, "y must hold numbers: give dates and lengths of"),
    ("dates with a zone", X, pd.date_range("2020", periods=ROWS, tz="UTC").to_series(), ValueError, "y must hold numb"),
    ("infinite targets", X, np.full(ROWS, np.inf), ValueError, "Input y contains infinity: leave these rows out"),
    ("NaN targets", FRAME, np.full(ROWS, np.nan), ValueError, "y contains NaN"),
    ("infinity in a frame", FRAME.replace(FRAME.iloc[0, 0], np.inf), Y, ValueError, "“a” holds numbers that are not"),
    ("complex", FRAME.astype(complex), Y, ValueError, "Complex data not supported"),
    ("complex array", X + 1j, Y, ValueError, "Complex data not supported: X holds complex numbers\\.$"),
    ("complex targets", FRAME, Y + 1j, ValueError, "Complex data not supported: y holds complex numbers\\.$"),
    ("two targets", X, np.column_stack([Y, Y]), ValueError, "1d"),
    ("other lengths", FRAME, Y[:-1], ValueError, "inconsistent"),
    ("lists in cells", FRAME.assign(d=[[1]] * ROWS), Y, TypeError, "“d” cannot be read .*: its cells are of type list"),
    ("two types", FRAME.assign(d=["a", 1] * (ROWS // 2)), Y, TypeError, "of type int and str; make them all numbers"),
    ("whole numbers beyond 64 bits", FRAME.assign(d=[10**30] * ROWS), Y, TypeError, "“d” cannot be read.* too large"),
    ("no columns", FRAME[[]], Y, ValueError, "X has 0 feature"),
    ("lengths of time", FRAME.assign(d=pd.to_timedelta(X[:, 0], unit="h")), Y, TypeError, "“d” cannot be read"),
    ("periods", FRAME.assign(d=pd.period_range("2020", periods=ROWS, freq="M")), Y, TypeError, "“d” cannot be read"),
    ("bytes", FRAME.assign(d=[b"a", b"b"] * (ROWS // 2)), Y, TypeError, "“d” cannot be read"),
    ("complex objects", FRAME.assign(d=pd.Series([1j] * ROWS, dtype=object)), Y, TypeError, "“d” cannot be read"),
    (
        "two columns of one name",
        FRAME.set_axis(["a", "b", "a"], axis=1),
        Y,
        ValueError,
        "several columns of the name “a”",
    ),
    ("a sparse column", FRAME.assign(a=pd.arrays.SparseArray(X[:, 0])), Y, TypeError, "“a” is sparse"),
    ("an empty column", FRAME.assign(a=np.nan), Y, ValueError, "“a” holds nothing"),
    ("301 columns", np.tile(X[:, :1], (1, 301)), Y, ValueError, "300"),
    ("a Series for a frame", FRAME["a"], Y, ValueError, "2-dimensional"),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("x", "y", "error", "words"), [row[1:] for row in BAD_DATA], ids=[row[0] for row in BAD_DATA])
def test_data_that_cannot_be_used(x, y, error, words):
    with pytest.raises(error, match=words):
        HeteroscopeRegressor(**SMALL).fit(x, y)


def test_weights_and_calls_that_cannot_be_used(fitted):
    x, y = points()
    with pytest.raises(NotFittedError):
        HeteroscopeRegressor().predict(x)
    with pytest.raises(ValueError, match="features"):
        fitted.predict(x[:, :2])
    with pytest.raises(ValueError, match="level is 95: it must lie between 0 and 1"):
        fitted.predict_interval(x, level=95)
    with pytest.raises(ValueError, match="egative"):
        clone(fitted).fit(x, y, sample_weight=-np.ones(ROWS))
    with pytest.raises(ValueError, match="at least one non-zero"):
        clone(fitted).fit(x, y, sample_weight=np.zeros(ROWS))


def test_members_that_diverge_are_left_out_with_a_warning():
    x, y = points(60, inputs=8)
    settings = {"training.optimizer": "sgd", "training.learning_rate": 0.1}
    estimator = HeteroscopeRegressor(steps=200, members=6, layers=(8,), random_state=0, held_out=0, settings=settings)
    with pytest.warns(ConvergenceWarning, match="of 6 members diverged"):
        estimator.fit(x, y**3)
    assert np.isfinite(estimator.predict(x)).all()


def test_a_training_that_diverges_is_an_error():
    estimator = HeteroscopeRegressor(**SMALL, settings={"training.learning_rate": 1.0, "training.optimizer": "sgd"})
    with pytest.raises(ValueError, match="No network could be trained"):
        estimator.set_params(loss="gaussian_nll", steps=400).fit(points()[0], 1e6 * points()[1] ** 9)


def test_a_row_without_a_value_is_left_out_where_asked():
    x, y = points()
    x[:5, 0] = np.nan
    estimator = HeteroscopeRegressor(**SMALL, settings={"data.missing": "drop"}).fit(x, y)
    assert len(estimator.run_.dataset.y) == ROWS - 5
    np.testing.assert_array_equal(np.isnan(estimator.predict(x)), np.isnan(x[:, 0]))


def test_its_run_goes_into_a_safetensors_file(fitted):
    x, _ = points()
    np.testing.assert_array_equal(load(weights_of(fitted.run_)).predict(x)["mean"], fitted.predict(x))
