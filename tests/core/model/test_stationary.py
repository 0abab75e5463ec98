"""Stationary points found numerically against the rows' closed forms, and against what has none."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, special, stats

from core.data.noise import NOISES
from core.model.losses import LOSSES, loss_with
from core.model.readings import READINGS
from core.model.stationary import stationary
from tests.pace import at_most

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


@pytest.mark.parametrize("name", ["gaussian_nll", "natural"])
@pytest.mark.parametrize("family", ["gaussian", "skewed"])
def test_the_search_finds_the_closed_outputs_of_a_gaussian(name: str, family: str) -> None:
    row, noise = LOSSES[name], NOISES[family]
    searched = stationary(replace(row, closed_outputs=None), noise, 0.2)
    assert searched.outputs == pytest.approx(row.optimum(noise, 0.2).outputs, abs=1e-5)


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


# Nodes of the tests' own: panels of equal width in asinh z, which reach the long tails; one of their ends is 0.
_NODES, _STEPS = np.polynomial.legendre.leggauss(12)
_T = (np.linspace(-7, 7, 57)[:-1, None] + 0.125 * (1 + _NODES)).ravel()
NODES, STEPS = np.sinh(_T), np.cosh(_T) * np.tile(0.125 * _STEPS, 56)


def weights(family: str) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return STEPS * np.exp(np.nan_to_num(NOISES[family].log_density(NODES), nan=-np.inf))


def best_evidence(family: str, std: float, weight: float) -> tuple[float, float, float]:
    """Floor, α and std of the best Student-t with the penalty, by hand: in the limit ν → 0 the penalty is λ·α·E|r|."""
    w, mean_size = weights(family), std * NOISES[family].mad

    def value(at: np.ndarray) -> float:
        alpha, scale = 1 + np.exp(at[0]), np.exp(at[1])
        return float(-w @ stats.t.logpdf(std * NODES, 2 * alpha, 0, scale) + weight * alpha * mean_size)

    found = min(
        (
            optimize.minimize(value, [start, np.log(std)], method="Nelder-Mead", options={"fatol": 1e-10})
            for start in (-3, 0, 2)
        ),
        key=lambda each: each.fun,
    )
    excess = float(np.exp(found.x[0]))
    return found.fun, 1 + excess, float(np.exp(found.x[1]) * np.sqrt((1 + excess) / max(excess, 1e-300)))


@pytest.mark.long
@pytest.mark.parametrize(
    ("family", "std", "weight"),
    [
        ("outliers", 0.2, 0.01),
        ("outliers", 0.2, 0.1),
        ("outliers", 1.0, 0.01),
        ("laplace", 0.2, 0.1),
        ("gaussian", 1.0, 0.1),
        ("student_t", 5.0, 0.01),
    ],
)
def test_evidence_comes_to_the_best_student_t_there_is(family: str, std: float, weight: float) -> None:
    floor, alpha, best_std = best_evidence(family, std, weight)
    loss = loss_with("evidential", {"evidence_weight": weight})
    found = loss.optimum(NOISES[family], std)
    assert found.status == "found"
    assert found.floor == pytest.approx(floor, abs=2e-6)
    assert 1 + np.exp(found.outputs[2]) == pytest.approx(alpha, rel=2e-3)
    assert read_std(loss, found.outputs) == pytest.approx(best_std, rel=2e-3)


def read_std(loss, outputs: tuple[float, ...]) -> float:
    return float(READINGS[loss.readings[0]].predictive(np.array(outputs)[None], loss.values).std[0])


def test_evidence_on_outliers_by_the_numbers() -> None:
    loss = loss_with("evidential", {"evidence_weight": 0.01})
    found = loss.optimum(NOISES["outliers"], 0.2)
    assert found.floor == pytest.approx(-0.4625, abs=1e-4)
    assert 1 + np.exp(found.outputs[2]) == pytest.approx(1.187, abs=1e-3)
    assert read_std(loss, found.outputs) == pytest.approx(0.244, abs=1e-3)
    heavier = loss_with("evidential", {"evidence_weight": 0.1})
    assert read_std(heavier, heavier.optimum(NOISES["outliers"], 0.2).outputs) / 0.2 == pytest.approx(1.60, abs=0.01)


def test_a_penalty_that_outweighs_the_tails_leaves_no_variance() -> None:
    """α → 1 is at infinity in its output, and there a Student-t has no variance."""
    found = loss_with("evidential", {"evidence_weight": 1.0}).optimum(NOISES["gaussian"], 1.0)
    assert found.status == "escapes"
    assert found.floor == pytest.approx(best_evidence("gaussian", 1.0, 1.0)[0], abs=1e-5)


def best_mixture(family: str, components: int) -> float:
    """The lowest expected loss of a mixture, by expectation and maximisation from several starts."""
    w, rng, values = weights(family), np.random.default_rng(1), []
    w = w / w.sum()
    for _ in range(4):
        shares, means, stds = np.full(components, 1 / components), rng.normal(size=components), np.ones(components)
        for _ in range(500):
            parts = np.log(shares) + stats.norm.logpdf(NODES[:, None], means, stds)
            total = special.logsumexp(parts, axis=1)
            held = w[:, None] * np.exp(parts - total[:, None])
            shares = held.sum(axis=0)
            means = held.T @ NODES / shares
            stds = np.sqrt((held * (NODES[:, None] - means) ** 2).sum(axis=0) / shares)
        values.append(-w @ total)
    return min(values)


@pytest.mark.long
@pytest.mark.parametrize(("family", "components"), [("laplace", 2), ("skewed", 2), ("skewed", 3), ("student_t", 3)])
def test_a_mixture_is_as_good_as_the_best_of_many_fits(family: str, components: int) -> None:
    found = loss_with("mixture", {"components": components}).optimum(NOISES[family])
    assert found.status == "found"
    assert found.floor < best_mixture(family, components) + 2e-5


@pytest.mark.parametrize("components", [1, 2, 3, 10])
def test_the_slopes_of_a_mixture_are_its_gradient(components: int) -> None:
    loss, rng = loss_with("mixture", {"components": components}), np.random.default_rng(2)
    y, outputs = rng.normal(size=20), rng.normal(size=(3 * components, 20))
    np.testing.assert_allclose(loss.by_hand.slopes(y, outputs), loss.gradient(y, outputs), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("family", NOISES)
def test_a_search_from_several_starts_is_no_long_wait(family: str) -> None:
    stationary.cache_clear()
    with at_most(1):
        stationary(loss_with("evidential", {"evidence_weight": 0.03}), NOISES[family], 0.31)


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


def test_a_loss_that_is_infinite_at_a_hit_keeps_its_mean_and_floor() -> None:
    """E log|r| = log σ − (γ + log 2)/2 on Gaussian noise: nodes that stand still would hide the pole between them."""
    log_size = np.log(0.2) - (np.euler_gamma + np.log(2)) / 2
    for formula, floor in (
        ("0.5*exp(-s)*r**2 + 0.5*s + 0.5*log(abs(r))", 0.5 + np.log(0.2) + 0.5 * log_size),
        ("log(abs(r))", log_size),
    ):
        found = loss_with("typed", {"formula": formula}).optimum(NOISES["gaussian"], 0.2)
        assert found.status == "found"
        assert found.floor == pytest.approx(floor, abs=1e-6)
        assert found.outputs[0] == pytest.approx(0, abs=1e-4)


def test_an_overflow_is_no_fall() -> None:
    """log(1 + exp(s)) overflows at s = 1000, where 0.5·s − 0.5·log(1 + exp(s)) is 0."""
    formula = "0.5*r**2*(1+exp(-s)) + 0.5*s - 0.5*log(1+exp(s))"
    found = loss_with("typed", {"formula": formula}).optimum(NOISES["gaussian"], 0.2)
    assert found.status == "found"
    assert found.outputs[1] == pytest.approx(-np.log(24), rel=1e-4)  # 1 + exp(−s) is 1/σ²


@pytest.mark.parametrize(
    ("formula", "status"),
    [
        ("0.5*r**2/s**2 + log(abs(s))", "found"),  # s and −s weigh residuals alike
        ("abs(r)*s**2 - log(s**2)", "found"),
        ("cosh(s)*r**2 - log(cosh(s))", "found"),
        ("(s**2 - 1)**2 + r**2", "not unique"),  # weighs none
        ("0.5*r**2/s**2 + log(abs(s)) + 0*s", "found"),
        ("(r**2 - 1)**2", "not unique"),  # another mean
    ],
)
def test_two_signs_of_one_std_are_one_optimum(formula: str, status: str) -> None:
    assert loss_with("typed", {"formula": formula}).optimum(NOISES["gaussian"], 0.2).status == status
