"""Networks against torch's own layers and activations; the first weights against what they promise."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from core.model.networks import ACTIVATIONS, INITIALISATIONS, Architecture, forward, predict, split

TORCH_MODULES = {
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "elu": nn.ELU,
    "softplus": nn.Softplus,
}
both_heads = pytest.mark.parametrize("shared", [True, False])
every_depth = pytest.mark.parametrize("layers", [(5,), (7, 3), (4, 6, 5, 3)])
X_RAW = np.linspace(50, 150, 400)[:, None]
X_STANDARD = (X_RAW - X_RAW.mean()) / X_RAW.std()


def architecture(layers=(32, 64), outputs=2, shared=True, activation="tanh", inputs=1) -> Architecture:
    return Architecture(inputs, layers, outputs, shared, activation)


def torch_nets(arch: Architecture) -> list[nn.Sequential]:
    last = arch.outputs if arch.shared else 1
    nets = []
    for _ in range(arch.nets):
        layers: list[nn.Module] = []
        for fan_in, fan_out in pairwise((arch.inputs, *arch.layers, last)):
            layers += [nn.Linear(fan_in, fan_out), TORCH_MODULES[arch.activation]()]
        nets.append(nn.Sequential(*layers[:-1]).double())
    return nets


def flat_of(nets: list[nn.Sequential]) -> np.ndarray:
    """Our order of nn.Linear's parameters: its weights are (out, in), ours (in, out)."""
    return np.concatenate([p.detach().numpy().T.ravel() for net in nets for p in net.parameters()])


def test_every_activation_has_its_oracle() -> None:
    assert set(TORCH_MODULES) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_is_torch_s(name: str) -> None:
    x = np.concatenate([np.linspace(-30, 30, 601), [0.0, -800.0, 800.0]])
    found = ACTIVATIONS[name].numpy(x)
    expected = getattr(functional, ACTIVATIONS[name].torch_name)(torch.from_numpy(x)).numpy()
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=3e-9)  # torch's softplus is linear beyond 20
    np.testing.assert_allclose(found, TORCH_MODULES[name]()(torch.from_numpy(x)).numpy(), rtol=1e-12, atol=3e-9)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@both_heads
