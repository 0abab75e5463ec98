"""Floors against numerical minimisation with a quadrature of its own, and the numbers that are published."""

from functools import cache

import numpy as np
import pytest
from scipy import optimize, special

from core.data.noise import NOISES
from core.model.losses import LOSSES, Loss, loss_with
from core.model.readings import READINGS

from .rows import every_loss

STDS = (0.05, 0.2, 1.0, 5.0)
CUTS = np.array([-4000, -400, -60, -12, -4, -2, -1, 0, 1, 2, 4, 12, 60, 400, 4000.0])  # Student's t has long tails
NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)
GAUSSIAN = NOISES["gaussian"]
MAD = np.sqrt(2 / np.pi)
C = 0.5 * np.log(2 * np.pi)
# Closed floors that are a minimum: of the others one is a limit (0), one −∞, one of a whole batch, and pinball is
# minimised level by level.
CLOSED = [
    name
    for name, row in LOSSES.items()
    if row.closed_floor is not None and name not in ("no_log_term", "wrong_sign", "broadcast", "pinball")
]
every_noise = pytest.mark.parametrize("family", NOISES)


def expected(loss: Loss, family: str, std: float, outputs: np.ndarray) -> np.ndarray:
    """E of the three terms for y = std·Z: Gauss–Legendre pieces, cut at the kinks and where the density bends."""
    kinks = [
        np.clip(value / std, CUTS[0], CUTS[-1])
        for value, output in zip(outputs, loss.outputs, strict=True)
        if output.is_location
    ]
    cuts = np.unique(np.clip(np.append(CUTS, kinks), *NOISES[family].support))
    half, middle = np.diff(cuts)[:, None] / 2, (cuts[:-1] + cuts[1:])[:, None] / 2
    z, w = (middle + half * NODES).ravel(), (half * WEIGHTS).ravel()
    density = w * np.exp(NOISES[family].log_density(z))
    with np.errstate(all="ignore"):
        terms = loss.evaluate(np, std * z, [np.full_like(z, value) for value in outputs])
        return np.array([density @ term for term in terms])


@cache
def minimised(loss: Loss, family: str = "gaussian", std: float = 1.0) -> tuple[np.ndarray, float]:
    """Outputs and expected loss at the minimum, found by trial: it begins away from it."""

    def value(outputs: np.ndarray) -> float:
        total = float(expected(loss, family, std, outputs).sum())
        return total if np.isfinite(total) else 1e10

    raw = np.array([output.start + 0.4 for output in loss.outputs])
    found = loss.in_unit_of_y(raw, 0.0, std)
    for _ in range(2):  # once more from where it came to: a simplex may shrink too soon
        result = optimize.minimize(
            value, found, method="Nelder-Mead", options={"xatol": 1e-7 * std, "fatol": 1e-11, "maxiter": 2000}
        )
        found = result.x
    return found, float(result.fun)


@pytest.mark.long
@every_noise
@pytest.mark.parametrize("name", CLOSED)
def test_a_closed_floor_is_the_minimum(name: str, family: str) -> None:
    row, noise = LOSSES[name], NOISES[family]
    floors = row.floor(noise, np.array(STDS))
    assert floors.shape == (len(STDS),)
    for std, floor in zip(STDS, floors, strict=True):
        _, found = minimised(row, family, std)
        assert found == pytest.approx(floor, abs=2e-7, rel=1e-7)


@every_noise
@pytest.mark.parametrize("level", [0.05, 0.5, 0.9])
def test_the_pinball_floor_is_the_minimum(level: float, family: str) -> None:
    loss, noise = loss_with("pinball", {"levels": (level,)}), NOISES[family]
    for std in STDS:
        found = optimize.minimize_scalar(
            lambda q, std=std: expected(loss, family, std, np.array([q])).sum(), bounds=(-4 * std, 4 * std),
            method="bounded", options={"xatol": 1e-9},
        )  # fmt: skip
        assert found.fun == pytest.approx(float(loss.floor(noise, std)), rel=1e-7)
        assert NOISES[family].cdf(found.x / std) == pytest.approx(level, abs=1e-3)


