"""The fast stepper agrees with the plain one, for every loss, activation, head layout and optimiser."""

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

from core.experiment.network_settings import HEADS
from core.model.losses import LOSSES
from core.model.networks import ACTIVATIONS, forward, split
from core.model.schedules import OPTIMIZERS, SCHEDULES
from core.training import compiled, elementwise
from core.training.compiled import CompiledStepper
from core.training.loop import train
from core.training.machine_code import ACTIVATE, MATRIX, VECTOR, pointer

from ..model.losses.rows import FORMULAS
from .starts import SMALL, plain_stepper, start_of

# Six losses with every activation. The kernel does not depend on the loss, so that two activations do for the others.
WITH_ALL = ("gaussian_nll", "beta_nll", "faithful", "posted", "laplace_nll", "squared_error")
OTHERS = [loss for loss in LOSSES if loss not in WITH_ALL]
PARTS = [*itertools.product(WITH_ALL, ACTIVATIONS, HEADS), *itertools.product(OTHERS, ("tanh", "silu"), HEADS)]
# Of one loss each activation and each pair of heads and optimiser; of the others one activation and one pair each.
PAIRS = [*itertools.product(HEADS, OPTIMIZERS)]
OF_OPTIMIZERS = [("gaussian_nll", "tanh", *pair) for pair in PAIRS]
OF_OPTIMIZERS += [
    (loss, tuple(ACTIVATIONS)[i % len(ACTIVATIONS)], *PAIRS[i % len(PAIRS)])
    for i, loss in enumerate(("gaussian_nll",) * len(ACTIVATIONS) + WITH_ALL[1:])
]
OF_OPTIMIZERS += [(loss, "tanh", tuple(HEADS)[i % 2], "adam") for i, loss in enumerate(OTHERS)]
# Values other than the defaults of a row.
VALUES = [
    {"loss.name": "beta_nll", "loss.beta": 0.0},
    {"loss.name": "beta_nll", "loss.beta": 1.0},
    {"loss.name": "student_t", "loss.nu": 2.1},
    {"loss.name": "student_t", "loss.nu": 100.0},
    {"loss.name": "pinball", "loss.levels": (0.1, 0.9)},
    {"loss.name": "mixture", "loss.components": 1},
    {"loss.name": "mixture", "loss.components": 5},
    {"loss.name": "evidential", "loss.evidence_weight": 0.0},
    {"loss.name": "evidential", "loss.evidence_weight": 0.5},
    *({"loss.name": "typed", "loss.formula": formula} for formula in FORMULAS),
]
BOUNDED = [{"loss.name": name, "loss.bound": bound} for name, row in LOSSES.items() for bound in row.bounds[1:]]
HEADED = [{"loss.head": name} for name in LOSSES["gaussian_nll"].heads[1:]]
HEADED += [{"loss.name": name, "loss.head": "softplus"} for name, row in LOSSES.items() if len(row.heads) > 1]
WARMED = [name for name, row in LOSSES.items() if row.has_mean_head and row.has_scale]


def experiment_of(loss, activation, heads, **more):
    return SMALL.with_settings(
        {
            "loss.name": loss,
            "network.activation": activation,
            "network.heads": heads,
            "network.layers": [24, 16],
            # The other initialisation puts the kinks of ReLU exactly on points, where rounding decides. With PyTorch's
            # own a variance behind a ReLU diverges at once.
            "network.init": "spread" if loss == "relu_variance" else "torch",
            "training.learning_rate": 1e-3,
            **{name.replace("__", "."): value for name, value in more.items()},
        }
    )


class Exact:
    """The mathematics of the plain stepper in float64, with torch's own optimiser."""

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
            stop=torch.Tensor.detach if loss.stops_gradient and start.architecture.shared else None,
        )
        value = loss.objective(torch, self.y[batch], outputs)
        if self.step < start.warm_up:
            value = 0.5 * (self.y[batch] - outputs[0]) ** 2
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


