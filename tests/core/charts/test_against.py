"""The rows of a promise against what came, and of the charts that are made of them."""

import numpy as np
import pandas as pd
import pytest

from core.charts.against import NUMBERS, TEXTS, against_table, powers_of_two
from core.charts.promises import (
    coverage_spec,
    coverage_table,
    error_by_std_table,
    qq_spec,
    qq_table,
    reliability_spec,
    reliability_table,
)
from core.charts.truth_map import kl_table, ratio_domain, ratio_spec, ratio_table

X = np.linspace(0.0, 1.0, 11)
SQUARE = ((0.0, 1.0), (0.0, 1.0))


def layer(found: pd.DataFrame, name: str) -> pd.DataFrame:
    return found[found["layer"] == name]


def test_columns_layers_and_kinds() -> None:
    found = against_table(X, X**2, X - 0.1, X + 0.1, promise=SQUARE, before=X**3, exact=(X[:5], X[:5]))
    assert tuple(found.columns) == ("layer", *NUMBERS, *TEXTS)
    assert found["layer"].value_counts().to_dict() == {"curve": 11, "exact": 5, "promise": 2}
    curve = layer(found, "curve")
    for name, values in {"x": X, "y": X**2, "low": X - 0.1, "high": X + 0.1, "before": X**3}.items():
        assert curve[name].to_numpy() == pytest.approx(values, abs=1e-6)
        assert curve[name].dtype == np.float32


def test_what_is_not_finite_not_given_or_too_large_is_a_gap() -> None:
    found = layer(against_table(X, np.where(X > 0.75, np.inf, 1e200 * (X > 0.5)), promise=SQUARE), "curve")
    assert found["y"].isna().sum() == 5
    assert found[["low", "high", "before"]].isna().all(axis=None)


@pytest.mark.parametrize("name", ["y", "low", "high", "before"])
def test_a_curve_of_another_length_is_refused(name: str) -> None:
    curves = {"y": X, "low": X, "high": X, "before": X} | {name: X[1:]}
    with pytest.raises(ValueError, match=f"{name} has shape"):
        against_table(X, promise=SQUARE, **curves)


def test_nothing_yet_leaves_the_promise_and_the_words() -> None:
    tables = [
        reliability_table([], []),
        qq_table([], None),
        error_by_std_table([], [], domain=(0.0, 1.0)),
        coverage_table([], [], level=0.9, x_domain=(0.0, 1.0)),
        ratio_table([], [], x_domain=(0.0, 1.0)),
        kl_table([], None, x_domain=(0.0, 1.0), kl_domain=(0.0, 1.0)),
    ]
    for found in tables:
        assert "curve" not in set(found["layer"])
        assert len(layer(found, "promise")) == 2


def test_the_words_beside_the_diagonal_say_what_each_side_means() -> None:
    for interval, above in ((True, "std too large"), (False, "predicted too high")):
        notes = layer(reliability_table(X, X, interval=interval), "note").sort_values("y")
        assert notes["text"].iloc[-1] == above
        assert (notes["y"] - notes["x"]).iloc[0] < 0 < (notes["y"] - notes["x"]).iloc[-1]
        assert reliability_spec("light", interval=interval) is reliability_spec("light", interval=interval)
    notes = layer(error_by_std_table(X, X, domain=(0.0, 2.0)), "note").set_index("text")["y"]
    assert notes["std too small"] > notes["std too large"]


def test_points_off_the_qq_plot_are_counted() -> None:
    found = qq_table(X, np.r_[-9.0, -5.0, np.zeros(6), 4.0, 4.1, np.nan])
    assert list(layer(found, "note")["text"]) == ["↑ 1 above 4", "2 below −4 ↓"]
    assert layer(qq_table(X, X), "note").empty
    assert qq_spec("light")["layer"][0]["encoding"]["y"]["scale"]["domain"] == [-4, 4]


