"""A new row on its own curve: through what is predicted for it, with the noise inside the whole."""

import numpy as np
import pytest

from core import presets, train
from core.charts.drawing import Style
from core.charts.of_run.row_chart import row_chart
from core.diagnosis.chart_data.row_data import MOST_MARKED, marked_rows, marked_words, row_curve
from core.training.new_rows import example_row, predict_rows, run_words, uncertainty_parts


@pytest.fixture(scope="module")
def run():
    small = {"training.steps": 40, "training.members": 3, "data.features": "horsepower,origin", "training.patience": 0}
    return train(presets["cars"].with_settings(small))


def test_the_curve_goes_through_the_row_and_the_noise_lies_within(run):
    row = {name: [value] for name, value in example_row(run).items()}
    inputs = run.encoding.read(row).inputs[0]
    found = predict_rows(run, row, 0.8).iloc[0]
    curve = row_curve(run, inputs, "horsepower", 0.8)
    assert curve.row.mean[0] == pytest.approx(found["mean"])
    assert (curve.row.lower[0], curve.row.upper[0]) == pytest.approx((found["lower"], found["upper"]))
    assert curve.at[0] < run.encoding.features[0].low < curve.row_at < run.encoding.features[0].high < curve.at[-1]
    assert np.interp(curve.row_at, curve.at, curve.curve.mean) == pytest.approx(found["mean"], abs=0.05)
    reach = (curve.curve.noise_upper - curve.curve.noise_lower) / (curve.curve.upper - curve.curve.lower)
    assert (reach < 1).all()
    assert reach.max() > 0.5
    table = row_chart(curve, "mpg", 0.8, Style()).table
    assert table["layer"].value_counts().to_dict() == {"curve": 120, "end": 2, "row": 1}
    far = inputs.copy()
    far[0] = 1000.0
    assert row_curve(run, far, "horsepower", 0.8).at[-1] == 1000, "the curve reaches the row"


def test_a_category_has_a_place_for_each_word_and_an_unknown_one_has_none(run):
    inputs = run.encoding.read({"horsepower": [90.0], "origin": ["nowhere"]}).inputs[0]
    curve = row_curve(run, inputs, "origin", 0.95)
    assert np.isnan(curve.row_at)
    drawn = row_chart(curve, "mpg", 0.95, Style("dark"))
    assert drawn.table["name"].dropna().tolist() == list(run.encoding.features[1].categories)
    assert "row" not in set(drawn.table["layer"])
    assert row_curve(run, np.full(len(inputs), np.nan), "origin", 0.95) is None


def test_one_input_shows_the_points_and_one_net_has_no_noise_alone():
    run = train(presets["engel"].with_settings({"training.steps": 20}))
    curve = row_curve(run, np.array([900.0]), "income", 0.95)
    assert np.isnan(curve.curve.noise_lower).all()
    assert len(curve.points[0]) == len(run.dataset.y)
    assert "data" in set(row_chart(curve, "food", 0.95, Style()).table["layer"])
    assert uncertainty_parts(predict_rows(run, {"income": [900.0]}).iloc[0]) == ""
    assert run_words(run) == (
        f"Run {run.key}: “foodexp” from “income” of Engel: food and income; Gaussian NLL; training seed 0, data seed 0."
    )


def test_the_parts_in_words_are_those_of_the_variance(run):
    found = predict_rows(run, {name: [value] for name, value in example_row(run).items()}).iloc[0]
    assert found["std"] ** 2 == pytest.approx(found["std_noise"] ** 2 + found["std_ignorance"] ** 2)
    share = 100 * found["std_ignorance"] ** 2 / found["std"] ** 2
    assert f": {share:.0f} % of the variance is ignorance." in uncertainty_parts(found)
    assert "the mixture of 3 networks" in run_words(run)


def test_rows_of_a_file_are_marked_where_they_are_with_what_is_predicted_for_them(run):
    """Each at its own value of the feature; what the chart has no place for is counted, what is missing left out."""
    columns = {
        "horsepower": np.array([90.0, 150.0, 5000.0, np.nan]),
        "origin": np.array(["Japan", "nowhere", "USA", "USA"]),
    }
    found = predict_rows(run, columns, 0.8)
    inputs = run.encoding.read({name: values[:1] for name, values in columns.items()}).inputs[0]
    marked = marked_rows(run, columns, found, row_curve(run, inputs, "horsepower", 0.8))
    assert (marked.at.tolist(), marked.outside) == ([90.0, 150.0], 1)
    np.testing.assert_allclose(marked.upper, found["upper"][:2])
    assert marked_words(marked, 2).endswith("1 more is outside this chart.")
    curve = row_curve(run, inputs, "origin", 0.8)
    by_word = marked_rows(run, columns, found, curve)
    assert by_word.outside == 1, "a word that is new has no place"
    table = row_chart(curve, "mpg", 0.8, Style(), by_word).table
    assert table[table["layer"] == "file"]["name"].tolist() == ["Japan", "USA"]


def test_of_many_rows_some_are_drawn(run):
    columns = {"horsepower": np.linspace(60, 200, 5000), "origin": np.full(5000, "USA")}
    curve = row_curve(run, run.encoding.read({"horsepower": [90.0], "origin": ["USA"]}).inputs[0], "horsepower", 0.95)
    marked = marked_rows(run, columns, predict_rows(run, columns), curve)
    assert (len(marked.at), marked.outside) == (MOST_MARKED, 0)
