"""Training: repeatable to the bit, watched, stopped, diverging with a reason, and good enough by default."""

import itertools
import random
import time
import warnings

import numpy as np
import pytest
import torch

from core.data.dataset import Dataset
from core.experiment.build import dataset_of
from core.experiment.experiment import DEFAULT, Experiment
from core.experiment.loss_settings import loss_of
from core.experiment.network_settings import HEADS
from core.experiment.presets import presets
from core.experiment.training_settings import STEPPERS
from core.model.losses import LOSSES
from core.model.networks import ACTIVATIONS, Initialisation
from core.model.schedules import OPTIMIZERS, SCHEDULES
from core.training import recorder, single, start
from core.training.compiled import CompiledStepper
from core.training.frame import HISTORY_ROWS
from core.training.loop import train
from core.training.recorder import FILM_FRAMES, film_steps
from core.training.scaling import Scaling

ARRAYS = ("weights", "history_rows", "frame_steps", "frame_outputs", "frame_held_out_loss")
SMALL = Experiment.from_settings(
    {
        "data.n": 300,
        "network.layers": [16, 8],
        "training.batch_size": 64,
        "training.steps": 60,
        "training.device": "cpu",
    }
)
LONG = SMALL.with_settings({"training.steps": 1_000_000, "training.schedule": "constant"})


def same(one, other):
    return all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in ARRAYS)


# Repeatable


PLAIN = {"training.stepper": "plain"}


@pytest.mark.parametrize(
    "changes", [{}, {"network.dropout": 0.3}, {"loss.name": "squared_error"}, PLAIN, PLAIN | {"network.dropout": 0.3}]
)
def test_the_same_experiment_gives_the_same_run_to_the_bit(changes, monkeypatch):
    experiment = SMALL.with_settings(changes)
    run = train(experiment)
    assert same(run, train(experiment))
    assert same(run, train(experiment, on_frame=lambda frame: None, should_stop=lambda: False))
    monkeypatch.setattr(single, "LIVE_INTERVAL", 0.0)  # a frame and a check of the stop after every step
    assert same(run, train(experiment, on_frame=lambda frame: None, should_stop=lambda: False))


@pytest.mark.parametrize("stepper", STEPPERS)
def test_seeds_and_threads_of_the_caller_are_neither_used_nor_changed(stepper):
    experiment = SMALL.with_settings({"training.stepper": stepper})
    run, threads = train(experiment), torch.get_num_threads()
    torch.set_num_threads(2)
    torch.manual_seed(99)
    random.seed(99)
    np.random.seed(99)  # noqa: NPY002
    before = (torch.get_rng_state(), random.getstate(), str(np.random.get_state()))  # noqa: NPY002
    assert same(run, train(experiment))
    after = (torch.get_rng_state(), random.getstate(), str(np.random.get_state()))  # noqa: NPY002
    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]
    assert torch.get_num_threads() == 2
    with pytest.raises(ZeroDivisionError):
        train(experiment, on_frame=lambda frame: 1 / 0)
    assert torch.get_num_threads() == 2
    torch.set_num_threads(threads)


@pytest.mark.parametrize("path", ["training.seed", "data.seed"])
def test_another_seed_gives_another_run(path):
    assert not np.array_equal(train(SMALL).weights, train(SMALL.with_settings({path: 1})).weights)


def test_the_training_seed_leaves_the_points_alone():
    one, other = dataset_of(SMALL), dataset_of(SMALL.with_settings({"training.seed": 1}))
    assert one.x.tobytes() == other.x.tobytes()
    assert one.y.tobytes() == other.y.tobytes()


def test_dropout_changes_training_and_not_prediction():
    dropped = train(SMALL.with_settings({"network.dropout": 0.5}))
    assert not np.array_equal(dropped.weights, train(SMALL).weights)
    x = [60.0, 60.0, 60.0]
    assert len(set(dropped.predict(x)["mean"])) == 1


# Every row of every table


