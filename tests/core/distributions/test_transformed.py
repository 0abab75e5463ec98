"""A distribution of log y as one of y: against scoringrules, scipy, and integrals of its own density."""

import numpy as np
import pytest
import scoringrules
from scipy import integrate, stats

from core.distributions.laws import gaussian, laplace, student_t
from core.distributions.mixture import GaussianMixture
from core.distributions.quantiles import QuantilePredictive
from core.distributions.transformed import ExpPredictive

ONE = np.array([0.3])
INNER = {
    "gaussian": gaussian(ONE, np.array([0.4])),
    "laplace": laplace(ONE, np.array([0.3])),
    "mixture": GaussianMixture(np.array([[0.3, 0.7]]), np.array([[0.0, 0.8]]), np.array([[0.2, 0.4]])),
    "quantiles": QuantilePredictive((0.1, 0.5, 0.9), np.array([[-0.1, 0.3, 0.9]])),
    "student_t": student_t(ONE, np.array([0.2]), 5.0),
}


def density(predictive, y):
    return float(np.exp(-predictive.nll(np.array([y])))[0])


@pytest.mark.parametrize("name", INNER)
def test_the_density_integrates_to_the_cdf(name):
    predictive = ExpPredictive(INNER[name])
    low, high = 0.7, 2.1
    area, _ = integrate.quad(lambda y: density(predictive, y), low, high, points=[float(np.exp(0.3))], limit=200)
    ends = predictive.cdf(np.array([high])) - predictive.cdf(np.array([low]))
    assert area == pytest.approx(float(ends[0]), abs=1e-6)


@pytest.mark.parametrize("name", [name for name in INNER if name != "student_t"])
def test_mean_and_std_are_those_of_the_density(name):
    predictive = ExpPredictive(INNER[name])
    # ∫ y·p(y) dy in u = log y, where the tails are in reach.
    u = np.linspace(-12, 14, 400_001)
    weight = np.exp(-INNER[name].nll(u[:, None])[:, 0])
    first, second = (integrate.trapezoid(weight * np.exp(t * u), u) for t in (1, 2))
    assert float(predictive.mean[0]) == pytest.approx(first, rel=2e-4)
    assert float(predictive.std[0]) == pytest.approx(np.sqrt(second - first**2), rel=2e-3)


def test_a_log_normal_is_scored_as_scoringrules_and_scipy_do():
    rng = np.random.default_rng(1)
    mean, std, y = rng.normal(size=50), rng.uniform(0.05, 1.2, 50), np.exp(rng.normal(size=50))
    predictive = ExpPredictive(gaussian(mean, std))
    np.testing.assert_allclose(predictive.crps(y), scoringrules.crps_lognormal(y, mean, std), rtol=1e-6, atol=1e-9)
    reference = stats.lognorm(s=std, scale=np.exp(mean))
    np.testing.assert_allclose(predictive.nll(y), -reference.logpdf(y), rtol=1e-12)
    np.testing.assert_allclose(predictive.mean, reference.mean(), rtol=1e-12)
    np.testing.assert_allclose(predictive.std, reference.std(), rtol=1e-9)
    np.testing.assert_allclose(predictive.quantile(0.9), reference.ppf(0.9), rtol=1e-9)


@pytest.mark.parametrize("name", [name for name in INNER if name != "student_t"])
def test_the_crps_is_its_integral(name):
    predictive, y = ExpPredictive(INNER[name]), np.array([1.9])
    grid = np.concatenate([np.linspace(1e-6, 30, 300_001), np.geomspace(30.001, 1e9, 200_001)])
    squared = (predictive.cdf(grid[:, None])[:, 0] - (grid >= y)) ** 2
    assert float(predictive.crps(y)[0]) == pytest.approx(integrate.trapezoid(squared, grid), rel=1e-3)


def test_what_has_no_mean_says_so_and_what_is_not_above_zero_has_no_density():
    heavy = ExpPredictive(INNER["student_t"])
    assert np.isinf(heavy.mean).all()
    assert np.isinf(heavy.std).all()
    assert np.isinf(heavy.crps(np.array([1.0]))).all()
    wide = ExpPredictive(laplace(ONE, np.array([0.7])))
    assert np.isfinite(wide.mean).all()
    assert np.isinf(wide.std).all()
    for predictive in (heavy, ExpPredictive(INNER["gaussian"])):
        assert predictive.nll(np.array([-1.0]))[0] == np.inf
        assert predictive.cdf(np.array([0.0]))[0] == 0
