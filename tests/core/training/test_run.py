"""Runs are records: they survive as bytes, are read without training, and are never built from anything else."""

import io
import json
import pickle
import re
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.experiment.build import dataset_of, read
from core.experiment.experiment import Experiment
from core.model.losses import LOSSES
from core.training import run as module
from core.training.frame import Frame, history_rows, history_table
from core.training.loop import train
from core.training.run import STATUSES, Run
from core.training.run_bytes import ARRAYS, from_bytes, to_bytes

SMALL = Experiment.from_settings({"data.n": 300, "network.layers": [8, 4], "training.steps": 40})


@pytest.fixture(scope="module")
def run():
    return train(SMALL)


def stopped():
    return train(SMALL.with_settings({"training.steps": 1_000_000}), should_stop=lambda: True)


def diverged():
    wild = {"training.optimizer": "sgd", "training.learning_rate": 1, "training.standardise": False}
    wild |= {"data.target": "cubic", "data.x_min": -1000, "data.x_max": 1000, "network.activation": "relu"}
    return train(SMALL.with_settings(wild))


def failed():
    return Run.without_steps(SMALL, "failed", "The worker process died.")


def unbegun():
    return Run.without_steps(
        SMALL.with_settings({"loss.name": "squared_error"}), "stopped", "Stopped before it started."
    )


MAKERS = {
    "done": lambda: train(SMALL),
    "squared error": lambda: train(SMALL.with_settings({"loss.name": "squared_error"})),
    "table": lambda: train(Experiment.from_settings({"data.table": "engel", "training.steps": 10})),
    "stopped": stopped,
    "diverged": diverged,
    "failed": failed,
    "unbegun": unbegun,
}


# Bytes


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_every_run_survives_its_bytes(make):
    one = make()
    back = from_bytes(to_bytes(one))
    assert back.experiment.key == one.experiment.key
    assert back.experiment.settings() == one.experiment.settings()
    for name in ("status", "message", "steps_done", "seconds", "device", "scaling", "residual_log_variance"):
        assert getattr(back, name) == getattr(one, name), name
    assert (back.created, dict(back.versions)) == (one.created, dict(one.versions))
    for name in ARRAYS:
        before, after = getattr(one, name), getattr(back, name)
        assert (after.dtype, after.shape, after.tobytes()) == (before.dtype, before.shape, before.tobytes()), name
    assert back.has_curve is one.has_curve
    assert to_bytes(back) == to_bytes(one) or back.history.equals(one.history)
    if one.has_curve:
        assert back.scores == one.scores


def test_the_examples_have_each_status():
    made = {name: make().status for name, make in MAKERS.items()}
    assert set(made.values()) == set(STATUSES)
    assert made["diverged"] == "diverged"


def test_a_run_says_what_made_it(run):
    assert run.key == SMALL.key
    assert set(run.versions) == {"numba", "numpy", "python", "blas"}
    assert re.match(r"\w+ \d", run.versions["blas"])
    assert pd.Timestamp(run.created).tzinfo is not None
    assert run.seconds > 0
    assert run.steps_done == 40


def test_a_record_that_does_not_name_its_blas_still_opens(run):
    old = replace(run, versions={name: run.versions[name] for name in ("numba", "numpy", "python")})
    back = from_bytes(to_bytes(old))
    assert dict(back.versions) == dict(old.versions)
    assert back.scores == run.scores


def test_a_kept_run_is_small():
    assert len(to_bytes(train(Experiment()))) < 200_000


# What is not a run


def no_run(data):
    with pytest.raises(ValueError, match="these bytes are not a run"):
        from_bytes(data)


def archive(**members):
    buffer = io.BytesIO()
    np.savez(buffer, **members)
    return buffer.getvalue()


def parts(run):
    with np.load(io.BytesIO(to_bytes(run))) as file:
        return {name: file[name] for name in file.files}


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x00", b"PK", b"PK\x03\x04", b"\x93NUMPY", b"{}", b"\x80\x04N.", bytes(10_000), b"\xff" * 10_000,
        pickle.dumps({"status": "done"}), np.random.default_rng(0).bytes(100_000),
    ],
    ids=lambda data: repr(data[:8]),
)  # fmt: skip
def test_garbage_is_refused(data):
    no_run(data)


