"""Samples as a distribution: ranks, quantiles, and the fair CRPS."""

import numpy as np
import pytest
import scoringrules
from scipy import stats

from core.distributions.drawn import SamplePredictive


def drawn(n: int, count: int, seed: int = 0, factor: float = 1.0) -> tuple[SamplePredictive, np.ndarray]:
    rng = np.random.default_rng([seed, n, count])
    mean, std = rng.normal(size=n), np.exp(rng.normal(size=n))
    samples = mean[:, None] + factor * std[:, None] * rng.normal(size=(n, count))
    return SamplePredictive(samples, rng.random(n)), mean + std * rng.normal(size=n)


@pytest.mark.parametrize("count", [2, 5, 99])
def test_the_crps_is_the_fair_one_and_the_other_that_of_the_samples(count: int) -> None:
    law, y = drawn(50, count)
    np.testing.assert_allclose(law.crps(y), scoringrules.crps_ensemble(y, law.samples, estimator="fair"), atol=1e-10)
    np.testing.assert_allclose(
        law.crps_of_ensemble(y), scoringrules.crps_ensemble(y, law.samples, estimator="nrg"), atol=1e-10
    )


@pytest.mark.parametrize("count", [3, 10, 99])
def test_the_pit_of_a_right_model_is_uniform(count: int) -> None:
    law, y = drawn(4000, count)
    assert stats.kstest(law.cdf(y), "uniform").pvalue > 0.01


def test_mean_std_and_quantiles_are_those_of_the_samples() -> None:
    law, _ = drawn(20, 9)
    np.testing.assert_allclose(law.mean, law.samples.mean(axis=1))
    np.testing.assert_allclose(law.std, law.samples.std(axis=1, ddof=1))
    for p in (0.1, 0.25, 0.5, 0.9):  # at ranks p·(K + 1)
        expected = np.quantile(law.samples, p, axis=1, method="weibull")
        np.testing.assert_allclose(law.quantile(p), expected)
    np.testing.assert_allclose(law.support, (law.samples.min(axis=1), law.samples.max(axis=1)))


def test_beyond_the_samples_there_is_a_gaussian_tail() -> None:
    law, _ = drawn(20, 9)
    edge = stats.norm.ppf(0.1)
    low = law.samples.min(axis=1)
    np.testing.assert_allclose(law.quantile(0.025), low + (stats.norm.ppf(0.025) - edge) * law.std)
    tailed = SamplePredictive(law.samples, law.u, tails=True)
    np.testing.assert_allclose(tailed.cdf(law.quantile(0.025)), 0.025)
    np.testing.assert_allclose(tailed.cdf(law.quantile(0.975)), 0.975)


def test_equal_samples_and_y_on_a_sample_stay_between_0_and_1() -> None:
    law = SamplePredictive(np.array([[1.0, 1.0, 2.0], [0.0, 0.0, 0.0]]), np.array([0.3, 0.9]), tails=True)
    cdf = law.cdf(np.array([1.0, 5.0]))
    assert cdf[0] == pytest.approx(0.3 * 3 / 4)
    assert 0.75 <= cdf[1] <= 1


@pytest.mark.parametrize("count", [2, 3, 4, 10, 99])
def test_the_smooth_distribution_has_the_width_of_the_samples(count: int) -> None:
    law, _ = drawn(400, count)
    ratio = law.smooth.std / law.std
    assert np.median(ratio) == pytest.approx(1, abs=0.12)
