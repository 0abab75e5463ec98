"""Bounds: what each does to a spread, in numpy and torch alike, in any unit."""

import numpy as np
import pytest
import torch

from core.model.bounds import BOUNDS, UNBOUNDED, Limits, bounded
from core.model.losses import LOSSES, loss_with

MOVING = [name for name, row in BOUNDS.items() if row.moves_outputs]
Y, MEAN = np.array([1.0, -2.0, 0.5, 3.0]), np.array([1.0, 1.0, 1.0, 1.0])
S = np.array([-30.0, -1.0, 0.5, 30.0])


def limits_of(bound, powers=(0, 2), least=0.1, most=3.0):
    return Limits.of(bound, powers, least, most)


def test_every_row_is_documented_and_has_a_code_of_its_own():
    for name, row in BOUNDS.items():
        assert row.name == name
        assert row.label
        assert row.help.endswith(".")
    assert sorted(row.code for row in BOUNDS.values()) == list(range(len(BOUNDS)))
    assert {bound for loss in LOSSES.values() for bound in loss.bounds} == set(BOUNDS)
    assert MOVING == ["clamp", "soft"]


def test_limits_of_each_kind_of_output():
    limits = Limits.of("clamp", (0, 2, 1, -2), 0.1, 3.0)
    np.testing.assert_allclose(limits.low, [-np.inf, 2 * np.log(0.1), np.log(0.1), -2 * np.log(3.0)])
    np.testing.assert_allclose(limits.high, [np.inf, 2 * np.log(3.0), np.log(3.0), -2 * np.log(0.1)])
    assert limits.epsilon == pytest.approx(0.01)


@pytest.mark.parametrize("factor", [0.01, 1.0, 40.0])
def test_limits_follow_the_unit(factor):
    powers = (0, 2, 1, -2)
    scaled, exact = (
        limits_of("soft", powers).scaled(powers, factor),
        Limits.of("soft", powers, 0.1 * factor, 3 * factor),
    )
    np.testing.assert_allclose(scaled.low, exact.low)
    np.testing.assert_allclose(scaled.high, exact.high)
    assert scaled.epsilon == pytest.approx(exact.epsilon)
    assert UNBOUNDED.scaled(powers, factor) is UNBOUNDED


@pytest.mark.parametrize("name", BOUNDS)
def test_torch_does_as_numpy_does(name):
    limits = limits_of(name)
    y, outputs = BOUNDS[name].apply(np, Y, [MEAN, S], limits)
    y_torch, in_torch = BOUNDS[name].apply(
        torch, torch.from_numpy(Y), [torch.from_numpy(MEAN), torch.from_numpy(S)], limits
    )
    np.testing.assert_allclose(y, y_torch, rtol=1e-14)
    for one, other in zip(outputs, in_torch, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-14)


@pytest.mark.parametrize("name", MOVING)
def test_the_spread_stays_within_and_all_else_as_it_was(name):
    limits = limits_of(name)
    y, (mean, s) = BOUNDS[name].apply(np, Y, [MEAN, S], limits)
    assert y is Y
    assert mean is MEAN
    low, high = 2 * np.log(0.1), 2 * np.log(3.0)
    assert (s >= low - 1e-12).all()
    assert (s <= high + 1e-2).all()  # the lower of two soft bends lifts the upper a little
    assert s[0] == pytest.approx(low, abs=1e-9)
    assert s[3] == pytest.approx(high, abs=2e-3)
    assert (np.diff(s) > 0).all()


def test_a_clamp_is_sharp_and_soft_limits_are_smooth():
    fine = np.linspace(-8, 5, 400)
    outputs = [np.zeros_like(fine), fine]
    sharp = BOUNDS["clamp"].apply(np, outputs[0], outputs, limits_of("clamp"))[1][1]
    soft = BOUNDS["soft"].apply(np, outputs[0], outputs, limits_of("soft"))[1][1]
    np.testing.assert_array_equal(sharp, np.clip(fine, 2 * np.log(0.1), 2 * np.log(3.0)))
    assert (np.diff(soft) > 0).all()  # a slope everywhere
    assert np.abs(soft - sharp).max() < 0.75  # log 2 at a corner


def test_epsilon_makes_the_residual_larger_and_keeps_its_sign():
    y, (mean, s) = BOUNDS["epsilon"].apply(np, Y, [MEAN, S], limits_of("epsilon"))
    np.testing.assert_allclose((y - mean) ** 2, (Y - MEAN) ** 2 + 0.01, rtol=1e-12)
    assert np.sign(y - mean).tolist() == [1, -1, -1, 1]
    assert s is S
    with_epsilon = loss_with("gaussian_nll", {"bound": "epsilon", "least_std": 0.1})
    exact = 0.5 * np.exp(-S) * ((Y - MEAN) ** 2 + 0.01) + 0.5 * S
    np.testing.assert_allclose(with_epsilon.value(Y, [MEAN, S]), exact, rtol=1e-12)


def test_epsilon_gives_the_posted_loss_a_gradient_at_a_zero_residual():
    for bound, finite in (("none", False), ("epsilon", True)):
        loss = loss_with("posted", {"bound": bound, "least_std": 0.1})
        mean, s = (torch.zeros(1, dtype=torch.float64, requires_grad=True) for _ in range(2))
        loss.objective(torch, torch.zeros(1, dtype=torch.float64), [mean, s]).sum().backward()
        assert bool(torch.isfinite(mean.grad)) is finite


@pytest.mark.parametrize("name", BOUNDS)
def test_outputs_of_a_run_are_as_the_bound_leaves_them(name):
    outputs = np.stack([MEAN, S], axis=-1)
    left = bounded(np.stack([outputs, outputs]), limits_of(name))
    assert left.shape == (2, 4, 2)
    _, (mean, s) = BOUNDS[name].apply(np, Y, [MEAN, S], limits_of(name))
    np.testing.assert_array_equal(left[1], np.stack([mean, s if name in MOVING else S], axis=-1))
    np.testing.assert_array_equal(outputs, np.stack([MEAN, S], axis=-1))


def test_a_number_that_is_none_stays_none():
    for name in MOVING:
        left = bounded(np.array([[1.0, np.nan], [np.nan, 0.0], [np.inf, -np.inf]]), limits_of(name))
        assert np.isnan(left).tolist() == [[False, True], [True, False], [False, False]]
