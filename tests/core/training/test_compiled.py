"""The fast stepper does what the plain one does: proof over every loss, activation, head layout and optimiser."""

import itertools
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numba import njit, types
from torch.nn import functional

from core.model.losses import LOSSES
from core.model.networks import ACTIVATIONS, forward, split
from core.sections import HEADS
from core.training import compiled, elementwise
from core.training.compiled import CompiledStepper
from core.training.loop import train
from core.training.machine_code import ACTIVATE, MATRIX, VECTOR, pointer
from core.training.schedules import OPTIMIZERS, SCHEDULES

from .starts import SMALL, plain_stepper, start_of

OF_ADAM = [row for row in itertools.product(LOSSES, ACTIVATIONS, HEADS) if compiled.can_train(*row[:2], "adam")]
every_part = pytest.mark.parametrize(("loss", "activation", "heads"), OF_ADAM)


def experiment_of(loss, activation, heads, **more):
    return SMALL.with_settings(
        {
            "loss.name": loss,
            "network.activation": activation,
            "network.heads": heads,
            "network.layers": [24, 16],
            "network.init": "torch",  # the other puts the kinks of ReLU exactly on points, where rounding decides
            "training.learning_rate": 1e-3,
            **{name.replace("__", "."): value for name, value in more.items()},
        }
    )


class Exact:
    """The plain stepper's mathematics in float64, written with torch's own optimiser."""

    def __init__(self, start):
        self.start, self.step = start, 0
        self.flat = torch.tensor(start.flat, dtype=torch.float64, requires_grad=True)
        self.x, self.y = torch.tensor(start.x).double(), torch.tensor(start.y).double()
        row = start.optimizer
        self.optimizer = getattr(torch.optim, row.torch_name)([self.flat], lr=0.0, **row.arguments)

    def gradient(self, batch):
        start, loss = self.start, self.start.loss
        outputs = forward(
            split(self.flat, start.architecture),
            self.x[batch],
            start.architecture,
            activation=getattr(functional, ACTIVATIONS[start.architecture.activation].torch_name),
            affine=torch.addmm,
            stop=torch.Tensor.detach if loss.spares_trunk and start.architecture.shared else None,
        )
        given = (self.y[batch], outputs[0], outputs[-1])
        if loss.objective is None:
            value = sum(loss.terms(torch, *given))
        else:
            value = loss.objective(torch, torch.Tensor.detach, *given, start.numbers)
        self.optimizer.zero_grad()
        value.mean().backward()
        return self.flat.grad.numpy()

    def advance(self, count):
        for batch in torch.from_numpy(self.start.batches.take(count)):
            self.gradient(batch)
            self.optimizer.param_groups[0]["lr"] = float(self.start.rates[self.step])
            self.optimizer.step()
            self.step += 1

    def weights(self):
        return self.flat.detach().numpy()


def distance(one, other):
    return np.linalg.norm(one - other) / np.linalg.norm(other)


@every_part
def test_the_gradient_is_autograds(loss, activation, heads):
    experiment = experiment_of(loss, activation, heads)
    stepper, exact = CompiledStepper(start_of(experiment)), Exact(start_of(experiment))
    batch = exact.start.batches.take(1)[0]
    assert stepper.examine().finite
    assert distance(stepper.gradient, exact.gradient(torch.from_numpy(batch))) <= 1e-5


@every_part
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_after_200_steps_it_is_no_farther_from_exact_than_thrice_torchs_float32(loss, activation, heads, optimizer):
    experiment = experiment_of(loss, activation, heads, training__optimizer=optimizer, training__steps=200)
    exact = Exact(start_of(experiment))
    steppers = CompiledStepper(start_of(experiment)), plain_stepper(experiment)
    for stepper in (exact, *steppers):
        stepper.advance(200)
    ours, torchs = (distance(stepper.weights(), exact.weights()) for stepper in steppers)
    assert distance(exact.weights(), exact.start.flat) > 1e-3
    assert ours <= 3 * torchs + 1e-7


@pytest.mark.parametrize("layers", [[7], [33, 5, 64], [8, 8, 8, 8, 8, 8]])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_any_depth_width_and_schedule(layers, schedule):
    experiment = experiment_of("gaussian_nll", "tanh", "shared", training__schedule=schedule, training__steps=50)
    experiment = experiment.with_settings({"network.layers": layers})
    stepper, exact = CompiledStepper(start_of(experiment)), Exact(start_of(experiment))
    stepper.advance(50)
    exact.advance(50)
    assert distance(stepper.weights(), exact.weights()) <= 1e-5