def is_the_gradient_of_autograd(experiment):
    """Whether the gradient and the loss terms of the next step are those of torch."""
    stepper, exact = CompiledStepper(start_of(experiment)), Exact(start_of(experiment))
    plain = plain_stepper(experiment)
    batch = exact.start.batches.take(1)[0]
    assert stepper.examine().finite
    assert distance(stepper.gradient, exact.gradient(torch.from_numpy(batch))) <= 1e-5
    plain.examine()
    np.testing.assert_allclose(stepper.terms(0, 1), plain.terms(0, 1), rtol=1e-4, atol=1e-5)


def steps_as_autograd(experiment, steps=40):
    """Checks that `steps` steps end where those of the plain and the exact one do; returns the compiled stepper."""
    experiment = experiment.with_settings({"training.steps": steps})
    fast, plain, exact = CompiledStepper(start_of(experiment)), plain_stepper(experiment), Exact(start_of(experiment))
    for stepper in (fast, plain, exact):
        stepper.advance(steps)
    assert distance(fast.weights(), exact.weights()) <= 3 * distance(plain.weights(), exact.weights()) + 1e-6
    np.testing.assert_allclose(fast.terms(0, steps), plain.terms(0, steps), rtol=1e-3, atol=1e-4)
    return fast


@pytest.mark.parametrize("settings", HEADED, ids=str)
def test_the_gradient_with_a_head_is_autograds(settings):
    # With the other initialisation s begins around 0, where some heads have a pole or no value.
    more = {name.replace(".", "__"): value for name, value in settings.items() if name != "loss.name"}
    loss = settings.get("loss.name", "gaussian_nll")
    is_the_gradient_of_autograd(experiment_of(loss, "tanh", "shared", network__init="spread", **more))


@pytest.mark.parametrize(("loss", "activation", "heads"), PARTS)
def test_the_gradient_is_autograds(loss, activation, heads):
    assert compiled.can_train(activation, "adam")
    is_the_gradient_of_autograd(experiment_of(loss, activation, heads))


@pytest.mark.parametrize("heads", HEADS)
@pytest.mark.parametrize("values", VALUES, ids=lambda values: " ".join(map(str, values.values())))
def test_other_values_of_a_parameter(values, heads):
    experiment = experiment_of(values["loss.name"], "tanh", heads).with_settings(values)
    is_the_gradient_of_autograd(experiment)
    # Not with Adam: where the signs of |r| add up to 0, it makes a step out of rounding.
    steps_as_autograd(experiment.with_settings({"training.optimizer": "sgd"}))


@pytest.mark.long
@pytest.mark.parametrize("heads", HEADS)
@pytest.mark.parametrize("values", BOUNDED, ids=lambda values: " ".join(values.values()))
def test_every_bound(values, heads):
    """With limits that some points exceed."""
    limits = {"loss.least_std": 0.6, "loss.most_std": 0.9} if values["loss.bound"] != "epsilon" else {}
    free = experiment_of(values["loss.name"], "tanh", heads)
    experiment = free.with_settings({**values, **limits})
    is_the_gradient_of_autograd(experiment)
    bound, unbound = steps_as_autograd(experiment), CompiledStepper(start_of(free))
    unbound.advance(40)
    assert distance(bound.weights(), unbound.weights()) > 1e-6  # the bound has an effect


@pytest.mark.long
@pytest.mark.parametrize("heads", HEADS)
@pytest.mark.parametrize("loss", WARMED)
def test_a_warm_up_is_of_squared_error_only(loss, heads):
    experiment = experiment_of(loss, "tanh", heads, training__warmup_steps=15)
    stepper = steps_as_autograd(experiment, 40)
    # Its first steps move the parameters of the mean like squared error, up to rounding.
    warming, squared = CompiledStepper(start_of(experiment)), Exact(start_of(experiment))
    squared.start = replace(squared.start, warm_up=1000)
    for each in (warming, squared):
        each.advance(15)
    assert distance(warming.weights(), squared.weights()) <= 1e-5
    assert distance(stepper.weights(), squared.weights()) > 1e-4