@every_noise
def test_of_several_quantiles_the_floor_is_the_mean(family: str) -> None:
    alone = [float(loss_with("pinball", {"levels": (level,)}).floor(NOISES[family], 0.7)) for level in (0.1, 0.5, 0.8)]
    together = loss_with("pinball", {"levels": (0.1, 0.5, 0.8)})
    assert float(together.floor(NOISES[family], 0.7)) == pytest.approx(np.mean(alone), rel=1e-12)


@every_noise
def test_the_quadrature_is_right(family: str) -> None:
    # ½·E[(Z − 1)²] = 1, on the nodes and weights that the floors are judged by.
    assert expected(LOSSES["squared_error"], family, 1.0, np.array([1.0])).sum() == pytest.approx(1, abs=1e-8)


@every_loss
def test_floor_follows_the_unit_law(name: str) -> None:
    row = LOSSES[name]
    if not row.has_unit_law or name == "wrong_sign":
        return
    expected_floor = row.floor(GAUSSIAN, 0.3) * 7**row.unit_power + row.unit_shift * np.log(7)
    assert row.floor(GAUSSIAN, 2.1) == pytest.approx(expected_floor, abs=1e-9)
    optimum, scaled = row.optimum(GAUSSIAN, 0.3), row.optimum(GAUSSIAN, 2.1)
    assert sum(scaled.terms) == pytest.approx(scaled.floor, abs=1e-9)
    assert sum(optimum.terms) == pytest.approx(optimum.floor, abs=1e-9)
    assert scaled.deviation == pytest.approx(optimum.deviation * 7**row.unit_power, rel=1e-9)


@pytest.mark.parametrize("name", ["gaussian_nll", "squared_error", "gaussian_crps", "evidential", "typed", "broadcast"])
def test_an_offset_lowers_the_floor_and_nothing_else(name: str) -> None:
    plain, moved = loss_with(name, {}), loss_with(name, {"offset": 17.2})
    assert moved.floor(GAUSSIAN, 0.2) == pytest.approx(plain.floor(GAUSSIAN, 0.2) - 17.2, abs=1e-6)
    one, other = plain.optimum(GAUSSIAN, 0.2), moved.optimum(GAUSSIAN, 0.2)
    assert other.floor == pytest.approx(one.floor - 17.2, abs=1e-6)
    assert other.deviation == pytest.approx(one.deviation, rel=1e-3)
    if plain.has_unit_law:
        assert other.outputs == one.outputs


