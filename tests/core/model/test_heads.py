"""Each head against torch and by independent minimisation; where it stops working, against torch in float32."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import optimize
from torch.nn import functional

from core.model.head import FADED, VARIANCE
from core.model.heads import HEADS, OWN, heads_for
from core.model.losses import LOSSES, loss_with

# g as people write it, of a tensor s.
WRITTEN = {
    "exp": torch.exp,
    "exp_scale": torch.exp,
    "exp_variance": torch.exp,
    "softplus": functional.softplus,
    "softplus_floor": lambda s: functional.softplus(s) + 1e-3,
    "softplus_slow": lambda s: 1e-3 + functional.softplus(0.05 * s),
    "softplus_variance": lambda s: functional.softplus(s) + 1e-6,
    "elu": lambda s: functional.elu(s) + 1,
    "sigmoid": lambda s: 10 * torch.sigmoid(s),
    "square": lambda s: s**2,
    "abs": torch.abs,
    "relu": lambda s: functional.relu(s) + 1e-6,
    "linear": lambda s: s,
    "clamp": lambda s: torch.clamp(s, -7, 7).exp(),
    # As in the code of PETS.
    "soft_limits": lambda s: (-10 + functional.softplus((5 - functional.softplus(5 - s)) + 10)).exp(),
}
every_head = pytest.mark.parametrize("name", HEADS)
PAIRS = [(loss, head) for loss in ("gaussian_nll", "laplace_nll") for head in LOSSES[loss].heads]
every_pair = pytest.mark.parametrize(("loss", "head"), PAIRS)
POSITIVE = ("square", "abs", "relu", "linear")  # looked at above 0


def in_training(loss, head):
    """The loss of a net's own outputs."""
    return loss_with(loss, {"head": head}).in_training_units(0.0, 1.0)


def written(loss, head, r, s):
    """The loss once more, with the scale that the head gives: σ of a Gaussian, b of a Laplace distribution."""
    spread, own = WRITTEN[head](s), LOSSES[loss].outputs[1].log_power
    scale = spread ** (1 / (HEADS[head].power or own))
    if loss == "laplace_nll":
        return r.abs() / scale + torch.log(scale)
    return 0.5 * (r / scale) ** 2 + torch.log(scale)


def test_no_head_is_forgotten_here():
    assert set(WRITTEN) == set(HEADS)


@every_head
def test_the_row_is_documented(name):
    head = HEADS[name]
    assert all((head.label, head.help, head.reference, head.gives))
    assert head.tree.names == {"s"}
    assert head.power in (0, 1, VARIANCE)


@every_head
def test_it_is_what_people_write(name):
    s = torch.linspace(-20, 20, 401, dtype=torch.float64)
    np.testing.assert_allclose(HEADS[name].spread(s.numpy()), WRITTEN[name](s).numpy(), rtol=1e-8)


@every_head
def test_training_begins_at_a_spread_of_one(name):
    head = HEADS[name]
    assert head.spread(np.array(head.start)) == pytest.approx(1, rel=1e-12)
    assert head.pull(np.array([head.start]))[0] > 0.03


@every_head
def test_its_range_is_that_of_its_values(name):
    head = HEADS[name]
    far = head.spread(np.linspace(-700, 700, 5601))
    assert np.nanmin(far[far >= 0]) == pytest.approx(head.low, rel=1e-4, abs=0.01 * (head.low == 0))
    assert np.nanmax(far) == pytest.approx(head.high, rel=1e-6) or (np.isinf(head.high) and np.nanmax(far) > 30)


@every_pair
def test_the_gradient_is_that_of_float64_autograd(loss, head):
    rng = np.random.default_rng(0)
    y, mean, s = rng.normal(0, 2, 200), rng.normal(0, 1, 200), rng.normal(0, 2, 200)
    s = np.abs(s) + 0.05 if head in POSITIVE else s
    given = [torch.tensor(part, dtype=torch.float64, requires_grad=True) for part in (mean, s)]
    value = written(loss, head, torch.tensor(y) - given[0], given[1])
    value.sum().backward()
    found = in_training(loss, head)
    np.testing.assert_allclose(found.value(y, [mean, s]), value.detach().numpy(), rtol=1e-7, atol=1e-9)
    right = np.stack([part.grad.numpy() for part in given])
    np.testing.assert_allclose(found.gradient(y, np.stack([mean, s])), right, rtol=1e-6, atol=1e-9)