# The steppers use only the gradient of a loss: every combination for one loss with two outputs, one with one, one
# with many, and for the others a choice.
SURVIVING = [name for name in LOSSES if name != "relu_variance"]  # which diverges: below
OF_THREE = list(itertools.product(OPTIMIZERS, SCHEDULES, ACTIVATIONS, HEADS))
SEVERAL = [("adam", "one_cycle", activation, heads) for activation in ACTIVATIONS for heads in HEADS]


@pytest.mark.long
@pytest.mark.parametrize("loss", SURVIVING)
def test_every_combination_trains_to_finite_numbers(loss):
    tables = OF_THREE if loss in ("gaussian_nll", "squared_error", "mixture") else SEVERAL
    for optimizer, schedule, activation, heads in tables:
        run = train(
            SMALL.with_settings(
                {
                    "loss.name": loss,
                    "network.activation": activation,
                    "network.heads": heads,
                    "network.dropout": 0.1,
                    "training.optimizer": optimizer,
                    "training.schedule": schedule,
                    "training.steps": 5,
                }
            )
        )
        named = (optimizer, schedule, activation, heads)
        assert run.status == "done", named
        assert all(np.isfinite(getattr(run, name)).all() for name in ARRAYS), named
        assert run.scores["nll"] is not None, named


def learns(changes):
    easy = {"data.target": "line", "data.n": 300, "network.layers": [16], "training.batch_size": 64}
    run = train(Experiment.from_settings({**easy, "training.steps": 100, **changes}))
    return run.frame_held_out_loss[-1] < run.frame_held_out_loss[0] - 0.02


# The loss of all targets against all predictions learns only two constants, which it begins with.
@pytest.mark.long
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", [name for name in SURVIVING if name != "broadcast"])
def test_every_loss_is_lowered_by_every_network(loss, activation):
    for heads in HEADS:
        assert learns({"loss.name": loss, "network.activation": activation, "network.heads": heads}), heads


@pytest.mark.parametrize("loss", [name for name, row in LOSSES.items() if len(row.bounds) > 1])
def test_every_bound_lets_the_loss_be_lowered(loss):
    for bound in LOSSES[loss].bounds:
        assert learns({"loss.name": loss, "loss.bound": bound, "training.warmup_steps": 10}), bound


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_and_schedule_lowers_the_loss(optimizer, schedule):
    assert learns({"training.optimizer": optimizer, "training.schedule": schedule})


TOLD = [{"loss.name": name, "loss.offset": 17.2} for name in SURVIVING]
TOLD += [
    {"loss.name": name, "loss.bound": bound, "loss.least_std": 20.0, "loss.most_std": 30.0}
    for name in ("gaussian_nll", "posted", "natural", "mixture", "evidential")
    for bound in LOSSES[name].bounds[1:]
]


@pytest.mark.long
@pytest.mark.parametrize("init", ["spread", "torch"])
@pytest.mark.parametrize("standardise", [True, False])
@pytest.mark.parametrize("changes", TOLD, ids=lambda changes: " ".join(map(str, changes.values())))
def test_losses_are_reported_in_the_unit_of_y(changes, standardise, init):
    """In any training unit, history and held-out loss are those of the outputs in the unit of y."""
    experiment = SMALL.with_settings(
        {
            "data.target": "cubic",  # y from −64 to 64
            **changes,
            "network.init": init,
            "training.standardise": standardise,
            "training.batch_size": 300,
            "training.schedule": "constant",
            "training.learning_rate": 1e-6,
        }
    )
    run = train(experiment)
    data = run.dataset
    assert (run.scaling == Scaling()) is not standardise
    for x, y, told in (
        (data.x, data.y, run.history["loss"].iloc[-1]),
        (data.x_held_out[: recorder.SAMPLE], data.y_held_out[: recorder.SAMPLE], run.frame_held_out_loss[-1]),
    ):
        loss = loss_of(experiment.loss)
        values = loss.value(y, run.outputs(x).T[: len(loss.outputs)], bounded=True)
        assert told == pytest.approx(np.mean(values), rel=1e-3, abs=1e-3)
    if experiment.loss.bound in ("clamp", "soft") and loss.name == "gaussian_nll":
        std = run.predict(data.x)["std"]
        assert 20 * (1 - 1e-5) <= std.min() <= std.max() <= 31  # between soft limits the upper one is raised a little


