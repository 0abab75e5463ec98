"""Repairs: closed forms of a Gaussian, an independent search for other laws, and gains on points that did not fit."""

import numpy as np
import pytest
from scipy import optimize

from core.distributions.laws import Predictive, gaussian, laplace, student_t
from core.distributions.mixture import GaussianMixture
from core.evaluation.judged import Judged
from core.evaluation.level_map import gains_of_levels, gains_of_tails, level_map
from core.evaluation.moves import factor_along, power_of, shift_and_scale_of, shift_of
from core.evaluation.repairs import constant, fitted, fixed_factor, folds, no_column, repairable

N = 400
RNG = np.random.default_rng(2)
STD = np.exp(RNG.normal(size=N) / 2)
NOISE = RNG.normal(size=N)
ONE, NONE = constant(N), no_column(N)
LAWS = {
    "gaussian": lambda shift, factor: gaussian(np.full(N, shift), factor * STD),
    "laplace": lambda shift, factor: laplace(np.full(N, shift), factor * STD),
    "student_t": lambda shift, factor: student_t(np.full(N, shift), factor * STD, 4.0),
    "mixture": lambda shift, factor: GaussianMixture(
        np.full((N, 2), 0.5), shift + factor * STD[:, None] * [-2, 2], factor * np.stack([STD, STD], -1)
    ),
}


def test_a_gaussians_shift_is_the_mean_and_its_factor_the_root_mean_square() -> None:
    z = 0.4 + 1.7 * NOISE
    points = repairable(Judged(gaussian(np.zeros(N), STD), STD * z))
    np.testing.assert_allclose(fitted(points, ONE, NONE).shift, z.mean(), atol=1e-4)
    np.testing.assert_allclose(fitted(points, NONE, ONE).log_factor, 0.5 * np.log(np.mean(z**2)), atol=1e-4)
    both = fitted(points, ONE, ONE)
    np.testing.assert_allclose(both.shift, z.mean(), atol=1e-3)
    np.testing.assert_allclose(both.log_factor, np.log(z.std()), atol=1e-3)
    np.testing.assert_allclose(both.gains.mean(), 0.5 * (np.mean(z**2) - 1) - np.log(z.std()), atol=0.02)


@pytest.mark.parametrize("name", LAWS)
def test_a_factor_and_a_shift_of_any_law_have_the_least_nll(name: str) -> None:
    law, y = LAWS[name](0.0, 1.0), 0.3 + 2 * STD * NOISE
    found = fitted(repairable(Judged(law, y)), NONE, ONE)
    best = optimize.minimize_scalar(lambda k: _nll(name, 0.0, np.exp(k), y), bounds=(-1, 3), method="bounded")
    assert _nll(name, 0.0, float(np.exp(found.log_factor[0])), y) == pytest.approx(best.fun, abs=1e-5)


def _nll(name: str, shift: float, factor: float, y: np.ndarray) -> float:
    return float(np.mean(LAWS[name](shift, factor).nll(y)))


def test_gains_come_from_the_other_folds() -> None:
    """Points that are moved far away gain nothing by a shift that they did not fit."""
    z, fold = NOISE.copy(), folds(N)
    out = fold == 0
    assert 0 < out.sum() < N
    z[out] += 50
    gains = fitted(repairable(Judged(gaussian(np.zeros(N), STD), STD * z)), ONE, NONE).gains
    mean = z[~out].mean()
    np.testing.assert_allclose(gains[out], 0.5 * (z[out] ** 2 - (z[out] - mean) ** 2), rtol=1e-4)


def test_a_right_model_gains_nothing_on_average() -> None:
    points = repairable(Judged(gaussian(np.zeros(N), STD), STD * NOISE))
    for shifts, factors in ((ONE, NONE), (NONE, ONE), (ONE, ONE)):
        assert fitted(points, shifts, factors).gain < 0.01


def test_a_factor_that_is_given_is_not_fitted() -> None:
    points = repairable(Judged(gaussian(np.zeros(N), STD**2), STD * NOISE))
    found = fixed_factor(points, NONE, -np.log(STD))
    np.testing.assert_allclose(points.scores(found.shift, found.log_factor), NOISE, atol=1e-12)


def test_tails_and_levels_gain_on_heavy_tails_and_not_on_a_normal() -> None:
    rng = np.random.default_rng(0)
    normal, heavy = rng.normal(size=4000), rng.standard_t(3, 4000) / np.sqrt(3)
    assert abs(gains_of_tails(normal).mean()) < 0.003
    assert gains_of_tails(heavy).mean() > 0.1
    pit = rng.uniform(size=4000) ** 2
    assert gains_of_levels(pit).mean() == pytest.approx(1 - np.log(2), abs=0.05)  # −∫log f of f = 1/(2√u)
    levels, observed = level_map(pit)
    np.testing.assert_allclose(observed, np.sqrt(levels), atol=0.03)


@pytest.mark.parametrize("name", LAWS)
def test_recalibrations_that_move_any_law_find_what_was_put_in(name: str) -> None:
    law: Predictive = LAWS[name](0.0, 1.0)
    u = np.random.default_rng(5).uniform(size=N)
    y = np.array([law.quantile(float(p))[i] for i, p in enumerate(u)])
    moved = shift_of(law, y + 0.5 * law.std).apply(law)
    assert np.mean((moved.mean - law.mean) / law.std) == pytest.approx(0.5, abs=0.2)
    both = shift_and_scale_of(law, law.mean + 3 * (y - law.mean) + law.std).apply(law)
    np.testing.assert_allclose(np.mean(both.std / law.std), 3, rtol=0.2)
    np.testing.assert_allclose(moved.nll(moved.mean + 0.1), law.nll(law.mean + 0.1), rtol=1e-9)


def test_a_factor_along_x_and_a_power_of_the_std() -> None:
    x = np.linspace(0, 10, N)
    true = 0.1 + 0.1 * x
    flat = gaussian(np.zeros(N), np.ones(N))
    after = factor_along(flat, true * NOISE, x).apply(flat, x)
    np.testing.assert_allclose(np.log(after.std / true)[20:-20], 0, atol=0.45)
    squared = gaussian(np.zeros(N), true**2)
    found = power_of(squared, true * NOISE)
    assert found.power == pytest.approx(0.5, abs=0.06)
    np.testing.assert_allclose(found.apply(squared).std, true, rtol=0.3)
