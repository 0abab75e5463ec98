"""What `run.predict` and its kin take: columns by name in any order; what is wrong is named and refused."""

import datetime
import warnings
from collections.abc import Callable
from typing import Any

import narwhals
import numpy as np
import pandas as pd
import pyarrow
import pytest
import torch
from scipy import sparse

import core
from core.data.tables.columns import TableError
from core.experiment.build import dataset_of
from core.training.run import Run

RNG = np.random.default_rng(4)
N = 150
ROWS = pd.DataFrame({"size": RNG.normal(size=N), "colour": RNG.choice(["red", "green", "blue"], N)})
ROWS["y"] = ROWS["size"] + (ROWS["colour"] == "red") + 0.1 * RNG.normal(size=N)


@pytest.fixture(scope="module")
def run() -> Run:
    settings = {"training.steps": 60, "training.members": 2}
    return core.train(core.table_experiment(ROWS, target="y", settings=settings))


def test_columns_are_taken_by_name_and_others_are_ignored(run: Run) -> None:
    there = run.predict(ROWS[["size", "colour"]])
    again = run.predict(ROWS[["y", "colour", "size"]])
    np.testing.assert_array_equal(there["mean"], again["mean"])
    rows = core.predict_rows(run, ROWS, level=0.95)
    for name in ("mean", "std", "lower", "upper"):
        np.testing.assert_allclose(rows[name], there[name], rtol=1e-12)


