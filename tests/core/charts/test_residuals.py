"""Residual charts: which points are drawn, where, and on which side of the band."""

import numpy as np
import pytest

from core.charts.residuals import (
    MOST_NAMES,
    MOST_POINTS,
    OTHERS,
    WIDTH,
    residuals_domain,
    residuals_spec,
    residuals_table,
    shortlist,
)

DOMAIN = (-10.0, 10.0)
RNG = np.random.default_rng(0)


def test_points_outside_the_band_are_told_from_those_inside_and_by_side() -> None:
    table = residuals_table([0.0, 1, 2, 3], [1.0, -5, 5, 1.97], [1.0, 1, 10, 1], y_domain=DOMAIN)
    outside = table[table["layer"] == "outside"]
    assert table[table["layer"] == "inside"]["x"].tolist() == [0, 2]
    assert outside["x"].tolist() == [1, 3]
    assert outside["role"].tolist() == ["below", "above"]
    assert (table["layer"] == "point").sum() == 4


def test_a_point_beyond_the_axis_stands_at_its_end_and_keeps_its_number() -> None:
    table = residuals_table([0.0, 1], [-99.0, 99], [1.0, 1], y_domain=DOMAIN)
    rows = table[table["layer"] == "point"]
    np.testing.assert_allclose(rows["shown"], [-9.7, 9.7], rtol=1e-6)
    assert rows["y"].tolist() == [-99, 99]


def test_the_band_is_the_root_mean_variance_of_the_rows_near() -> None:
    x = np.arange(2000.0)
    std = np.where(np.arange(2000) % 2, 1.0, 7.0) * (1 + (x >= 1000))
    band = residuals_table(x, np.zeros(2000), std, y_domain=DOMAIN).query("layer == 'band'")
    assert band["x"].iloc[0] == 0
    assert band["x"].iloc[-1] == 1999
    np.testing.assert_allclose(band["high"][band["x"] < 1000], WIDTH * 5, rtol=1e-6)
    np.testing.assert_allclose(band["high"][band["x"] >= 1000], WIDTH * 10, rtol=1e-6)
    np.testing.assert_array_equal(band["low"], -band["high"])


def test_of_z_the_band_is_the_same_everywhere() -> None:
    band = residuals_table(RNG.normal(size=500), RNG.normal(size=500), np.ones(500), y_domain=DOMAIN)
    assert band.query("layer == 'band'")["high"].to_numpy() == pytest.approx(WIDTH)


def test_categories_each_have_a_place_and_a_band() -> None:
    names = ("a", "b")
    table = residuals_table(["b", "a", "b"], [0.0, 0, 0], [3.0, 1, 4], y_domain=DOMAIN, names=names)
    band = table.query("layer == 'band'")
    assert band["name"].tolist() == ["a", "b"]
    np.testing.assert_allclose(band["high"], [WIDTH, WIDTH * np.sqrt(12.5)], rtol=1e-6)
    points = table.query("layer == 'point'")
    assert points["name"].tolist() == ["a", "b", "b"]
    assert points["jitter"].between(0, 1).all()
    assert points["jitter"].nunique() == 3


def test_rare_categories_share_a_place() -> None:
    words = [f"c{i:02}" for i in range(40) for _ in range(40 - i)]
    names = shortlist(words)
    assert names == (*(f"c{i:02}" for i in range(MOST_NAMES - 1)), OTHERS)
    table = residuals_table(words, np.zeros(len(words)), np.ones(len(words)), y_domain=DOMAIN, names=names)
    assert set(table.query("layer == 'point'")["name"]) == set(names)


def test_a_category_called_others_stays_one_name() -> None:
    assert shortlist(["b", OTHERS, "a", "b"]) == ("a", "b", OTHERS)
    many = [OTHERS] * 9 + [f"c{i:02}" for i in range(40) for _ in range(2)]
    assert shortlist(many).count(OTHERS) == 1


def test_many_points_are_thinned_in_the_order_of_x() -> None:
    x = RNG.permutation(5000).astype(float)
    points = residuals_table(x, x, np.ones(5000), y_domain=DOMAIN).query("layer == 'point'")
    assert len(points) == MOST_POINTS
    assert points["x"].is_monotonic_increasing
    assert (points["x"].iloc[0], points["x"].iloc[-1]) == (0, 4999)
    assert points["x"].diff().max() <= 6
    np.testing.assert_array_equal(points["x"], points["y"])


def test_no_point_at_all_is_an_empty_chart() -> None:
    table = residuals_table([], [], [], y_domain=DOMAIN)
    assert table["layer"].tolist() == ["zero"]


def test_arrays_of_unlike_length_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes"):
        residuals_table([1.0, 2], [1.0], [1.0], y_domain=DOMAIN)


def test_the_axis_is_even_about_zero_and_not_ruled_by_one_point() -> None:
    residual = np.append(np.linspace(-2, 2, 2000), 1e6)
    low, high = residuals_domain(residual, np.ones(2001))
    assert low == -high
    assert 2 < high < 10
    assert residuals_domain(np.zeros(5))[1] >= 3


def test_the_title_names_feature_and_unit() -> None:
    of_z = residuals_spec("light", ("a", "b"), DOMAIN, x_label="colour", z=True)
    assert of_z["title"]["text"] == "z over colour, with ±1.96 σ̂"
    plain = residuals_spec("light", DOMAIN, DOMAIN, x_label="age")
    assert plain["title"]["text"] == "Observed − predicted over age, with ±1.96 σ̂"
    assert ("predicted std" in str(plain), "predicted std" in str(of_z)) == (True, False)