# History and film


@pytest.mark.parametrize("steps", [1, 7, 499, 501, 1234])
def test_history_rows_are_means_of_their_steps(steps):
    changes = {"training.steps": steps, "training.standardise": False, "loss.name": "evidential"}
    experiment = SMALL.with_settings(changes)
    training = single.Training(experiment, lambda frame: None, lambda: False)
    history, log = training.run().history, training.stepper.terms(0, steps)
    assert list(history.columns) == ["step", "loss", "residual", "scale", "regulariser"]
    assert len(history) == min(steps, HISTORY_ROWS)
    ends = history["step"].to_numpy()
    starts = np.concatenate([[0], ends[:-1]])
    assert ends[-1] == steps
    assert (ends > starts).all()
    assert (ends - starts).max() - (ends - starts).min() <= 1
    for name, column in (("residual", 0), ("scale", 1), ("regulariser", 2)):
        means = [log[a:b, column].mean() for a, b in zip(starts, ends, strict=True)]
        np.testing.assert_allclose(history[name], means, rtol=1e-5, atol=1e-6)
    every = history[["residual", "scale", "regulariser"]].sum(axis=1)
    np.testing.assert_allclose(history["loss"], every)
    assert (history["regulariser"] > 0).all()


def test_history_borders_do_not_move_while_it_grows(monkeypatch):
    monkeypatch.setattr(single, "LIVE_FROM", 0.0)
    monkeypatch.setattr(single, "LIVE_INTERVAL", 0.0)
    frames = []
    run = train(SMALL.with_settings({"training.steps": 1200}), on_frame=frames.append)
    assert len(frames) > 20
    for frame in frames[1:]:
        np.testing.assert_array_equal(frame.history[:-1], run.history_rows[: len(frame.history) - 1])
        assert frame.history[-1, 0] == frame.step


@pytest.mark.parametrize("steps", [1, 2, 39, 350, 100_000])
def test_the_film_begins_at_the_start_and_ends_at_the_end(steps):
    kept = film_steps(steps)
    assert kept[0] == 0
    assert kept[-1] == steps
    assert kept == sorted(set(kept))
    assert min(steps + 1, 13) <= len(kept) <= FILM_FRAMES
    gaps = np.diff(kept)
    assert gaps[0] <= gaps[-1]


def test_a_run_keeps_its_film():
    run = train(DEFAULT)
    assert run.frame_steps.tolist() == film_steps(DEFAULT.training.steps)
    assert 35 <= len(run.frame_steps) <= 40
    assert run.frame_outputs.shape == (len(run.frame_steps), 200, 2)
    np.testing.assert_allclose(run.frame_outputs[-1], run.outputs(run.dataset.x_grid), rtol=1e-4, atol=1e-4)
    assert run.frame_held_out_loss[-1] < run.frame_held_out_loss[0]


@pytest.fixture
def own_clock(monkeypatch):
    """A clock that stands still while others use the processor: the loop and the tests go by it."""
    monkeypatch.setattr(time, "perf_counter", time.process_time)


@pytest.mark.long
def test_ten_frames_a_second_arrive_and_the_last_is_that_of_the_run(own_clock):
    seen = []
    run = train(
        DEFAULT.with_settings({"training.steps": 120_000, "training.batch_size": 16}),
        on_frame=lambda frame: seen.append((time.perf_counter(), frame)),
    )
    times, frames = np.array([t for t, _ in seen]), [frame for _, frame in seen]
    assert run.seconds > 0.5
    live = times[1:-1]
    assert len(live) >= 5
    assert np.median(np.diff(live)) <= 0.3
    assert [f.step for f in frames] == sorted(f.step for f in frames)
    assert all(f.steps == 120_000 and f.outputs.shape == (200, 2) for f in frames)
    assert frames[-1].step == 120_000
    assert frames[-1].outputs.tobytes() == run.frame_outputs[-1].tobytes()
    assert frames[-1].history.tobytes() == run.history_rows.tobytes()


