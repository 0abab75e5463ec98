"""Gradients by hand against torch's autograd and against differences, also where a loss has an edge."""

import numpy as np
import pytest
import torch

from core.model.bounds import BOUNDS
from core.model.losses import LOSSES, Loss

from .rows import Case, every_bound, every_case, every_loss, points

# Per kind of output: where exp of it is tiny or huge, but not beyond float64.
LOGS = (-80.0, -20.0, -5.0, 0.0, 5.0, 20.0, 80.0)


def autograd(loss: Loss, y: np.ndarray, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What training makes small, and its slopes, by torch."""
    tensors = [torch.from_numpy(row).requires_grad_() for row in outputs.copy()]
    value = loss.objective(torch, torch.from_numpy(y), tensors)
    value.sum().backward()
    slopes = [np.zeros(len(y)) if tensor.grad is None else tensor.grad.numpy() for tensor in tensors]
    return value.detach().numpy(), np.stack(slopes)


def by_hand(loss: Loss, y: np.ndarray, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Terms and slopes as the kernel gets them: terms come as zeros, slopes as anything."""
    terms, slopes = np.zeros((3, len(y))), np.full_like(outputs, 1e9)
    with np.errstate(all="ignore"):
        loss.derivative(y, outputs, np.array(loss.numbers, dtype=float), terms, slopes)
    return terms, slopes


def edges(loss: Loss) -> tuple[np.ndarray, np.ndarray]:
    """Residuals 0, tiny and huge, at logs of every size."""
    y, columns = [], []
    for residual in (0.0, 1e-20, -1e-8, 1.0, -1e6):
        for size in LOGS:
            column = [1.0 if output.is_location else 0.3 * size for output in loss.outputs]
            for i, output in enumerate(loss.outputs):
                if output.log_power:
                    column[i] = size / 2 * abs(output.log_power)
                if output.name == "variance":
                    column[i] = np.exp(size / 2)
            y.append((1.0 if loss.outputs[0].is_location else 0.0) + residual)
            columns.append(column)
    return np.array(y), np.array(columns).T.copy()


def assert_equal(found: np.ndarray, exact: np.ndarray, size: np.ndarray, relative: np.ndarray | float = 1e-9) -> None:
    """Equal but for what rounding does to a difference of terms of this size; what is not finite is the same."""
    sound = np.isfinite(exact)
    np.testing.assert_array_equal(found[~sound], exact[~sound])
    limit = relative * np.abs(exact) + 1e-11 * (1 + size)
    assert (np.abs(found[sound] - exact[sound]) <= limit[sound]).all()


@every_case
@pytest.mark.parametrize("at", [points, edges], ids=["anywhere", "at the edges"])
def test_the_gradient_by_hand_is_autograds(case: Case, at) -> None:
    loss = case.loss
    y, outputs = at(loss)
    terms, slopes = by_hand(loss, y, outputs)
    with np.errstate(all="ignore"):
        exact = loss.evaluate(np, y, list(outputs))
    size = np.abs(terms).sum(axis=0)
    for found, term in zip(terms, exact, strict=True):
        assert_equal(found, term, size)
    _, by_torch = autograd(loss, y, outputs)
    # Between huge log densities torch's logaddexp loses the shares, which the gradient by hand keeps.
    relative = 1e-9 + 1e-15 * size if case.name == "mixture" else np.full_like(size, 1e-9)
    for found, slope in zip(slopes, by_torch, strict=True):
        assert_equal(found, slope, size, relative)
    np.testing.assert_array_equal(loss.gradient(y, outputs), slopes)


@every_case
def test_the_gradient_agrees_with_differences(case: Case) -> None:
    loss, step = case.loss, 1e-6
    if loss.trained:
        return  # a part of it is held still, which differences do not see
    y, outputs = points(loss, 12)
    slopes = loss.gradient(y, outputs)
    for i in range(len(outputs)):
        up, down = outputs.copy(), outputs.copy()
        up[i] += step
        down[i] -= step
        difference = (loss.value(y, up) - loss.value(y, down)) / (2 * step)
        np.testing.assert_allclose(slopes[i], difference, rtol=1e-5, atol=1e-5)


@every_bound
def test_a_bounds_gradient_agrees_with_differences(case: Case, bound: str) -> None:
    loss, step = case.bounded(bound, 0.3, 2.0), 1e-6
    y, outputs = points(loss, 40)
    bent = BOUNDS[bound].apply(np, y, list(outputs), loss.limits)
    for i in range(len(outputs)):
        up, down = outputs.copy(), outputs.copy()
        up[i] += step
        down[i] -= step

        def through(at: np.ndarray) -> np.ndarray:
            """A sum in which each seen output counts: its slope is the bound's own."""
            seen_y, seen = BOUNDS[bound].apply(np, y, list(at), loss.limits)
            return (seen_y - seen[0]) ** 2 + sum(np.sin(k + row) for k, row in enumerate(seen))

        tensors = [torch.from_numpy(row).requires_grad_() for row in outputs.copy()]
        seen_y, seen = BOUNDS[bound].apply(torch, torch.from_numpy(y), tensors, loss.limits)
        ((seen_y - seen[0]) ** 2 + sum(torch.sin(k + row) for k, row in enumerate(seen))).sum().backward()
        difference = (through(up) - through(down)) / (2 * step)
        np.testing.assert_allclose(tensors[i].grad, difference, rtol=1e-5, atol=1e-5)
    if not loss.trained:
        _, slopes = autograd(loss, y, outputs)
        for i in range(len(outputs)):
            up, down = outputs.copy(), outputs.copy()
            up[i] += step
            down[i] -= step
            difference = (loss.value(y, up) - loss.value(y, down)) / (2 * step)
            np.testing.assert_allclose(slopes[i], difference, rtol=1e-4, atol=1e-4)
    assert all(one.shape == other.shape for one, other in zip(bent[1], outputs, strict=True))


@every_loss
def test_only_the_deaths_have_no_gradient_at_a_zero_residual(name: str) -> None:
    loss = LOSSES[name]
    y, outputs = points(loss)
    y = outputs[0] if loss.outputs[0].is_location else outputs[0] * np.exp(-outputs[1])  # r = 0
    value, slopes = autograd(loss, y, outputs)
    assert np.isfinite(value).all()
    assert bool(np.isfinite(slopes).all()) == (name != "posted")
    _, found = by_hand(loss, y, outputs)
    assert bool(np.isfinite(found).all()) == (name != "posted")
    assert (loss.failure is not None and loss.failure.happens(y, outputs)) == (name == "posted")


def test_where_the_posted_loss_has_nan_its_abs_has_0() -> None:
    y, outputs = np.array([1.0, 1.0, 2.0]), np.array([[1.0, 1.0, 1.0], [-3.0, 0.3, 0.3]])
    _, with_sqrt = autograd(LOSSES["posted"], y, outputs)
    _, with_abs = autograd(LOSSES["posted_abs"], y, outputs)
    assert np.isnan(with_sqrt[0]).tolist() == [True, True, False]
    assert with_abs[0].tolist() == [0, 0, pytest.approx(-0.5 * np.exp(-0.3))]
    np.testing.assert_array_equal(with_sqrt[1], with_abs[1])
    np.testing.assert_array_equal(LOSSES["posted"].value(y, outputs), LOSSES["posted_abs"].value(y, outputs))


def test_a_variance_of_zero_has_no_value_and_no_gradient() -> None:
    loss = LOSSES["relu_variance"]
    y, outputs = np.array([1.0, 1.0, 1.0, 3.0]), np.array([[1.0, 0.0, 2.0, 3.0], [0.0, -1.0, -1.0, 1.0]])
    with np.errstate(all="ignore"):
        value = loss.value(y, outputs)
    assert np.isfinite(value).tolist() == [False, False, False, True]
    by_torch, hand = autograd(loss, y, outputs)[1], loss.gradient(y, outputs)
    np.testing.assert_array_equal(hand, by_torch)
    assert np.isnan(hand[0, 0])
    assert hand[0, 1:3].tolist() == [-np.inf, np.inf]
    assert loss.failure.happens(y, outputs)
    assert not loss.failure.happens(y[3:], outputs[:, 3:])


def test_outside_its_clamp_s_has_no_gradient() -> None:
    y, outputs = np.array([1.0, 1.0, 1.0, 1.0]), np.array([[0.0] * 4, [-3.0, -2.0, 2.0, 3.0]])
    slopes = LOSSES["clamped"].gradient(y, outputs)
    assert slopes[1, [0, 3]].tolist() == [0, 0]
    assert (slopes[1, 1:3] != 0).all()
    assert (slopes[0] != 0).all()


def test_beta_nll_is_plain_nll_at_zero_and_pulls_like_a_squared_error_at_one() -> None:
    row = LOSSES["beta_nll"]
    y, outputs = points(row)
    none, one = row.with_parameters({"beta": 0.0}), row.with_parameters({"beta": 1.0})
    np.testing.assert_allclose(none.gradient(y, outputs), LOSSES["gaussian_nll"].gradient(y, outputs), rtol=1e-12)
    np.testing.assert_allclose(one.gradient(y, outputs)[0], outputs[0] - y, rtol=1e-12)


def test_faithful_pulls_at_the_mean_as_a_squared_error_does_and_at_s_as_the_nll() -> None:
    y, outputs = points(LOSSES["faithful"])
    slopes = LOSSES["faithful"].gradient(y, outputs)
    np.testing.assert_array_equal(slopes[0], LOSSES["squared_error"].gradient(y, outputs[:1])[0])
    np.testing.assert_allclose(slopes[1], LOSSES["gaussian_nll"].gradient(y, outputs)[1], rtol=1e-12)
