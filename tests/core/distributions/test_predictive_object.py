"""What every predictive distribution has, whatever its family: compared with scipy, and its draws with its cdf."""

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.distributions.blend import Blend, equal_mixture
from core.distributions.drawn import SamplePredictive
from core.distributions.law import Law
from core.distributions.laws import gaussian, laplace, scaled, student_t
from core.distributions.mixture import GaussianMixture
from core.distributions.quantiles import QuantilePredictive
from core.distributions.recalibrated import RemappedPredictive
from core.distributions.rows import at_rows
from core.distributions.stated import MeanAlone
from core.distributions.transformed import ExpPredictive

MEAN, STD = np.array([-1.0, 0.5, 3.0]), np.array([0.5, 1.0, 2.0])
P = np.array([0.01, 0.2, 0.5, 0.9])[:, None]
Y = np.array([-0.7, 0.1, 4.0])
DRAWS = 4000
LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)

IN_SCIPY = {
    "gaussian": (gaussian(MEAN, STD), stats.norm(MEAN, STD)),
    "laplace": (laplace(MEAN, STD), stats.laplace(MEAN, STD)),
    "student_t": (student_t(MEAN, STD, 5.0), stats.t(5.0, MEAN, STD)),
    "log_normal": (ExpPredictive(gaussian(MEAN, STD / 4)), stats.lognorm(STD / 4, scale=np.exp(MEAN))),
}
OTHERS = {
    "mixture": GaussianMixture(np.full((3, 2), 0.5), np.stack([MEAN, MEAN + 4], -1), np.stack([STD, STD / 2], -1)),
    "blend": equal_mixture([laplace(MEAN, STD), laplace(MEAN + 2, STD)]),
    "quantiles": QuantilePredictive(LEVELS, MEAN[:, None] + STD[:, None] * np.array([-2, -0.5, 0, 0.4, 3])),
    "remapped": RemappedPredictive(gaussian(MEAN, STD), np.array([0, 0.4, 1]), np.array([0, 0.6, 1])),
    "scaled mixture": scaled(equal_mixture([gaussian(MEAN, STD), gaussian(MEAN + 1, STD)]), 1.5),
}
ALL = {name: law for name, (law, _) in IN_SCIPY.items()} | OTHERS


@pytest.mark.parametrize("name", IN_SCIPY)
def test_a_law_is_that_of_scipy(name: str) -> None:
    law, oracle = IN_SCIPY[name]
    y = np.exp(Y / 4) if name == "log_normal" else Y
    np.testing.assert_allclose(law.log_prob(y), oracle.logpdf(y), rtol=1e-10)
    np.testing.assert_allclose(law.cdf(y), oracle.cdf(y), rtol=1e-10)
    np.testing.assert_allclose(law.quantile(P), oracle.ppf(P), rtol=1e-9)
    np.testing.assert_allclose(law.interval(0.9), oracle.interval(0.9), rtol=1e-9)
    np.testing.assert_allclose(law.mean, oracle.mean(), rtol=1e-10)
    np.testing.assert_allclose(law.std, oracle.std(), rtol=1e-10)


@pytest.mark.parametrize("name", ALL)
def test_quantiles_of_many_probabilities_are_those_of_each(name: str) -> None:
    law = ALL[name]
    each = np.stack([law.quantile(float(p)) for p in P[:, 0]])
    np.testing.assert_allclose(law.quantile(P), each, rtol=1e-9, atol=1e-9)  # a search ends there
    np.testing.assert_allclose(law.cdf(each), np.broadcast_to(P, each.shape), atol=1e-9)


