"""Many features, early stopping, weight decay: from a table to a run, and back from its bytes."""

import io
import json
import re

import numpy as np
import pandas as pd
import pytest

from core.data.tables.columns import TableError
from core.data.tables.reading import read_table
from core.data.tables.table_store import table_store
from core.diagnosis.chart_data.feature_data import rows_to_look_at
from core.evaluation.extremes import widest
from core.experiment.experiment import Experiment
from core.experiment.settings import InvalidExperiment
from core.export.weights import load, weights_of
from core.training.loop import train
from core.training.members import train_members
from core.training.new_rows import example_row, predict_rows, raw_columns
from core.training.run_bytes import from_bytes, to_bytes

CONCRETE = Experiment.from_settings(
    {"data.table": "concrete", "network.layers": [20], "training.steps": 200, "training.batch_size": 64}
)
CARS = CONCRETE.with_settings({"data.table": "cars", "data.features": "horsepower,origin", "data.y": "mpg"})


@pytest.fixture(scope="module")
def run():
    return train(CONCRETE)


def test_a_run_on_eight_features_scores_and_predicts(run):
    assert run.status == "done"
    assert run.dataset.x.shape[1] == len(run.input_names) == 8
    assert run.scores["rmse"] < 0.6 * np.std(run.y_held_out)
    table = run.predict(run.dataset.x_held_out)
    assert list(table.columns) == [*run.input_names, "mean", "std", "var", "lower", "upper", "warning"]
    np.testing.assert_array_equal(table["mean"], run.judged.mean)
    assert run.frame_outputs.shape[1:] == (200, 2)


def test_it_predicts_from_columns_by_name_and_refuses_another_width(run):
    x = run.dataset.x_held_out
    turned = pd.DataFrame(x, columns=run.input_names)[list(run.input_names[::-1])]
    for each in (run, load(weights_of(run))):
        pd.testing.assert_frame_equal(each.predict(turned), run.predict(x))
        np.testing.assert_array_equal(each.predictive(turned).mean, run.judged.mean)
        for read in (each.predict, each.predictive, each.outputs):
            with pytest.raises(TableError, match=r"The array has shape \(8, 4\)"):
                read(x[:8, :4])
            with pytest.raises(TableError, match="There is no column “age”"):
                read(turned.drop(columns="age"))


def test_it_survives_its_bytes(run):
    again = from_bytes(to_bytes(run))
    assert again.encoding == run.encoding
    assert again.scaling == run.scaling
    np.testing.assert_array_equal(again.outputs(run.dataset.x_held_out), run.on_held_out)


def test_a_kept_run_of_before_there_were_many_features_is_read():
    run = train(Experiment.from_settings({"training.steps": 5, "data.n": 100}))
    with np.load(io.BytesIO(to_bytes(run))) as file:
        arrays = dict(file)
    words = json.loads(str(arrays.pop("words")))
    del words["encoding"]
    words["scaling"] |= {
        name: words["scaling"][name][0] for name in ("x_shift", "x_scale")
    }  # one number each, as before
    old = io.BytesIO()
    np.savez(old, words=np.array(json.dumps(words)), **arrays)
    again = from_bytes(old.getvalue())
    assert again.scaling == run.scaling
    np.testing.assert_array_equal(again.outputs([60.0, 90.0]), run.outputs([60.0, 90.0]))


@pytest.mark.parametrize("stepper", ["auto", "plain"])
def test_both_steppers_train_many_features_alike(stepper):
    few = CONCRETE.with_settings({"training.steps": 30, "training.weight_decay": 0.1, "training.stepper": stepper})
    run = train(few)
    assert run.status == "done"
    reference = train(few.with_settings({"training.stepper": "auto"}))
    np.testing.assert_allclose(run.weights, reference.weights, rtol=1e-3, atol=1e-4)


def test_weight_decay_shrinks_the_weights_by_rate_times_decay():
    still = {"training.steps": 10, "training.optimizer": "sgd", "training.learning_rate": 1e-6, "data.n": 100}
    still |= {"training.schedule": "constant"}
    free, shrunk = (train(Experiment.from_settings({**still, "training.weight_decay": decay})) for decay in (0, 1))
    # At such a small rate the gradient moves both alike, and each step shrinks every weight by a millionth.
    np.testing.assert_allclose(shrunk.weights, free.weights * (1 - 1e-6) ** 10, rtol=2e-6, atol=1e-6)
    heavy = {**still, "training.learning_rate": 0.01, "training.weight_decay": 1.0, "training.steps": 200}
    assert np.abs(train(Experiment.from_settings(heavy)).weights).sum() < 0.5 * np.abs(free.weights).sum()


PATIENT = CONCRETE.with_settings(
    {"training.patience": 200, "training.steps": 20_000, "training.schedule": "constant", "network.layers": [200]}
)


