"""Losses against numerical minimisation, hand-worked values and published numbers."""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from scipy import optimize

from core.data.noise import NOISES
from core.model.losses import LOSSES, in_unit_of_y
from core.model.readings import READINGS

RNG = np.random.default_rng(0)
STDS = (0.05, 0.2, 1.0, 5.0)
CUTS = np.array([-4000, -400, -60, -12, -4, -2, -1, 0, 1, 2, 4, 12, 60, 400, 4000.0])  # Student's t has long tails


@dataclass(frozen=True)
class Oracle:
    """What must be true of a row. `by_hand` is (residual, scale) at y = 1, mean = −1, s = log 4, worked on paper."""

    by_hand: tuple[float, float]
    negative_below: float | None  # σ of Gaussian noise
    floor_at_0_2: float  # Gaussian noise, σ = 0.2
    scale_output: float | None = None  # exp(s) at that floor
    gradient_at_zero_residual: bool = True  # finite?


ORACLES = {
    "gaussian_nll": Oracle((0.5 * 4 / 4, 0.5 * np.log(4)), 0.607, -1.109, 0.04),
    "beta_nll": Oracle((0.5 * 4 / 4, 0.5 * np.log(4)), 0.607, -1.109, 0.04),
    "faithful": Oracle((0.5 * 4 / 4, 0.5 * np.log(4)), 0.607, -1.109, 0.04),
    "posted": Oracle((0.5 * 2 / 4, 0.5 * np.log(4)), 0.461, -0.418, 0.1596, gradient_at_zero_residual=False),
    "laplace_nll": Oracle((2 / 4, np.log(4)), 0.461, -0.835, 0.1596),
    "squared_error": Oracle((0.5 * 4, 0.0), None, 0.02),
}
every_loss = pytest.mark.parametrize("name", LOSSES)
every_noise = pytest.mark.parametrize("family", NOISES)


def test_every_loss_has_its_oracle() -> None:
    assert set(ORACLES) == set(LOSSES)


def total(name: str, y, mean, s):
    residual, scale = LOSSES[name].terms(np, y, mean, s)
    return residual + scale


def points(n: int = 50) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return RNG.normal(0, 3, n), RNG.normal(0, 3, n), RNG.normal(0, 1, n)


@every_loss
def test_the_row_is_documented(name: str) -> None:
    row = LOSSES[name]
    assert row.name == name
    assert all((row.label, row.help, row.latex, row.reference))
    assert r"\mu" in row.latex
    assert row.latex.count("{") == row.latex.count("}")
    assert ("s" in row.latex.replace(r"\tfrac", "").replace(r"\sqrt", "")) == row.has_scale
    assert row.readings
    assert set(row.readings) <= set(READINGS)
    assert row.outputs[0].is_location
    # Where outputs may be taken for something else, a finding needs words for what they are.
    assert bool(row.learns) == (len(row.readings) > 1)


@every_loss
def test_terms_are_per_point_and_the_same_in_torch(name: str) -> None:
    arrays = points()
    in_numpy = LOSSES[name].terms(np, *arrays)
    in_torch = LOSSES[name].terms(torch, *map(torch.from_numpy, arrays))
    for one, other in zip(in_numpy, in_torch, strict=True):
        assert one.shape == other.shape == (50,)
        np.testing.assert_allclose(one, other.numpy(), rtol=1e-12)


@every_loss
def test_value_by_hand(name: str) -> None:
    found = LOSSES[name].terms(np, np.array([1.0]), np.array([-1.0]), np.array([np.log(4)]))
    np.testing.assert_allclose(np.ravel(found), ORACLES[name].by_hand, rtol=1e-12)


@every_loss
def test_gradient_at_a_zero_residual(name: str) -> None:
    y = torch.tensor([1.0, 2.0], dtype=torch.float64)
    mean = torch.tensor([1.0, 1.0], dtype=torch.float64, requires_grad=True)
    s = torch.tensor([0.3, 0.3], dtype=torch.float64, requires_grad=True)
    residual, scale = LOSSES[name].terms(torch, y, mean, s)
    assert torch.isfinite(residual + scale).all()
    (residual + scale).sum().backward()
    assert bool(torch.isfinite(mean.grad[0])) == ORACLES[name].gradient_at_zero_residual
    assert torch.isfinite(mean.grad[1])
    assert bool(LOSSES[name].at_zero_residual) != ORACLES[name].gradient_at_zero_residual
    if LOSSES[name].has_scale:
        assert torch.isfinite(s.grad).all()


