"""Tests of a right model: exact laws, what leaves them alone, and what sets them off."""

import numpy as np
import pytest
from scipy import stats

from core.distributions.laws import gaussian, laplace, student_t
from core.evaluation import right_model as right
from core.evaluation.judged import Judged

Z = np.random.default_rng(0).normal(size=200)
X = np.random.default_rng(1).uniform(size=200)


def test_normal_scores_are_z_of_a_gaussian_and_of_the_cdf_of_others() -> None:
    mean, std = np.full(200, 3.0), np.full(200, 2.0)
    np.testing.assert_allclose(right.normal_scores(Judged(gaussian(mean, std), 3 + 2 * Z)), Z, atol=1e-14)
    y = 3 + 2 * Z
    scores = right.normal_scores(Judged(laplace(mean, std), y))
    np.testing.assert_allclose(stats.norm.cdf(scores), stats.laplace.cdf(y, 3, 2), atol=1e-12)
    far = right.normal_scores(Judged(student_t(np.zeros(2), np.ones(2), 3.0), np.array([-1e30, 1e30])))
    assert np.isfinite(far).all()


def test_p_values_are_those_of_scipy() -> None:
    assert right.bias_p(Z) == pytest.approx(2 * stats.norm.sf(abs(Z.mean()) * np.sqrt(200)), rel=1e-9)
    assert right.t_p(Z) == pytest.approx(stats.ttest_1samp(Z, 0).pvalue, rel=1e-9)
    total = np.sum(Z**2)
    assert right.width_p(Z) == pytest.approx(2 * min(stats.chi2.cdf(total, 200), stats.chi2.sf(total, 200)), rel=1e-9)
    assert right.farthest_p(Z) == pytest.approx(1 - stats.chi2.cdf(np.max(Z**2), 1) ** 200, rel=1e-9)
    ranks = stats.rankdata(X)
    slope = stats.linregress(ranks, Z**2)
    assert right.follows_p(Z**2, right.line_along(X)) == pytest.approx(slope.pvalue, rel=1e-9)


def test_the_law_of_the_sum_of_squares_is_exact_for_few_points() -> None:
    assert right.width_p(np.array([8.0, 1, -4, 5])) == pytest.approx(2 * stats.chi2.sf(106, 4), rel=1e-9)
    assert right.width_p(np.array([6.7, -6.7])) < 1e-15


@pytest.mark.parametrize("n", [40, 200, 600])
def test_columns_along_an_axis_are_orthonormal(n: int) -> None:
    rng = np.random.default_rng(n)
    for axis in (rng.uniform(size=n), rng.integers(0, 9, n).astype(float)):  # with ties too
        for columns in (right.line_along(axis), right.curve_along(axis)):
            np.testing.assert_allclose(columns.mean(axis=0), 0, atol=1e-9)
            np.testing.assert_allclose(columns.T @ columns / n, np.eye(columns.shape[1]), atol=1e-9)
    assert right.line_along(np.ones(n)).shape == right.curve_along(np.ones(n)).shape == (n, 0)


def test_rank_tests_do_not_feel_a_wrong_mean_width_or_shape() -> None:
    order = np.argsort(X)
    for other in (5 * Z, Z + 3, np.sinh(2 * Z)):
        assert right.lag_one(other, order) == pytest.approx(right.lag_one(Z, order), abs=1e-9)
    np.testing.assert_allclose(right.squared_scores(7 * Z), right.squared_scores(Z), atol=1e-12)


def test_neighbours_that_are_alike_are_found_in_their_order_alone() -> None:
    rng = np.random.default_rng(3)
    z = rng.normal(size=300)
    for i in range(1, 300):
        z[i] = 0.5 * z[i - 1] + np.sqrt(0.75) * z[i]
    correlation, p = right.lag_one(z, np.arange(300))
    assert correlation == pytest.approx(0.5, abs=0.12)
    assert p < 1e-6
    assert right.lag_one(z, rng.permutation(300))[1] > 0.001


@pytest.mark.long
def test_false_alarms_come_as_often_as_they_should() -> None:
    rng = np.random.default_rng(4)
    for n in (12, 60):
        found = []
        for _ in range(2000):
            z, x = rng.normal(size=n), rng.uniform(size=n)
            squares, order = right.squared_scores(z), np.arange(n)
            found.append(
                [
                    right.bias_p(z),
                    right.t_p(z),
                    right.width_p(z),
                    right.farthest_p(z),
                    right.shape_p(z),
                    right.follows_p(squares, right.line_along(x)),
                    right.follows_p(squares, right.curve_along(x)),
                    right.lag_one(z, order)[1],
                ]
            )
        shares = np.mean(np.array(found) < 0.05, axis=0)
        assert (shares < 0.07).all(), shares


def test_few_points_have_no_test_of_shape_or_order() -> None:
    z = np.array([1.0, 2, 3])
    assert right.shape_p(z) == right.lag_one(z, np.arange(3))[1] == right.follows_p(z, right.line_along(z)) == 1.0