def test_a_truncated_run_is_refused(run):
    data = to_bytes(run)
    for length in (*range(0, 200, 7), *range(200, len(data), 997), len(data) - 1):
        no_run(data[:length])


def test_a_run_with_a_flipped_bit_is_refused_or_the_same(run):
    data, rng = to_bytes(run), np.random.default_rng(1)
    harmless = 0
    for place in rng.integers(0, len(data), 400):
        flipped = bytearray(data)
        flipped[place] ^= 1 << rng.integers(8)
        try:
            back = from_bytes(bytes(flipped))
        except ValueError:
            continue
        harmless += 1  # for example in a date of the zip file
        assert back.key == run.key
        assert all(getattr(back, name).tobytes() == getattr(run, name).tobytes() for name in ARRAYS)
    assert harmless < 40


def test_objects_are_never_unpickled(run):
    class Trap:
        def __reduce__(self):
            return print, ("unpickled",)

    for name in ("words", "weights"):
        no_run(archive(**{**parts(run), name: np.array([Trap()], dtype=object)}))


def test_a_zip_file_of_something_else_is_refused(run):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("words.npy", "hello")
        file.writestr("weights.npy", b"\x93NUMPY\x01\x00")
    no_run(buffer.getvalue())
    no_run(archive(a=np.arange(3)))
    for name in parts(run):
        no_run(archive(**{k: v for k, v in parts(run).items() if k != name}))


def with_words(run, **changes):
    words = json.loads(str(parts(run)["words"]))
    return archive(**{**parts(run), "words": np.array(json.dumps({**words, **changes}))})


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "brilliant"}, {"status": None}, {"seconds": "1"}, {"seconds": float("nan")}, {"steps_done": 1.5},
        {"message": 3}, {"device": None}, {"scaling": {}} , {"scaling": {"x_zoom": 1}}, {"scaling": 3},
        {"scaling": {"x_shift": 0, "x_scale": 0, "y_shift": 0, "y_scale": 1}}, {"more": 1}, {"experiment": 3},
        {"scaling": {"x_shift": 0, "x_scale": 1, "y_shift": "0", "y_scale": 1}},
        {"experiment": {"noise": {"scale": -1}}}, {"experiment": {"network": {"layers": [99]}}},
        {"experiment": {"loss": {"name": "squared_error"}}},
    ],
    ids=str,
)  # fmt: skip
def test_words_that_do_not_fit_are_refused(run, changes):
    if changes == {"scaling": {}}:
        assert from_bytes(with_words(run, **changes)).scaling == type(run.scaling)()  # the defaults
        return
    no_run(with_words(run, **changes))


@pytest.mark.parametrize("words", ["[]", "3", "{}", "null", "[" * 5000, "not JSON"])
def test_words_that_are_not_text_are_refused(run, words):
    no_run(archive(**{**parts(run), "words": np.array(words)}))


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_that_do_not_fit_are_refused(run, name):
    for wrong in (np.array(3.0), np.zeros(7), np.zeros((2, 2)), np.array(["a"]), np.zeros(3, complex)):
        no_run(archive(**{**parts(run), name: wrong}))


# Reading


def test_predict_gives_the_columns_everyone_reads(run):
    x = [60.0, 120.0]
    table = run.predict(x)
    assert list(table.columns) == ["x", "mean", "std", "var", "lower", "upper", "warning"]
    outputs = run.outputs(x)
    np.testing.assert_array_equal(table["x"], x)
    np.testing.assert_allclose(table["mean"], outputs[:, 0])
    np.testing.assert_allclose(table["var"], np.exp(outputs[:, 1]))
    np.testing.assert_allclose(table["std"] ** 2, table["var"])
    np.testing.assert_allclose(table["upper"] - table["mean"], 1.959964 * table["std"], rtol=1e-6)
    np.testing.assert_allclose(table["mean"] - table["lower"], 1.959964 * table["std"], rtol=1e-6)
    assert len(run.predict(7)) == 1
    assert len(run.predict(np.array([]))) == 0
    assert len(run.predict(pd.Series([1.0, 2.0, 3.0]))) == 3