# Stopped


@pytest.mark.parametrize("batch_size", [10, 65_536])
def test_a_stopped_run_ends_at_once_and_keeps_what_it_had(batch_size, own_clock):
    asked = None

    def stop():
        nonlocal asked
        if asked is None and time.perf_counter() - started > 0.3:
            asked = time.perf_counter()
        return asked is not None

    experiment = LONG.with_settings({"training.batch_size": batch_size, "data.n": 20_000})
    started = time.perf_counter()
    run = train(experiment, should_stop=stop)
    assert time.perf_counter() - asked <= 1
    assert run.status == "stopped"
    assert 0 < run.steps_done < 1_000_000
    assert run.message == f"Stopped at step {run.steps_done:,} of 1,000,000."
    assert run.frame_steps[-1] == run.steps_done == run.history["step"].iloc[-1]
    assert run.has_curve
    np.testing.assert_allclose(run.frame_outputs[-1], run.outputs(run.dataset.x_grid), rtol=1e-3, atol=1e-3)
    if batch_size == 10:
        whole = train(experiment.with_settings({"training.steps": run.steps_done}))
        assert whole.weights.tobytes() == run.weights.tobytes()


def test_the_stop_is_asked_ten_times_a_second(own_clock):
    times = []

    def stop():
        times.append(time.perf_counter())
        return len(times) > 8

    run = train(LONG, should_stop=stop)
    assert run.status == "stopped"
    assert np.median(np.diff(times)) <= 0.3


def test_a_run_that_is_over_is_done_even_if_told_to_stop(monkeypatch):
    monkeypatch.setattr(single, "LIVE_INTERVAL", 0.0)
    one_step = SMALL.with_settings({"training.steps": 1})
    assert train(one_step, should_stop=lambda: True).status == "done"
    assert train(SMALL, should_stop=lambda: True).steps_done == 1


# Diverged


def all_zero(rng, x, widths):
    return [(np.zeros((widths[i], widths[i + 1])), np.zeros(widths[i + 1])) for i in range(len(widths) - 1)]


def zero_problem(monkeypatch):
    """Targets that are all 0, and a net that starts at exactly 0: each residual is exactly zero."""
    data = dataset_of(SMALL)
    zeros = Dataset(
        data.x, 0 * data.y, data.x_held_out, 0 * data.y_held_out, data.x_grid, data.x_evaluation, None, "x", "y"
    )
    zero = Initialisation("spread", "zero", all_zero)
    monkeypatch.setattr(start, "dataset_of_member", lambda experiment, member: zeros)
    monkeypatch.setattr(start, "INITIALISATIONS", {"spread": zero})


@pytest.mark.parametrize("stepper", STEPPERS)
def test_the_posted_loss_diverges_by_sqrt_at_a_zero_residual(stepper, monkeypatch):
    zero_problem(monkeypatch)
    run = train(SMALL.with_settings({"loss.name": "posted", "training.stepper": stepper}))
    assert run.status == "diverged"
    assert run.message == (
        "Diverged at step 1: a residual was exactly zero, which gives NaN: sqrt has no derivative at zero. Use "
        "|r|, whose derivative there is 0."
    )
    assert run.steps_done == 0
    assert (run.weights == 0).all()
    assert run.frame_steps.tolist() == [0]
    assert len(run.history) == 0


@pytest.mark.parametrize("stepper", STEPPERS)
def test_the_posted_loss_with_abs_or_an_epsilon_does_not_diverge(stepper, monkeypatch):
    zero_problem(monkeypatch)
    for changes in ({"loss.name": "posted_abs"}, {"loss.name": "posted", "loss.bound": "epsilon"}):
        run = train(SMALL.with_settings({**changes, "training.stepper": stepper}))
        assert (run.status, run.message, run.steps_done) == ("done", "", 60)
        assert run.has_curve


