"""Calibration curves and their bands: a right model lies inside, a wrong one leaves them in the expected way."""

import numpy as np
import pytest
import uncertainty_toolbox as toolbox
from scipy import stats

from core.evaluation.calibration_curves import (
    LEVELS,
    by_luck,
    calibration_error,
    coverage_along,
    ence,
    error_by_std,
    normal_qq,
    ordered,
    pit_histogram,
    reliability,
)
from core.evaluation.judged import CannotScore

FORMS = ("interval", "quantile")
N = 500


def pits(factor: float = 1.0, shift: float = 0.0, n: int = N, seed: int = 0) -> np.ndarray:
    """PIT values of N(0, factor²) for points of N(shift, 1)."""
    return stats.norm.cdf((np.random.default_rng(seed).normal(size=n) + shift) / factor)


@pytest.mark.parametrize("form", FORMS)
def test_the_curve_is_that_of_uncertainty_toolbox_rotated(form: str) -> None:
    rng = np.random.default_rng(1)
    mean, std = rng.normal(size=N), np.exp(rng.normal(size=N) / 3)
    y = mean + 0.2 + 1.3 * std * rng.normal(size=N)
    curve = reliability(stats.norm.cdf((y - mean) / std), form)
    options = {"num_bins": 100, "prop_type": form}
    promised, observed = toolbox.get_proportion_lists_vectorized(mean, std, y, **options)
    np.testing.assert_allclose(curve.expected, promised)
    theirs = observed if form == "interval" else 1 - observed[::-1]
    np.testing.assert_allclose(curve.observed, theirs, atol=1e-12)


@pytest.mark.long
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("n", [30, 500, 20_000, 30_000])
def test_right_models_stay_in_the_whole_band(form: str, n: int) -> None:
    """95 of 100 samples or a few more, because counts are whole numbers; 400 samples."""
    inside = []
    for seed in range(400):
        curve = reliability(np.random.default_rng([2, seed]).uniform(size=n), form)
        inside.append(((curve.low <= curve.observed) & (curve.observed <= curve.high)).all())
    assert 0.92 <= np.mean(inside) < 0.985


def test_an_error_of_scale_is_twice_as_large_in_the_interval_form() -> None:
    pit = pits(2.0, n=100_000)
    twice = (
        calibration_error(pit, "interval", "mean absolute").value
        / calibration_error(pit, "quantile", "mean absolute").value
    )
    assert twice == pytest.approx(2, abs=0.05)
    pit = pits(1.0, 0.5, n=100_000)
    assert calibration_error(pit, "quantile", "area").value > 3 * calibration_error(pit, "interval", "area").value


def test_the_calibration_error_of_a_right_model() -> None:
    read = [calibration_error(pits(n=200, seed=seed), "interval", "mean absolute").value for seed in range(400)]
    assert np.mean(np.array(read) <= by_luck(200, "mean absolute")) == pytest.approx(0.95, abs=0.035)
    assert by_luck(20_000, "area") < by_luck(200, "area") / 5


def test_the_area_by_hand() -> None:
    """All PIT at ½: no quantile level below it holds a point, all above hold every one: 2 × ½·½·½."""
    found = calibration_error(np.full(1000, 0.5), "quantile", "area").value
    assert found == pytest.approx(0.25, abs=1 / 99)


@pytest.mark.parametrize(
    ("pit", "high_bins"),
    [(pits(2.0), slice(8, 11)), (pits(0.5), [0, -1]), (pits(1.0, 1.0), slice(17, 20))],
    ids=["too wide: hump", "too narrow: bowl", "biased: slope"],
)
def test_the_histogram_has_the_shape_of_the_fault(pit: np.ndarray, high_bins: object) -> None:
    found = pit_histogram(pit)
    assert (found.density[high_bins] > found.high).all()  # type: ignore[index]
    assert found.density.sum() * (found.edges[1] - found.edges[0]) == pytest.approx(1)


def test_the_histogram_of_a_right_model_lies_in_its_band() -> None:
    inside = []
    for seed in range(300):
        found = pit_histogram(pits(seed=seed))
        inside.append(((found.low <= found.density) & (found.density <= found.high)).all())
    assert 0.91 < np.mean(inside) < 0.99