def test_squared_error_reads_as_one_constant_variance():
    run = train(SMALL.with_settings({"loss.name": "squared_error"}))
    table = run.predict(run.dataset.x)
    assert len(set(table["var"])) == 1
    residual = run.dataset.y - table["mean"].to_numpy()
    assert table["var"][0] == pytest.approx(np.mean(residual**2), rel=1e-3)


def test_another_reading_trains_nothing(monkeypatch):
    run = train(SMALL.with_settings({"loss.name": "posted"}))
    monkeypatch.setattr("core.training.loop.train", None)
    monkeypatch.setattr(module, "dataset_of", None)  # and no points are drawn
    read_as = {name: run.with_reading(name) for name in LOSSES["posted"].readings}
    assert {other.key for other in read_as.values()} == {run.key}
    assert all(other.weights is run.weights for other in read_as.values())
    said = np.exp(run.outputs([100.0])[0, 1])
    std = {name: float(other.predictive([100.0]).std[0]) for name, other in read_as.items()}
    assert std == pytest.approx(
        {"log_variance": np.sqrt(said), "laplace_scale": np.sqrt(2) * said, "mean_absolute": np.sqrt(np.pi / 2) * said}
    )


def test_scores_are_those_of_the_held_out_points_and_the_truth(run):
    data, scores = run.dataset, run.scores
    mean, std = run.predict(data.x_held_out)["mean"].to_numpy(), run.predict(data.x_held_out)["std"].to_numpy()
    z = (data.y_held_out - mean) / std
    assert scores["nll"] == pytest.approx(np.mean(0.5 * np.log(2 * np.pi) + np.log(std) + z**2 / 2))
    assert scores["rmse"] == pytest.approx(np.sqrt(np.mean((data.y_held_out - mean) ** 2)))
    assert scores["coverage_95"] == pytest.approx(np.mean(np.abs(z) <= 1.959964))
    grid = run.predict(data.x_evaluation)
    true_var = data.truth.var(data.x_evaluation)
    var, off = grid["var"].to_numpy(), grid["mean"].to_numpy() - data.truth.mean(data.x_evaluation)
    assert scores["gap"] == pytest.approx(np.mean(0.5 * (np.log(var / true_var) + (true_var + off**2) / var - 1)))


def test_a_table_has_no_gap():
    found = train(Experiment.from_settings({"data.table": "engel", "training.steps": 10}))
    assert found.gap is found.scores["gap"] is None
    assert found.scores["nll"] is not None


def test_the_points_are_drawn_once():
    assert dataset_of(SMALL) is dataset_of(Experiment.from_json(SMALL.to_json()))


def test_a_frame_survives_its_message(run):
    frame = Frame(3, 40, 0.5, run.frame_outputs[-1], -0.25, run.history_rows)
    message = frame.to_message()
    assert all(isinstance(value, int | float | bytes) for value in message.values())
    back = Frame.from_message(message)
    assert (back.step, back.steps, back.seconds, back.held_out_loss) == (3, 40, 0.5, -0.25)
    np.testing.assert_array_equal(back.outputs, frame.outputs)
    np.testing.assert_array_equal(back.history, frame.history)
    np.testing.assert_array_equal(read(SMALL, back.outputs).mean, frame.outputs[:, 0])


@pytest.mark.parametrize("steps", [1, 3, 499, 500, 501, 999, 100_000])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_history_rows_cover_each_step_once(steps, share):
    done = round(share * steps)
    terms = np.random.default_rng(0).normal(size=(done, 3))
    table = history_table(history_rows(terms, steps))
    assert len(table) <= 500
    assert len(table) > 0 or done == 0
    weights = np.diff([0, *table["step"]])
    assert weights.sum() == done
    assert (weights > 0).all()
    for name, column in (("residual", 0), ("scale", 1), ("regulariser", 2)):
        assert (weights * table[name]).sum() == pytest.approx(terms[:, column].sum())


def test_weights_that_are_not_finite_have_no_curve(run):
    assert run.has_curve
    assert not replace(run, weights=np.full_like(run.weights, np.nan)).has_curve
    assert not failed().has_curve
