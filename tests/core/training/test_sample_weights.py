"""Weights of rows: a row of weight 2 is two equal rows, one of weight 0 none, and both steppers agree."""

from pathlib import Path

import numpy as np
import pytest

from core import Experiment, train
from core.data.tables.columns import TableError
from core.data.tables.reading import read_table
from core.data.tables.table_store import table_store
from core.experiment.build import dataset_of
from core.export.export_table import EXPORTS, ExportError

RNG = np.random.default_rng(0)
X = RNG.normal(size=60)
Y = np.sin(X) + (0.2 + 0.2 * (X > 0)) * RNG.normal(size=60)
PART = np.where(np.arange(60) % 5 == 0, "test", "train")
# Full batches without standardising, so that the order of rows and how often they stand do not matter.
SETTINGS = {
    "data.y": "y",
    "data.split": "column",
    "data.split_by": "part",
    "network.layers": "6",
    "network.init": "torch",
    "training.standardise": False,
    "training.batch_size": 1000,
    "training.steps": 150,
}


@pytest.fixture(autouse=True)
def _tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path / "tables"))


def experiment(rows, weights=None, **settings):
    """An experiment on these rows, whose column w has these weights."""
    w = np.ones(len(rows)) if weights is None else weights
    lines = [f"{X[i]:.6f},{PART[i]},{w[k]},{Y[i]:.6f}" for k, i in enumerate(rows)]
    key = table_store().put(read_table("\n".join(["x,part,w,y", *lines]).encode(), "t.csv"), "t")
    chosen = {"data.features": "x"} | ({} if weights is None else {"data.weights": "w"})
    return Experiment.from_settings(SETTINGS | {"data.csv": key} | chosen | settings)


@pytest.mark.parametrize("changes", [{}, {"training.stepper": "plain"}, {"training.warmup_steps": 50}], ids=str)
def test_a_row_of_weight_two_is_two_rows_and_of_weight_zero_none(changes):
    weights = np.where(np.arange(60) % 3 == 0, 2, np.where(np.arange(60) % 7 == 0, 0, 1))
    copies = [i for i in range(60) for _ in range(weights[i] if PART[i] == "train" else 1)]
    counted = train(experiment(range(60), weights, **changes))
    doubled = train(experiment(copies, **changes))
    x = np.linspace(-2, 2, 30)
    np.testing.assert_allclose(counted.outputs(x), doubled.outputs(x), atol=3e-3)
    plain = train(experiment(range(60), **changes))
    assert np.abs(counted.outputs(x) - plain.outputs(x)).max() > 0.02
    assert counted.history["loss"].iloc[-1] == pytest.approx(doubled.history["loss"].iloc[-1], abs=1e-3)


def test_both_steppers_count_the_rows_alike_in_batches_and_members():
    weights = RNG.uniform(0.1, 3, 60)
    batches = {"training.batch_size": 16, "training.members": 2, "loss.name": "student_t_learned"}
    fast = train(experiment(range(60), weights, **batches))
    plain = train(experiment(range(60), weights, **batches, **{"training.stepper": "plain"}))
    for one, other in zip(fast.each, plain.each, strict=True):
        np.testing.assert_allclose(one.weights, other.weights, atol=2e-3)


def test_no_weights_change_no_key_and_the_column_is_no_feature():
    without, counted = experiment(range(60)), experiment(range(60), np.ones(60))
    assert without.key != counted.key
    assert "data.weights" not in without.to_query()
    own = counted.with_settings({"data.features": ""})
    assert "w" not in dataset_of(own).x_labels
    again = own.with_settings({"data.csv": experiment(range(50)).data.csv})
    assert again.data.weights == ""  # another table has other columns


def test_a_member_keeps_the_weights_of_its_rows():
    weights = np.arange(60)
    settings = {"data.split": "random", "data.validation": 0.2, "training.patience": 20, "training.members": 2}
    run = train(experiment(range(60), weights, **settings, **{"training.own_validation": True}))
    data = run.dataset
    assert len(data.weights) == len(data.y)
    assert len(data.weights_validation) == len(data.y_validation)
    by_y = {round(y, 6): w for y, w in zip(Y, weights, strict=True)}
    assert [by_y[round(y, 6)] for y in data.y] == data.weights.tolist()


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        (np.where(np.arange(60) == 3, -1, 1), "Row 4 of column “w” is -1: a weight is 0 or above."),
        (np.where(PART == "train", 0, 1), "The weights of all training rows are 0"),
        (np.array(["a"] * 60), "holds words: weights are numbers"),
    ],
    ids=["below zero", "all zero", "words"],
)
def test_what_is_no_weight_is_refused(weights, says):
    with pytest.raises(TableError, match=says):
        dataset_of(experiment(range(60), weights))


def test_a_feature_or_target_is_no_weight_and_a_row_without_one_is_left_out():
    wrong = experiment(range(60), np.ones(60), **{"data.features": "x,w"})
    with pytest.raises(TableError, match="can be neither target nor feature"):
        dataset_of(wrong)
    gaps = np.array([str(i) if i % 10 else "" for i in range(60)])
    data = dataset_of(experiment(range(60), gaps))
    assert "Rows left out, because they have no weight in “w”: 6." in data.notes
    run = train(experiment(range(60), np.ones(60)))
    with pytest.raises(ExportError, match="weights its rows"):
        EXPORTS["script"].bytes_of(run)