def test_normal_scores_lie_in_the_band_and_a_scale_is_a_slope() -> None:
    inside = []
    for seed in range(300):
        found = normal_qq(pits(n=150, seed=seed))
        inside.append(((found.low <= found.observed) & (found.observed <= found.high)).all())
    assert np.mean(inside) == pytest.approx(0.95, abs=0.035)
    inside = []
    for seed in range(300):  # for many points the band is that of the limit
        found = normal_qq(pits(n=30_000, seed=seed))
        inside.append(((found.low <= found.observed) & (found.observed <= found.high)).all())
    assert np.mean(inside) == pytest.approx(0.95, abs=0.035)
    found = normal_qq(pits(0.5, n=20_000))
    assert found.expected.size == 200
    assert np.polyfit(found.expected[40:-40], found.observed[40:-40], 1)[0] == pytest.approx(2, abs=0.05)


def test_normal_scores_of_extreme_points_are_finite() -> None:
    assert np.isfinite(normal_qq(np.array([0.0, 1e-320, 0.5, 1.0])).observed).all()


def test_error_by_std_counts_every_point_and_its_band_holds() -> None:
    inside = []
    for seed in range(200):
        rng = np.random.default_rng([4, seed])
        std = np.repeat(np.linspace(1, 3, 10), 40)
        found = error_by_std(rng.permutation(std), np.zeros(400))
        assert found.counts.sum() == 400
        found = error_by_std(std, std * rng.normal(size=400))
        inside.append(((found.low <= found.error) & (found.error <= found.high)).all())
    assert np.mean(inside) == pytest.approx(0.95, abs=0.04)


@pytest.mark.parametrize("unit", [1e-200, 1e200])
def test_error_by_std_in_a_unit_whose_square_overflows(unit: float) -> None:
    rng = np.random.default_rng(4)
    std, residual = rng.uniform(1, 2, 90), rng.normal(size=90)
    found, usual = error_by_std(unit * std, unit * residual), error_by_std(std, residual)
    np.testing.assert_allclose(found.predicted, unit * usual.predicted)
    np.testing.assert_allclose(found.error, unit * usual.error)


def test_points_of_equal_std_are_in_one_bin() -> None:
    """The cuts of equal count, at 10, 20, … of 100, move to where another std begins."""
    rng = np.random.default_rng(9)
    found = error_by_std(rng.permutation(np.repeat([1.0, 2.0, 3.0], [25, 25, 50])), np.ones(100))
    np.testing.assert_allclose(found.predicted, [1, 2, 3])
    np.testing.assert_array_equal(found.counts, [25, 25, 50])
    assert error_by_std(rng.uniform(1, 1.01, 500), np.ones(500)).counts.tolist() == [500]
    assert error_by_std(rng.uniform(1, 1.1, 500), np.ones(500)).counts.tolist() == [50] * 10


def test_ence_has_ten_bins_of_equal_count_whatever_the_std() -> None:
    residual = np.random.default_rng(10).normal(size=200)
    by_hand = [abs(np.sqrt(np.mean(part**2)) - 1) for part in np.split(residual, 10)]
    assert ence(np.ones(200), residual).value == pytest.approx(np.mean(by_hand))


@pytest.mark.parametrize("n", [78, 97, 103, 5000])
def test_a_bar_of_as_many_points_as_its_band_allows_is_inside(n: int) -> None:
    allowed = round(pit_histogram(np.full(n, 0.5)).high * n / 20)
    found = pit_histogram(np.concatenate([np.full(allowed, 0.52), np.linspace(0, 0.4, n - allowed)]))
    assert found.density[10] == found.high


def test_coverage_along_x() -> None:
    x = np.random.default_rng(5).uniform(0, 1, 2000)
    covered = np.where(x < 0.5, 1.0, np.random.default_rng(6).uniform(size=2000) < 0.5)
    found = coverage_along(x, covered, 0.9)
    assert found.x.size == 20
    assert (np.diff(found.x) > 0).all()
    assert (found.covered[:10] == 1).all()
    assert (found.covered[10:] < found.low[10:]).all()
    assert ((found.low < 0.9) & (found.high > 0.9)).all()
    with pytest.raises(CannotScore, match="no points"):
        coverage_along(np.empty(0), np.empty(0), 0.9)


def test_few_points_make_few_bins() -> None:
    assert coverage_along(np.arange(25.0), np.ones(25), 0.9).x.size == 2
    assert error_by_std(np.arange(1.0, 4.0), np.ones(3)).counts.size == 3
    assert reliability(np.array([0.3]), "interval").observed.shape == LEVELS.shape


def test_ordered_by_width() -> None:
    width = np.random.default_rng(7).uniform(1, 2, 1000)
    found = ordered(np.zeros(1000), -width, width, np.linspace(-2, 2, 1000))
    assert found.rank.size == 200
    assert (np.diff(found.upper - found.lower) >= 0).all()
    np.testing.assert_array_equal(found.inside, np.abs(found.y) <= found.upper)
