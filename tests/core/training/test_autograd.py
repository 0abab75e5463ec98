"""The plain stepper against PyTorch written out: modules, an optimiser over their parameters, the same batches."""

import itertools

import numpy as np
import pytest
import torch

from core.experiment.build import dataset_of
from core.model.losses import LOSSES
from core.model.networks import ACTIVATIONS, split
from core.model.schedules import OPTIMIZERS
from core.training.autograd import hashed

from ..model.losses.oracles import ORACLES
from .starts import SMALL, plain_stepper

MODULES = {
    "tanh": torch.nn.Tanh, "relu": torch.nn.ReLU, "silu": torch.nn.SiLU, "gelu": torch.nn.GELU, "elu": torch.nn.ELU,
    "softplus": torch.nn.Softplus,
}  # fmt: skip


def modules_of(experiment, stepper):
    """The same nets as torch.nn.Sequential, with the stepper's first parameters."""
    architecture = stepper.start.architecture
    values = split(stepper.all_members.flat.detach().clone(), architecture)
    nets = []
    for _ in range(architecture.nets):
        layers = []
        for i in range(len(architecture.layers) + 1):
            weight, bias = values.pop(0), values.pop(0)
            linear = torch.nn.Linear(*weight.shape)
            linear.weight.data, linear.bias.data = weight.T.clone(), bias
            layers += [linear] if i == 0 else [MODULES[experiment.network.activation](), linear]
        nets.append(torch.nn.Sequential(*layers))
    return torch.nn.ModuleList(nets)


SHOWN = {"beta_nll": "gaussian_nll", "faithful": "gaussian_nll"}  # the loss that is shown, where it is another one


def outputs_of(nets, x, spared):
    """One (n,) each; where the loss stops gradients, only the mean sends a gradient to the trunk."""
    if spared and len(nets) == 1:
        units = nets[0][:-1](x)
        return nets[0][-1](units)[:, 0], *nets[0][-1](units.detach())[:, 1:].unbind(1)
    return torch.cat([net(x) for net in nets], dim=1).unbind(1)


def flat_of(nets):
    return np.concatenate([p.detach().numpy().T.ravel() for net in nets for p in net.parameters()])


def test_every_loss_is_written_out_here():
    assert set(MODULES) == set(ACTIVATIONS)


# Every loss, and every activation and optimiser with one.
PARTS = [(loss, "tanh", "adam") for loss in LOSSES]
PARTS += [("gaussian_nll", *part) for part in itertools.product(ACTIVATIONS, OPTIMIZERS)]


@pytest.mark.long
@pytest.mark.parametrize("warm_up", [0, 4])
@pytest.mark.parametrize("heads", ["shared", "separate"])
@pytest.mark.parametrize(("loss", "activation", "optimizer"), PARTS)
def test_the_stepper_does_what_pytorch_written_out_does(loss, activation, optimizer, heads, warm_up):
    experiment = SMALL.with_settings(
        {
            "loss.name": loss,
            "network.activation": activation,
            "network.heads": heads,
            "training.optimizer": optimizer,
            "training.schedule": "constant",
            "training.learning_rate": 1e-3,
            "training.warmup_steps": warm_up,
            "loss.offset": 17.2,  # which changes no gradient
        }
    )
    assert LOSSES[loss].has_mean_head or loss in ("natural", "pinball", "mixture")
    scale = float(dataset_of(experiment).y.std())
    stepper, twin = plain_stepper(experiment), plain_stepper(experiment)
    nets = modules_of(experiment, stepper)
    assert np.array_equal(flat_of(nets), stepper.weights())
    row = OPTIMIZERS[optimizer]
    written_out = getattr(torch.optim, row.torch_name)(nets.parameters(), lr=1e-3, **row.arguments)
    for step in range(10):
        batch = torch.from_numpy(twin.start.batches.take(1)[0])
        x, y = twin.all_members.x[batch], twin.all_members.y[0][batch]
        outputs = outputs_of(nets, x, spared=loss == "faithful")
        written_out.zero_grad()
        warms_up = step < warm_up and len(outputs) > 1 and loss not in ("natural", "pinball", "mixture")
        objective = 0.5 * (y - outputs[0]) ** 2 if warms_up else ORACLES[loss].trained(y, outputs, scale)
        objective.mean().backward(retain_graph=True)
        # A parameter that the loss does not use has a gradient of 0, and Adam takes a step with it, as in the stepper.
        for parameter in nets.parameters():
            parameter.grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        written_out.step()
        stepper.advance(1)
        with torch.no_grad():
            shown = ORACLES[SHOWN.get(loss, loss)].trained(y, outputs, scale).mean().item()
        told = stepper.terms(step, step + 1).sum() + stepper.start.loss.offset
        assert told == pytest.approx(shown, rel=1e-4, abs=1e-5)
    np.testing.assert_allclose(stepper.weights(), flat_of(nets), rtol=1e-3, atol=5e-5)


def test_dropout_keeps_the_mean_and_drops_its_share():
    stepper = plain_stepper(SMALL.with_settings({"network.dropout": 0.25}))
    dropped = stepper.all_members._dropout(torch.ones(1000, 200), 0)
    assert dropped.unique().tolist() == pytest.approx([0, 1 / 0.75])
    assert float((dropped == 0).float().mean()) == pytest.approx(0.25, abs=0.005)
    assert float(dropped.mean()) == pytest.approx(1, abs=0.01)


def test_dropout_differs_by_step_by_place_and_by_seed():
    stepper = plain_stepper(SMALL.with_settings({"network.dropout": 0.5}))
    other = plain_stepper(SMALL.with_settings({"network.dropout": 0.5, "training.seed": 1}))
    ones = torch.ones(100, 50)
    first, elsewhere, seeded = (
        stepper.all_members._dropout(ones, 0),
        stepper.all_members._dropout(ones, 50),
        other.all_members._dropout(ones, 0),
    )
    stepper.advance(1)
    later = stepper.all_members._dropout(ones, 0)
    for mask in (elsewhere, seeded, later):
        assert float((mask == first).float().mean()) == pytest.approx(0.5, abs=0.05)


def test_the_hash_by_hand():
    """lowbias32 of 1, computed with integers."""
    x = 1 * 0x7FEB352D % 2**32
    x = (x ^ (x >> 15)) * 0x846CA68B % 2**32
    assert hashed(torch.tensor([0, 1])).tolist() == [0, x ^ (x >> 16)]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_snapshot_brings_a_training_back_to_the_bit(optimizer):
    settings = {"training.optimizer": optimizer, "network.dropout": 0.2, "training.learning_rate": 1e-3}
    stepper = plain_stepper(SMALL.with_settings(settings))
    stepper.advance(5)
    snapshot = stepper.snapshot()
    ends = []
    for _ in range(2):
        stepper.advance(15)
        ends.append((stepper.weights().tobytes(), stepper.terms(0, 20).tobytes()))
        stepper.restore(snapshot)
    assert ends[0] == ends[1]
