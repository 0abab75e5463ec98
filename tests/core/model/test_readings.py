"""Readings against scoringrules, the cdf, and quadrature."""

from itertools import pairwise

import numpy as np
import pytest
import scoringrules
from scipy import integrate, special

from core.data.noise import NOISES
from core.model.losses import LOSSES
from core.model.readings import READINGS

RNG = np.random.default_rng(1)
N = 200
MEAN, S = RNG.normal(0, 3, N), RNG.normal(-1, 1.5, N)
Y = MEAN + np.exp(np.minimum(S, S / 2)) * RNG.normal(0, 3, N)  # some 12 stds at most: scoringrules' density underflows


def normal(std):
    return {
        "std": std,
        "nll": lambda y, mean, s: scoringrules.logs_normal(y, mean, std(s)),
        "crps": lambda y, mean, s: scoringrules.crps_normal(y, mean, std(s)),
        "cdf": lambda y, mean, s: special.ndtr((y - mean) / std(s)),
    }


def laplace(scale):
    return {
        "std": lambda s: np.sqrt(2) * scale(s),
        "nll": lambda y, mean, s: scoringrules.logs_laplace(y, mean, scale(s)),
        "crps": lambda y, mean, s: scoringrules.crps_laplace(y, mean, scale(s)),
        "cdf": lambda y, mean, s: (
            0.5 - 0.5 * np.sign(mean - y) * np.sign(np.abs(y - mean)) * -np.expm1(-np.abs(y - mean) / scale(s))
        ),
    }


ORACLES = {
    "log_variance": normal(lambda s: np.exp(s) ** 0.5),
    "laplace_scale": laplace(lambda s: np.exp(s)),
    "mean_absolute": normal(lambda s: np.exp(s) / np.sqrt(2 / np.pi)),
    "constant_variance": normal(lambda s: np.exp(s) ** 0.5),
}
every_reading = pytest.mark.parametrize("name", READINGS)


def test_every_reading_has_its_oracle() -> None:
    assert set(ORACLES) == set(READINGS)


def test_every_reading_is_of_some_loss() -> None:
    assert {reading for loss in LOSSES.values() for reading in loss.readings} == set(READINGS)


@every_reading
def test_the_row_is_documented(name: str) -> None:
    row = READINGS[name]
    assert row.name == name
    assert all((row.label, row.short, row.help))


@every_reading
def test_mean_and_std(name: str) -> None:
    predictive = READINGS[name].predictive(MEAN, S)
    np.testing.assert_array_equal(predictive.mean, MEAN)
    np.testing.assert_allclose(predictive.std, ORACLES[name]["std"](S), rtol=1e-12)


@every_reading
@pytest.mark.parametrize("score", ["nll", "crps"])
def test_scores_against_scoringrules(name: str, score: str) -> None:
    found = getattr(READINGS[name].predictive(MEAN, S), score)(Y)
    assert found.shape == (N,)
    np.testing.assert_allclose(found, ORACLES[name][score](Y, MEAN, S), rtol=1e-9, atol=1e-9)


@every_reading
@pytest.mark.parametrize("level", [0.1, 0.5, 0.95, 0.999])
def test_interval_holds_its_share(name: str, level: float) -> None:
    lower, upper = READINGS[name].predictive(MEAN, S).interval(level)
    cdf = ORACLES[name]["cdf"]
    np.testing.assert_allclose(cdf(lower, MEAN, S), (1 - level) / 2, atol=1e-12)
    np.testing.assert_allclose(cdf(upper, MEAN, S), (1 + level) / 2, atol=1e-12)


@every_reading
@pytest.mark.parametrize("family", NOISES)
def test_cross_entropy_by_quadrature(name: str, family: str) -> None:
    noise = NOISES[family]
    cases = [(0.0, 0.2), (0.0, 3.0), (0.5, 1.0), (-2.0, 0.7)]  # true mean and std; predicted: 0.1, s = −0.4
    n = len(cases)
    predictive = READINGS[name].predictive(np.full(n, 0.1), np.full(n, -0.4))
    means, stds = np.array(cases).T
    found = predictive.cross_entropy(means, stds, noise)
    assert found.shape == (n,)
    for (mean, std), value in zip(cases, found, strict=True):

        def integrand(z, mean=mean, std=std):
            at_y = READINGS[name].predictive(np.array([0.1]), np.array([-0.4])).nll(np.array([mean + std * z]))
            return np.exp(noise.log_density(z)) * at_y[0]

        kink = (0.1 - mean) / std  # a Laplace density's own
        cuts = sorted({-2000.0, -80.0, -2.0, 0.0, 4.0, 80.0, 2000.0, float(np.clip(kink, -79, 79))})
        parts = [integrate.quad(integrand, a, b, limit=200)[0] for a, b in pairwise(cuts)]
        assert value == pytest.approx(sum(parts), abs=1e-6)


def test_posted_outputs_read_three_ways() -> None:
    """SCIENCE of the question: exp(s) = E|r| = 0.1596 at σ = 0.2, read as a variance, a scale, an E|r|."""
    truth, one = NOISES["gaussian"], np.ones(1)
    s = np.log([0.2 * truth.mad])
    assert np.exp(s[0]) == pytest.approx(0.1596, abs=5e-5)
    entropy = truth.entropy + np.log(0.2)

    def read(name: str) -> tuple[float, float]:
        predictive = READINGS[name].predictive(one, s)
        return float(predictive.cross_entropy(one, 0.2 * one, truth)[0] - entropy), float(predictive.std[0])

    assert set(LOSSES["posted"].readings) == {"log_variance", "laplace_scale", "mean_absolute"}
    assert read("log_variance") == (pytest.approx(0.317, abs=5e-4), pytest.approx(0.40, abs=1e-3))
    assert read("mean_absolute") == (pytest.approx(0, abs=1e-12), pytest.approx(0.2, abs=1e-12))
    assert read("laplace_scale") == (
        pytest.approx(np.log(2 * 0.2 * truth.mad) + 1 - entropy, abs=1e-12),
        pytest.approx(1.128 * 0.2, abs=1e-4),
    )


def test_read_as_a_variance_it_is_right_at_one_std_only() -> None:
    """exp(s) = 0.798 σ is the variance where σ = 0.798; above it the band is too narrow, below too wide."""
    mad = NOISES["gaussian"].mad
    for std, sign in ((0.2, 1), (mad, 0), (3.0, -1)):
        predicted = READINGS["log_variance"].predictive(np.zeros(1), np.log([std * mad])).std[0]
        assert np.sign(np.round(predicted - std, 12)) == sign