def test_the_one_object_says_what_predict_says(run: Run) -> None:
    law, table = run.predictive(ROWS), run.predict(ROWS)
    np.testing.assert_allclose(law.mean, table["mean"])
    np.testing.assert_allclose(law.std, table["std"])
    np.testing.assert_allclose(law.interval(0.95), [table["lower"], table["upper"]])
    for mine, its in zip(law.parts, run.parts(ROWS), strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(np.sqrt(law.parts.epistemic), table["std_ignorance"], rtol=1e-6, atol=1e-12)
    assert law.sample(5, 0).shape == (5, N)
    assert np.mean(law.crps(ROWS["y"].to_numpy())) > 0


def test_an_unknown_category_is_named(run: Run) -> None:
    rows = pd.DataFrame({"size": [0.0, 0.0, 0.0, 9.0], "colour": ["red", "mauve", "RED", "\n" + "long " * 20]})
    first, second, third, last = (found := run.predict(rows))["warning"]
    assert (first, third) == ("", "")
    assert second == "colour is “mauve”, none of the categories it was trained on"
    assert last.startswith("size is outside the training range")
    assert last.endswith("; colour is “" + ("long " * 20)[:40] + "”, none of the categories it was trained on")
    assert found.attrs["notes"] == ("Words of “colour” were read as training had them: “RED” as “red”.",)


def test_inputs_that_are_no_category_are_told(run: Run) -> None:
    assert run.input_names == ("size", "colour = blue", "colour = green", "colour = red")
    rows = np.array([[0, 1, 0, 0], [0, 0, 0, 0], [0, 0.5, 0.5, 0], [0, 0, 1, 1], [0, np.nan, 0, 0]], dtype=float)
    none = "colour is none of the categories it was trained on"
    assert run.predict(rows)["warning"].tolist() == ["", none, none, none, "colour is missing"]


class Lent:
    """An array of another library, by what it offers NumPy."""

    def __init__(self, held: np.ndarray, *offers: str) -> None:
        for name in offers:
            setattr(type(self), name, lambda _, *given, name=name, **named: getattr(held, name)(*given, **named))


def lent(held: np.ndarray, *offers: str) -> object:
    return type("Lent", (Lent,), {})(held, *offers)


def test_arrays_of_other_libraries(run: Run) -> None:
    rows = np.array([[0.2, 1, 0, 0], [0.3, 0, 0, 1]])
    there = run.predict(rows)
    for other in (lent(rows, "__dlpack__", "__dlpack_device__"), lent(rows, "__array__"), rows.astype(object)):
        np.testing.assert_array_equal(run.predict(other)["mean"], there["mean"])
    masked = run.predict(np.ma.array(rows, mask=[[1, 0, 0, 0], [0, 0, 0, 0]]))
    assert masked["warning"].tolist() == ["size is missing", ""]
    by_name = {"size": np.ma.array([0.2, 0.3], mask=[0, 1]), "colour": ["blue", "red"]}
    assert run.predict(by_name)["warning"].tolist() == ["", "size is missing"]
    with pytest.raises(TableError, match=r"The array is a Tensor that NumPy cannot read: .*detach"):
        run.predict(torch.tensor(rows, requires_grad=True))


def test_frames_of_other_libraries(run: Run) -> None:
    there = run.predict(ROWS)
    arrow = pyarrow.Table.from_pandas(ROWS)
    for other in (arrow, narwhals.from_native(arrow)):
        np.testing.assert_array_equal(run.predict(other)["mean"], there["mean"])
    settings = {"training.steps": 60, "training.members": 2}
    assert core.table_experiment(arrow, target="y", settings=settings) == run.experiment
    lazy = type("LazyFrame", (), {"columns": ["size", "colour"], "dtypes": []})()
    with pytest.raises(TableError, match="The LazyFrame is not a table in memory: collect it"):
        run.predict(lazy)


def test_new_rows_are_read_as_those_of_training_were() -> None:
    """Words that are numbers, dates or nothing in a file are the same in new rows, down to a single one."""
    written = {
        "share": [f"{i} %" for i in range(N)],
        "price": [f"${i},000.50" for i in range(N)],
        "unit": [f"{i} kg" for i in range(N)],
        "time": [f"{i % 24}:30" for i in range(N)],
        "clock": [datetime.time(i % 24, 15) for i in range(N)],
        "gaps": ["NA" if i % 9 == 4 else str(i) for i in range(N)],
        "month": [f"{'Jan' if i % 2 else 'Feb'} 20{10 + i % 7}" for i in range(N)],
        "word": [("a", "b", "?", "nan")[i % 4] for i in range(N)],
    }
    rows = ROWS.assign(**written)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        experiment = core.table_experiment(rows, target="y", settings={"training.steps": 1, "data.missing": "median"})
    data, encoding = dataset_of(experiment), core.train(experiment).input_encoding
    read = encoding.read(rows)
    order = [np.flatnonzero((read.inputs == row).all(axis=1)) for row in data.x_held_out]
    assert all(len(found) for found in order)
    one = encoding.read(rows.iloc[[4]])
    np.testing.assert_array_equal(one.inputs, read.inputs[[4]])
    assert not read.unknown.any()
    assert read.missing[:, [feature.name for feature in encoding.features].index("word")].sum() == N // 2 - 1
    assert "The unit “kg” was left out in “unit”." in one.notes
    for word in ("1,5", "large", "2 and 3", [1]):  # a comma that training did not have may be of either kind
        with pytest.raises(TableError, match=r"“gaps” is “.*: a number is needed"):
            encoding.read(pd.DataFrame({**rows.iloc[[0]], "gaps": pd.Series([word])}))
    assert encoding.read(rows.iloc[[0]].assign(size=np.inf)).notes[0] == "Infinite values count as missing in “size”."


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (ROWS[["size"]], "There is no column “colour”"),
        (ROWS[["y"]], "There are no columns “size”, “colour”"),
        (np.zeros((3, 2)), r"The array has shape \(3, 2\)"),
        (np.zeros(3), r"The array has shape \(3,\)"),
        (np.array([["0.1", "red"]]), "The array must hold numbers: words and dates go into a DataFrame"),
        ([[1.0, 2.0], [1.0]], "The array must hold numbers"),
        (np.zeros((3, 4)) + 1j, "The array holds complex numbers: give real ones"),
        (np.zeros((3, 4), dtype="M8[D]"), "The array must hold numbers"),
        (sparse.csr_matrix(np.zeros((3, 4))), "The array is sparse: make it dense"),
        (ROWS["size"], "A Series is one column or one row, and this run predicts from “size”, “colour”: give a Data"),
        (ROWS.iloc[0], r"give a DataFrame with these columns, of one row series\.to_frame\(\)\.T"),
        (ROWS.assign(size=1j), "Column “size” holds complex numbers"),
        ({"size": 1.0, "colour": "red"}, "Column “size” is one value: give a list of values"),
        (
            pd.DataFrame([["a"] * 4], columns=["size", "colour = blue", "colour = green", "colour = red"]),
            "Column “size”",
        ),
        (ROWS.assign(size="large"), "size"),
    ],
)
def test_what_does_not_fit_is_refused(run: Run, x: object, words: str) -> None:
    for ask in (run.predict, run.predictive, run.parts):
        with pytest.raises(TableError, match=words):
            ask(x)


@pytest.mark.parametrize("train", [core.train, lambda name: core.train_members(name, [1])])
def test_what_is_no_experiment_is_not_trained(train: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"such as presets\['quick'\].*this is a str"):
        train("quick")
