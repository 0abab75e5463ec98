"""The rows of the PIT histogram, the intervals, the wrong families and the seeds."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.charts import family_grid, intervals, pit, seeds
from core.charts.family_grid import family_spec, family_table, in_two_lines
from core.charts.intervals import intervals_table
from core.charts.pit import pit_table
from core.charts.seeds import seeds_domain, seeds_table

EDGES = np.linspace(0.0, 1.0, 21)
DOMAIN = (-4.0, 4.0)
MEAN, Y = np.array([10.0, 20.0, 30.0, 40.0]), np.array([10.5, 17.0, 39.0, 40.0])
INSIDE = np.array([True, False, False, True])


def layer(found: pd.DataFrame, name: str) -> pd.DataFrame:
    return found[found["layer"] == name]


def test_pit_bars_stand_between_their_edges() -> None:
    found = pit_table(EDGES, np.arange(20) / 9.5, 0.8, 1.2)
    assert tuple(found.columns) == ("layer", *pit.NUMBERS)
    bars = layer(found, "bar")
    assert (bars["right"] - bars["left"]).to_numpy() == pytest.approx(np.full(20, 0.05), abs=1e-6)
    assert bars["x"].to_numpy() == pytest.approx((EDGES[1:] + EDGES[:-1]) / 2)
    assert layer(found, "band")[["left", "right", "low", "high"]].to_numpy()[0] == pytest.approx([0, 1, 0.8, 1.2])


def test_pit_without_points_has_its_level_and_unequal_shapes_are_refused() -> None:
    assert set(pit_table(EDGES, None)["layer"]) == {"promise"}
    assert set(pit_table([], [])["layer"]) == {"promise"}
    with pytest.raises(ValueError, match=r"density has shape \(3,\); 21 edges give \(20,\)"):
        pit_table(EDGES, [1, 1, 1])


def intervals_of(**changed: Any) -> pd.DataFrame:
    given = {"rank": range(4), "lower": MEAN - 1, "upper": MEAN + 2, "mean": MEAN, "y": Y, "inside": INSIDE} | changed
    return intervals_table(**given, y_domain=DOMAIN)


def test_intervals_are_drawn_less_their_mean() -> None:
    found = intervals_of()
    assert tuple(found.columns) == ("layer", *intervals.NUMBERS, *intervals.TEXTS)
    points = layer(found, "point")
    assert points["y"].tolist() == pytest.approx([0.5, -3, 9, 0])
    assert (points["low"] == -1).all()
    assert (points["high"] == 2).all()
    assert layer(found, "inside")["rank"].tolist() == [0, 3]


def test_a_point_outside_is_told_by_shape_and_stays_in_the_picture() -> None:
    outside = layer(intervals_of(), "outside")
    assert outside["role"].tolist() == ["below", "above"]
    assert outside["shown"].tolist() == pytest.approx([-3, 3.9])
    assert layer(intervals_of(), "note")["text"].item() == "2 of 4 inside"


def test_the_count_stands_where_no_point_is() -> None:
    high, low = (layer(intervals_of(y=MEAN + side), "note")["y"].item() for side in (3.5, -3.5))
    assert high < 0 < low


def test_no_intervals_and_unequal_ones() -> None:
    none = {name: [] for name in ("rank", "lower", "upper", "mean", "y", "inside")}
    assert set(intervals_of(**none)["layer"]) == {"zero"}
    with pytest.raises(ValueError, match="shapes"):
        intervals_of(y=Y[1:])


def test_the_axis_of_seeds_holds_every_score_there_is() -> None:
    low, high = seeds_domain([0.31, None], [np.nan, 0.2], [0.99])
    assert (low, high) == pytest.approx((0.2, 1.0))
    assert seeds_domain([None], [np.nan]) is None


def test_a_cell_has_both_prices_in_words_and_the_measured_ones_colour() -> None:
    noises, losses = ["Gaussian"] * 3, ["Laplace", "Student-t", "quantiles"]
    found = family_table(noises, losses, [0.1234, np.nan, 0.5], [0.2, 0.3, np.nan])
    assert tuple(found.columns) == ("layer", *family_grid.NUMBERS, *family_grid.TEXTS)
    assert found["theory_text"].tolist() == ["0.123", "–", "0.500"]
    assert found["measured_text"].tolist() == ["0.200", "0.300", "–"]
    assert found["price"].tolist() == pytest.approx([0.2, 0.3, 0.5])
    assert family_table([], [], [], []).empty
    framed = family_table(noises, losses, [0.1] * 3, [0.2] * 3, words=["0.2\n± 0.1"] * 3, own=("Gaussian", "Student-t"))
    assert framed.loc[framed["layer"] == "own", "loss"].tolist() == ["Student-t"]
    assert set(framed["measured_text"]) == {"0.2\n± 0.1"}
    with pytest.raises(ValueError, match="2 noises, 1 losses"):
        family_table(["a", "b"], ["a"], [0], [0])


def test_names_are_broken_alike_in_the_rows_and_on_the_axes() -> None:
    assert in_two_lines("Gaussian") == "Gaussian"
    assert in_two_lines("mixture of 3") == "mixture\nof 3"
    assert in_two_lines("Student-t, ν = 3") == "Student-t,\nν = 3"
    found = family_table(["two Gaussians"], ["β-NLL 0.5"], [0], [0])
    encoding = family_spec("light", ("β-NLL 0.5",), ("two Gaussians",), (0.0, 1.0))["layer"][0]["encoding"]
    for axis, column in (("x", "loss"), ("y", "noise")):
        assert encoding[axis]["scale"]["domain"] == found[column].tolist()


def test_diverged_seeds_are_counted_beside_the_variants_name() -> None:
    found = seeds_table(
        ["a", "a", "a", "b"], [1.0, np.nan, np.inf, 2.0], variants=["a", "b"], mean=[1, 2], low=[0, 1], high=[2, 3]
    )
    assert tuple(found.columns) == ("layer", *seeds.NUMBERS, *seeds.TEXTS)
    assert layer(found, "name")["text"].tolist() == ["a: no value for 2 of 3 seeds", "b"]
    assert layer(found, "seed")[["variant", "value"]].to_numpy().tolist() == [["a", 1], ["b", 2]]
    assert layer(found, "mean")["high"].tolist() == [2, 3]


def test_no_seeds_and_unequal_lengths() -> None:
    assert seeds_table([], [], variants=[], mean=[], low=[], high=[]).empty
    with pytest.raises(ValueError, match="2 runs have 1 scores"):
        seeds_table(["a", "a"], [1], variants=["a"], mean=[1], low=[1], high=[1])
