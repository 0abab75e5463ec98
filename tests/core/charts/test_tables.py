"""The rows of the fit and the spread."""

import numpy as np
import pytest

from core.charts.fit import MOST_POINTS, fit_table, thin
from core.charts.spread import spread_table

GRID = np.linspace(0.0, 1.0, 11)
MEAN, STD = GRID**2, 0.1 + GRID


def points(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.uniform(0, 1, count), rng.standard_normal(count)


def test_thin_keeps_pairs_and_density_and_is_the_same_each_time() -> None:
    x, y = points(20_000)
    thin_x, thin_y = thin(x, y)
    assert thin_x.size == MOST_POINTS
    of = dict(zip(x, y, strict=True))
    assert all(of[key] == value for key, value in zip(thin_x, thin_y, strict=True))
    assert np.histogram(thin_x, 10, (0, 1))[0] == pytest.approx(np.full(10, MOST_POINTS / 10), abs=3)
    assert (thin(x, y)[1] == thin_y).all()


def test_thin_leaves_few_points_and_drops_what_is_not_finite() -> None:
    x, y = thin([2.0, 1.0, np.nan, 3.0], [20.0, 10.0, 0.0, np.inf])
    assert (x.tolist(), y.tolist()) == ([1.0, 2.0], [10.0, 20.0])


def test_thin_refuses_unequal_lengths() -> None:
    with pytest.raises(ValueError, match="one length"):
        thin([1.0, 2.0], [1.0])


def test_fit_rows() -> None:
    found = fit_table(*points(50), GRID, MEAN, STD, MEAN + 1, MEAN + 2)
    assert list(found.columns) == ["layer", "x", "y", "lower", "upper", "std", "truth", "previous", "point", "film"]
    curve = found[found["layer"] == "curve"]
    assert found["layer"].value_counts().to_dict() == {"data": 50, "curve": 11}
    assert curve["upper"].to_numpy() == pytest.approx(MEAN + 2 * STD, abs=1e-6)
    assert curve["lower"].to_numpy() == pytest.approx(MEAN - 2 * STD, abs=1e-6)
    assert curve["truth"].to_numpy() == pytest.approx(MEAN + 1)
    assert curve["previous"].to_numpy() == pytest.approx(MEAN + 2)


def test_fit_before_there_is_a_model_still_has_data_and_truth() -> None:
    found = fit_table(*points(50), GRID, None, None, MEAN)
    curve = found[found["layer"] == "curve"]
    assert curve[["y", "lower", "upper", "previous"]].isna().all(axis=None)
    assert curve["truth"].notna().all()


def test_spread_rows() -> None:
    found = spread_table(GRID, STD, STD + 1, STD + 2)
    assert list(found.columns) == ["layer", "x", "y", "truth", "previous", "point", "film"]
    assert found["y"].to_numpy() == pytest.approx(STD)
    assert found["truth"].to_numpy() == pytest.approx(STD + 1)
    assert found["previous"].to_numpy() == pytest.approx(STD + 2)


def test_what_is_not_finite_is_a_gap() -> None:
    broken = np.where(GRID > 0.5, np.inf, 1.0)
    for found in (fit_table([], [], GRID, MEAN, broken), spread_table(GRID, broken)):
        numbers = found.drop(columns="layer").to_numpy()
        assert not np.isinf(numbers).any()
    assert spread_table(GRID, broken)["y"].isna().sum() == 5


@pytest.mark.parametrize("name", ["mean", "std", "truth_mean", "previous_mean"])
def test_fit_refuses_a_curve_off_the_grid(name: str) -> None:
    curves = {"mean": MEAN, "std": STD, "truth_mean": MEAN, "previous_mean": MEAN} | {name: MEAN[:-1]}
    with pytest.raises(ValueError, match=f"{name} has shape"):
        fit_table([0.0], [0.0], GRID, **curves)


def test_numbers_travel_light() -> None:
    for found in (fit_table(*points(50), GRID, MEAN, STD), spread_table(GRID, STD)):
        assert set(found.drop(columns="layer").dtypes) == {np.dtype("float32")}