@every_loss
def test_gradient_agrees_with_differences(name: str) -> None:
    arrays = points(8)
    tensors = [torch.from_numpy(a).requires_grad_() for a in arrays]
    sum(term.sum() for term in LOSSES[name].terms(torch, *tensors)).backward()
    step = 1e-6
    for i in (1, 2):  # mean, s
        up, down = list(arrays), list(arrays)
        up[i], down[i] = arrays[i] + step, arrays[i] - step
        slope = (total(name, *up) - total(name, *down)) / (2 * step)
        found = np.zeros(8) if tensors[i].grad is None else tensors[i].grad.numpy()
        np.testing.assert_allclose(found, slope, rtol=1e-5, atol=1e-6)


# Several that a loss of this kind takes: 0 and 1 are ends of their range.
PARAMETERS = {"beta": (0.0, 0.3, 0.5, 1.0)}
# r = 0 at s of every size, and both ends of what float32's exp takes; y, mean, s.
EDGES = np.array([(1.0, 1.0, s) for s in (-80, -5, 0, 5, 80)] + [(1e6, -1e6, 10), (-3.0, 3.0, -60), (1e-20, 0.0, 70)])


def objective(name: str, y, mean, s, parameters):
    """What training makes small, per point, in torch."""
    row = LOSSES[name]
    if row.objective is None:
        return sum(row.terms(torch, y, mean, s))
    return row.objective(torch, torch.Tensor.detach, y, mean, s, parameters)


@every_loss
@pytest.mark.parametrize("at", ["anywhere", "at the edges"])
def test_the_gradient_by_hand_is_autograds(name: str, at: str) -> None:
    row = LOSSES[name]
    arrays = points(200) if at == "anywhere" else tuple(EDGES.T.copy())
    for values in itertools.product(*(PARAMETERS[parameter] for parameter in row.parameters)):
        parameters = np.array(values, dtype=float)
        y, mean, s = (torch.from_numpy(a).requires_grad_() for a in arrays)
        objective(name, y, mean, s, parameters).sum().backward()
        with np.errstate(invalid="ignore"):  # 0/0 is what the posted loss gives at r = 0
            residual, scale, d_mean, d_s = row.gradient(*arrays, parameters)
        for found, exact in zip((residual, scale), row.terms(np, *arrays), strict=True):
            np.testing.assert_allclose(found, exact, rtol=1e-12)
        np.testing.assert_allclose(d_mean, mean.grad, rtol=1e-9, atol=1e-300)
        np.testing.assert_allclose(d_s, np.zeros_like(d_s) if s.grad is None else s.grad, rtol=1e-9, atol=1e-12)