@pytest.mark.parametrize("heads", HEADS)
def test_dropout_silences_the_same_units(heads):
    experiment = experiment_of("gaussian_nll", "tanh", heads, network__dropout=0.3, training__steps=30)
    fast, plain = CompiledStepper(start_of(experiment)), plain_stepper(experiment)
    fast.advance(30)
    plain.advance(30)
    assert distance(fast.weights(), plain.weights()) <= 1e-5
    np.testing.assert_allclose(fast.terms(0, 30), plain.terms(0, 30), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("heads", HEADS)
def test_outputs_are_the_plain_steppers(activation, heads):
    experiment = experiment_of("gaussian_nll", activation, heads)
    fast, plain = CompiledStepper(start_of(experiment)), plain_stepper(experiment)
    x = np.linspace(-30, 30, 501)
    np.testing.assert_allclose(fast.outputs(x), plain.outputs(x), rtol=1e-5, atol=1e-5)


@njit(types.void(types.FunctionType(ACTIVATE), MATRIX, VECTOR, MATRIX))
def call(function, z, bias, slope):
    function(z, bias, slope)


def activate(name, z, slope):
    """As the kernel does it."""
    call(pointer(elementwise.ACTIVATIONS[name], ACTIVATE), z, np.zeros(1, np.float32), slope)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_an_activation_and_its_slope_are_right_everywhere(activation):
    z = np.concatenate([np.linspace(-20, 20, 4001), [-1e4, -200, -88.5, 88.5, 200, 1e4]])
    exact = torch.tensor(z, requires_grad=True)
    value = getattr(functional, ACTIVATIONS[activation].torch_name)(exact)
    value.sum().backward()
    found, slope = z.astype(np.float32)[:, None], np.empty((len(z), 1), np.float32)
    activate(activation, found, slope)
    np.testing.assert_allclose(found[:, 0], value.detach(), rtol=2e-6, atol=3e-7)
    np.testing.assert_allclose(slope[:, 0], exact.grad, rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_what_is_no_number_stays_none(activation):
    found, slope = np.full((20, 3), np.nan, np.float32), np.empty((20, 3), np.float32)
    call(pointer(elementwise.ACTIVATIONS[activation], ACTIVATE), found, np.zeros(3, np.float32), slope)
    assert np.isnan(found).all()


def test_tanh_saturates_at_exactly_one():
    found, slope = np.array([[-50], [-9.5], [9.5], [50]], np.float32), np.empty((4, 1), np.float32)
    activate("tanh", found, slope)
    assert found.ravel().tolist() == [-1, -1, 1, 1]
    assert slope.ravel().tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("cuts", [[1] * 40, [3, 17, 20], [40]])
def test_chunks_change_nothing_to_the_bit(cuts):
    whole = CompiledStepper(start_of(SMALL.with_settings({"network.dropout": 0.2})))
    parts = CompiledStepper(start_of(SMALL.with_settings({"network.dropout": 0.2})))
    whole.advance(40)
    for cut in cuts:
        parts.advance(cut)
    assert whole.weights().tobytes() == parts.weights().tobytes()
    assert whole.terms(0, 40).tobytes() == parts.terms(0, 40).tobytes()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_snapshot_brings_a_training_back_to_the_bit(optimizer):
    settings = {"training.optimizer": optimizer, "network.dropout": 0.2, "training.learning_rate": 1e-3}
    stepper = CompiledStepper(start_of(SMALL.with_settings(settings)))
    stepper.advance(5)
    snapshot, ends = stepper.snapshot(), []
    for _ in range(2):
        stepper.advance(15)
        ends.append((stepper.weights().tobytes(), stepper.terms(0, 20).tobytes()))
        stepper.restore(snapshot)
    assert ends[0] == ends[1]


@pytest.mark.parametrize("batch_size", [1, 17, 64])
@pytest.mark.parametrize("heads", HEADS)
def test_the_mean_of_a_faithful_loss_is_that_of_squared_error_to_the_bit(heads, batch_size):
    faithful, squared = (
        CompiledStepper(start_of(experiment_of(loss, "elu", heads, training__batch_size=batch_size)))
        for loss in ("faithful", "squared_error")
    )
    for stepper in (faithful, squared):
        stepper.advance(200)
    both, alone = (split(stepper.flat, stepper.start.architecture) for stepper in (faithful, squared))
    for of_both, of_mean in zip(both, alone, strict=False):  # with separate nets, the mean's is the first
        np.testing.assert_array_equal(of_both[..., : of_mean.shape[-1]], of_mean)


def test_what_has_no_compiled_form_the_plain_stepper_trains(monkeypatch):
    experiment = SMALL.with_settings({"loss.name": "laplace_nll", "training.steps": 3})
    assert train(experiment).device == "CPU"
    rows = {**LOSSES, "laplace_nll": replace(LOSSES["laplace_nll"], gradient=None)}
    monkeypatch.setattr(compiled, "LOSSES", rows)
    assert train(experiment).device == "CPU, PyTorch"


def test_a_fresh_installation_says_that_it_compiles_and_the_next_process_does_not(tmp_path):
    code = (
        "from core import Experiment, train; told = []\n"
        "run = train(Experiment.from_settings({'data.n': 100, 'training.steps': 1}), on_wait=told.append)\n"
        "print(len(told), run.status, *told)"
    )
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    root = Path(__file__).parents[3]
    told = [
        subprocess.run(
            [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert told[0].startswith("1 done Compiling the fast stepper")
    assert told[1].split() == ["0", "done"]


def test_where_nothing_is_compiled_the_plain_stepper_trains_and_the_run_says_so():
    code = (
        "from core import Experiment, train\n"
        "print(train(Experiment.from_settings({'data.n': 100, 'training.steps': 1})).device)"
    )
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "CPU, PyTorch"
