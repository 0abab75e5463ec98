"""Several trainings in parallel: each equals the training by itself, whatever happens to the others."""

import re
from contextlib import contextmanager, nullcontext

import numpy as np
import pytest
import torch

from core import train_members
from core.experiment.network_settings import HEADS
from core.experiment.settings import InvalidExperiment
from core.model.bounds import BOUNDS
from core.model.losses import LOSSES
from core.model.schedules import OPTIMIZERS
from core.training import single, together
from core.training.autograd import AutogradStepper, Member
from core.training.compiled import CompiledStepper
from core.training.cost import gpu_may_pay
from core.training.loop import train
from core.training.recorder import film_steps
from core.training.run_bytes import from_bytes, to_bytes

from .starts import RAW_CUBIC, SMALL, plain_stepper, start_of

STEPS = 50
PLAIN = SMALL.with_settings({"training.stepper": "plain", "training.steps": STEPS, "training.learning_rate": 1e-3})
WILD = RAW_CUBIC.with_settings({"training.stepper": "plain"})


def named(changes):
    return " ".join(map(str, changes.values()))


def seeded(experiment, path, seeds=range(3)):
    return [experiment.with_settings({path: seed}) for seed in seeds]


def stepper_of(experiments):
    return AutogradStepper([start_of(each) for each in experiments], "cpu")


# Every loss with one kind of heads, every optimiser with both, and each bound and a warm-up once.
OF_LOSSES = [{"loss.name": loss, "network.heads": tuple(HEADS)[i % 2]} for i, loss in enumerate(LOSSES)]
OTHERS = [{"training.optimizer": optimizer, "network.heads": heads} for optimizer in OPTIMIZERS for heads in HEADS]
OTHERS += [{"loss.bound": bound} for bound in BOUNDS]
OTHERS += [{"training.warmup_steps": 20}, {"loss.offset": 17.2}, {"loss.name": "typed", "loss.formula": "abs(r) + 0*s"}]
# Points of their own each: every third loss.
EACH = [(changes, "training.seed") for changes in OF_LOSSES + OTHERS]
EACH += [(changes, "data.seed") for changes in OF_LOSSES[::3] + OTHERS]


