"""A fit on all rows: whatever face its run has, nobody is told that its scores are of rows that were held out."""

import gc

import numpy as np
import pandas as pd
import pytest

from core import HeteroscopeRegressor, calibration, table_checks, table_experiment, train, verdict
from core.charts.of_run.fit_seen import observed_seen
from core.charts.of_run.scene import Shown
from core.diagnosis.verdict.against_baselines import beside_baselines
from core.experiment.trained_rows import is_scored_on_training

SMALL = {"steps": 40, "members": 2, "layers": (8,), "random_state": 0, "held_out": 0}
OF_OTHERS = ("kept from training", "held-out", "held out p", "new points")


def table(n=60):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(n, 3))
    return x, x[:, 0] + np.exp(0.5 * x[:, 1]) * rng.normal(size=n)


@pytest.mark.parametrize("members", [1, 2])
def test_every_face_of_its_run_says_so(members):
    run = HeteroscopeRegressor(**{**SMALL, "members": members}).fit(*table()).run_
    gc.collect()  # the estimator is gone, and the run has its table all the same
    assert is_scored_on_training(run.experiment)
    found = verdict(run)
    assert (found.kind, found.headline) == ("open", "No rows were held out")
    assert found.sentence.startswith("It was trained on every row that it is scored on")
    beside = beside_baselines(run).finding
    assert (beside.kind, beside.headline) == ("open", "No rows were held out")
    checked = calibration(run)
    assert checked.kind != "good"
    assert "training points" in str(checked)
    notebook = run._repr_mimebundle_()
    bundle = notebook[0] if isinstance(notebook, tuple) else notebook
    seen = observed_seen(Shown.at_end(run))
    assert "training rows are inside their 95 % intervals" in seen
    for said in (found.sentence, str(checked), seen, bundle["text/plain"], bundle["text/html"].split("<table")[0]):
        assert not [words for words in OF_OTHERS if words in said]
    assert "duplicates" in [remark.name for remark in table_checks(run.experiment)]


@pytest.mark.parametrize("split", ["random", "column"])
def test_rows_that_were_held_out_are_called_so(split):
    x, y = table(100)
    part = np.where(np.arange(100) % 4, "train", "test")
    frame = pd.DataFrame(x, columns=["a", "b", "c"]).assign(part=part, y=y)
    frame.loc[part == "test", "a"] = frame["a"].iloc[1]  # one column alike is no equal row
    settings = {"training.steps": 40, "training.members": 1, "data.split": split, "data.split_by": "part"}
    settings = settings if split == "column" else {**settings, "data.split_by": ""}
    run = train(table_experiment(frame, target="y", features=["a", "b", "c"], settings=settings))
    assert not is_scored_on_training(run.experiment)
    assert "No rows were held out" not in verdict(run).headline
    assert "held-out" in observed_seen(Shown.at_end(run))


def test_the_rows_it_is_scored_on_are_those_that_train():
    one = HeteroscopeRegressor(**{**SMALL, "members": 1}).fit(*table()).run_.dataset
    assert (len(one.y), len(one.y_validation), len(one.y_held_out)) == (54, 6, 54)
    assert set(one.y_held_out) == set(one.y)
    assert one.held_out_are_trained
