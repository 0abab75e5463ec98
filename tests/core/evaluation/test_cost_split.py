"""The gap to the truth by cause: each part by hand, and together the gap."""

import numpy as np
import pytest

from core.data.dataset import Truth
from core.data.noise import NOISES
from core.distributions.laws import gaussian, laplace, student_t
from core.evaluation.cost_split import cost_split
from core.evaluation.truth import gap

X = np.linspace(0, 1, 400)


def truth(noise: str = "gaussian", std=lambda x: 0.1 + 0.1 * x) -> Truth:
    return Truth(np.sin, std, NOISES[noise])


def split(predictive, known: Truth):
    found = cost_split(lambda indices: predictive(X[indices]), X, known)
    assert found.mean + found.width + found.along_x + found.shape == pytest.approx(found.total)
    assert found.total == pytest.approx(np.mean(gap(predictive(X), X, known)))
    return found


def test_the_right_distribution_costs_nothing() -> None:
    known = truth()
    found = split(lambda x: gaussian(known.mean(x), known.std(x)), known)
    assert (found.total, found.factor) == (pytest.approx(0, abs=1e-12), pytest.approx(1))


def test_a_shift_is_the_cost_of_the_mean() -> None:
    """½·δ²/σ² of a δ that is added to the mean, and nothing else."""
    known = truth()
    found = split(lambda x: gaussian(known.mean(x) + 0.05, known.std(x)), known)
    assert found.mean == pytest.approx(np.mean(0.5 * 0.05**2 / known.std(X) ** 2))
    assert found.width == pytest.approx(0, abs=1e-9)


def test_a_factor_is_the_cost_of_the_width() -> None:
    """log k + ½·(1/k² − 1) of a std that is k times the true one, at every x."""
    known = truth()
    found = split(lambda x: gaussian(known.mean(x), 2 * known.std(x)), known)
    assert found.width == pytest.approx(np.log(2) + 0.5 * (0.25 - 1))
    assert found.factor == pytest.approx(2)
    assert found.ratio == pytest.approx(np.full(X.size, 2.0))
    assert (found.mean, found.along_x) == (pytest.approx(0, abs=1e-12), pytest.approx(0, abs=1e-9))


def test_one_std_where_the_noise_varies_is_the_cost_along_x() -> None:
    """½·log of the mean of σ² over its geometric mean."""
    known = truth()
    variance = known.std(X) ** 2
    found = split(lambda x: gaussian(known.mean(x), np.full(x.size, np.sqrt(variance.mean()))), known)
    assert found.along_x == pytest.approx(0.5 * (np.log(variance.mean()) - np.log(variance).mean()))
    assert found.width == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("noise", "cost"), [("laplace", 0.0724), ("outliers", 0.2914)])
def test_what_is_left_is_the_shape(noise: str, cost: float) -> None:
    known = truth(noise)
    found = split(lambda x: gaussian(known.mean(x), known.std(x)), known)
    assert found.shape == pytest.approx(cost, abs=1e-3)


def test_the_median_may_be_the_nearer_middle() -> None:
    """A Laplace distribution is nearest to skewed noise around its median, not around its mean."""
    known = truth("skewed")
    place = known.noise.median
    found = split(lambda x: laplace(known.mean(x) + place * known.std(x), known.noise.mad * known.std(x)), known)
    assert (found.mean, found.width, found.along_x) == pytest.approx((0, 0, 0), abs=1e-6)


@pytest.mark.parametrize("df", [2.0, 3.0, 30.0])
def test_factors_without_a_closed_form_are_searched_for(df: float) -> None:
    """Of a Student-t, also one without a std: twice too wide and half too wide cost what the best scale wins."""
    known = truth()
    wide, narrow = (
        split(lambda x, k=k: student_t(known.mean(x), k * known.std(x), np.full(x.size, df)), known) for k in (2.0, 0.5)
    )
    assert wide.shape == pytest.approx(narrow.shape, abs=1e-5)
    assert wide.factor == pytest.approx(4 * narrow.factor, rel=2e-3)
    assert not wide.is_exact


def test_extreme_std_do_not_overflow() -> None:
    known = truth()
    std = np.where(np.arange(X.size) % 50 == 0, 1e200, 0.15)
    found = cost_split(lambda indices: gaussian(known.mean(X[indices]), std[indices]), X, known)
    assert found.shape == pytest.approx(0, abs=1e-9)
    assert cost_split(lambda indices: gaussian(known.mean(X[indices]), 0 * std[indices]), X, known) is None