@pytest.mark.parametrize("name", ALL)
def test_draws_follow_the_law_and_their_seed(name: str) -> None:
    law = ALL[name]
    drawn = law.sample(DRAWS, 7)
    assert drawn.shape == (DRAWS, 3)
    np.testing.assert_array_equal(drawn, law.sample(DRAWS, np.random.default_rng(7)))
    assert not np.array_equal(drawn, law.sample(DRAWS, 8))
    ranks = np.asarray(law.cdf(drawn))
    assert min(stats.kstest(ranks[:, i], "uniform").pvalue for i in range(3)) > 1e-4
    correlations = np.corrcoef(ranks.T)[np.triu_indices(3, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(DRAWS)  # points are drawn apart


def test_the_crps_is_the_mean_over_draws() -> None:
    for law in (OTHERS["mixture"], OTHERS["blend"]):
        one, other = law.sample(40_000, 1), law.sample(40_000, 2)
        estimated = np.mean(np.abs(one - Y), axis=0) - np.mean(np.abs(one - other), axis=0) / 2
        np.testing.assert_allclose(law.crps(Y), estimated, atol=0.05)


@pytest.mark.parametrize("make", [gaussian, laplace, lambda m, s: GaussianMixture(*mixed(m, s))])
@pytest.mark.parametrize("of", [lambda law: law, lambda law: scaled(law, 1.3), ExpPredictive])
def test_the_parts_of_an_ensemble_are_those_of_its_members(make: Callable[..., Law], of: Callable[[Law], Law]) -> None:
    each = [make(MEAN / 4 + shift, STD / 8) for shift in (0.0, 0.3, 0.5)]
    law = of(equal_mixture(each))
    parts = law.parts
    assert len(law.members) == 3
    np.testing.assert_allclose(parts.total, law.var, rtol=1e-9)
    np.testing.assert_allclose(parts.aleatoric, np.mean([member.var for member in law.members], axis=0), rtol=1e-12)
    np.testing.assert_allclose(parts.epistemic, np.var([member.mean for member in law.members], axis=0), rtol=1e-9)
    if of(each[0]) is each[0]:
        np.testing.assert_allclose([member.mean for member in law.members], [member.mean for member in each])
        np.testing.assert_allclose([member.std for member in law.members], [member.std for member in each])


def mixed(mean: np.ndarray, std: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    weights = np.broadcast_to([0.25, 0.75], (3, 2))
    return weights, np.stack([mean, mean + 1], axis=-1), np.stack([std, std * 2], axis=-1)


@pytest.mark.parametrize("name", ["gaussian", "mixture", "quantiles", "remapped"])
def test_a_single_net_has_no_epistemic_part(name: str) -> None:
    law = ALL[name]
    assert law.members == (law,)
    np.testing.assert_array_equal(law.parts.epistemic, np.zeros(3))
    np.testing.assert_allclose(law.parts.total, law.var)


def test_a_remapped_ensemble_is_not_split() -> None:
    ensemble = equal_mixture([gaussian(MEAN, STD), gaussian(MEAN + 1, STD)])
    law = RemappedPredictive(ensemble, np.array([0, 0.4, 1]), np.array([0, 0.6, 1]))
    with pytest.raises(ValueError, match="cannot be split"):
        _ = law.parts


@pytest.mark.parametrize("name", [name for name in ALL if name != "remapped"])
def test_some_rows_are_those_of_the_whole(name: str) -> None:
    law, rows = ALL[name], np.array([2, 0])
    np.testing.assert_allclose(at_rows(law, rows).quantile(0.3), np.asarray(law.quantile(0.3))[rows], rtol=1e-9)
    np.testing.assert_allclose(at_rows(law, rows).crps(Y[rows]), np.asarray(law.crps(Y))[rows], rtol=1e-6)


def test_what_cannot_be_drawn_or_divided_is_refused() -> None:
    with pytest.raises(ValueError, match="only means"):
        MeanAlone(MEAN).sample(3, 0)
    with pytest.raises(ValueError, match="cannot be divided"):
        at_rows(OTHERS["remapped"], slice(2))
    for size in (0, -1, 10**8):
        with pytest.raises(ValueError, match="numbers"):
            gaussian(MEAN, STD).sample(size, 0)


def test_samples_are_drawn_among_themselves() -> None:
    law = SamplePredictive(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([0.5, 0.5]))
    drawn = law.sample(500, 0)
    assert [sorted(set(drawn[:, i])) for i in (0, 1)] == [[1, 2, 3], [4, 5, 6]]


def test_one_law_alone_is_drawn_too() -> None:
    law = Blend((gaussian(np.array(0.0), np.array(1.0)), laplace(np.array(1.0), np.array(1.0))))
    assert law.sample(10, 0).shape == (10,)


BAD_QUESTIONS = [
    ("quantile", 1.2, ValueError, "p is 1.2: it must lie between 0 and 1"),
    ("quantile", np.nan, ValueError, "p is nan"),
    ("quantile", np.array([[0.5], [-0.1]]), ValueError, "p is -0.1"),
    ("quantile", [0.1, 0.9], ValueError, r"p has shape \(2,\), and the distribution has shape \(3,\): give one prob"),
    ("quantile", "0.5", TypeError, "p is '0.5': give a real number"),
    ("interval", 95, ValueError, "level is 95: it must lie between 0 and 1, such as 0.9"),
    ("interval", None, TypeError, "level is None"),
    ("cdf", np.ones(2), ValueError, r"y has shape \(2,\), and the distribution has shape \(3,\): give one value"),
    ("log_prob", ["a", "b", "c"], TypeError, "y is .*: give a real number"),
    ("nll", np.ones(3) * 1j, TypeError, "y is .*: give a real number"),
    ("crps", np.ones((3, 2)), ValueError, r"y has shape \(3, 2\)"),
    ("crps", pd.DataFrame({"y": np.ones(3)}), TypeError, "y is a DataFrame"),
]


@pytest.mark.parametrize(("method", "asked", "error", "words"), BAD_QUESTIONS, ids=str)
def test_what_cannot_be_asked_is_refused_in_one_sentence(method, asked, error, words) -> None:
    for law in ALL.values():
        with pytest.raises(error, match=words) as refused:
            getattr(law, method)(asked)
        assert "\n" not in str(refused.value)


def test_the_ends_of_all_probabilities_are_those_of_the_support() -> None:
    for law in ALL.values():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            low, high = law.interval(1)
        np.testing.assert_array_equal(low, np.broadcast_to(law.support[0], 3))
        np.testing.assert_array_equal(high, np.broadcast_to(law.support[1], 3))
    with pytest.raises(TypeError, match=r"size is 2\.5: it must be a whole number"):
        law.sample(2.5, 0)
