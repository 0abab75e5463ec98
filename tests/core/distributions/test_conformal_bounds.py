"""Conformal bounds: the order statistic of Romano, Patterson & Candès, and the share that they promise."""

import numpy as np
import pytest

from core.distributions.conformal_bounds import ConformalBounds
from core.distributions.laws import gaussian
from core.distributions.stated import QuantilesAlone


def test_the_reach_is_the_order_statistic() -> None:
    y = np.array([0.0, 1.0, 2.0, -3.0])
    law = QuantilesAlone((0.25, 0.75), np.array([[-1.0, 1.0]] * 4), np.full(4, np.nan))
    bounds = ConformalBounds(law, law, y)
    # max(−1 − y, y − 1) is −1, 0, 1, 2; ⌈5·½⌉ is the third.
    assert bounds.reach(0.5) == 1
    np.testing.assert_array_equal(bounds.interval(0.5), [np.full(4, -2.0), np.full(4, 2.0)])


def test_an_interval_does_not_turn_over() -> None:
    y = np.zeros(40)
    bounds = ConformalBounds(gaussian(y, np.ones(40)), gaussian(y, np.full(40, 5.0)), y)
    lower, upper = bounds.interval(0.9)
    np.testing.assert_array_equal(lower, upper)


@pytest.mark.parametrize("factor", [0.3, 1.0, 3.0])
def test_a_new_point_is_inside_with_the_promised_share(factor: float) -> None:
    rng = np.random.default_rng(0)
    held = []
    for _ in range(400):
        std = np.exp(rng.normal(size=60))
        y = std * rng.normal(size=60)
        law = gaussian(np.zeros(60), factor * std)
        bounds = ConformalBounds(
            gaussian(np.zeros(20), factor * std[40:]), gaussian(np.zeros(40), law.std[:40]), y[:40]
        )
        lower, upper = bounds.interval(0.9)
        held.append(np.mean((lower <= y[40:]) & (y[40:] <= upper)))
    assert 0.89 < np.mean(held) < 0.94


def test_too_few_points_are_told() -> None:
    law = gaussian(np.zeros(5), np.ones(5))
    with pytest.raises(
        ValueError, match="Conformal bounds of 95 % need at least 19 validation points, but there are 5"
    ):
        ConformalBounds(law, law, np.zeros(5)).interval(0.95)
