"""What `run.predict` and its kin take: columns by name in any order; what is wrong is named and refused."""

import numpy as np
import pandas as pd
import pytest

import core
from core.data.tables.columns import TableError
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
    rows = pd.DataFrame({"size": [0.0, 0.0], "colour": ["red", "mauve"]})
    first, second = run.predict(rows)["warning"]
    assert first == ""
    assert "colour" in second


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (ROWS[["size"]], "There is no column “colour”"),
        (ROWS[["y"]], "There are no columns “size”, “colour”"),
        (np.zeros((3, 2)), r"The array has shape \(3, 2\)"),
        (np.zeros(3), r"The array has shape \(3,\)"),
        (np.array([["0.1", "red"]]), "The array must hold real numbers"),
        ([[1.0, 2.0], [1.0]], "The array must hold real numbers"),
        (np.zeros((3, 4)) + 1j, "The array must hold real numbers"),
        (ROWS.assign(size="large"), "size"),
    ],
)
def test_what_does_not_fit_is_refused(run: Run, x: object, words: str) -> None:
    for ask in (run.predict, run.predictive, run.parts):
        with pytest.raises(TableError, match=words):
            ask(x)