@pytest.mark.parametrize("make", [lambda e: CompiledStepper(start_of(e)), plain_stepper], ids=["compiled", "plain"])
@pytest.mark.parametrize("loss", LOSSES)
def test_an_offset_moves_no_parameter_by_a_bit(loss, make):
    """Subtracting the 17.2 of the answer moves the loss and nothing else."""
    ends = []
    for offset in (0.0, 17.2):
        experiment = experiment_of(loss, "tanh", "shared", loss__offset=offset, training__steps=40)
        stepper = make(experiment)
        stepper.advance(40)
        ends.append((stepper.weights().tobytes(), stepper.terms(0, 40).sum(axis=1), stepper.start.loss.offset))
    assert ends[0][0] == ends[1][0]
    np.testing.assert_allclose(ends[0][1] - ends[1][1], ends[1][2], rtol=1e-4)
    assert ends[1][2] > 0


@pytest.mark.long
@pytest.mark.parametrize(("loss", "activation", "heads", "optimizer"), OF_OPTIMIZERS)
def test_after_200_steps_its_error_is_at_most_three_times_that_of_torchs_float32(loss, activation, heads, optimizer):
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
def test_dropout_drops_the_same_units(heads):
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
    np.testing.assert_allclose(fast.outputs(x[:, None]), plain.outputs(x[:, None]), rtol=1e-5, atol=1e-5)


@njit(types.void(types.FunctionType(ACTIVATE), MATRIX, VECTOR, MATRIX))
def call(function, z, bias, derivative):
    function(z, bias, derivative)


def activate(name, z, derivative):
    """Applies an activation as the kernel does."""
    call(pointer(elementwise.ACTIVATIONS[name], ACTIVATE), z, np.zeros(1, np.float32), derivative)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_an_activation_and_its_derivative_are_right_everywhere(activation):
    z = np.concatenate([np.linspace(-20, 20, 4001), [-1e4, -200, -88.5, 88.5, 200, 1e4]])
    exact = torch.tensor(z, requires_grad=True)
    value = getattr(functional, ACTIVATIONS[activation].torch_name)(exact)
    value.sum().backward()
    found, derivative = z.astype(np.float32)[:, None], np.empty((len(z), 1), np.float32)
    activate(activation, found, derivative)
    np.testing.assert_allclose(found[:, 0], value.detach(), rtol=2e-6, atol=3e-7)
    np.testing.assert_allclose(derivative[:, 0], exact.grad, rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_nan_stays_nan(activation):
    found, derivative = np.full((20, 3), np.nan, np.float32), np.empty((20, 3), np.float32)
    call(pointer(elementwise.ACTIVATIONS[activation], ACTIVATE), found, np.zeros(3, np.float32), derivative)
    assert np.isnan(found).all()


def test_tanh_saturates_at_exactly_one():
    found, derivative = np.array([[-50], [-9.5], [9.5], [50]], np.float32), np.empty((4, 1), np.float32)
    activate("tanh", found, derivative)
    assert found.ravel().tolist() == [-1, -1, 1, 1]
    assert derivative.ravel().tolist() == [0, 0, 0, 0]


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


def test_the_plain_stepper_trains_what_has_no_compiled_form(monkeypatch):
    experiment = SMALL.with_settings({"loss.name": "laplace_nll", "training.steps": 3})
    assert train(experiment).device == "CPU"
    monkeypatch.setattr(compiled, "ACTIVATIONS", {})
    assert train(experiment).device == "CPU, PyTorch"


@pytest.mark.ci
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
    assert told[0].startswith("1 done Compiling the fast code")
    assert told[1].split() == ["0", "done"]


@pytest.mark.long
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
