"""Heads give the outputs that losses take, by the laboratory's own formulas."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from core.torch import heads, losses
from core.torch.options import SOUND, row_with
from tests.core.torch.test_losses import N

F = 5


def features() -> torch.Tensor:
    return torch.tensor(np.random.default_rng(3).normal(size=(N, F)), dtype=torch.float64).requires_grad_()


def test_every_kind_of_outputs_has_a_head() -> None:
    assert {SOUND[name].outputs for name in heads.HEADS.values()} == {row.outputs for row in SOUND.values()}
    assert {name for name, row in SOUND.items() if row.stops_gradient} <= set(heads.HEADS.values())


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize("targets", [None, 1, 3])
def test_a_head_gives_what_its_loss_takes(name: str, targets: int | None) -> None:
    head = heads.Head(F, name, targets=targets, dtype=torch.float64)
    outputs = head(features())
    shape = (N,) if targets is None else (N, targets)
    assert outputs.shape == (*shape, head.out_features)
    assert losses.loss(name)(outputs, torch.zeros(shape, dtype=torch.float64)).isfinite()
    std = None if SOUND[name].has_scale else 0.5
    assert head.distribution(outputs, std=std).batch_shape == shape
    np.testing.assert_allclose(head.linear.bias.detach(), SOUND[name].starts * (targets or 1))


def with_functions() -> list[tuple[str, dict[str, object]]]:
    limits = {"least_std": 0.5, "most_std": 1.5}
    functions = [(name, {"head": head}) for name, row in SOUND.items() for head in row.heads[1:]]
    bounds = [(name, {"bound": bound, **limits}) for name, row in SOUND.items() for bound in row.bounds[1:3]]
    return [case for case in functions + bounds if case[1].get("head") != "linear"]  # which has no value below 0


@pytest.mark.parametrize(("name", "options"), with_functions(), ids=str)
def test_a_plain_loss_of_its_outputs_is_the_loss_with_the_options(name: str, options: dict[str, object]) -> None:
    raw = torch.tensor(np.random.default_rng(4).normal(size=(N, len(SOUND[name].outputs))))
    head, y = heads.Head(None, name, **options), torch.linspace(-2, 2, N, dtype=torch.float64)
    outputs, row = head(raw), row_with(name, options)
    expected = losses.loss(name, reduction="none", **options)
    torch.testing.assert_close(losses.loss(name, reduction="none")(outputs, y), expected(raw, y))
    own = [row.spread_of(raw.numpy())[..., i] for i in range(raw.shape[-1])]
    if "head" in options:
        np.testing.assert_allclose(outputs, np.stack(own, axis=-1), rtol=1e-9)
    for found, by_loss in zip(head.mean_std(outputs), expected.mean_std(raw), strict=True):
        torch.testing.assert_close(found, by_loss)


def test_faithful_spares_the_layers_before() -> None:
    x, y = features(), torch.linspace(-1, 1, N, dtype=torch.float64)
    trunk = nn.Linear(F, 8, dtype=torch.float64)
    head = heads.FaithfulHead(8, dtype=torch.float64)
    outputs = head(torch.tanh(trunk(x)))
    losses.faithful(outputs, y).backward()
    found = trunk.weight.grad.clone()
    trunk.zero_grad()
    losses.squared_error(head(torch.tanh(trunk(x)))[..., :1], y).backward()
    torch.testing.assert_close(found, trunk.weight.grad)
    assert head.linear.weight.grad[1].abs().sum() > 0
    torch.testing.assert_close(outputs, head.linear(torch.tanh(trunk(x))))


def test_it_is_a_module_like_any_other() -> None:
    head = heads.GaussianHead(F, bound="soft", least_std=0.1, most_std=3.0)
    other = heads.GaussianHead(F, bound="soft", least_std=0.1, most_std=3.0)
    other.load_state_dict(head.state_dict())
    assert sorted(head.state_dict()) == ["linear.bias", "linear.weight"]
    x = features().float()
    for each in (other, copy.deepcopy(head)):
        assert each(x).equal(head(x))
    assert "bound='soft'" in repr(head)
    std = head.mean_std(100 * head(x))[1].detach()
    assert head.double()(x.double()).dtype is torch.float64
    assert std.isfinite().all()


@pytest.mark.long
def test_a_compiler_takes_it_whole() -> None:
    for name, options in (("gaussian_nll", {"head": "softplus"}), ("faithful", {"bound": "soft"})):
        head = heads.Head(F, name, dtype=torch.float64, **options)
        torch.testing.assert_close(torch.compile(head, fullgraph=True, backend="eager")(features()), head(features()))


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda: heads.GaussianHead(0), ValueError, "in_features must be a whole number"),
        (lambda: heads.GaussianHead(4, targets=1.5), ValueError, "targets must be a whole number"),
        (lambda: heads.Head(4, "posted"), ValueError, "There is no loss 'posted'"),
        (lambda: heads.GaussianHead(4, bound="epsilon"), ValueError, "belongs to the loss"),
        (lambda: heads.GaussianHead(4, nu=3), TypeError, "has no option “nu”"),
        (lambda: heads.GaussianHead(None, bound="soft")(torch.zeros(4, 3)), ValueError, "last axis of 2"),
    ],
)
def test_what_does_not_fit_is_refused(call, kind, says) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert says in str(caught.value)
