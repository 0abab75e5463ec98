"""Domains are round, hold what they must, and stay when a run goes astray."""

import numpy as np
import pytest

from core.charts.domains import fit_domain, loss_domain, nice, spread_domain, union, weight_domain

SIGMA = 0.2


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.4, 4.3, (0.0, 5.0)),
        (0.0, 0.44, (0.0, 0.5)),
        (-1.82, 1.03, (-2.0, 1.5)),
        (243.0, 2033.0, (0.0, 2500.0)),
        (0.0, 0.022, (0.0, 0.025)),
        (0.0, 0.3, (0.0, 0.3)),
        (3.0, 3.0, (2.7, 3.3)),
        (0.0, 0.0, (-1.0, 1.0)),
    ],
)
def test_nice(low: float, high: float, expected: tuple[float, float]) -> None:
    found = nice(low, high)
    assert found[0] <= low <= high <= found[1]
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(("low", "high"), [(1.0, 0.0), (np.nan, 1.0), (0.0, np.inf)])
def test_nice_refuses(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="finite low ≤ high"):
        nice(low, high)


def test_nice_holds_its_range_at_every_size() -> None:
    rng = np.random.default_rng(0)
    for low, width in zip(rng.uniform(-1, 1, 200), 10.0 ** rng.uniform(-6, 6, 200), strict=True):
        found = nice(low * width, low * width + width)
        assert found[0] <= low * width + 1e-9 * width
        assert found[1] >= low * width + width - 1e-9 * width
        assert found[1] - found[0] <= 2 * width


def test_fit_has_room_for_a_band_of_twice_the_right_width() -> None:
    mean = np.sin(np.linspace(0, 6, 100))
    low, high = fit_domain(mean, mean, np.full(100, SIGMA))
    assert low <= mean.min() - 4 * SIGMA
    assert high >= mean.max() + 4 * SIGMA


def test_fit_is_not_stretched_by_a_wild_point() -> None:
    y = np.append(np.random.default_rng(0).standard_normal(20_000), [1e6, np.nan, -np.inf])
    low, high = fit_domain(y)
    assert -10 <= low <= -3
    assert 3 <= high <= 10


def test_fit_of_a_table_that_is_never_negative_begins_at_zero_or_above() -> None:
    low, high = fit_domain(np.linspace(242.0, 2033.0, 235))
    assert low >= 0
    assert high >= 2033


def test_fit_refuses_no_points() -> None:
    with pytest.raises(ValueError, match="no finite value"):
        fit_domain([np.nan])


def test_spread_begins_at_zero_and_holds_truth_and_misreading() -> None:
    assert spread_domain([SIGMA] * 5) == (0.0, 0.5)
    assert spread_domain([0.02, 0.05])[1] >= 0.1
    assert spread_domain([0.05], reaches=0.2)[1] >= 0.2


def test_spread_without_truth_is_measured_by_y() -> None:
    y = np.random.default_rng(0).normal(0, 276, 235)
    low, high = spread_domain(y=y)
    assert low == 0
    assert y.std() < high <= 4 * y.std()


def test_spread_of_nothing_and_of_no_noise_is_drawable() -> None:
    assert spread_domain() == (0.0, 1.0)
    assert spread_domain([0.0, 0.0])[1] > 0


def test_loss_holds_floor_terms_and_zero() -> None:
    low, high = loss_domain(floor=-1.109, scale_at_optimum=-1.609, marginal_loss=0.34)
    assert low < -1.609
    assert high > 0.5


def test_loss_that_is_never_negative_begins_at_zero() -> None:
    assert loss_domain(floor=0.02, marginal_loss=0.36)[0] == 0.0
    assert loss_domain(floor=0.5, scale_at_optimum=0.0, marginal_loss=0.7)[0] < 0.0, "it may turn negative"


def test_loss_without_levels_is_drawable() -> None:
    low, high = loss_domain(floor=None, scale_at_optimum=float("-inf"), marginal_loss=float("nan"))
    assert low <= 0 < high


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([1.0, 1.0], (0.1, 10.0)),
        ([0.02, 1.0, 3.0], (0.01, 10.0)),
        ([0.004, 40.0, np.nan, 0.0], (0.001, 100.0)),
        ([1e-9, 1e9], (1e-4, 100.0)),
        ([], (0.1, 10.0)),
    ],
)
def test_weight_domain(weights: list[float], expected: tuple[float, float]) -> None:
    assert weight_domain(weights) == pytest.approx(expected)
    assert weight_domain(np.array([weights, weights]), [1.0]) == pytest.approx(expected)


def test_weight_domain_of_nothing() -> None:
    assert weight_domain() == pytest.approx((0.1, 10.0))


def test_union_holds_all_and_changes_nothing_that_is_shared() -> None:
    assert union((0.0, 5.0), (-1.0, 3.0), (2.0, 4.0)) == (-1.0, 5.0)
    assert union((0.0, 0.3), (0.0, 0.3)) == (0.0, 0.3)