@pytest.mark.parametrize("stepper", STEPPERS)
def test_a_variance_of_zero_diverges_with_its_reason(stepper, monkeypatch):
    zero_problem(monkeypatch)
    run = train(SMALL.with_settings({"loss.name": "relu_variance", "training.stepper": stepper}))
    assert (run.status, run.steps_done) == ("diverged", 0)
    assert run.message == (
        "Diverged at step 1: the ReLU made a variance exactly zero, where r²/0 is infinite and its gradient NaN."
    )


@pytest.mark.parametrize("loss", [name for name in LOSSES if name not in ("posted", "relu_variance")])
def test_other_losses_survive_a_zero_residual(loss, monkeypatch):
    zero_problem(monkeypatch)
    run = train(SMALL.with_settings({"loss.name": loss}))
    assert run.status == "done"
    assert run.has_curve


def test_with_the_wrong_sign_the_loss_falls_without_end_and_the_run_says_so():
    changes = {"training.steps": 20_000, "training.learning_rate": 0.1, "training.schedule": "constant"}
    run = train(SMALL.with_settings({"loss.name": "wrong_sign", **changes}))
    assert run.status == "done"  # it falls at a constant rate
    assert run.history["loss"].iloc[-1] < -50
    assert run.history["loss"].iloc[-1] < run.history["loss"].iloc[len(run.history) // 2]


def test_without_its_log_term_the_loss_goes_to_0_and_the_variance_up():
    run = train(SMALL.with_settings({"loss.name": "no_log_term", "training.steps": 1500}))
    assert run.status == "done"
    assert 0 < run.history["loss"].iloc[-1] < 0.1 * run.history["loss"].iloc[0]
    assert run.predict(run.dataset.x)["std"].min() > 3 * run.dataset.y.std()


# Warm-up and offset


@pytest.mark.parametrize("stepper", STEPPERS)
@pytest.mark.parametrize("loss", ["gaussian_nll", "posted", "student_t", "evidential"])
def test_a_run_that_only_warms_up_learns_the_mean_of_squared_error(loss, stepper):
    plain = {"training.stepper": stepper, "network.heads": "separate"}
    run = train(SMALL.with_settings({**plain, "loss.name": loss, "training.warmup_steps": 60}))
    squared = train(SMALL.with_settings({**plain, "loss.name": "squared_error"}))
    per_net = squared.weights.size
    np.testing.assert_allclose(run.weights[:per_net], squared.weights, rtol=1e-4, atol=1e-5)
    assert run.history["loss"].iloc[-1] != pytest.approx(squared.history["loss"].iloc[-1])  # the history shows the loss


@pytest.mark.parametrize("stepper", STEPPERS)
def test_an_offset_trains_the_same_parameters_and_reports_another_loss(stepper):
    plain = SMALL.with_settings({"training.stepper": stepper})
    one, other = train(plain), train(plain.with_settings({"loss.offset": 17.2}))
    assert one.weights.tobytes() == other.weights.tobytes()
    assert one.frame_outputs.tobytes() == other.frame_outputs.tobytes()
    np.testing.assert_allclose(one.history["loss"] - other.history["loss"], 17.2, rtol=1e-5)
    np.testing.assert_allclose(one.frame_held_out_loss - other.frame_held_out_loss, 17.2, rtol=1e-9)
    assert one.key != other.key


@pytest.mark.parametrize("stepper", STEPPERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_too_large_a_rate_is_named_and_the_last_good_step_kept(loss, stepper):
    experiment = SMALL.with_settings(
        {
            "data.target": "cubic",
            "data.x_min": -1000,
            "data.x_max": 1000,
            "loss.name": loss,
            "network.activation": "relu",
            "network.layers": [64, 64, 64],
            "training.optimizer": "sgd",
            "training.learning_rate": 1.0,
            "training.schedule": "constant",
            "training.standardise": False,
            "training.stepper": stepper,
            "training.steps": 1000,
        }
    )
    frames = []
    run = train(experiment, on_frame=frames.append)
    assert run.status == "diverged"
    assert run.message.startswith(f"Diverged at step {run.steps_done + 1:,}: ")
    assert run.message.endswith(".")
    assert any(words in run.message for words in ("too large for float32", "beyond what float32", "no longer a finite"))
    assert "sqrt" not in run.message
    assert np.isfinite(run.weights).all()
    assert run.has_curve
    assert run.frame_steps[-1] == run.steps_done
    assert len(run.history) == -(-run.steps_done // 2)  # 500 rows of 1000 steps
    assert len(run.predict([0.0])) == 1
    assert set(run.scores) == {"nll", "crps", "rmse", "coverage_95", "gap", "log_std_rmse"}
    if run.steps_done:  # the weights are those of the finite steps, and the next step is not finite
        good = train(experiment.with_settings({"training.steps": run.steps_done}))
        assert good.status == "done"
        assert good.weights.tobytes() == run.weights.tobytes()
        assert np.isfinite(run.history["loss"]).all()
    again = train(experiment.with_settings({"training.steps": run.steps_done + 1}))
    assert (again.status, again.steps_done) == ("diverged", run.steps_done)


def poisoned(stepper, last, value):
    """Makes the first parameter `value` at step `last`; returns the list of step counts that were requested."""
    advance, asked = stepper.advance, []

    def poisoning(count):
        asked.append(count)
        advance(count)
        if stepper.step - count <= last < stepper.step:
            flat = stepper.flat if isinstance(stepper, CompiledStepper) else stepper.all_members.flat.detach()
            flat[:1] = value

    stepper.advance = poisoning
    return asked


def test_a_loss_beyond_float32_is_no_warning():
    """The squared error of the last finite steps is about 1e39: infinite in the float32 of the record."""
    settings = {"training.optimizer": "sgd", "training.learning_rate": 1, "data.n": 500, "training.steps": 300}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = train(Experiment.from_settings({**settings, "loss.name": "squared_error"}))
    assert run.status == "diverged"
    assert run.history["loss"].to_numpy()[-1] > 1e30


@pytest.mark.long
@pytest.mark.parametrize("stepper", STEPPERS)
def test_a_late_divergence_is_found_soon_and_at_its_step(stepper):
    """One step in 200,000 goes wrong: the run ends then, not at its next kept frame thousands of steps later."""
    experiment = LONG.with_settings({"training.steps": 200_000, "training.stepper": stepper})
    training = single.Training(experiment, lambda frame: None, lambda: False)
    asked = poisoned(training.stepper, 4000, np.nan)
    run = training.run()
    assert run.message.startswith("Diverged at step 4,001: ")
    assert run.steps_done == 4000
    assert sum(asked) < 60_000  # it went on for a tenth of a second, and only these steps are repeated
    assert run.weights.tobytes() == train(experiment.with_settings({"training.steps": 4000})).weights.tobytes()
    assert run.frame_steps[-1] == 4000


def test_an_update_that_overflows_leaves_the_weights_before_it():
    training = single.Training(SMALL, lambda frame: None, lambda: False)
    poisoned(training.stepper, 30, np.inf)
    run = training.run()
    assert run.message == ("Diverged at step 31: the weights grew beyond what float32 can hold.")
    assert run.steps_done == 30
    assert run.has_curve


# Good enough


@pytest.mark.long
def test_the_default_run_ends_near_the_truth_for_every_seed():
    """At most 0.005 nats in 19 of 20 seeds, of points and training both."""
    gaps = [
        train(presets["quick"].with_settings({"data.seed": seed, "training.seed": seed})).scores["gap"]
        for seed in range(20)
    ]
    assert sum(gap <= 0.005 for gap in gaps) >= 19, sorted(gaps)
    assert np.median(gaps) <= 0.0035, sorted(gaps)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_natural_loss_that_runs_away_gives_no_warning(seed):
    away = {"training.standardise": False, "training.optimizer": "sgd", "training.learning_rate": 1.0}
    few = {"data.n": 300, "training.steps": 40, "data.seed": seed, "training.seed": seed}
    run = train(Experiment.from_settings({**away, **few, "loss.name": "natural"}))
    assert not np.abs(run.history["loss"].to_numpy()).max() < 1e6
