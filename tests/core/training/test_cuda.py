"""The plain stepper on a CUDA GPU: its replayed graph does the same as its single steps and as the CPU."""

import numpy as np
import pytest
import torch

from core import train_members
from core.experiment.network_settings import HEADS
from core.model.bounds import BOUNDS
from core.model.losses import LOSSES
from core.model.schedules import OPTIMIZERS
from core.training import autograd
from core.training.autograd import AutogradStepper, Member
from core.training.loop import train

from .starts import SMALL, plain_stepper, start_of

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="no CUDA GPU here: run these tests on a machine that has one"
)

STEPS = 200
CALM = SMALL.with_settings({"training.learning_rate": 1e-3, "training.steps": STEPS, "training.device": "cuda"})
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS)


def stepper_of(experiment, seeds=range(1), device="cuda"):
    starts = [start_of(experiment.with_settings({"training.seed": seed})) for seed in seeds]
    return AutogradStepper(starts, device)


def uncaptured(stepper):
    """The same stepper without a graph: every step is launched by Python."""
    stepper._take = stepper._step
    return stepper


def agree(one, other, tolerance=1e-4):
    """Whether parameters and terms are equal up to rounding."""
    np.testing.assert_allclose(one.weights(), other.weights(), rtol=tolerance, atol=tolerance / 100)
    terms = [stepper.log.cpu().numpy() for stepper in (one, other)]
    np.testing.assert_allclose(*terms, rtol=tolerance, atol=tolerance / 100)