@every_depth
@pytest.mark.parametrize(("outputs", "inputs"), [(2, 1), (1, 3)])
def test_outputs_are_those_of_torch_s_layers(activation, shared, layers, outputs, inputs) -> None:
    arch = architecture(layers, outputs, shared, activation, inputs)
    nets = torch_nets(arch)
    x = np.random.default_rng(0).normal(0, 2, (41, inputs))
    with torch.no_grad():
        expected = torch.cat([net(torch.from_numpy(x)) for net in nets], dim=1).numpy()
    flat = flat_of(nets)
    found = predict(flat, x, arch, block=10)
    assert found.shape == (41, outputs)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-7)

    tensor = torch.from_numpy(flat)
    in_torch = forward(
        split(tensor, arch),
        torch.from_numpy(x),
        arch,
        activation=getattr(functional, ACTIVATIONS[activation].torch_name),
        affine=torch.addmm,
    )
    assert [output.shape for output in in_torch] == [(41,)] * outputs
    np.testing.assert_allclose(torch.stack(in_torch, 1).numpy(), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("outputs", [1, 2, 4])
@both_heads
@every_depth
def test_size_is_the_number_of_torch_s_parameters(shared, layers, outputs) -> None:
    arch = architecture(layers, outputs, shared)
    assert arch.size == sum(p.numel() for net in torch_nets(arch) for p in net.parameters())
    assert arch.nets == len(torch_nets(arch))


def test_the_question_s_net_has_10_754_parameters() -> None:
    assert architecture((32, 64, 128)).size == 64 + 32 * 64 + 64 + 64 * 128 + 128 + 128 * 2 + 2


@pytest.mark.parametrize("make", [np.arange, torch.arange])
def test_split_gives_views_of_everything_once(make) -> None:
    arch = architecture((3, 2), shared=False)
    flat = make(arch.size)
    parts = split(flat, arch)
    assert [tuple(part.shape) for part in parts] == arch.shapes
    np.testing.assert_array_equal(np.concatenate([np.asarray(part).ravel() for part in parts]), np.arange(arch.size))
    parts[0][...] = -1
    parts[-1][...] = -2
    assert flat[0] == -1
    assert flat[-1] == -2


def test_dropout_touches_hidden_units_alone() -> None:
    arch = architecture((3, 2))
    flat = np.random.default_rng(0).normal(size=arch.size)
    seen = []

    def silence(hidden: np.ndarray, place: int) -> np.ndarray:
        seen.append((hidden.shape, place))
        return hidden * 0

    outputs = forward(
        split(flat, arch),
        X_STANDARD,
        arch,
        activation=np.tanh,
        affine=lambda b, h, w: b + h @ w,
        dropout=silence,
    )
    assert seen == [((400, 3), 0), ((400, 2), 3)]
    for output, bias in zip(outputs, split(flat, arch)[-1], strict=True):
        np.testing.assert_array_equal(output, np.full(400, bias))


def test_a_spared_trunk_is_seen_by_later_outputs_through_stop_alone() -> None:
    arch = architecture((3, 2))
    flat = np.random.default_rng(0).normal(size=arch.size)
    parts = {"activation": np.tanh, "affine": lambda b, h, w: b + h @ w}
    plain = forward(split(flat, arch), X_STANDARD, arch, **parts)
    halved = forward(split(flat, arch), X_STANDARD, arch, **parts, stop=lambda hidden: hidden / 2)
    bias = split(flat, arch)[-1]
    np.testing.assert_array_equal(halved[0], plain[0])
    np.testing.assert_allclose(halved[1] - bias[1], (plain[1] - bias[1]) / 2)


def test_no_points_no_outputs() -> None:
    arch = architecture((3,))
    assert predict(np.zeros(arch.size, np.float32), np.empty((0, 1)), arch).shape == (0, 2)


# -- the first weights ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", INITIALISATIONS)
@both_heads
@every_depth
def test_start_is_ruled_by_its_generator(name: str, shared: bool, layers) -> None:
    arch = architecture(layers, shared=shared)
    draw = INITIALISATIONS[name].draw
    one, same, other = (draw(np.random.default_rng(seed), arch, X_STANDARD) for seed in (3, 3, 4))
    assert one.shape == (arch.size,)
    assert np.isfinite(one).all()
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    if not shared:  # the two nets do not start as one
        assert not np.array_equal(*np.split(one, 2))


@pytest.mark.parametrize("name", INITIALISATIONS)
@both_heads
@every_depth
def test_the_first_output_starts_the_same_however_many_stand_beside_it(name: str, shared: bool, layers) -> None:
    draw = INITIALISATIONS[name].draw
    alone, beside = (architecture(layers, outputs=outputs, shared=shared) for outputs in (1, 3))
    one, three = (split(draw(np.random.default_rng(3), arch, X_STANDARD), arch) for arch in (alone, beside))
    for of_one, of_three in zip(one, three, strict=False):  # with separate nets, the first of the three
        np.testing.assert_array_equal(of_one, of_three[..., : of_one.shape[-1]])


def first_layer(flat: np.ndarray, arch: Architecture) -> tuple[np.ndarray, np.ndarray]:
    return split(flat, arch)[0], split(flat, arch)[1]


def check_spread(arch: Architecture) -> None:
    draw = INITIALISATIONS["spread"].draw
    for x in (X_STANDARD, X_RAW, X_RAW[:10], X_RAW * 1e-4 + 7):
        w, b = first_layer(draw(np.random.default_rng(0), arch, x), arch)
        kinks = -b / w[0]
        slack = 1e-6 * (x.max() - x.min())
        assert x.min() - slack <= kinks.min()
        assert kinks.max() <= x.max() + slack
        slopes = np.abs(w[0]) * x.std()
        assert slopes.min() > 0.99
        assert slopes.max() < 6.01
        # Spread, not heaped: every fifth of the data holds some of the 64.
        counts, _ = np.histogram(np.clip(kinks, x.min(), x.max()), np.quantile(x, np.linspace(0, 1, 6)))
        assert counts.min() >= 64 / 5 - 5
        # Outputs start near nothing: near the mean of y and its spread, once y is standardised.
        assert np.abs(predict(draw(np.random.default_rng(0), arch, x), x, arch)).max() < 1.5


def check_torch(arch: Architecture) -> None:
    """Bounds and variance of nn.Linear's own, whose bound is 1/√fan_in, for weights and biases."""
    flat = INITIALISATIONS["torch"].draw(np.random.default_rng(0), arch, X_RAW)
    torch.manual_seed(0)
    ours, theirs = split(flat, arch), split(flat_of(torch_nets(arch)), arch)
    fans_in = np.repeat([arch.inputs, *arch.layers], 2)  # of a layer's weights, and of its biases
    for fan_in, one, other in zip(fans_in, ours, theirs, strict=True):
        bound = 1 / np.sqrt(fan_in)
        assert max(np.abs(one).max(), np.abs(other).max()) <= bound
        if one.size > 1000:
            assert np.abs(one).max() > 0.99 * bound
            assert one.std() == pytest.approx(other.std(), rel=0.05)
            assert abs(one.mean()) < 0.1 * bound


INITIALISATION_CHECKS = {"spread": check_spread, "torch": check_torch}


def test_every_start_has_its_check() -> None:
    assert set(INITIALISATION_CHECKS) == set(INITIALISATIONS)


@pytest.mark.parametrize("name", INITIALISATIONS)
def test_start_keeps_its_promise(name: str) -> None:
    INITIALISATION_CHECKS[name](architecture((64, 64, 64)))


@pytest.mark.parametrize("layers", [(16, 16), (16, 40), (40, 16)])
def test_spread_makes_hidden_layers_orthogonal(layers) -> None:
    arch = architecture(layers)
    w = split(INITIALISATIONS["spread"].draw(np.random.default_rng(0), arch, X_STANDARD), arch)[2]
    gram = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-12)


def test_spread_lays_kinks_over_any_number_of_inputs() -> None:
    x = np.random.default_rng(0).normal([3, -40], [1, 9], (500, 2))
    arch = architecture((32,), inputs=2)
    w, b = first_layer(INITIALISATIONS["spread"].draw(np.random.default_rng(0), arch, x), arch)
    before = x @ w + b  # each unit's kink is where this is 0
    assert (before.min(axis=0) <= 1e-9).all()
    assert (before.max(axis=0) >= -1e-9).all()
