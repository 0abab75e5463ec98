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

from .starts import SMALL, plain_stepper

MODULES = {
    "tanh": torch.nn.Tanh, "relu": torch.nn.ReLU, "silu": torch.nn.SiLU, "gelu": torch.nn.GELU, "elu": torch.nn.ELU,
    "softplus": torch.nn.Softplus,
}  # fmt: skip


def modules_of(experiment, stepper):
    """The same nets as torch.nn.Sequential, with the stepper's first parameters."""
    architecture, values = stepper.start.architecture, split(stepper.flat.detach().clone(), stepper.start.architecture)
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


def gaussian_nll(y, mean, s):
    return 0.5 * torch.exp(-s) * (y - mean) ** 2 + 0.5 * s


def student(y, mean, log_scale, nu):
    return -torch.distributions.StudentT(nu, mean, log_scale.exp()).log_prob(y)


def evidential(y, mean, log_nu, log_excess, log_beta, weight):
    nu, alpha, beta = log_nu.exp(), 1 + log_excess.exp(), log_beta.exp()
    scale = torch.sqrt(beta * (1 + nu) / (nu * alpha))
    return student(y, mean, scale.log(), 2 * alpha) + weight * (y - mean).abs() * (2 * nu + alpha)


def mixture(y, *outputs):
    logits, means, log_stds = (torch.stack(part, -1) for part in (outputs[:3], outputs[3:6], outputs[6:]))
    components = torch.distributions.Normal(means, log_stds.exp())
    weights = torch.distributions.Categorical(logits=logits)
    return -torch.distributions.MixtureSameFamily(weights, components).log_prob(y)


def crps(y, mean, s):
    std, normal = torch.exp(0.5 * s), torch.distributions.Normal(0.0, 1.0)
    z = (y - mean) / std
    return std * (z * (2 * normal.cdf(z) - 1) + 2 * normal.log_prob(z).exp() - np.pi**-0.5)


def pinball(y, *quantiles):
    levels = (0.05, 0.25, 0.5, 0.75, 0.95)
    u = [y - q for q in quantiles]
    return sum(torch.maximum(t * each, (t - 1) * each) for t, each in zip(levels, u, strict=True)) / 5


def broadcast(y, mean, s):
    """Broadcasting of shapes (N,) and (N, 1), as in torch."""
    table = 0.5 * torch.exp(-s)[:, None] * (y - mean[:, None]) ** 2 + 0.5 * s[:, None]
    return table.mean(dim=1)


# The formulas once more, as one writes them with torch: y and outputs, in the unit the network trains in, and the scale
# of that unit, where a parameter of the loss follows it.
WRITTEN_OUT = {
    "gaussian_nll": lambda y, o, k: gaussian_nll(y, *o),
    "beta_nll": lambda y, o, k: torch.exp(o[1].detach()) ** 0.5 * gaussian_nll(y, *o),
    "faithful": lambda y, o, k: 0.5 * (y - o[0]) ** 2 + gaussian_nll(y, o[0].detach(), o[1]),
    "natural": lambda y, o, k: gaussian_nll(y, o[0] * torch.exp(-0.5 * o[1]), -o[1]),
    "gaussian_crps": lambda y, o, k: crps(y, *o),
    "squared_error": lambda y, o, k: 0.5 * (y - o[0]) ** 2,
    "posted": lambda y, o, k: 0.5 * torch.exp(-o[1]) * torch.sqrt((y - o[0]) ** 2) + 0.5 * o[1],
    "posted_abs": lambda y, o, k: 0.5 * torch.exp(-o[1]) * (y - o[0]).abs() + 0.5 * o[1],
    "laplace_nll": lambda y, o, k: -torch.distributions.Laplace(o[0], o[1].exp()).log_prob(y) - np.log(2),
    "absolute_log_variance": lambda y, o, k: 2**0.5 * torch.exp(-o[1] / 2) * (y - o[0]).abs() + 0.5 * o[1],
    "pinball": lambda y, o, k: pinball(y, *o),
    "student_t": lambda y, o, k: student(y, *o, 5.0),
    "student_t_learned": lambda y, o, k: student(y, o[0], o[1], 2 + o[2].exp()),
    "evidential": lambda y, o, k: evidential(y, *o, 0.01 * k),
    "mixture": lambda y, o, k: mixture(y, *o),
    "typed": lambda y, o, k: gaussian_nll(k * y, k * o[0], o[1]),
    "no_half_residual": lambda y, o, k: torch.exp(-o[1]) * (y - o[0]) ** 2 + 0.5 * o[1],
    "no_half_log": lambda y, o, k: 0.5 * torch.exp(-o[1]) * (y - o[0]) ** 2 + o[1],
    "no_log_term": lambda y, o, k: 0.5 * torch.exp(-o[1]) * (y - o[0]) ** 2,
    "wrong_sign": lambda y, o, k: 0.5 * torch.exp(o[1]) * (y - o[0]) ** 2 + 0.5 * o[1],
    "std_as_variance": lambda y, o, k: torch.nn.GaussianNLLLoss(reduction="none")(o[0], y, o[1].exp()),
    "broadcast": lambda y, o, k: broadcast(y, *o),
    "relu_variance": lambda y, o, k: gaussian_nll(y, o[0], torch.relu(o[1]).log()),
    "clamped": lambda y, o, k: gaussian_nll(y, o[0], o[1].clamp(-2 - 2 * np.log(k), 2 - 2 * np.log(k))),
}
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
    assert set(WRITTEN_OUT) == set(LOSSES)


# Every loss, and every activation and optimiser with one.
PARTS = [(loss, "tanh", "adam") for loss in LOSSES]
PARTS += [("gaussian_nll", *part) for part in itertools.product(ACTIVATIONS, OPTIMIZERS)]


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
        x, y = twin.all_members.x[batch], twin.all_members.y[batch]
        outputs = outputs_of(nets, x, spared=loss == "faithful")
        written_out.zero_grad()
        warms_up = step < warm_up and len(outputs) > 1 and loss not in ("natural", "pinball", "mixture")
        objective = 0.5 * (y - outputs[0]) ** 2 if warms_up else WRITTEN_OUT[loss](y, outputs, scale)
        objective.mean().backward(retain_graph=True)
        # A parameter that the loss does not use has a gradient of 0, and Adam takes a step with it, as in the stepper.
        for parameter in nets.parameters():
            parameter.grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        written_out.step()
        stepper.advance(1)
        with torch.no_grad():
            shown = WRITTEN_OUT[SHOWN.get(loss, loss)](y, outputs, scale).mean().item()
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
