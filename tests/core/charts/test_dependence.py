"""Partial dependence charts: rows, axes and gaps."""

import numpy as np
import pytest

from core.charts.dependence import dependence_domain, dependence_spec, dependence_table


def test_rows_are_the_curve_and_what_is_no_number_is_a_gap() -> None:
    table = dependence_table([1.0, 2], [3.0, np.inf], [2.0, np.nan], [4.0, 5])
    assert table["x"].tolist() == [1, 2]
    assert table["y"].isna().tolist() == [False, True]
    assert table["low"].isna().tolist() == [False, True]
    assert table["y"].dtype == np.float32


def test_a_category_is_named() -> None:
    assert dependence_table([0, 1], [1.0, 2], [1.0, 2], [1.0, 2], ("red", "blue"))["name"].tolist() == ["red", "blue"]
    axis = dependence_spec("light", ("red", "blue"), (0.0, 1.0), x_label="colour")["layer"][0]["encoding"]["x"]
    assert (axis["field"], axis["type"], axis["scale"]["domain"]) == ("name", "nominal", ["red", "blue"])


@pytest.mark.parametrize("names", [(), ("a", "b", "c")])
def test_unlike_shapes_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="unlike shapes"):
        dependence_table([1.0, 2], [1.0, 2] if names else [1.0], [1.0, 2], [1.0, 2], names)


def test_the_axis_holds_curve_and_band_and_a_spread_begins_at_zero() -> None:
    low, high = dependence_domain([5.0, 6], [3.1, 4], [7.0, np.nan])
    assert low <= 3.1
    assert high >= 7
    assert low > 0
    assert dependence_domain([5.0], [3.0], [7.0], from_zero=True)[0] == 0
    assert dependence_domain([np.nan], [np.nan], [np.nan]) == (0, 1)


def test_the_title_names_both() -> None:
    title = dependence_spec("dark", (0.0, 1.0), (0.0, 1.0), x_label="age", y_label="Predicted std")["title"]["text"]
    assert title == "Predicted std by age, on average over rows"
