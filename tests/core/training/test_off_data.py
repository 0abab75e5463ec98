"""Warnings off the training data: what is like it has none, and gaps and lonely places have one."""

import numpy as np
import pandas as pd
import pytest

from core import load, presets, train
from core.data.tables.encoding import Encoding, given_rows
from core.data.tables.feature import Feature
from core.export.weights import weights_of
from core.training.new_rows import predict_rows
from core.training.off_data import Neighbours, row_warnings

X = Encoding("y", (Feature("x", "number", low=0.0, high=1.0),))
DRAWS = {
    "uniform": lambda rng, n: rng.uniform(0, 1, n),
    "normal": lambda rng, n: rng.standard_normal(n),
    "log-normal": lambda rng, n: np.exp(1.5 * rng.standard_normal(n)),
    "whole numbers": lambda rng, n: rng.integers(0, 10, n).astype(float),
    "eight inputs": lambda rng, n: rng.standard_normal((n, 8)),
    "two behind eight": lambda rng, n: rng.standard_normal((n, 2)) @ np.random.default_rng(0).standard_normal((2, 8)),
}


def warned(x, new):
    inputs = np.asarray(new, dtype=float).reshape(-1, 1)
    return row_warnings(X, given_rows(inputs, X), Neighbours.of(x))


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("n", [20, 200, 2000])
def test_rows_like_the_training_rows_have_no_warning(name, n):
    far = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        x, new = DRAWS[name](rng, n).reshape(n, -1), DRAWS[name](rng, 400).reshape(400, -1)
        inside = ((new >= x.min(axis=0)) & (new <= x.max(axis=0))).all(axis=1)
        far.append(np.mean((Neighbours.of(x).ratio(new) > 1) & inside))
    assert np.mean(far) < 0.01


def test_a_gap_inside_the_range_is_named_with_its_ends():
    x = np.r_[np.linspace(0, 0.4, 100), np.linspace(0.6, 1, 100)]
    assert warned(x, [0.2, 0.5, 0.4, 0.399]) == ["", "x is in a gap of the training points, 0.4 to 0.6", "", ""]
    assert warned(x, [-0.1, 1.1]) == ["x is outside the training range, 0 to 1"] * 2
    assert warned(x, [np.nan]) == ["x is missing"]


def test_points_that_begin_far_inside_the_range_are_named():
    said = warned(np.linspace(0.5, 1, 100), [0.1, 0.5, 0.9])
    assert said == ["x is far from the training points; the nearest is 0.5", "", ""]


def test_too_few_points_have_no_gaps():
    assert Neighbours.of([1.0, 2.0, 2.0]) is None
    assert warned([0.0, 1.0], [0.5]) == [""]
    assert warned(np.linspace(0, 1, 5), [0.1, 0.375]) == ["", ""]


def test_rows_between_two_groups_of_many_features_are_far():
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(-3, 0.3, (200, 3)), rng.normal(3, 0.3, (200, 3))])
    encoding = Encoding("y", tuple(Feature(name, "number", low=-4, high=4) for name in "abc"))
    new = np.array([[-3.0, -3, -3], [0, 0, 0], [3, -3, 3], [9, 0, 0]])
    assert row_warnings(encoding, given_rows(new, encoding), Neighbours.of(x)) == [
        "",
        "no training row is near it, although each value is within its range",
        "no training row is near it, although each value is within its range",
        "a is outside the training range, −4 to 4",
    ]


@pytest.mark.parametrize(("inputs", "rows"), [(1, 300), (2, 300), (3, 3000)])
def test_the_middle_of_an_empty_slab_is_far_and_its_sides_are_not(inputs, rows):
    rng = np.random.default_rng(0)
    x, new = rng.uniform(0, 1, (2 * rows, inputs)), rng.uniform(0, 1, (400, inputs))
    neighbours = Neighbours.of(x[np.abs(x[:, 0] - 0.5) > 0.15][:rows])
    assert np.mean(neighbours.ratio(new[np.abs(new[:, 0] - 0.5) > 0.15]) > 1) < 0.01
    new[:, 0] = 0.5
    assert np.mean(neighbours.ratio(new) > 1) > 0.95


def test_the_unit_of_x_does_not_matter():
    rng = np.random.default_rng(1)
    x, new = rng.standard_normal((300, 2)), rng.standard_normal((50, 2))
    unit, shift = np.array([1e9, 1e-9]), np.array([1e9, 3.0])
    one, other = Neighbours.of(x).ratio(new), Neighbours.of(x * unit + shift).ratio(new * unit + shift)
    np.testing.assert_allclose(other, one, rtol=1e-4)


def test_a_run_warns_in_both_of_its_ways_and_from_its_weights():
    run = train(presets["stirn-toy"].with_settings({"training.steps": 20}))
    x = [0.5, 1.5, 5.0, 1000.0, np.nan]
    said = run.predict(x)["warning"].tolist()
    assert said[0] == said[2] == ""
    assert said[1].startswith("x is in a gap of the training points, 0.5 to 2.5")
    assert said[3].startswith("x is outside the training range")
    assert said[4] == "x is missing"
    assert predict_rows(run, {"x": x})["warning"].tolist() == said
    assert run.predict(pd.DataFrame({"x": x}))["warning"].tolist() == said
    assert load(weights_of(run)).predict(x)["warning"].tolist() == said


def test_the_held_out_rows_of_a_table_have_few_warnings_and_a_strange_mix_has_one():
    run = train(presets["concrete"].with_settings({"training.steps": 20}))
    x = run.dataset.x_held_out
    assert np.mean(run.predict(x)["warning"] != "") < 0.06
    strange = np.where(np.arange(8) % 2, run.dataset.x.min(axis=0), run.dataset.x.max(axis=0))
    assert run.predict(strange[None])["warning"][0].startswith("no training row is near it")
