"""The rows of the scatter chart."""

import numpy as np
import pytest

from core.charts.scatter import MOST_POINTS, NUMBERS, scatter_spec, scatter_table
from core.evaluation.unequal_variance import running_spread

X = np.linspace(0.0, 10.0, 5000)
Y = np.sin(X) + 0.1 * X * np.random.default_rng(0).standard_normal(5000)


def test_points_are_thinned_and_the_band_is_two_stds_about_the_running_mean():
    running = running_spread(X, Y)
    table = scatter_table(X, Y, running)
    assert tuple(table.columns) == ("layer", *NUMBERS)
    assert table["layer"].value_counts().to_dict() == {"data": MOST_POINTS, "running": 200}
    rows = table[table["layer"] == "running"]
    np.testing.assert_allclose(rows["y"], running.mean, atol=1e-6)
    np.testing.assert_allclose(rows["upper"] - rows["lower"], 4 * running.std, rtol=1e-4)
    assert table.drop(columns="layer").dtypes.eq(np.float32).all()
    assert len(table.to_json()) < 1_000_000


def test_few_rows_have_points_alone_and_gaps_are_left_out():
    table = scatter_table([1.0, np.nan, 3.0], [1.0, 2.0, 3.0], None)
    assert table["layer"].tolist() == ["data", "data"]
    with pytest.raises(ValueError, match="two vectors of one length"):
        scatter_table([1.0], [1.0, 2.0], None)


def test_the_spec_is_made_once_and_names_what_it_shows():
    spec = scatter_spec("light", (0.0, 10.0), (-1.0, 1.0), x_label="income", y_label="food")
    assert spec is scatter_spec("light", (0.0, 10.0), (-1.0, 1.0), x_label="income", y_label="food")
    assert spec["title"]["text"] == "food over income, with running mean ± 2 running std"
