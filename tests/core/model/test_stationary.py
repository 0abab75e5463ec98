"""Stationary points found numerically against the rows' closed forms, and against what has none."""

import numpy as np
import pytest

from core.data.noise import NOISES
from core.model.losses import LOSSES, loss_with
from core.model.stationary import stationary

CLOSED = [name for name, row in LOSSES.items() if row.closed_floor is not None and not row.fits_constant]


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in CLOSED if name not in ("wrong_sign", "no_log_term")])
@pytest.mark.parametrize("family", NOISES)
@pytest.mark.parametrize("std", [0.05, 0.2, 5.0])
def test_the_search_finds_the_closed_floor(name: str, family: str, std: float) -> None:
    row, noise = LOSSES[name], NOISES[family]
    found = stationary(row, noise, std)
    assert found.floor == pytest.approx(float(row.floor(noise, std)), abs=1e-5)
    assert sum(found.terms) == pytest.approx(found.floor, abs=1e-12)
    assert found.status == "found" or name == "clamped"


@pytest.mark.parametrize(
    ("name", "deviation"), [("gaussian_nll", 0.707), ("posted", 0.378), ("laplace_nll", 0.755), ("natural", 0.707)]
)
@pytest.mark.parametrize("std", [0.2, 3.0])
def test_the_deviation_of_a_points_loss(name: str, deviation: float, std: float) -> None:
    assert LOSSES[name].optimum(NOISES["gaussian"], std).deviation == pytest.approx(deviation, abs=1e-3)


@pytest.mark.parametrize(("nu", "scale", "price"), [(3, 0.794, 0.041), (5, 0.857, 0.018), (10, 0.918, 0.006)])
def test_student_on_gaussian_noise(nu: float, scale: float, price: float) -> None:
    found = loss_with("student_t", {"nu": nu}).optimum(NOISES["gaussian"], 0.2)
    entropy = 0.5 * np.log(2 * np.pi) + 0.5 + np.log(0.2)
    assert np.exp(found.outputs[1]) / 0.2 == pytest.approx(scale, abs=1e-3)
    assert found.floor - entropy == pytest.approx(price, abs=1e-3)


@pytest.mark.parametrize(("weight", "price"), [(0.01, 0.014), (0.1, 0.057)])
def test_the_evidence_penalty_has_its_price(weight: float, price: float) -> None:
    found = loss_with("evidential", {"evidence_weight": weight}).optimum(NOISES["gaussian"], 0.2)
    assert found.floor - (0.5 * np.log(2 * np.pi) + 0.5 + np.log(0.2)) == pytest.approx(price, abs=1e-3)


def test_learned_degrees_of_freedom_escape_on_gaussian_noise_and_stay_on_heavy_tails() -> None:
    row = LOSSES["student_t_learned"]
    on_gaussian, on_student = (row.optimum(NOISES[family]) for family in ("gaussian", "student_t"))
    assert (on_gaussian.status, on_student.status) == ("escapes", "found")
    assert on_gaussian.floor == pytest.approx(NOISES["gaussian"].entropy, abs=1e-6)
    assert 2 + np.exp(on_student.outputs[2]) == pytest.approx(5, abs=1e-3)
    assert on_student.floor == pytest.approx(NOISES["student_t"].entropy, abs=1e-6)


def test_a_mixture_comes_to_the_entropy_of_a_mixture() -> None:
    found = loss_with("mixture", {"components": 2}).optimum(NOISES["outliers"])
    assert found.floor == pytest.approx(NOISES["outliers"].entropy, abs=1e-6)


def test_no_end_and_no_place() -> None:
    gaussian = NOISES["gaussian"]
    assert LOSSES["wrong_sign"].optimum(gaussian).status == "unbounded"
    assert LOSSES["wrong_sign"].optimum(gaussian).floor == -np.inf
    assert LOSSES["no_log_term"].optimum(gaussian).status == "escapes"
    assert LOSSES["no_log_term"].optimum(gaussian).floor == pytest.approx(0, abs=1e-9)
    assert LOSSES["clamped"].optimum(gaussian, 0.2).status == "not unique"  # below −2 any s is as good
    assert LOSSES["clamped"].optimum(gaussian, 1.0).status == "found"
    assert all(LOSSES["clamped"].optimum(noise, 100).status == "not unique" for noise in NOISES.values())  # above 2
    assert loss_with("typed", {"formula": "log(r)"}).optimum(gaussian).status == "undefined"


@pytest.mark.parametrize("name", ["gaussian_nll", "posted", "student_t", "gaussian_crps", "mixture", "natural"])
def test_the_unit_law_moves_the_optimum(name: str) -> None:
    """Found for σ = 1 and moved, it is what the search finds there."""
    row, noise = LOSSES[name], NOISES["laplace"]
    moved, searched = row.optimum(noise, 3.0), stationary(row, noise, 3.0)
    assert moved.floor == pytest.approx(searched.floor, abs=1e-6)
    assert moved.terms == pytest.approx(searched.terms, abs=2e-2 if name == "mixture" else 1e-3)
    assert moved.deviation == pytest.approx(searched.deviation, rel=1e-2)


@pytest.mark.parametrize(
    ("formula", "status"),
    [
        ("1/r", "undefined"),  # its two sides hide each other from a symmetric quadrature
        ("-1/r", "undefined"),
        ("1/r + r^2", "undefined"),
        ("exp(-s) * r^2 + s + 1/r", "undefined"),
        ("1/abs(r) + r^2", "undefined"),  # +∞ wherever the mean is
        ("1/r^2", "undefined"),
        ("-1/r^2", "unbounded"),
        ("log(abs(r))", "found"),  # poles with an area of their own
        ("sqrt(abs(r))", "found"),
        ("1/sqrt(abs(r))", "escapes"),
        ("r^2 / (r^2 + 0.01)", "found"),  # steep, and no pole
    ],
)
def test_a_pole_leaves_no_expectation(formula: str, status: str) -> None:
    for std in (0.2, 5.0):
        assert loss_with("typed", {"formula": formula}).optimum(NOISES["gaussian"], std).status == status
