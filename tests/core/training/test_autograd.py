"""The plain stepper against PyTorch written out: modules, an optimiser over their parameters, the same batches."""

import numpy as np
import pytest
import torch

from core.experiment import Experiment
from core.model.losses import LOSSES
from core.model.networks import ACTIVATIONS
from core.training.autograd import AutogradStepper
from core.training.run import architecture_of, dataset_of
from core.training.scaling import Scaling
from core.training.schedules import OPTIMIZERS

SMALL = Experiment.from_settings({"data.n": 100, "network.layers": [6, 5], "training.batch_size": 32})
MODULES = {
    "tanh": torch.nn.Tanh, "relu": torch.nn.ReLU, "silu": torch.nn.SiLU, "gelu": torch.nn.GELU, "elu": torch.nn.ELU,
    "softplus": torch.nn.Softplus,
}  # fmt: skip


def stepper_of(experiment):
    data = dataset_of(experiment)
    scaling = Scaling.of(data, experiment.training.standardise)
    return AutogradStepper(experiment, data, architecture_of(experiment), scaling, "cpu")


def modules_of(experiment, stepper):
    """The same nets as torch.nn.Sequential, with the stepper's first parameters."""
    architecture, values = stepper.architecture, [p.detach().clone() for p in stepper.parameters]
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


def losses_of(name, y, mean, s):
    """The formulas once more."""
    r = y - mean
    return {
        "gaussian_nll": lambda: 0.5 * torch.exp(-s) * r**2 + 0.5 * s,
        "posted": lambda: 0.5 * torch.exp(-s) * torch.sqrt(r**2) + 0.5 * s,
        "laplace_nll": lambda: r.abs() / torch.exp(s) + s,
        "squared_error": lambda: 0.5 * r**2,
    }[name]()


def flat_of(nets):
    return np.concatenate([p.detach().numpy().T.ravel() for net in nets for p in net.parameters()])


def test_no_row_is_forgotten_here():
    assert set(MODULES) == set(ACTIVATIONS)


@pytest.mark.parametrize("heads", ["shared", "separate"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_stepper_does_what_pytorch_written_out_does(loss, optimizer, heads, activation):
    experiment = SMALL.with_settings(
        {
            "loss.name": loss,
            "network.activation": activation,
            "network.heads": heads,
            "training.optimizer": optimizer,
            "training.schedule": "constant",
            "training.learning_rate": 1e-3,
        }
    )
    stepper, twin = stepper_of(experiment), stepper_of(experiment)
    nets = modules_of(experiment, stepper)
    assert np.array_equal(flat_of(nets), stepper.weights())
    row = OPTIMIZERS[optimizer]
    written_out = getattr(torch.optim, row.torch_name)(nets.parameters(), lr=1e-3, **row.arguments)
    for step in range(10):
        x, y = twin._next_batch()
        outputs = torch.cat([net(x) for net in nets], dim=1)
        value = losses_of(loss, y, outputs[:, 0], outputs[:, -1]).mean()
        written_out.zero_grad()
        value.backward()
        written_out.step()
        stepper.step(step)
        assert stepper.terms(step, step + 1).sum() == pytest.approx(value.item(), rel=1e-4, abs=1e-5)
    np.testing.assert_allclose(stepper.weights(), flat_of(nets), rtol=1e-3, atol=5e-5)


def test_each_epoch_sees_each_point_once():
    stepper = stepper_of(SMALL.with_settings({"training.batch_size": 20}))
    epochs = [torch.cat([stepper._next_batch()[0] for _ in range(5)]).ravel() for _ in range(2)]
    for epoch in epochs:
        assert torch.equal(epoch.sort().values, stepper.x.ravel().sort().values)
    assert not torch.equal(*epochs)


def test_x_and_y_stay_together():
    stepper = stepper_of(SMALL)
    pairs = set(zip(stepper.x.ravel().tolist(), stepper.y.tolist(), strict=True))
    for _ in range(10):
        x, y = stepper._next_batch()
        assert x.shape == (32, 1)
        assert set(zip(x.ravel().tolist(), y.tolist(), strict=True)) <= pairs


def test_a_batch_larger_than_the_points_is_all_of_them():
    stepper = stepper_of(SMALL.with_settings({"training.batch_size": 65_536}))
    assert len(stepper._next_batch()[0]) == 100


def test_dropout_keeps_the_mean_and_silences_its_share():
    stepper = stepper_of(SMALL.with_settings({"network.dropout": 0.25}))
    dropped = stepper._dropout(torch.ones(200_000))
    assert dropped.unique().tolist() == pytest.approx([0, 1 / 0.75])
    assert float((dropped == 0).float().mean()) == pytest.approx(0.25, abs=0.005)
    assert float(dropped.mean()) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_snapshot_brings_a_training_back_to_the_bit(optimizer):
    settings = {"training.optimizer": optimizer, "network.dropout": 0.2, "training.learning_rate": 1e-3}
    stepper = stepper_of(SMALL.with_settings(settings))
    for step in range(5):
        stepper.step(step)
    snapshot = stepper.snapshot()
    ends = []
    for _ in range(2):
        for step in range(5, 20):
            stepper.step(step)
        ends.append((stepper.weights().tobytes(), stepper.terms(0, 20).tobytes()))
        stepper.restore(snapshot)
    assert ends[0] == ends[1]