@every_pair
@pytest.mark.parametrize("std", [0.05, 0.2, 1.0, 5.0])
def test_at_the_optimum_the_head_gives_the_spread(loss, head, std):
    # E|r| and E r² are all that the loss takes of the noise: two residuals on either side would do, many show a slip.
    z = std * np.concatenate([part := np.random.default_rng(1).normal(0, 1, 400), -part])
    right = std * np.abs(z / std).mean() if loss == "laplace_nll" else np.sqrt((z**2).mean())
    row, own = in_training(loss, head), LOSSES[loss].outputs[1].log_power
    power = HEADS[head].power or own
    low, high = (1e-3 if head in POSITIVE else -100.0), 100.0 if head == "softplus_slow" else 40.0

    def expected(s):
        return float(np.mean(row.value(z, [np.zeros_like(z), np.full_like(z, s)])))

    grid = np.linspace(low, high, 2001)
    at = int(np.nanargmin([expected(s) for s in grid]))
    ends = grid[max(at - 1, 0)], grid[min(at + 1, len(grid) - 1)]
    best = optimize.minimize_scalar(expected, bounds=ends, method="bounded", options={"xatol": 1e-10}).x
    assert HEADS[head].spread(np.array(best)) ** (1 / power) == pytest.approx(right, rel=0.01)
    log_scale = loss_with(loss, {"head": head}).spread_of(np.array([0.0, best]))[1] / own
    assert math.exp(log_scale) == pytest.approx(right, rel=0.01)


@every_head
def test_where_it_stops_working_is_where_torch_does_in_float32(name):
    head, reach = HEADS[name], HEADS[name].reach

    def torch_at(s):
        s = torch.tensor(s, dtype=torch.float32, requires_grad=True)
        value = WRITTEN[name](s)
        (slope,) = torch.autograd.grad(value, s)
        return value.item(), slope.item()

    for below, is_out in ((reach.underflows_below, lambda v: v == 0), (reach.overflows_above, math.isinf)):
        if below is not None:
            outer = math.copysign(0.02, below)  # torch may flush the last, denormal, numbers to 0
            far = 16.0 if is_out(0.0) else 0.02
            assert is_out(torch_at(below + outer)[0])
            assert not is_out(torch_at(below - math.copysign(far, below))[0])
    for edge, side in ((reach.dead_below, -1), (reach.dead_above, 1)):
        if edge is not None:
            assert torch_at(edge + 0.01 * side)[1] == 0
            assert torch_at(edge - 0.01 * side)[1] != 0
    if reach.no_value_below is not None:
        assert torch_at(reach.no_value_below - 0.01)[0] < 0 <= torch_at(reach.no_value_below + 0.01)[0]
    for edge in (reach.fades_below, reach.fades_above):
        if edge is not None and edge not in (reach.dead_below, reach.dead_above):
            share = head.pull(np.array([edge]))[0] / head.pull(np.array([head.start]))[0]
            assert abs(share) == pytest.approx(FADED, rel=1e-3)
    if reach.pole is not None:
        assert torch_at(reach.pole)[0] == 0
    value = torch_at(1.3)[0]
    assert reach.is_even == (torch_at(-1.3)[0] == value)


def test_the_places_that_texts_name():
    assert {name: row.reach.underflows_below for name, row in HEADS.items() if row.reach.underflows_below} == {
        name: pytest.approx({"sigmoid": -88.7, "elu": -17.3}.get(name, -104), abs=0.1)
        for name in ("exp", "exp_scale", "exp_variance", "softplus", "elu", "sigmoid")
    }
    assert HEADS["exp"].reach.overflows_above == pytest.approx(88.7, abs=0.1)
    dead = {name: (row.reach.dead_below, row.reach.dead_above) for name, row in HEADS.items()}
    assert {name: ends for name, ends in dead.items() if ends != (None, None)} == {
        "relu": (0.0, None),
        "clamp": (-7.0, 7.0),
    }
    assert {name for name, row in HEADS.items() if row.reach.is_even} == {"square", "abs"}
    assert {name for name, row in HEADS.items() if row.reach.pole is not None} == {"square", "abs", "linear"}
    assert {name for name, row in HEADS.items() if row.reach.no_value_below is not None} == {"linear"}


def test_which_losses_take_a_head():
    taking = {name for name, row in LOSSES.items() if len(row.heads) > 1}
    assert taking == {
        "gaussian_nll", "beta_nll", "faithful", "gaussian_crps", "laplace_nll", "absolute_log_variance", "student_t",
        "student_t_learned",
    }  # fmt: skip
    assert all(row.heads == (OWN.name,) for name, row in LOSSES.items() if name not in taking)
    for one, other in itertools.combinations((1, 2), 2):  # what a loss has by itself has no second name
        assert set(HEADS) - set(heads_for(one)) == {"exp_scale"}
        assert set(HEADS) - set(heads_for(other)) == {"exp_variance"}


def test_the_own_head_changes_nothing():
    raw = np.random.default_rng(0).normal(size=(7, 2))
    for name, row in LOSSES.items():
        assert loss_with(name, {"head": "exp"}) == loss_with(name, {})
        assert row.in_training_units(0, 1).numbers == row.numbers
        assert row.spread_of(raw) is raw
