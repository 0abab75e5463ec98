"""The widest and the most wrong points, by sorting all."""

import numpy as np
import pytest

from core.distributions.laws import gaussian, student_t
from core.evaluation.extremes import most_wrong, widest
from core.evaluation.judged import CannotScore, Judged
from tests.core.evaluation.samples import predictions

N = 200
Y = np.random.default_rng(3).normal(size=N)
every_kind = pytest.mark.parametrize("kind", predictions(1))


@every_kind
def test_the_widest_are_the_first_of_all_by_width(kind: str) -> None:
    predictive = predictions(N)[kind]
    low, high = predictive.interval(0.95)
    found = widest(Judged(predictive, Y), 7)
    np.testing.assert_array_equal(found.index, sorted(range(N), key=lambda i: low[i] - high[i])[:7])
    np.testing.assert_allclose(found.width, (high - low)[found.index])
    assert np.all(np.diff(found.width) <= 0)


@every_kind
def test_the_most_wrong_have_the_thinnest_tails(kind: str) -> None:
    predictive = predictions(N)[kind]
    tails = np.minimum(predictive.cdf(Y), 1 - predictive.cdf(Y))
    found = most_wrong(Judged(predictive, Y), 9)
    np.testing.assert_allclose(found.tail, np.sort(tails)[:9], atol=1e-12)
    np.testing.assert_array_equal(found.y, Y[found.index])
    np.testing.assert_allclose(found.z, (Y - predictive.mean)[found.index] / predictive.std[found.index])


def test_of_a_gaussian_the_order_is_that_of_z_however_far_out() -> None:
    y = np.array([0.0, 60.0, -80.0, 70.0, 1.0, -9.0, 8.5])
    found = most_wrong(Judged(gaussian(np.zeros(7), np.ones(7)), y), 7)
    np.testing.assert_array_equal(found.index, [2, 3, 1, 5, 6, 4, 0])


def test_a_large_z_is_not_extreme_in_a_family_with_heavy_tails() -> None:
    df = np.array([3.0, 1000.0])
    judged = Judged(student_t(np.zeros(2), np.ones(2), df), np.array([6.0, 5.0]))
    assert most_wrong(judged, 1).index[0] == 1


def test_ties_go_to_the_earlier_point() -> None:
    judged = Judged(gaussian(np.zeros(6), np.ones(6)), np.array([1.0, -1, 1, 0, 0, -1]))
    np.testing.assert_array_equal(widest(judged, 4).index, [0, 1, 2, 3])
    np.testing.assert_array_equal(most_wrong(judged, 6).index, [0, 1, 2, 5, 3, 4])


def test_fewer_points_than_asked_for_are_all_returned() -> None:
    judged = Judged(gaussian(np.zeros(3), np.array([1.0, 3, 2])), np.zeros(3))
    np.testing.assert_array_equal(widest(judged).index, [1, 2, 0])


@pytest.mark.parametrize("of", [widest, most_wrong])
def test_a_prediction_without_a_spread_is_refused(of) -> None:
    with pytest.raises(CannotScore, match="no standard deviation"):
        of(Judged(gaussian(np.zeros(3), np.full(3, np.nan)), np.zeros(3)))