# The floors under Gaussian noise of σ = 0.2
PUBLISHED = {
    "squared_error": 0.5 * 0.04,
    "gaussian_nll": 0.5 + np.log(0.2),  # −1.109
    "beta_nll": 0.5 + np.log(0.2),
    "faithful": 0.5 + np.log(0.2),
    "natural": 0.5 + np.log(0.2),
    "posted": 0.5 + 0.5 * np.log(MAD * 0.2),  # −0.418
    "posted_abs": 0.5 + 0.5 * np.log(MAD * 0.2),
    "laplace_nll": 1 + np.log(MAD * 0.2),
    "absolute_log_variance": 1 + np.log(np.sqrt(2) * MAD * 0.2),
    "gaussian_crps": 0.2 / np.sqrt(np.pi),
    "pinball": np.mean([0.2 * np.exp(-0.5 * special.ndtri(tau) ** 2 - C) for tau in (0.05, 0.25, 0.5, 0.75, 0.95)]),
    "student_t": C + 0.5 + np.log(0.2) + 0.018,
    "evidential": C + 0.5 + np.log(0.2) + 0.014,
    "typed": 0.5 + np.log(0.2),
    "no_half_residual": 0.5 + 0.5 * np.log(2 * 0.04),
    "no_half_log": 1 + np.log(0.5 * 0.04),
    "no_log_term": 0.0,
    "wrong_sign": -np.inf,
    "std_as_variance": 0.5 + np.log(0.2),
    "broadcast": 0.5 + np.log(0.2),
    "relu_variance": 0.5 + np.log(0.2),
    "clamped": 0.5 * 0.04 * np.exp(2) - 1,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_floor_at_std_0_2(name: str) -> None:
    assert float(LOSSES[name].floor(GAUSSIAN, 0.2)) == pytest.approx(PUBLISHED[name], abs=6e-4)


# Below, a mixture has the entropy itself; ν goes to infinity under Gaussian noise.
OTHERS = sorted(set(LOSSES) - set(PUBLISHED) - {"mixture", "student_t_learned"})


@pytest.mark.parametrize("name", ["gaussian_crps", *OTHERS])
def test_a_floor_that_nobody_published_is_the_minimum(name: str) -> None:
    assert float(LOSSES[name].floor(GAUSSIAN, 0.2)) == pytest.approx(minimised(LOSSES[name], std=0.2)[1], abs=1e-6)


@pytest.mark.parametrize("components", [1, 3])
def test_a_mixtures_floor_is_the_entropy(components: int) -> None:
    loss = loss_with("mixture", {"components": components})
    outputs = loss.in_unit_of_y(np.array([0.0] * 3 * components), 0.0, 0.2)
    assert expected(loss, "gaussian", 0.2, outputs).sum() == pytest.approx(C + 0.5 + np.log(0.2), abs=1e-9)
    if components == 1:
        assert float(loss.floor(GAUSSIAN, 0.2)) == pytest.approx(C + 0.5 + np.log(0.2), abs=1e-5)


@pytest.mark.parametrize(("nu", "scale", "cost"), [(3, 0.794, 0.041), (5, 0.857, 0.018), (10, 0.918, 0.006)])
def test_what_a_student_t_costs_on_gaussian_noise(nu: float, scale: float, cost: float) -> None:
    loss = loss_with("student_t", {"nu": nu})
    (mean, log_scale), found = minimised(loss)
    assert mean == pytest.approx(0, abs=1e-5)
    assert np.exp(log_scale) == pytest.approx(scale, abs=5e-4)
    assert found - (C + 0.5) == pytest.approx(cost, abs=5e-4)
    assert float(loss.floor(GAUSSIAN, 1.0)) == pytest.approx(found, abs=1e-5)
    assert np.exp(loss.optimum(GAUSSIAN, 0.2).outputs[1]) == pytest.approx(0.2 * scale, abs=2e-4)


def test_a_student_t_on_its_own_noise_costs_nothing() -> None:
    noise = NOISES["student_t"]
    found = loss_with("student_t", {"nu": 5.0}).optimum(noise, 0.2)
    assert found.floor == pytest.approx(noise.entropy + np.log(0.2), abs=1e-5)
    assert np.exp(found.outputs[1]) == pytest.approx(0.2 * noise.scale, rel=1e-3)


@pytest.mark.parametrize(("weight", "cost"), [(0.01, 0.014), (0.1, 0.057)])
def test_what_evidence_costs(weight: float, cost: float) -> None:
    loss = loss_with("evidential", {"evidence_weight": weight})
    assert minimised(loss, std=0.2)[1] - (C + 0.5 + np.log(0.2)) == pytest.approx(cost, abs=6e-4)
    assert float(loss.floor(GAUSSIAN, 0.2)) == pytest.approx(minimised(loss, std=0.2)[1], abs=1e-4)


# What training converges to, by theory
@pytest.mark.parametrize("std", STDS)
def test_what_exp_of_s_estimates(std: float) -> None:
    exact = {
        "gaussian_nll": std**2,
        "typed": std**2,
        "gaussian_crps": std**2,
        "posted": MAD * std,
        "posted_abs": MAD * std,
        "laplace_nll": MAD * std,
        "absolute_log_variance": 2 * (MAD * std) ** 2,
        "no_half_residual": 2 * std**2,
        "no_half_log": 0.5 * std**2,
        "std_as_variance": std**2,
        "natural": 1 / std**2,
    }
    for name, value in exact.items():
        (mean, s), _ = minimised(LOSSES[name], std=std)
        assert mean == pytest.approx(0, abs=1e-3 * std), name
        assert np.exp(s) == pytest.approx(value, rel=2e-3), name
        assert np.exp(LOSSES[name].optimum(GAUSSIAN, std).outputs[1]) == pytest.approx(value, rel=2e-3), name


def read_std(name: str, std: float, reading: str | None = None) -> float:
    """The std that a net at the optimum is read to predict."""
    loss = LOSSES[name]
    outputs = np.array(loss.optimum(GAUSSIAN, std).outputs)
    return float(READINGS[reading or loss.readings[0]].predictive(outputs, loss.values).std)


def test_what_the_mistakes_are_read_to_say_and_what_repairs_them() -> None:
    std = 0.2
    assert read_std("posted", std) == pytest.approx(np.sqrt(0.798 * std), abs=1e-3)  # 0.40
    assert read_std("posted", std, "mean_absolute") == pytest.approx(std, rel=1e-3)
    assert read_std("posted", std, "laplace_scale") == pytest.approx(1.128 * std, rel=1e-3)
    assert read_std("no_half_residual", std) == pytest.approx(np.sqrt(2) * std, rel=1e-3)
    assert read_std("no_half_residual", std, "twice_variance") == pytest.approx(std, rel=1e-3)
    assert read_std("no_half_log", std) == pytest.approx(np.sqrt(0.5) * std, rel=1e-3)
    assert read_std("no_half_log", std, "half_variance") == pytest.approx(std, rel=1e-3)
    assert read_std("std_as_variance", std) == pytest.approx(std**2, rel=1e-3)  # a band of σ²
    assert read_std("std_as_variance", std, "log_variance") == pytest.approx(std, rel=1e-3)
    assert read_std("relu_variance", std) == pytest.approx(std, rel=1e-3)
    assert read_std("absolute_log_variance", std) == pytest.approx(1.128 * std, rel=1e-3)
    assert read_std("clamped", 1.0) == pytest.approx(1.0, rel=1e-3)
    assert float(LOSSES["clamped"].floor(GAUSSIAN, 0.2)) > float(LOSSES["gaussian_nll"].floor(GAUSSIAN, 0.2)) + 0.25


def test_without_its_log_term_the_loss_goes_to_0_and_s_to_infinity() -> None:
    values = [expected(LOSSES["no_log_term"], "gaussian", 0.2, np.array([0.0, s])).sum() for s in range(0, 400, 20)]
    assert (np.diff(values) < 0).all()
    assert 0 < values[-1] < 1e-100
    assert float(LOSSES["no_log_term"].floor(GAUSSIAN, 0.2)) == 0


def test_of_the_wrong_sign_the_loss_goes_to_minus_infinity() -> None:
    values = [expected(LOSSES["wrong_sign"], "gaussian", 0.2, np.array([0.0, -s])).sum() for s in range(0, 1000, 50)]
    assert (np.diff(values) < 0).all()
    assert values[-1] < -400
    assert LOSSES["wrong_sign"].floor(GAUSSIAN, np.array(STDS)).tolist() == [-np.inf] * 4


def test_broadcasting_learns_the_mean_and_the_variance_of_all_targets() -> None:
    y = np.random.default_rng(0).gamma(2, 3, 500)
    loss = LOSSES["broadcast"]
    found = optimize.minimize(
        lambda p: loss.value(y, [np.full(500, p[0]), np.full(500, p[1])]).mean(), [0.0, 0.0], method="BFGS"
    )
    assert found.x[0] == pytest.approx(y.mean(), rel=1e-4)
    assert np.exp(found.x[1]) == pytest.approx(y.var(), rel=1e-4)
    assert found.fun == pytest.approx(float(loss.floor(GAUSSIAN, y.std())), abs=1e-6)
    # A mean that follows the targets is punished as one that goes against them.
    spread = y - y.mean()
    with_it, against = (loss.value(y, [y.mean() + a * spread, np.full(500, 2.0)]).mean() for a in (0.5, -0.5))
    assert with_it == pytest.approx(against)
    assert with_it > loss.value(y, [np.full(500, y.mean()), np.full(500, 2.0)]).mean()


def test_epsilon_inside_the_square_ends_the_loss() -> None:
    """½ + ½ log ε at points that are hit exactly, however small s becomes."""
    loss = loss_with("gaussian_nll", {"bound": "epsilon", "least_std": 0.01})
    s = np.linspace(-40, 5, 2000)
    values = loss.value(np.zeros_like(s), [np.zeros_like(s), s])
    assert values.min() == pytest.approx(0.5 + 0.5 * np.log(0.01**2), abs=1e-4)
    assert LOSSES["gaussian_nll"].value(np.zeros_like(s), [np.zeros_like(s), s]).min() == -20
