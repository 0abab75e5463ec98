"""The equal mixture of laws of any kind, held against closed forms and against draws."""

import numpy as np
import pytest

from core.distributions.blend import Blend, equal_mixture
from core.distributions.law import mean_difference_of
from core.distributions.laws import gaussian, laplace, student_t
from core.distributions.mixture import GaussianMixture
from core.distributions.quantiles import QuantilePredictive

RNG = np.random.default_rng(0)
N = 40
GAUSSIANS = [gaussian(RNG.normal(size=N) * 3, np.exp(RNG.normal(size=N) * 0.5)) for _ in range(4)]
Y = RNG.normal(size=N) * 3


def test_gaussians_make_a_gaussian_mixture_and_a_blend_is_the_same():
    mixture, blend = equal_mixture(GAUSSIANS), Blend(tuple(GAUSSIANS))
    assert isinstance(mixture, GaussianMixture)
    for name in ("nll", "cdf", "crps", "mean_abs"):
        np.testing.assert_allclose(getattr(blend, name)(Y), getattr(mixture, name)(Y), rtol=1e-5, atol=1e-7)
    for name in ("mean", "std", "mean_difference"):
        np.testing.assert_allclose(getattr(blend, name), getattr(mixture, name), rtol=1e-5)
    for p in (0.001, 0.025, 0.5, 0.9):
        np.testing.assert_allclose(blend.quantile(p), mixture.quantile(p), atol=1e-7)


def test_mixtures_of_mixtures_are_flat():
    inner = [equal_mixture(GAUSSIANS[:2]), equal_mixture(GAUSSIANS[2:])]
    whole = equal_mixture(inner)
    assert isinstance(whole, GaussianMixture)
    np.testing.assert_allclose(whole.nll(Y), equal_mixture(GAUSSIANS).nll(Y))


def test_one_law_is_itself_and_none_is_refused():
    assert equal_mixture(GAUSSIANS[:1]) is GAUSSIANS[0]
    with pytest.raises(ValueError, match="at least one"):
        equal_mixture([])


@pytest.mark.parametrize("df", [2.05, 3.0, 5.0, 30.0])
def test_the_mean_difference_of_heavy_tails_is_the_closed_form(df):
    law = student_t(np.zeros(2), np.array([1.0, 0.1]), df)
    np.testing.assert_allclose(mean_difference_of(law), law.mean_difference, rtol=2e-4)


def test_parts_of_other_kinds_agree_with_draws():
    rng, draws = np.random.default_rng(1), 200_000
    levels = (0.1, 0.5, 0.9)
    parts = (
        student_t(np.array([0.0]), np.array([1.0]), 4.0),
        laplace(np.array([2.0]), np.array([0.5])),
        QuantilePredictive(levels, np.array([[-1.0, 0.5, 1.5]])),
    )
    law = equal_mixture(parts)
    one = [rng.standard_t(4, draws), 2 + rng.laplace(0, 0.5, draws)]
    one.append(np.concatenate([parts[2].quantile(p) for p in (np.arange(draws) + 0.5) / draws]))
    sample = rng.permutation(np.concatenate(one))
    assert law.mean[0] == pytest.approx(sample.mean(), abs=0.01)
    assert law.std[0] == pytest.approx(sample.std(), rel=0.01)
    assert law.quantile(0.975)[0] == pytest.approx(np.quantile(sample, 0.975), abs=0.03)
    half = len(sample) // 2
    by_draws = np.abs(sample - 0.7).mean() - 0.5 * np.abs(sample[:half] - sample[half : 2 * half]).mean()
    assert law.crps(np.array([0.7]))[0] == pytest.approx(by_draws, abs=0.01)
