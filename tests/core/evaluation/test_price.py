"""The price of a wrong family: closed forms, the table of a Student-t on Gaussian noise, and losses without a price."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize

from core.data.noise import NOISES
from core.evaluation.price import price
from core.model.losses import LOSSES, loss_with

every_noise = pytest.mark.parametrize("noise", NOISES.values(), ids=NOISES)


@every_noise
@pytest.mark.parametrize("name", ["gaussian_nll", "beta_nll", "faithful", "natural", "squared_error"])
def test_a_gaussian_costs_its_own_entropy_minus_that_of_the_noise(name, noise):
    expected = 0.5 * np.log(2 * np.pi * np.e) - noise.entropy
    assert price(LOSSES[name], noise) == pytest.approx(expected, abs=1e-9)


@every_noise
def test_a_laplace_distribution_costs_its_entropy_at_the_mean_absolute_deviation(noise):
    """KL(noise ‖ Laplace(median, b = E|Z − median|)) = 1 + log 2b − h."""
    expected = 1 + np.log(2 * noise.mad) - noise.entropy
    assert price(LOSSES["laplace_nll"], noise) == pytest.approx(expected, abs=1e-9)


def test_gaussian_noise_under_a_laplace_loss_costs_half_the_log_of_four_over_pi_more():
    expected = 0.5 + 0.5 * np.log(4 / np.pi**2)  # 1 + log(2·√(2/π)) − ½·log 2πe
    assert price(LOSSES["laplace_nll"], NOISES["gaussian"]) == pytest.approx(expected, abs=1e-6)
    assert expected == pytest.approx(0.0484, abs=5e-5)


@pytest.mark.parametrize(("nu", "expected"), [(3.0, 0.041), (5.0, 0.018), (10.0, 0.006)])
def test_a_student_t_on_gaussian_noise(nu, expected):
    found = price(loss_with("student_t", {"nu": nu}), NOISES["gaussian"])
    assert found == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize(
    ("loss", "noise"),
    [
        ("gaussian_nll", "gaussian"),
        ("laplace_nll", "laplace"),
        ("absolute_log_variance", "laplace"),
        ("student_t", "student_t"),
        ("student_t_learned", "student_t"),
        ("mixture", "gaussian"),
        ("mixture", "outliers"),
    ],
)
def test_the_right_family_costs_nothing(loss, noise):
    assert price(LOSSES[loss], NOISES[noise]) == pytest.approx(0.0, abs=1e-9)


@every_noise
def test_no_price_is_negative_and_no_member_of_the_family_is_nearer(noise):
    """A Student-t of ν = 5, its location and scale found by a separate search, is not nearer than the price."""
    z, w = noise.quadrature

    def kl(place_and_log_scale):
        outputs = [np.broadcast_to(value, z.shape) for value in place_and_log_scale]
        return float(w @ LOSSES["student_t"].value(z, outputs)) - noise.entropy

    found = price(LOSSES["student_t"], noise)
    nearest = optimize.minimize(kl, [0.0, -0.2], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12})
    assert found == pytest.approx(nearest.fun, abs=1e-6)
    assert found > -1e-12


def test_a_loss_that_is_not_a_likelihood_is_not_nearer_than_the_likelihood():
    for noise in NOISES.values():
        assert price(LOSSES["gaussian_crps"], noise) >= price(LOSSES["gaussian_nll"], noise) - 1e-12
        assert price(LOSSES["posted"], noise) > 0.01


@pytest.mark.parametrize("name", ["wrong_sign", "no_log_term"])
def test_what_has_no_optimum_has_no_price(name):
    assert price(LOSSES[name], NOISES["gaussian"]) is None


def test_an_offset_moves_no_price():
    loss = replace(LOSSES["gaussian_nll"], offset=3.0)
    assert price(loss, NOISES["laplace"]) == pytest.approx(price(LOSSES["gaussian_nll"], NOISES["laplace"]))
