"""Scores against closed forms, scoringrules and plain numpy."""

import warnings

import numpy as np
import pytest
import scoringrules

from core.data.dataset import Truth
from core.data.noise import NOISES
from core.distributions.laws import gaussian, laplace
from core.evaluation.judged import Judged
from core.evaluation.scores import COMPARED, QUICK, estimates
from core.evaluation.truth import gap

RNG = np.random.default_rng(2)
X = np.linspace(0, 1, 101)
NAMES = {"nll", "crps", "rmse", "coverage_95", "gap", "log_std_rmse"}
every_noise = pytest.mark.parametrize("family", NOISES)


def truth(family: str = "gaussian") -> Truth:
    return Truth(lambda x: np.sin(6 * x), lambda x: 0.1 + x, NOISES[family])


def quick_scores(predictive, y: np.ndarray, on_grid=None, known: Truth | None = None) -> dict[str, float | None]:
    judged = Judged(predictive, y, on_grid, X, known)
    return {name: estimate.value for name, estimate in estimates(judged, QUICK).items()}


def test_gap_between_gaussians() -> None:
    """½[log(v/σ²) + (σ² + (f − μ)²)/v − 1]."""
    mean, std = RNG.normal(size=101), np.exp(RNG.normal(size=101))
    f, sigma = truth().mean(X), truth().std(X)
    by_hand = 0.5 * (np.log(std**2 / sigma**2) + (sigma**2 + (f - mean) ** 2) / std**2 - 1)
    np.testing.assert_allclose(gap(gaussian(mean, std), X, truth()), by_hand, atol=1e-12)


def test_gap_is_zero_at_the_truth() -> None:
    same = gaussian(truth().mean(X), truth().std(X))
    np.testing.assert_allclose(gap(same, X, truth()), 0, atol=1e-12)
    other = laplace(truth().mean(X), truth().std(X) / np.sqrt(2))
    np.testing.assert_allclose(gap(other, X, truth("laplace")), 0, atol=1e-12)


@every_noise
def test_gap_is_an_average_over_draws(family: str) -> None:
    """log p(Y) − log q(Y), averaged over draws of Y: only the densities are ours."""
    x, n = np.full(1, 0.4), 200_000
    of = truth(family)
    z = of.noise.sample(np.random.default_rng(3), n)
    y = of.mean(x) + of.std(x) * z
    for predictive in (gaussian(of.mean(x) + 0.1, np.array([0.7])), laplace(of.mean(x), of.std(x))):
        draws = of.noise.log_density(z) - np.log(of.std(x)) + predictive.nll(y)
        assert gap(predictive, x, of)[0] == pytest.approx(draws.mean(), abs=5 * draws.std() / np.sqrt(n))
        assert gap(predictive, x, of)[0] > 0


def test_score_values() -> None:
    n = 500
    mean, std = RNG.normal(size=n), np.exp(RNG.normal(size=n) / 2)
    y = mean + std * RNG.normal(size=n)
    on_grid = gaussian(truth().mean(X) + 0.2, 2 * truth().std(X))
    found = quick_scores(gaussian(mean, std), y, on_grid, truth())
    assert set(found) == NAMES
    assert all(type(value) is float for value in found.values())
    assert found["nll"] == pytest.approx(np.mean(scoringrules.logs_normal(y, mean, std)), abs=1e-9)
    assert found["crps"] == pytest.approx(np.mean(scoringrules.crps_normal(y, mean, std)), abs=1e-9)
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean((y - mean) ** 2)), abs=1e-12)
    assert found["coverage_95"] == pytest.approx(np.mean(np.abs(y - mean) / std < 1.959964), abs=1e-12)
    assert found["log_std_rmse"] == pytest.approx(np.log(2), abs=1e-12)
    sigma = truth().std(X)
    assert found["gap"] == pytest.approx(np.mean(np.log(2) + 0.5 * ((1 + 0.04 / sigma**2) / 4 - 1)), abs=1e-12)


def test_coverage_of_the_true_distribution() -> None:
    y = RNG.laplace(0, 2, 40_000)
    found = quick_scores(laplace(np.zeros(40_000), np.full(40_000, 2.0)), y)
    assert found["coverage_95"] == pytest.approx(0.95, abs=0.005)


def test_without_a_truth_there_is_no_gap() -> None:
    found = quick_scores(gaussian(np.zeros(3), np.ones(3)), np.zeros(3))
    assert found["gap"] is None
    assert found["log_std_rmse"] is None
    assert found["coverage_95"] == 1.0


@pytest.mark.parametrize("kind", [gaussian, laplace])
@pytest.mark.parametrize(
    ("mean", "spread", "missing"),
    [
        (0.0, 0.0, {"nll", "crps", "gap", "log_std_rmse"}),
        (0.0, np.inf, {"nll", "crps", "coverage_95", "log_std_rmse"}),
        (np.nan, 1.0, NAMES - {"log_std_rmse"}),
        (0.0, np.nan, NAMES - {"rmse"}),
        (np.inf, 1.0, NAMES - {"log_std_rmse"}),
        (0.0, 1e308, set()),
    ],
)
def test_a_score_that_is_not_finite_is_none_without_a_warning(
    kind, mean: float, spread: float, missing: set[str]
) -> None:
    y = RNG.normal(size=101)
    predictive = kind(np.full(101, mean), np.full(101, spread))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = quick_scores(predictive, y, predictive, truth())
    assert set(found) == NAMES
    assert missing <= {name for name, value in found.items() if value is None}
    assert all(np.isfinite(value) for value in found.values() if value is not None)
    if not missing:
        assert found["rmse"] is not None


# Two scores


def test_only_scores_that_every_run_has_are_compared() -> None:
    assert set(COMPARED) <= set(QUICK)
    assert "loss" not in COMPARED


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("nll", -1.0984, "−1.098"), ("gap", 0.00241, "0.0024"), ("coverage_95", 0.9478, "94.8 %"), ("crps", None, "–"),
     ("crps", 1.13e-5, "1.13e−05"), ("rmse", 2.02e-9, "2.02e−09"), ("rmse", 2.02e9, "2.02e+09"),
     ("rmse", 0.0202, "0.0202"),     ("gap", 2.13e-5, "2.13e−05"), ("gap", 0.0, "0.0000"), ("nll", 0.0001, "0.000")],
)  # fmt: skip
def test_words(name: str, value: float | None, words: str) -> None:
    assert COMPARED[name].words(value) == words


@pytest.mark.parametrize(
    ("name", "value", "error", "words"),
    [("rmse", 0.0021, 1.7e-5, "0.002100"), ("crps", 1.1432e-9, 1.2e-11, "1.143e−09"),
     ("nll", -19.612, 0.0142, "−19.612"), ("coverage_95", 0.94783, 0.0032, "94.8 %"),
     ("coverage_95", 0.94783, 0.032, "95 %"), ("rmse", 0.2, 0.0, "0.200")],
)  # fmt: skip
def test_a_score_has_the_digits_of_its_standard_error(name: str, value: float, error: float, words: str) -> None:
    assert COMPARED[name].words(value, error) == words