def test_beta_nll_is_plain_nll_at_zero_and_pulls_like_a_squared_error_at_one() -> None:
    y, mean, s = points()
    plain, half = LOSSES["gaussian_nll"].gradient, LOSSES["beta_nll"].gradient
    for one, other in zip(plain(y, mean, s, np.array([])), half(y, mean, s, np.zeros(1)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    np.testing.assert_allclose(half(y, mean, s, np.ones(1))[2], mean - y, rtol=1e-12)


def test_faithful_pulls_at_the_mean_as_a_squared_error_does_and_at_s_as_the_nll() -> None:
    arrays = (*points(), np.array([]))
    _, _, d_mean, d_s = LOSSES["faithful"].gradient(*arrays)
    np.testing.assert_array_equal(d_mean, LOSSES["squared_error"].gradient(*arrays)[2])
    np.testing.assert_allclose(d_s, LOSSES["gaussian_nll"].gradient(*arrays)[3], rtol=1e-12)


def expected(name: str, family: str, std: float, mean: float, s: float) -> tuple[float, float]:
    """E of the two terms for y = std·Z: Gauss–Legendre pieces, cut at the kink and where the density bends."""
    noise = NOISES[family]
    cuts = np.unique(np.append(CUTS, np.clip(mean / std, CUTS[0], CUTS[-1])))
    nodes, weights = np.polynomial.legendre.leggauss(40)
    half, middle = np.diff(cuts)[:, None] / 2, (cuts[:-1] + cuts[1:])[:, None] / 2
    z, w = (middle + half * nodes).ravel(), (half * weights).ravel()
    density = np.exp(noise.log_density(z))
    terms = LOSSES[name].terms(np, std * z, np.full_like(z, mean), np.full_like(z, s))
    return tuple(float(np.sum(w * density * term)) for term in terms)


@every_loss
@every_noise
def test_floor_is_the_minimum(name: str, family: str) -> None:
    row, noise = LOSSES[name], NOISES[family]
    floors = row.floor(noise, np.array(STDS))
    assert floors.shape == (len(STDS),)
    for std, floor in zip(STDS, floors, strict=True):
        best = optimize.minimize(
            lambda p, std=std: sum(expected(name, family, std, std * p[0], p[1])),
            np.array([0.5, 2 * np.log(std) + 1.0]),  # away from the optimum: it has to be found, not met
            method="Nelder-Mead",
            options={"xatol": 1e-6, "fatol": 1e-10, "maxiter": 400},
        )
        assert best.fun == pytest.approx(floor, abs=1e-7)
        if row.has_scale:
            residual, scale = expected(name, family, std, std * best.x[0], best.x[1])
            assert residual == pytest.approx(row.residual_at_floor, abs=1e-4)
            assert scale == pytest.approx(floor - row.residual_at_floor, abs=1e-4)


@every_noise
def test_the_quadrature_is_right(family: str) -> None:
    # ½·E[(Z − 1)²] = 1, on the nodes and weights that the floors are judged by.
    assert sum(expected("squared_error", family, 1.0, 1.0, 0.0)) == pytest.approx(1, abs=1e-8)


@every_loss
@pytest.mark.parametrize("k", [0.01, 3.7])
def test_unit_law(name: str, k: float) -> None:
    """y → k·y + shift, with the outputs following: as in_unit_of_y says, the terms move as unit_power, unit_shift."""
    row, shift = LOSSES[name], -4.0
    y, mean, s = points()
    raw = np.column_stack([mean, s])[:, : len(row.outputs)]
    moved = in_unit_of_y(row, raw, shift, k)
    assert moved.shape == raw.shape
    before = row.terms(np, y, mean, s)
    after = row.terms(np, shift + k * y, moved[:, 0], moved[:, -1])
    np.testing.assert_allclose(after[0], before[0] * k**row.unit_power, rtol=1e-9)
    np.testing.assert_allclose(after[1], before[1] + row.unit_shift * np.log(k), atol=1e-9)


@every_loss
@every_noise
def test_floor_follows_the_unit_law(name: str, family: str) -> None:
    row, noise = LOSSES[name], NOISES[family]
    expected_floor = row.floor(noise, 0.3) * 7**row.unit_power + row.unit_shift * np.log(7)
    assert row.floor(noise, 2.1) == pytest.approx(expected_floor, abs=1e-12)


def test_in_unit_of_y_leaves_its_argument_alone() -> None:
    raw = np.zeros((2, 3, 2), dtype=np.float32)
    moved = in_unit_of_y(LOSSES["gaussian_nll"], raw, 5.0, 10.0)
    assert not raw.any()
    assert moved.dtype == np.float64
    np.testing.assert_allclose(moved[1, 2], [5.0, 2 * np.log(10)])


@every_loss
def test_negative_below(name: str) -> None:
    row, oracle = LOSSES[name], ORACLES[name]
    limit = row.negative_below(NOISES["gaussian"])
    if oracle.negative_below is None:
        assert limit is None
        assert row.floor(NOISES["gaussian"], 1e-3) > 0
        return
    assert limit == pytest.approx(oracle.negative_below, abs=5e-4)
    for noise in NOISES.values():
        assert row.floor(noise, row.negative_below(noise)) == pytest.approx(0, abs=1e-12)


@every_loss
def test_published_numbers_at_std_0_2(name: str) -> None:
    row, oracle = LOSSES[name], ORACLES[name]
    floor = float(row.floor(NOISES["gaussian"], 0.2))
    assert floor == pytest.approx(oracle.floor_at_0_2, abs=5e-4)
    if oracle.scale_output is not None:
        _, scale = row.terms(np, np.zeros(1), np.zeros(1), np.log([oracle.scale_output]))
        assert scale[0] == pytest.approx(floor - row.residual_at_floor, abs=5e-4)


def test_half_a_laplace_nll() -> None:
    y, mean, s = points()
    np.testing.assert_allclose(total("posted", y, mean, s), total("laplace_nll", y, mean, s) / 2, rtol=1e-12)


def test_a_constant_changes_no_gradient() -> None:
    """Subtracting a constant (the answer's 17.2) changes no gradient."""
    y, mean, s = (torch.from_numpy(a).requires_grad_() for a in points())
    gradients = []
    for constant in (0.0, 17.2):
        mean.grad = s.grad = None
        residual, scale = LOSSES["gaussian_nll"].terms(torch, y, mean, s)
        (residual + scale - constant).sum().backward()
        gradients.append((mean.grad.clone(), s.grad.clone()))
    assert all(torch.equal(one, other) for one, other in zip(*gradients, strict=True))
