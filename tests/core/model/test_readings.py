"""Readings against scoringrules, scipy and the formulas of their rows."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import special, stats

from core.data.noise import NOISES
from core.distributions.laws import Gaussian, Laplace, StudentT
from core.distributions.mixture import GaussianMixture
from core.distributions.quantiles import QuantilePredictive
from core.model.losses import LOSSES, loss_with
from core.model.readings import READINGS
from tests.core.compiles_nothing import scoringrules

RNG = np.random.default_rng(1)
N = 200
MEAN, S = RNG.normal(0, 3, N), RNG.normal(-1, 1.0, N)
LEVELS = (0.1, 0.25, 0.5, 0.9)


@dataclass(frozen=True)
class Oracle:
    """Outputs (N, H) and numbers, and what they mean: mean, std, and the scores of y."""

    kind: type
    outputs: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    nll: Callable[[np.ndarray], np.ndarray]
    crps: Callable[[np.ndarray], np.ndarray]
    cdf: Callable[[np.ndarray], np.ndarray]
    numbers: tuple[float, ...] = ()


def two(second: np.ndarray = S, first: np.ndarray = MEAN) -> np.ndarray:
    return np.column_stack([first, second])


def normal(std: np.ndarray, outputs: np.ndarray | None = None) -> Oracle:
    return Oracle(
        Gaussian,
        two() if outputs is None else outputs,
        MEAN,
        std,
        nll=lambda y: scoringrules.logs_normal(y, MEAN, std),
        crps=lambda y: scoringrules.crps_normal(y, MEAN, std),
        cdf=lambda y: special.ndtr((y - MEAN) / std),
    )


def laplace(scale: np.ndarray) -> Oracle:
    return Oracle(
        Laplace,
        two(),
        MEAN,
        np.sqrt(2) * scale,
        nll=lambda y: scoringrules.logs_laplace(y, MEAN, scale),
        crps=lambda y: scoringrules.crps_laplace(y, MEAN, scale),
        cdf=lambda y: stats.laplace.cdf(y, MEAN, scale),
    )


def student(scale: np.ndarray, nu: np.ndarray, outputs: np.ndarray, numbers: tuple[float, ...] = ()) -> Oracle:
    return Oracle(
        StudentT,
        outputs,
        MEAN,
        stats.t.std(nu, MEAN, scale),
        nll=lambda y: scoringrules.logs_t(y, nu, MEAN, scale),
        crps=lambda y: scoringrules.crps_t(y, nu, MEAN, scale),
        cdf=lambda y: stats.t.cdf(y, nu, MEAN, scale),
        numbers=numbers,
    )


T, LOG_NU, LOG_BETA = RNG.normal(1.5, 0.7, N), RNG.normal(0, 1, N), RNG.normal(0, 1, N)
ALPHA = 1 + np.exp(T)
LOGITS, MEANS, LOG_STDS = RNG.normal(0, 1, (N, 3)), RNG.normal(0, 3, (N, 3)), RNG.normal(-1, 0.5, (N, 3))
WEIGHTS = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)


def mixture() -> Oracle:
    mean = (WEIGHTS * MEANS).sum(axis=1)
    second = (WEIGHTS * (np.exp(2 * LOG_STDS) + MEANS**2)).sum(axis=1)
    return Oracle(
        GaussianMixture,
        np.concatenate([LOGITS, MEANS, LOG_STDS], axis=1),
        mean,
        np.sqrt(second - mean**2),
        nll=lambda y: scoringrules.logs_mixnorm(y, MEANS, np.exp(LOG_STDS), WEIGHTS),
        crps=lambda y: scoringrules.crps_mixnorm(y, MEANS, np.exp(LOG_STDS), WEIGHTS),
        cdf=lambda y: (WEIGHTS * special.ndtr((y[:, None] - MEANS) / np.exp(LOG_STDS))).sum(axis=1),
    )


def quantiles() -> Oracle:
    """Quantiles of a Gaussian are read as that Gaussian."""
    std = np.exp(S)
    of_gaussian = MEAN[:, None] + std[:, None] * special.ndtri(LEVELS)
    one = normal(std, of_gaussian)
    return Oracle(QuantilePredictive, one.outputs, one.mean, one.std, one.nll, one.crps, one.cdf, LEVELS)


ORACLES = {
    "log_variance": normal(np.exp(S) ** 0.5),
    "laplace_scale": laplace(np.exp(S)),
    "mean_absolute": normal(np.exp(S) / np.sqrt(2 / np.pi)),
    "laplace_variance": laplace(np.sqrt(np.exp(S) / 2)),
    "log_std": normal(np.exp(S)),
    "log_precision": normal(1 / np.sqrt(np.exp(S))),
    "twice_variance": normal(np.sqrt(np.exp(S) / 2)),
    "half_variance": normal(np.sqrt(np.exp(S) * 2)),
    "relu_variance": normal(np.exp(S), two(np.exp(2 * S))),
    "own": normal(np.exp(S), two(np.exp(S))),  # whose formula is s, until a typed loss brings another
    "clamped_log_variance": normal(np.exp(np.clip(S, -2, 2)) ** 0.5),
    "natural": normal(np.exp(S), two(-2 * S, MEAN / np.exp(S))),
    "student_t": student(np.exp(S), np.full(N, 7.0), two(), (7.0,)),
    "student_t_learned": student(np.exp(S), 2 + np.exp(T), np.column_stack([MEAN, S, T])),
    "quantiles": quantiles(),
    "mixture": mixture(),
    # Amini 2020, eq. 15: a Student-t of 2α, scale² = β(1 + ν)/(να).
    "evidential": student(
        np.sqrt(np.exp(LOG_BETA) * (1 + np.exp(LOG_NU)) / (np.exp(LOG_NU) * ALPHA)),
        2 * ALPHA,
        np.column_stack([MEAN, LOG_NU, T, LOG_BETA]),
        (0.01,),
    ),
    "constant_variance": normal(np.exp(S) ** 0.5),
}
every_reading = pytest.mark.parametrize("name", READINGS)


def read(name: str):
    return READINGS[name].predictive(ORACLES[name].outputs, ORACLES[name].numbers)


def targets(name: str) -> np.ndarray:
    """Some 6 stds away at most: scoringrules' densities underflow."""
    oracle = ORACLES[name]
    return oracle.mean + oracle.std * np.random.default_rng(2).normal(0, 2, N)