@every_optimizer
@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("members", [1, 8])
def test_a_replayed_step_is_the_step(optimizer, dropout, members):
    changes = {"training.optimizer": optimizer, "network.dropout": dropout, "training.warmup_steps": STEPS // 2}
    experiment = CALM.with_settings(changes)
    replayed, stepped = stepper_of(experiment, range(members)), uncaptured(stepper_of(experiment, range(members)))
    for stepper in (replayed, stepped):
        stepper.advance(1)  # a capture must not change the state, neither here …
        stepper.advance(STEPS - 1)
    assert set(replayed._graphs) == {False, True}
    assert all(isinstance(graph, torch.cuda.CUDAGraph) for graph in replayed._graphs.values())
    agree(replayed, stepped, 1e-5)


def test_one_step_is_all_there_may_be():
    """… nor beyond the end: the warm-up of the capture takes more steps than this training has."""
    experiment = CALM.with_settings({"training.steps": 1})
    stepper = stepper_of(experiment)
    stepper.advance(1)
    cpu = stepper_of(experiment, device="cpu")
    cpu.advance(1)
    agree(stepper, cpu)


# Every loss with both kinds of heads, every optimiser with one loss, each bound, and a warm-up.
EACH = [{"loss.name": loss, "network.heads": heads} for loss in LOSSES for heads in HEADS]
EACH += [{"training.optimizer": optimizer, "network.heads": heads} for optimizer in OPTIMIZERS for heads in HEADS]
EACH += [{"loss.bound": bound} for bound in BOUNDS]
EACH += [{"training.warmup_steps": 20}, {"loss.name": "mixture", "loss.components": 5}]


@pytest.mark.parametrize("changes", EACH, ids=lambda changes: " ".join(map(str, changes.values())))
def test_the_gpu_does_what_the_cpu_does(changes):
    experiment = CALM.with_settings({**changes, "network.dropout": 0.1})
    gpu, cpu = stepper_of(experiment), stepper_of(experiment, device="cpu")
    for stepper in (gpu, cpu):
        stepper.advance(STEPS)
    agree(gpu, cpu, 1e-3)
    x = np.linspace(-2, 2, 101)
    np.testing.assert_allclose(gpu.outputs(x[:, None]), cpu.outputs(x[:, None]), rtol=1e-3, atol=1e-4)


@every_optimizer
def test_eight_members_are_eight_runs(optimizer):
    experiment = CALM.with_settings({"training.optimizer": optimizer, "network.dropout": 0.2})
    together = stepper_of(experiment, range(8))
    together.advance(STEPS)
    for k in range(8):
        alone = plain_stepper(experiment.with_settings({"training.seed": k}), "cuda")
        alone.advance(STEPS)
        np.testing.assert_allclose(Member(together, k).weights(), alone.weights(), rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(Member(together, k).terms(0, STEPS), alone.terms(0, STEPS), rtol=1e-3, atol=1e-5)


def test_a_mask_is_the_cpus_and_another_at_each_step():
    experiment = CALM.with_settings({"network.dropout": 0.5})
    gpu, cpu = stepper_of(experiment, range(2)), stepper_of(experiment, range(2), "cpu")
    masks = []
    for _ in range(3):
        masks.append(gpu._dropout(torch.ones(20, 30, device="cuda"), 7).cpu())
        assert torch.equal(masks[-1], cpu._dropout(torch.ones(20, 30), 7))
        gpu.advance(1)
        cpu.advance(1)
    assert not torch.equal(masks[0], masks[1])
    assert not torch.equal(masks[1], masks[2])


@every_optimizer
def test_a_snapshot_brings_a_replayed_training_back_to_the_bit(optimizer):
    stepper = stepper_of(CALM.with_settings({"training.optimizer": optimizer, "network.dropout": 0.2}), range(2))
    stepper.advance(5)
    snapshot, ends = stepper.snapshot(), []
    for _ in range(2):
        stepper.advance(15)
        stepper.examine()
        ends.append((stepper.weights().tobytes(), stepper.log[:20].cpu().numpy().tobytes()))
        stepper.restore(snapshot)
    assert ends[0] == ends[1]


def test_the_run_comes_to_the_cpu_and_is_the_cpus():
    gpu, cpu = train(CALM), train(CALM.with_settings({"training.device": "cpu", "training.stepper": "plain"}))
    assert gpu.status == "done"
    assert gpu.device == torch.cuda.get_device_name()
    assert isinstance(gpu.weights, np.ndarray)
    np.testing.assert_allclose(gpu.weights, cpu.weights, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(gpu.frame_outputs, cpu.frame_outputs, rtol=1e-3, atol=1e-4)
    assert gpu.scores == pytest.approx(cpu.scores, rel=1e-3)


def test_a_run_on_a_gpu_stops():
    experiment = CALM.with_settings({"training.steps": 1_000_000, "training.schedule": "constant"})
    run = train(experiment, should_stop=lambda: True)
    assert run.status == "stopped"
    assert 0 < run.steps_done < 1_000_000
    assert run.has_curve


def test_a_run_on_a_gpu_diverges_with_its_reason_and_its_last_good_weights():
    experiment = CALM.with_settings(
        {
            "data.target": "cubic",
            "data.x_min": -1000,
            "data.x_max": 1000,
            "network.activation": "relu",
            "training.optimizer": "sgd",
            "training.learning_rate": 1.0,
            "training.schedule": "constant",
            "training.standardise": False,
        }
    )
    run = train(experiment)
    assert run.status == "diverged"
    assert run.message.startswith(f"Diverged at step {run.steps_done + 1:,}: ")
    assert np.isfinite(run.weights).all()
    assert {each.status for each in train_members(experiment, range(3))} == {"diverged"}


def test_members_on_a_gpu_are_records_like_any_other():
    for run in train_members(CALM, range(8)):
        alone = train(run.experiment)
        assert (run.status, run.steps_done, run.device) == ("done", STEPS, alone.device)
        assert run.frame_steps.tolist() == alone.frame_steps.tolist()
        np.testing.assert_allclose(run.weights, alone.weights, rtol=1e-3, atol=1e-5)
        assert run.scores == pytest.approx(alone.scores, rel=1e-3)


def test_batches_come_to_the_gpu_in_pieces(monkeypatch):
    whole, pieces = stepper_of(CALM), stepper_of(CALM)
    whole.advance(STEPS)
    monkeypatch.setattr(autograd, "_MOST_INDICES", 100)
    pieces.advance(STEPS)
    agree(whole, pieces, 1e-6)
