"""The rows of the floor against σ: two curves, their crossings, and where the run stands."""

import numpy as np
import pandas as pd
import pytest

from core.charts.floor_curve import NUMBERS, TEXTS, floor_table

SIGMA = np.geomspace(0.01, 10.0, 200)
FLOOR = 0.5 + np.log(SIGMA)
CONSTANT = 0.5 * np.log(2 * np.pi)
CROSSINGS = (float(np.exp(-0.5)), float(np.exp(-0.5 - CONSTANT)))


def table(**options: object) -> pd.DataFrame:
    given = {"loss_domain": (-5.0, 4.0), "constant": CONSTANT, "crossings": CROSSINGS, "own": [0.2]}
    return floor_table(SIGMA, FLOOR, **(given | options))


def layer(found: pd.DataFrame, name: str) -> pd.DataFrame:
    return found[found["layer"] == name]


def test_columns_and_layers() -> None:
    found = table(own=[0.1, 0.4])
    assert tuple(found.columns) == ("layer", *NUMBERS, *TEXTS)
    assert {*found["layer"]} == {"curve", "zero", "crossing", "note", "own", "range", "name"}


def test_the_curve_in_force_is_the_one_with_the_constant_where_it_is_counted() -> None:
    without, with_constant = layer(table(), "curve"), layer(table(with_constant=True), "curve")
    assert without["floor"].to_numpy() == pytest.approx(FLOOR, abs=1e-6)
    assert without["other"].to_numpy() == pytest.approx(FLOOR + CONSTANT, abs=1e-6)
    assert (with_constant["floor"] == without["other"]).all()
    assert (with_constant["other"] == without["floor"]).all()


@pytest.mark.parametrize(("kept", "expected"), [(False, ("0.607", "0.242")), (True, ("0.242", "0.607"))])
def test_each_crossing_is_on_zero_with_its_number(kept: bool, expected: tuple[str, str]) -> None:
    found = table(with_constant=kept)
    dots = layer(found, "crossing").set_index("role")
    assert (dots["floor"] == 0).all()
    words = layer(found, "note").set_index("role")["text"]
    assert (words["floor"], words["other"]) == expected
    curve = layer(found, "curve")
    for role in ("floor", "other"):
        assert np.interp(dots["sigma"][role], curve["sigma"], curve[role]) == pytest.approx(0, abs=0.01)


def test_names_say_which_curve_counts_the_constant() -> None:
    for kept in (False, True):
        names = layer(table(with_constant=kept), "name").set_index("role")["text"]
        strong, thin = ("with ½ log 2π", "without ½ log 2π")[:: 1 if kept else -1]
        assert (names["floor"], names["other"]) == (strong, thin)


def test_a_loss_without_a_constant_is_one_curve_without_a_name() -> None:
    found = table(constant=None, crossings=(0.6, None))
    assert layer(found, "curve")["other"].isna().all()
    assert layer(found, "name").empty
    assert len(layer(found, "crossing")) == 1


@pytest.mark.parametrize("crossings", [(None, None), (1e-5, 100.0)])
def test_a_crossing_that_is_not_there_or_off_the_axis(crossings: tuple[float | None, float | None]) -> None:
    assert layer(table(crossings=crossings), "crossing").empty


def test_the_run_stands_on_the_curve() -> None:
    found = table()
    own = layer(found, "own")
    assert own["sigma"].item() == pytest.approx(0.2)
    assert own["floor"].item() == pytest.approx(0.5 + np.log(0.2), abs=1e-3)
    assert "σ = 0.200: floor −1.109" in set(found["text"])
    assert layer(found, "range").empty


def test_the_loss_that_a_net_reached_is_a_ring_at_its_own_height() -> None:
    found = table(reached=-0.9)
    assert layer(found, "reached")[["sigma", "floor"]].to_numpy().ravel() == pytest.approx([0.2, -0.9])
    assert "σ = 0.200: floor −1.109, network −0.900" in set(found["text"])
    assert layer(table(), "reached").empty


def test_a_spread_that_varies_is_a_range_with_its_geometric_mean() -> None:
    found = table(own=[0.1, 0.4, np.nan], own_role="prediction")
    assert layer(found, "range")[["sigma", "high"]].to_numpy().ravel() == pytest.approx([0.1, 0.4])
    own = layer(found, "own")
    assert own["sigma"].item() == pytest.approx(0.2)
    assert own["role"].item() == "prediction"
    assert "mean σ = 0.200: floor −1.109" in set(found["text"])


@pytest.mark.parametrize("own", [None, [], [np.nan, 0.0, -1.0]])
def test_no_own_spread(own: list[float] | None) -> None:
    assert layer(table(own=own), "own").empty


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("sigma", [0.012, 0.02, 0.1, 0.3, 1.0, 5.0, 9.0])
def test_words_stay_in_the_picture_and_off_the_names(sigma: float, kept: bool) -> None:
    found = table(own=[sigma], with_constant=kept)
    words = found[found["text"].notna()]
    assert words["floor"].between(-5.0, 4.0).all()
    own = words[words["text"].str.startswith("σ")]["floor"].item()
    names = layer(found, "name")["floor"]
    if sigma < 0.1:
        assert (abs(names - own) > 0.8 * 15 * 9 / 260).all()


def test_unequal_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="floor has shape"):
        floor_table(SIGMA, FLOOR[:-1], loss_domain=(-5.0, 4.0))