def test_every_reading_has_its_oracle() -> None:
    assert set(ORACLES) == set(READINGS)


def test_every_reading_is_of_some_loss() -> None:
    of_losses = {reading for loss in LOSSES.values() for reading in loss.readings}
    of_typed = loss_with("typed", {"reading_formula": "softplus(s)"}).readings
    assert of_losses | set(of_typed) == set(READINGS)


@every_reading
def test_the_row_is_documented(name: str) -> None:
    row = READINGS[name]
    assert row.name == name
    assert all((row.label, row.short, row.help))


@every_reading
def test_mean_and_std(name: str) -> None:
    predictive, oracle = read(name), ORACLES[name]
    assert type(getattr(predictive, "law", predictive)) is oracle.kind
    np.testing.assert_allclose(predictive.mean, oracle.mean, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(predictive.std, oracle.std, rtol=1e-9)
    np.testing.assert_allclose(predictive.var, oracle.std**2, rtol=1e-9)


@every_reading
@pytest.mark.parametrize("score", ["nll", "crps", "cdf"])
def test_scores_against_scoringrules(name: str, score: str) -> None:
    y = targets(name)
    found = getattr(read(name), score)(y)
    assert found.shape == (N,)
    np.testing.assert_allclose(found, getattr(ORACLES[name], score)(y), rtol=1e-7, atol=1e-8)


@every_reading
@pytest.mark.parametrize("level", [0.1, 0.5, 0.95, 0.999])
def test_interval_holds_its_share(name: str, level: float) -> None:
    lower, upper = read(name).interval(level)
    np.testing.assert_allclose(ORACLES[name].cdf(lower), (1 - level) / 2, atol=1e-8)
    np.testing.assert_allclose(ORACLES[name].cdf(upper), (1 + level) / 2, atol=1e-8)


@every_reading
def test_a_film_is_read_frame_by_frame(name: str) -> None:
    """Outputs (frames, points, H), as a run keeps them."""
    outputs, numbers = ORACLES[name].outputs, ORACLES[name].numbers
    film = READINGS[name].predictive(np.stack([outputs, outputs[::-1]]), numbers)
    assert film.mean.shape == film.std.shape == (2, N)
    np.testing.assert_allclose(film.std[1], read(name).std[::-1], rtol=1e-12)
    y = targets(name)
    np.testing.assert_allclose(film.nll(np.stack([y, y[::-1]]))[1], read(name).nll(y)[::-1], rtol=1e-9)


@every_reading
def test_cross_entropy_is_an_average_of_the_nll(name: str) -> None:
    oracle, noise = ORACLES[name], NOISES["gaussian"]
    draws = np.random.default_rng(4).standard_normal((4000, 1))
    std = 0.7 * oracle.std
    scores = read(name).nll(oracle.mean + std * draws)
    found = read(name).cross_entropy(oracle.mean, std, noise)
    assert found.shape == (N,)
    assert (np.abs(scores.mean(axis=0) - found) < 6 * scores.std(axis=0) / np.sqrt(4000) + 1e-9).all()


@pytest.mark.parametrize("levels", [(0.5, 0.9), (0.05, 0.25, 0.5, 0.75, 0.95)])
def test_the_loss_says_which_levels_its_outputs_are(levels) -> None:
    loss = loss_with("pinball", {"levels": levels})
    predictive = READINGS["quantiles"].predictive(np.arange(float(len(levels)))[None], loss.values)
    for i, level in enumerate(levels):
        assert predictive.quantile(level)[0] == pytest.approx(i, abs=1e-12)


def test_a_variance_of_zero_is_read_as_no_spread() -> None:
    assert READINGS["relu_variance"].predictive(np.array([[1.0, -3.0], [1.0, 4.0]]), ()).std.tolist() == [0, 2]


def test_posted_outputs_read_three_ways() -> None:
    """The question's numbers: exp(s) = E|r| = 0.1596 at σ = 0.2, read as a variance, a scale, an E|r|."""
    truth, one = NOISES["gaussian"], np.ones(1)
    s = np.log([0.2 * truth.mad])
    assert np.exp(s[0]) == pytest.approx(0.1596, abs=5e-5)
    entropy = truth.entropy + np.log(0.2)

    def costs(name: str) -> tuple[float, float]:
        predictive = READINGS[name].predictive(np.column_stack([one, s]), ())
        return float(predictive.cross_entropy(one, 0.2 * one, truth)[0] - entropy), float(predictive.std[0])

    assert set(LOSSES["posted"].readings) == {"log_variance", "laplace_scale", "mean_absolute"}
    assert costs("log_variance") == (pytest.approx(0.317, abs=5e-4), pytest.approx(0.40, abs=1e-3))
    assert costs("mean_absolute") == (pytest.approx(0, abs=1e-12), pytest.approx(0.2, abs=1e-12))
    assert costs("laplace_scale") == (
        pytest.approx(np.log(2 * 0.2 * truth.mad) + 1 - entropy, abs=1e-12),
        pytest.approx(1.128 * 0.2, abs=1e-4),
    )


def test_read_as_a_variance_it_is_right_at_one_std_only() -> None:
    """exp(s) = 0.798 σ is the variance where σ = 0.798; above it the band is too narrow, below too wide."""
    mad = NOISES["gaussian"].mad
    for std, sign in ((0.2, 1), (mad, 0), (3.0, -1)):
        predicted = READINGS["log_variance"].predictive(np.array([[0.0, np.log(std * mad)]]), ()).std[0]
        assert np.sign(np.round(predicted - std, 12)) == sign