def test_coverage_holds_its_level_across_the_whole_axis() -> None:
    promise = layer(coverage_table(X, X, level=0.75, x_domain=(-1.0, 2.0)), "promise")
    assert (promise["x"].tolist(), promise["y"].tolist()) == ([-1, 2], [0.75, 0.75])


def test_the_band_of_a_single_row_can_be_seen() -> None:
    found = layer(coverage_table([0.5], [1.0], [0.8], [1.0], level=0.9, x_domain=(0.0, 2.0)), "lone")
    assert found["x"].tolist() == pytest.approx([0.476, 0.524])
    assert found[["low", "high"]].to_numpy() == pytest.approx(np.array([[0.8, 1.0]] * 2))
    assert found["y"].isna().all()
    assert layer(coverage_table(X, X, level=0.9, x_domain=(0.0, 2.0)), "lone").empty


def test_coverage_says_what_its_lines_are() -> None:
    title = coverage_spec("light", (0.0, 1.0), exact=True, before=True, x_label="dose")["title"]["text"]
    assert title == "Share inside over dose, line: truth, before in grey"
    assert coverage_spec("light", (0.0, 1.0))["title"]["text"] == "Share inside over x"
    long = coverage_spec("light", (0.0, 1.0), before=True, x_label="household income of a year (francs)")
    assert long["title"]["text"] == "Share inside over household income…, before in grey"


def test_a_ratio_is_one_where_its_logarithm_is_zero() -> None:
    found = layer(ratio_table(X[:3], np.log([1.0, 2.0, 0.5]), x_domain=(0.0, 1.0)), "curve")
    assert found["y"].tolist() == pytest.approx([1, 2, 0.5])
    found = layer(ratio_table(X[:3], [0.0, 1e4, np.nan], x_domain=(0.0, 1.0)), "curve")
    assert found["y"].isna().tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("logs", "large", "small"),
    [
        ([0.0, 0.1], "", ""),
        ([5.0, 5.0], " ↑ all above 4×", ""),
        ([-171.0, -171.0], "", " ↓ all below 1/4×"),
        ([-np.inf, 0.0], "", " ↓ 50 % below 1/4×"),
    ],
)
def test_ratios_beyond_their_axis_are_told(logs: list[float], large: str, small: str) -> None:
    found = ratio_table(X[:2], logs, x_domain=(0.0, 1.0))
    assert layer(found, "note")["text"].tolist() == ["std too large" + large, "std too small" + small]
    assert (layer(found, "curve")["y"].dropna() > 0).all()


def test_divergences_beyond_their_axis_are_told() -> None:
    found = kl_table(X[:4], [0.1, 3.0, 1e148, np.inf], x_domain=(0.0, 1.0), kl_domain=(0.0, 2000.0))
    assert layer(found, "note")["text"].tolist() == ["↑ 50 % above 2,000"]
    assert layer(found, "curve")["y"].isna().tolist() == [False, False, True, True]
    assert layer(kl_table(X, X, x_domain=(0.0, 1.0), kl_domain=(0.0, 2.0)), "note").empty


def test_the_axis_of_ratios_has_powers_of_two() -> None:
    assert powers_of_two((0.25, 4.0)) == [0.25, 0.5, 1, 2, 4]
    assert powers_of_two((0.3, 3.0)) == [0.5, 1, 2]
    assert powers_of_two((1 / 16, 16.0)) == [1 / 16, 1 / 4, 1, 4, 16]
    axis = ratio_spec("light", (0.0, 1.0))["layer"][0]["encoding"]["y"]["axis"]
    assert axis["values"] == [0.25, 0.5, 1, 2, 4]
    assert "×" in axis["labelExpr"]


@pytest.mark.parametrize(("far", "most"), [(0.0, 4.0), (1.9, 4.0), (2.5, 8.0), (50.0, 16.0), (np.nan, 4.0)])
def test_the_domain_of_ratios_reaches_as_far_below_one_as_above(far: float, most: float) -> None:
    assert ratio_domain(np.full(10, -far * np.log(2))) == (1 / most, most)
    assert ratio_domain([]) == (0.25, 4.0)