@pytest.mark.long
@pytest.mark.parametrize(("changes", "path"), EACH, ids=lambda value: value if isinstance(value, str) else named(value))
def test_each_member_is_the_training_by_itself(changes, path):
    experiments = seeded(PLAIN.with_settings({**changes, "network.dropout": 0.2}), path)
    if path == "data.seed" and len({start_of(each).loss for each in experiments}) > 1:
        with pytest.raises(ValueError, match="other numbers for each member"):
            stepper_of(experiments)
        return
    together = stepper_of(experiments)
    together.advance(STEPS)
    x = np.linspace(-2, 2, 7)
    for k, each in enumerate(experiments):
        member, alone = Member(together, k), plain_stepper(each)
        alone.advance(STEPS)
        assert member.step == alone.step == STEPS
        np.testing.assert_allclose(member.weights(), alone.weights(), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(member.terms(0, STEPS), alone.terms(0, STEPS), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(member.outputs(x[:, None]), alone.outputs(x[:, None]), rtol=1e-4, atol=1e-5)
    assert not np.allclose(together.weights()[0], together.weights()[1], rtol=1e-2)


def test_members_that_share_their_points_hold_them_once():
    assert len(stepper_of(seeded(PLAIN, "data.seed")).x) == 3 * 100
    start = start_of(PLAIN)
    assert len(AutogradStepper([start, start, start], "cpu").x) == 100


@pytest.mark.parametrize("heads", HEADS)
def test_each_member_drops_the_same_units_as_its_compiled_stepper(heads):
    experiments = seeded(PLAIN.with_settings({"network.dropout": 0.3, "network.heads": heads}), "training.seed")
    together = stepper_of(experiments)
    together.advance(STEPS)
    for k, each in enumerate(experiments):
        fast = CompiledStepper(start_of(each))
        fast.advance(STEPS)
        np.testing.assert_allclose(together.weights()[k], fast.weights(), rtol=1e-3, atol=1e-5)


def test_a_member_that_diverges_does_not_change_the_others():
    experiments = seeded(PLAIN, "training.seed")
    sound, one_lost = stepper_of(experiments), stepper_of(experiments)
    one_lost.parameters[0].detach()[1] = np.nan
    for stepper in (sound, one_lost):
        stepper.advance(STEPS - 1)
    assert sound.finite(0, STEPS - 1).tolist() == [True, True, True]
    assert one_lost.finite(0, STEPS - 1).tolist() == [True, False, True]
    for k in (0, 2):
        assert one_lost.weights()[k].tobytes() == sound.weights()[k].tobytes()
    assert [batch.finite for batch in one_lost.examine()] == [True, False, True]


def test_an_examined_step_belongs_to_each_member():
    experiments = seeded(PLAIN, "training.seed")
    for found, each in zip(stepper_of(experiments).examine(), experiments, strict=True):
        alone = plain_stepper(each).examine()
        np.testing.assert_allclose(found.y, alone.y, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(found.outputs, alone.outputs, rtol=1e-5, atol=1e-6)
        assert found.outputs.shape == (2, 32)
        assert found.finite is alone.finite is True


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_snapshot_brings_all_back_to_the_bit_even_to_before_the_first_step(optimizer):
    stepper = stepper_of(seeded(PLAIN.with_settings({"training.optimizer": optimizer}), "training.seed"))
    first, ends = stepper.snapshot(), []
    for _ in range(2):
        stepper.advance(20)
        ends.append((stepper.weights().tobytes(), stepper.log[:20].numpy().tobytes()))
        stepper.restore(first)
    assert ends[0] == ends[1]
    assert stepper.step == 0


def test_batches_come_in_pieces_and_change_nothing(monkeypatch):
    whole, pieces = stepper_of(seeded(PLAIN, "training.seed")), stepper_of(seeded(PLAIN, "training.seed"))
    whole.advance(STEPS)
    monkeypatch.setattr("core.training.autograd._MOST_INDICES", 3 * 32 * 7)
    pieces.advance(STEPS)
    assert whole.weights().tobytes() == pieces.weights().tobytes()


# Runs


@pytest.mark.parametrize("stepper", ["auto", "plain"])
@pytest.mark.parametrize("loss", ["gaussian_nll", "squared_error"])
def test_the_runs_are_those_of_train(stepper, loss):
    experiment = SMALL.with_settings({"training.stepper": stepper, "loss.name": loss, "training.steps": 60})
    runs = train_members(experiment, [4, 0, 4])
    assert [run.experiment.training.seed for run in runs] == [4, 0, 4]
    for run in runs:
        alone = train(run.experiment)
        assert run.experiment == experiment.with_settings({"training.seed": run.experiment.training.seed})
        assert (run.status, run.message, run.steps_done, run.device) == ("done", "", 60, alone.device)
        assert run.weights.dtype == np.float32
        assert run.frame_steps.tolist() == alone.frame_steps.tolist() == film_steps(60)
        for name in ("weights", "history_rows", "frame_outputs", "frame_held_out_loss"):
            np.testing.assert_allclose(getattr(run, name), getattr(alone, name), rtol=1e-3, atol=1e-5)
        assert run.scores == pytest.approx(alone.scores, rel=1e-3)
        assert from_bytes(to_bytes(run)).weights.tobytes() == run.weights.tobytes()


def test_no_seed_no_run_and_a_wrong_one_is_named():
    assert train_members(SMALL, []) == []
    with pytest.raises(InvalidExperiment, match="Training seed cannot be -1"):
        train_members(SMALL, [0, -1])


def reason(run):
    """Its message without the value in brackets: so far out, rounding moves it by a thousandth."""
    return re.sub(r"\([^)]*\)", "()", run.message)


def test_those_that_diverge_say_so_and_the_others_go_on():
    runs = train_members(WILD, range(6))
    assert [run.experiment.training.seed for run in runs] == list(range(6))
    assert [run.status for run in runs] == ["diverged", "done", *["diverged"] * 4]
    for run in runs:
        alone = train(run.experiment)
        assert (run.status, reason(run), run.steps_done) == (alone.status, reason(alone), alone.steps_done)
        assert run.frame_steps.tolist() == alone.frame_steps.tolist()
        assert run.history["step"].tolist() == alone.history["step"].tolist()
        if run.status == "diverged":  # so early that rounding is still small
            np.testing.assert_allclose(run.weights, alone.weights, rtol=1e-2, atol=1e-2)


def test_all_may_diverge():
    runs = train_members(WILD.with_settings({"training.learning_rate": 0.1}), range(6))
    assert {run.status for run in runs} == {"diverged"}
    assert all(0 < run.steps_done < 200 and np.isfinite(run.weights).all() for run in runs)


@pytest.mark.parametrize(("steps", "at"), [(STEPS, 30), (600, 594)])
def test_parameters_that_overflow_late_are_found_at_their_step(steps, at):
    """Only member 1, at the first step of a chunk or within it: its loss is finite, but its weights are not."""
    experiments = seeded(PLAIN.with_settings({"training.steps": steps}), "training.seed")
    training = together.Together([(each, 0) for each in experiments], "cpu", lambda: False)
    advance = training.stepper.advance

    def poisoning(count):
        advance(count)
        if training.stepper.step - count <= at < training.stepper.step:
            training.stepper.parameters[0].detach()[1, 0, 0] = np.inf

    training.stepper.advance = poisoning
    runs = training.run()
    assert [run.status for run in runs] == ["done", "diverged", "done"]
    words = "the weights grew beyond what float32 can hold"
    assert runs[1].message == f"Diverged at step {at + 1}: {words}."
    good = train_members(PLAIN.with_settings({"training.steps": steps}), range(3))
    assert runs[1].steps_done == runs[1].frame_steps[-1] == runs[1].history["step"].iloc[-1] == at
    assert training.stepper.step == runs[0].steps_done == runs[0].frame_steps[-1] == steps
    assert runs[1].has_curve
    for k in (0, 2):
        assert runs[k].weights.tobytes() == good[k].weights.tobytes()
        assert runs[k].frame_outputs.tobytes() == good[k].frame_outputs.tobytes()


@pytest.mark.parametrize("stepper", ["auto", "plain"])
def test_a_stop_ends_all_that_are_not_over(stepper, monkeypatch):
    for module in (single, together):
        monkeypatch.setattr(module, "LIVE_INTERVAL", 0.01)
    experiment = SMALL.with_settings({"training.stepper": stepper, "training.steps": 1_000_000})
    asked = []
    runs = train_members(experiment, range(3), should_stop=lambda: asked.append(0) or len(asked) > 3)
    assert [run.status for run in runs] == ["stopped"] * 3
    assert all(run.steps_done < 1_000_000 for run in runs)
    assert runs[0].message == f"Stopped at step {runs[0].steps_done:,} of 1,000,000."
    assert runs[0].frame_steps[-1] == runs[0].steps_done == runs[0].history["step"].iloc[-1]
    assert runs[-1].message == ("Stopped before it started." if stepper == "auto" else runs[0].message)


def test_a_gpu_may_pay_for_many_where_it_does_not_for_one():
    quick = SMALL.with_settings({"training.batch_size": 100, "network.layers": [32, 64, 128], "training.steps": 10_000})
    assert not gpu_may_pay(quick)
    assert gpu_may_pay(quick, 256)


# What a CUDA graph requires of a step, as far as a CPU can test it


class Still:
    """An optimiser that changes nothing, for tensors without values."""

    def __init__(self):
        self.param_groups = [{}]

    def step(self):
        return


@pytest.mark.long
@pytest.mark.parametrize(("loss", "heads"), [(each["loss.name"], each["network.heads"]) for each in OF_LOSSES])
@pytest.mark.parametrize("count", [1, 3])
def test_a_step_copies_no_value_to_the_host(loss, heads, count, monkeypatch):
    """Meta tensors have no values: an operation that reads one on the host, which a graph forbids, raises."""
    monkeypatch.setattr(AutogradStepper, "_make_optimizer", lambda self: setattr(self, "optimizer", Still()))
    experiment = PLAIN.with_settings({"loss.name": loss, "network.heads": heads, "network.dropout": 0.2})
    stepper = AutogradStepper([start_of(each) for each in seeded(experiment, "training.seed", range(count))], "meta")
    for warms_up in (False, True):
        stepper._step(warms_up)
    with pytest.raises(RuntimeError):
        int(stepper.at)


class Recorded:
    """CUDA's streams and graphs on a CPU. Recorded code runs there, so `graph` undoes it: a capture runs nothing."""

    def __init__(self, stepper, warms_up):
        self.stepper, self.warms_up = stepper, warms_up

    def Stream(self):
        return self

    current_stream = Stream
    CUDAGraph = Stream

    def wait_stream(self, stream):
        return

    def stream(self, stream):
        return nullcontext()

    @contextmanager
    def graph(self, graph, stream, capture_error_mode):
        kept = [tensor.clone() for tensor in self.stepper._state()]
        yield
        self.stepper._put_back(kept)

    def replay(self):
        self.stepper._step(self.warms_up)


@pytest.mark.parametrize("steps", [1, STEPS])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_capture_does_not_change_the_state(optimizer, steps, monkeypatch):
    changes = {"training.optimizer": optimizer, "network.dropout": 0.2, "training.steps": steps}
    changes["training.warmup_steps"] = 20
    experiments = seeded(PLAIN.with_settings(changes), "training.seed")
    stepped, replayed = stepper_of(experiments), stepper_of(experiments)
    addresses = [tensor.data_ptr() for tensor in replayed._state()]
    for warms_up in (True, False):
        monkeypatch.setattr(torch, "cuda", Recorded(replayed, warms_up))
        replayed._graphs[warms_up] = replayed._captured(warms_up)
    assert replayed.step == 0
    replayed._take = lambda warms_up: replayed._graphs[warms_up].replay()  # as on a GPU
    for stepper in (stepped, replayed):
        stepper.advance(steps)
    assert replayed.weights().tobytes() == stepped.weights().tobytes()
    assert torch.equal(replayed.log, stepped.log)
    replayed.restore(replayed.snapshot())
    assert [tensor.data_ptr() for tensor in replayed._state()] == addresses