def test_patience_ends_the_training_and_takes_the_best_weights():
    run = train(PATIENT)
    assert PATIENT.data.validation == 0.1  # it sets validation points aside
    assert run.status == "done"
    assert run.steps_done < 20_000
    assert "validation points was lowest" in run.message
    data = run.dataset
    best = float(np.mean(run.predictive(data.x_validation).nll(data.y_validation)))
    assert f"{best:.2f}".replace("-", "−") in run.message
    overfitted = train(PATIENT.with_settings({"training.patience": 0, "training.steps": run.steps_done}))
    late = float(np.mean(overfitted.predictive(data.x_validation).nll(data.y_validation)))
    assert best < late
    np.testing.assert_allclose(run.frame_outputs[-1], run.outputs(data.x_grid), rtol=1e-4, atol=1e-4)
    assert run.frame_steps[-1] == run.steps_done
    assert (np.diff(run.frame_steps) > 0).all()


def test_the_same_patience_gives_the_same_weights_bit_for_bit():
    np.testing.assert_array_equal(train(PATIENT).weights, train(PATIENT).weights)


def test_members_with_patience_are_the_runs_by_themselves():
    for member in train_members(PATIENT, [3, 4]):
        alone = train(member.experiment)
        np.testing.assert_array_equal(member.weights, alone.weights)
        assert member.message == alone.message


def test_patience_needs_validation_points():
    with pytest.raises(InvalidExperiment, match=r"Patience cannot be 50: it must be 0 without validation"):
        CONCRETE.with_settings({"training.patience": 50, "data.validation": 0})


def test_a_log_target_is_predicted_in_its_own_unit():
    plain, logged = (train(CONCRETE.with_settings({"data.log_y": log})) for log in (False, True))
    np.testing.assert_allclose(np.sort(plain.y_held_out), np.sort(logged.y_held_out), rtol=1e-12)
    assert logged.scores["rmse"] == pytest.approx(plain.scores["rmse"], rel=0.5)
    assert abs(logged.scores["nll"] - plain.scores["nll"]) < 1  # both in nats for the same unit
    lower, upper = logged.judged.interval(0.95)
    assert (lower > 0).all()
    assert 0.7 < np.mean((lower <= logged.y_held_out) & (logged.y_held_out <= upper)) <= 1


def test_new_rows_are_predicted_and_unusual_ones_have_a_warning():
    run = train(CARS)
    rows = {"horsepower": [100.0, 999.0, np.nan, 100.0], "origin": np.array(["USA", "Japan", "USA", "Mars"], object)}
    found = predict_rows(run, rows, 0.9)
    assert found["mean"].notna().tolist() == [True, True, False, True]
    assert found["warning"][0] == ""
    assert "horsepower is outside the training range" in found["warning"][1]
    assert found["warning"][2] == "horsepower is missing"
    assert "none of the categories" in found["warning"][3]
    assert (found["upper"] - found["lower"] > 0).tolist() == [True, True, False, True]
    with pytest.raises(TableError, match="There is no column “origin”: this run predicts from “horsepower”, “origin”"):
        predict_rows(run, {"horsepower": [1.0]})
    assert predict_rows(run, {name: [value] for name, value in example_row(run).items()})["warning"][0] == ""


def test_simulated_points_have_the_single_feature_x():
    run = train(Experiment.from_settings({"training.steps": 20, "data.n": 200}))
    assert [feature.name for feature in run.input_encoding.features] == ["x"]
    found = predict_rows(run, {"x": [60.0, 500.0]})
    np.testing.assert_allclose(found["mean"], run.predict([60.0, 500.0])["mean"])
    assert found["warning"].tolist() == ["", "x is outside the training range, 50 to 150"]


def test_a_date_is_shown_as_a_date_and_not_as_a_number_of_days(tmp_path, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path))
    rows = "".join(f"2024-{1 + i % 12:02d}-{1 + i % 28:02d},{i % 7},{i % 12 + i % 3}\n" for i in range(90))
    key = table_store().put(read_table(f"day,a,y\n{rows}".encode(), "dated.csv"), "dated.csv")
    run = train(Experiment.from_settings({"data.csv": key, "training.steps": 20, "network.layers": "8"}))
    assert [feature.is_date for feature in run.encoding.features] == [True, False]
    assert from_bytes(to_bytes(run)).encoding == run.encoding
    far = raw_columns(read_table(b"day,a\n2030-05-01,3\n", "new.csv", fewest_rows=1), run.encoding)
    (warning,) = predict_rows(run, far)["warning"]
    assert re.fullmatch(r"day is outside the training range, 2024-01-\d\d to 2024-12-\d\d", warning)
    told = rows_to_look_at(run, widest(run.judged))
    assert all(re.fullmatch(r"2024-\d\d-\d\d", day) for day in told["day"])
