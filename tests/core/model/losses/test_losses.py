"""Every row of LOSSES: documented, as worked by hand, the same in torch, and following the unit of y."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import special

from core.data.noise import NOISES
from core.model.bounds import BOUNDS, bounded
from core.model.formulas.operations import half_step
from core.model.losses import LOSSES, loss_with
from core.model.readings import READINGS

from .oracles import ORACLES
from .rows import BOUNDED, CASES, VALUES, Case, every_case, every_loss, points

# σ of Gaussian noise at which the floor is 0 (and with `constant` added), worked out by hand.
NEGATIVE_BELOW = {"gaussian_nll": 0.607, "beta_nll": 0.607, "faithful": 0.607, "natural": 0.607, "posted": 0.461}
NEGATIVE_BELOW |= {"laplace_nll": 0.461, "std_as_variance": 0.607, "posted_abs": 0.461}


def test_no_row_and_no_parameter_is_forgotten_here() -> None:
    assert set(ORACLES) == set(LOSSES)
    assert {parameter for row in LOSSES.values() for parameter in row.settings} == set(VALUES)
    assert {bound for _, bound in BOUNDED} == set(BOUNDS) - {"none"}


@every_loss
def test_the_row_is_documented(name: str) -> None:
    row = LOSSES[name]
    assert row.name == name
    assert all((row.label, row.help, row.latex, row.reference))
    assert row.latex.count("{") == row.latex.count("}")
    assert row.latex.count(r"\left(") == row.latex.count(r"\right)")
    assert row.bounds[0] == "none"
    assert len({output.name for output in row.outputs}) == len(row.outputs)
    assert not row.mistake or row.constant is None or row.weighted_power == 1  # a mistake is no NLL, or half of one


def test_the_bug_zoo_is_all_there() -> None:
    zoo = {name for name, row in LOSSES.items() if row.mistake}
    assert zoo == {
        "posted", "posted_abs", "no_half_residual", "no_half_log", "no_log_term", "wrong_sign", "std_as_variance",
        "broadcast", "relu_variance", "clamped",
    }  # fmt: skip
    # Where outputs may be taken for something else, a finding has words for what they are; a formula's nobody knows.
    taken = {name for name, row in LOSSES.items() if len(row.readings) > 1} - {"typed"}
    assert taken == {name for name, row in LOSSES.items() if row.learns}


@every_loss
def test_value_by_hand(name: str) -> None:
    outputs, expected = ORACLES[name].outputs, ORACLES[name].terms
    assert len(outputs) == len(LOSSES[name].outputs)
    found = LOSSES[name].evaluate(np, np.ones(1), [np.full(1, float(output)) for output in outputs])
    np.testing.assert_allclose(np.ravel(found), expected, rtol=1e-10, atol=1e-12)
    value = LOSSES[name].value(np.ones(1), np.array(outputs, dtype=float)[:, None])
    assert value == pytest.approx(sum(expected), rel=1e-10)


@every_loss
def test_what_training_makes_small_is_as_written_with_torch(name: str) -> None:
    y, outputs = points(LOSSES[name])
    written = ORACLES[name].trained(torch.from_numpy(y), [torch.from_numpy(row) for row in outputs], 1.0)
    np.testing.assert_allclose(LOSSES[name].objective(np, y, list(outputs)), written.numpy(), rtol=1e-9, atol=1e-9)


def test_broadcasting_compares_every_target_with_every_prediction() -> None:
    y, (mean, s) = points(LOSSES["broadcast"])
    # What PyTorch makes of (N,) and (N, 1).
    table = 0.5 * np.exp(-s[:, None]) * (y - mean[:, None]) ** 2 + 0.5 * s[:, None]
    np.testing.assert_allclose(LOSSES["broadcast"].value(y, [mean, s]), table.mean(axis=1), rtol=1e-12)


@every_case
def test_terms_are_per_point_and_the_same_in_torch(case: Case) -> None:
    y, outputs = points(case.loss)
    in_numpy = case.loss.evaluate(np, y, list(outputs))
    in_torch = case.loss.evaluate(torch, torch.from_numpy(y), [torch.from_numpy(row) for row in outputs])
    for one, other in zip(in_numpy, in_torch, strict=True):
        assert one.shape == other.shape == (50,)
        np.testing.assert_allclose(one, other.numpy(), rtol=1e-12, atol=1e-12)


@every_case
@pytest.mark.parametrize("k", [0.01, 3.7])
def test_unit_law(case: Case, k: float) -> None:
    """Trained on standardised values, each term is that of the loss in the unit of y, moved as the unit law says."""
    shift = -4.0
    for loss in [case.loss, *(case.bounded(bound, offset=17.2) for bound in LOSSES[case.name].bounds)]:
        y, outputs = points(loss)
        within = loss.in_training_units(shift, k)
        assert within.numbers == loss.numbers or not loss.has_unit_law
        told = [term * k**loss.unit_power for term in within.evaluate(np, y, list(outputs))]
        told[1] = told[1] + loss.unit_shift * np.log(k)
        moved = loss.in_unit_of_y(bounded(outputs.T, within.limits), shift, k)
        assert moved.shape == outputs.T.shape
        exact = loss.value(shift + k * y, moved.T, bounded=True)
        np.testing.assert_allclose(sum(told), exact, rtol=1e-9, atol=1e-9)
        if loss.limits.bound in ("none", "epsilon"):
            every = loss.evaluate(np, shift + k * y, list(moved.T))
            np.testing.assert_allclose(told, every, rtol=1e-9, atol=1e-9)


@every_loss
def test_what_has_no_unit_law_is_marked(name: str) -> None:
    """y → k·y with the outputs following, and nothing else."""
    row, k = LOSSES[name], 3.7
    y, outputs = points(row)
    moved = row.in_unit_of_y(outputs.T, 1.0, k).T
    told = sum(row.evaluate(np, y, list(outputs))) * k**row.unit_power + row.unit_shift * np.log(k)
    follows = np.allclose(told, row.value(1.0 + k * y, moved), rtol=1e-9)
    assert follows == row.has_unit_law


@every_case
def test_the_mean_pulls_in_training_units_as_in_the_unit_of_y(case: Case) -> None:
    """By the chain rule: a location k times over, a log scale as it is."""
    loss, shift, k = case.loss, 2.0, 5.0
    if any(output.in_unit or output.power for output in loss.outputs):
        return  # its outputs follow the unit together: the values above say it
    y, outputs = points(loss)
    within = loss.in_training_units(shift, k).gradient(y, outputs)
    exact = loss.gradient(shift + k * y, loss.in_unit_of_y(outputs.T, shift, k).T)
    for output, one, other in zip(loss.outputs, within, exact, strict=True):
        power = 2 * loss.values[0] if case.name == "beta_nll" else 2 if case.name == "faithful" else loss.unit_power
        if case.name == "faithful" and not output.is_location:
            power = 0  # squared error for the mean, an NLL for the spread
        np.testing.assert_allclose(one * k**power, other * (k if output.is_location else 1), rtol=1e-9, atol=1e-12)


def test_in_unit_of_y_leaves_its_argument_alone() -> None:
    raw = np.zeros((2, 3, 2), dtype=np.float32)
    moved = LOSSES["gaussian_nll"].in_unit_of_y(raw, 5.0, 10.0)
    assert not raw.any()
    assert moved.dtype == np.float64
    np.testing.assert_allclose(moved[1, 2], [5.0, 2 * np.log(10)])


@every_loss
def test_negative_below(name: str) -> None:
    row = LOSSES[name]
    limit = row.negative_below(NOISES["gaussian"])
    if name in NEGATIVE_BELOW:
        assert limit == pytest.approx(NEGATIVE_BELOW[name], abs=5e-4)
    if row.unit_power or not row.unit_shift or not row.has_unit_law or name == "wrong_sign":
        assert limit is None
        return
    for constant in (0.0, 0.3):
        limit = row.negative_below(NOISES["gaussian"], constant)
        assert float(row.floor(NOISES["gaussian"], limit)) + constant == pytest.approx(0, abs=1e-9)
        # Below it negative where the loss falls with σ, as all but half a log precision do.
        assert np.sign(row.floor(NOISES["gaussian"], limit / 2) + constant) == -np.sign(row.unit_shift)


def test_with_its_constant_the_gaussian_nll_is_negative_below_0_242() -> None:
    row = LOSSES["gaussian_nll"]
    assert row.negative_below(NOISES["gaussian"], row.constant) == pytest.approx(0.242, abs=5e-4)
    assert row.constant == pytest.approx(0.9189, abs=5e-5)


@every_loss
def test_with_its_constant_an_nll_is_that_of_its_predictive(name: str) -> None:
    """What a full NLL has more: then the loss is −log density of what its first reading says."""
    row = LOSSES[name]
    if row.constant is None:
        return
    y, outputs = points(row)
    predictive = READINGS[row.readings[0]].predictive(outputs.T, row.values)
    terms = row.evaluate(np, y, list(outputs))
    penalty = terms[2]  # evidential: no part of the density
    np.testing.assert_allclose(sum(terms) - penalty + row.constant, predictive.nll(y), rtol=1e-9, atol=1e-9)


def test_the_crps_is_that_of_its_predictive() -> None:
    y, outputs = points(LOSSES["gaussian_crps"])
    predictive = READINGS["log_variance"].predictive(outputs.T, ())
    np.testing.assert_allclose(LOSSES["gaussian_crps"].value(y, outputs), predictive.crps(y), rtol=1e-9)
    assert (LOSSES["gaussian_crps"].value(y, outputs) > 0).all()


def test_half_a_laplace_nll() -> None:
    y, outputs = points(LOSSES["posted"])
    for name in ("posted", "posted_abs"):
        np.testing.assert_allclose(
            LOSSES[name].value(y, outputs), LOSSES["laplace_nll"].value(y, outputs) / 2, rtol=1e-12
        )


def test_an_absolute_loss_of_a_log_variance_is_the_laplace_nll_of_its_scale() -> None:
    y, (mean, s) = points(LOSSES["posted"])
    of_scale = LOSSES["laplace_nll"].value(y, [mean, 0.5 * s - 0.5 * np.log(2)])
    found = LOSSES["absolute_log_variance"].value(y, [mean, s])
    np.testing.assert_allclose(found, of_scale + 0.5 * np.log(2), rtol=1e-12, atol=1e-12)


def test_natural_parameters_as_the_paper_writes_them() -> None:
    y, (scaled, t) = points(LOSSES["natural"])  # the output is η₁/√precision
    eta, second = scaled * np.exp(0.5 * t), -0.5 * np.exp(t)
    paper = -eta * y - second * y**2 - eta**2 / (4 * second) - 0.5 * np.log(-2 * second)
    np.testing.assert_allclose(LOSSES["natural"].value(y, [scaled, t]), paper, rtol=1e-9, atol=1e-9)


def test_the_evidential_loss_as_the_paper_writes_it() -> None:
    loss = loss_with("evidential", {"evidence_weight": 0.3})
    y, outputs = points(loss)
    mean, nu, alpha, beta = outputs[0], np.exp(outputs[1]), 1 + np.exp(outputs[2]), np.exp(outputs[3])
    omega = 2 * beta * (1 + nu)
    paper = (
        0.5 * np.log(np.pi / nu)
        - alpha * np.log(omega)
        + (alpha + 0.5) * np.log(nu * (y - mean) ** 2 + omega)
        + special.gammaln(alpha)
        - special.gammaln(alpha + 0.5)
        + 0.3 * np.abs(y - mean) * (2 * nu + alpha)
    )
    np.testing.assert_allclose(loss.value(y, outputs), paper, rtol=1e-9)


def test_one_component_is_the_gaussian_nll() -> None:
    loss = loss_with("mixture", {"components": 1})
    y, (logit, mean, log_std) = points(loss)
    exact = LOSSES["gaussian_nll"].value(y, [mean, 2 * log_std]) + LOSSES["gaussian_nll"].constant
    np.testing.assert_allclose(loss.value(y, [logit, mean, log_std]), exact, rtol=1e-12, atol=1e-12)


def test_the_step_of_log_gamma() -> None:
    a = np.geomspace(1e-3, 1e6, 400)
    exact = np.where(a < 1e3, special.gammaln(a + 0.5) - special.gammaln(a), 0.5 * np.log(a) - 1 / (8 * a))
    np.testing.assert_allclose(half_step(np, a), exact, rtol=1e-11, atol=1e-10)
    np.testing.assert_allclose(half_step(torch, torch.from_numpy(a)), half_step(np, a), rtol=1e-12)
    # In float32 too, where the difference of two log Γ has lost every digit.
    single = half_step(torch, torch.from_numpy(a.astype(np.float32))).numpy()
    np.testing.assert_allclose(single, exact, rtol=1e-5, atol=3e-6)


@every_case
def test_an_offset_moves_the_value_and_no_gradient(case: Case) -> None:
    """Subtracting a constant (the answer's 17.2)."""
    moved = loss_with(case.name, {**case.values, "offset": 17.2})
    y, outputs = points(case.loss)
    np.testing.assert_allclose(moved.value(y, outputs), case.loss.value(y, outputs) - 17.2, rtol=1e-12)
    gradients = []
    for loss in (case.loss, moved):
        tensors = [torch.from_numpy(row).requires_grad_() for row in outputs.copy()]
        loss.objective(torch, torch.from_numpy(y), tensors).sum().backward()
        gradients.append([tensor.grad for tensor in tensors])
    assert all(torch.equal(one, other) for one, other in zip(*gradients, strict=True) if one is not None)
    np.testing.assert_array_equal(moved.gradient(y, outputs), case.loss.gradient(y, outputs))


@every_case
def test_equal_values_make_the_very_same_loss(case: Case) -> None:
    assert loss_with(case.name, dict(case.values)) is case.loss
    assert hash(case.loss) == hash(LOSSES[case.name].with_parameters(case.values))
    assert LOSSES[case.name].with_parameters(case.values) == case.loss
    assert loss_with(case.name, {}) == LOSSES[case.name]


def test_parameters_reach_the_outputs() -> None:
    assert [output.start for output in loss_with("pinball", {"levels": (0.1, 0.5)}).outputs] == pytest.approx(
        [special.ndtri(0.1), 0]
    )
    assert len(loss_with("mixture", {"components": 5}).outputs) == 15
    assert len({output.start for output in loss_with("mixture", {"components": 5}).outputs[5:10]}) == 5
    assert len(loss_with("typed", {"formula": "r**2"}).outputs) == 1
    assert len(loss_with("typed", {"formula": "r**2 + s"}).outputs) == 2
    assert loss_with("beta_nll", {"beta": 0.25, "nu": 3.0}).values == (0.25,)


def test_what_a_bound_left_is_not_bent_again() -> None:
    """A run's outputs lie within its bound: their value there is that of what the network gave."""
    for case in (case for case in CASES if not case.values):
        for bound in LOSSES[case.name].bounds:
            loss = case.bounded(bound)
            y, outputs = points(loss)
            left = bounded(outputs.T, loss.limits).T
            np.testing.assert_allclose(loss.value(y, left, bounded=True), loss.value(y, outputs), rtol=1e-12)
            if bound == "soft":
                assert not np.allclose(loss.value(y, left), loss.value(y, outputs), rtol=1e-6)
    assert replace(loss, offset=3.0).value(y, left, bounded=True) == pytest.approx(loss.value(y, outputs) - 3)
