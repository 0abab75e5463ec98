"""The recipe for tables: what it looks at, what it chooses, and when it keeps away."""

import numpy as np
import pytest

from core.data.tables.shipped import TABLES
from core.experiment.experiment import DEFAULT
from core.experiment.table_recipe import (
    LARGE,
    Shape,
    _tails,
    changed,
    follows_recipe,
    on_table,
    recipe,
    recipe_for_table,
    recipe_words,
    shape_of,
)


@pytest.mark.parametrize(
    ("shape", "batch", "steps", "activation"),
    [
        (Shape(400, 10), 64, 2000, "silu"),
        (Shape(400, 1), 64, 3000, "tanh"),
        (Shape(8_000, 3), 128, 6000, "silu"),
        (Shape(1_000_000, 10), 256, 8000, "silu"),
    ],
)
def test_a_recipe_is_a_function_of_the_shape(shape, batch, steps, activation):
    found = recipe(shape)
    assert (found["training.batch_size"], found["training.steps"], found["network.activation"]) == (
        batch, steps, activation,
    )  # fmt: skip
    assert found["training.patience"] == steps  # none ends before its rate falls
    assert found["training.members"] == 5
    assert found["training.own_validation"]
    assert recipe(shape) == found


def test_few_rows_set_more_aside_and_long_tails_bring_a_student_t():
    tiny, small = recipe(Shape(20, 1)), recipe(Shape(400, 1))
    assert tiny["data.validation"] > small["data.validation"]
    assert tiny["training.steps"] < small["training.steps"]
    assert recipe(Shape(400, 3, tails=0.05))["loss.name"] == "student_t_learned"
    for shape in (Shape(400, 3, tails=0.001), Shape(LARGE, 3, tails=0.05), Shape(20, 3, tails=0.05)):
        assert "loss.name" not in recipe(shape)


def test_tails_are_those_of_the_noise_and_not_of_an_uneven_spread():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1500, 3))
    for noise, long in ((rng.normal(size=1500), False), (rng.standard_t(3, 1500), True)):
        y = x[:, 0] + np.exp(0.8 * x[:, 1]) * noise
        assert (_tails(x, y) > 0.01) is long
    assert _tails(x[:4], x[:4, 0]) == 0  # fewer rows than coefficients
    wide = rng.normal(size=(320, 300))  # a line leaves next to nothing of these, whose tails are not the noise's
    assert _tails(wide, wide[:, 0] + rng.normal(size=320)) == 0


def test_a_table_brings_a_recipe_unless_another_was_chosen():
    cars = DEFAULT.with_settings({"data.table": "cars"})
    brought = {"loss.name": "gaussian_nll", **recipe(shape_of(cars))}
    assert recipe_for_table(DEFAULT, cars) == brought
    assert recipe_for_table(DEFAULT.with_settings({"noise.scale": 0.5, "training.seed": 7}), cars) == brought
    for path, value in (("training.steps", 60), ("network.layers", [8])):
        assert recipe_for_table(DEFAULT.with_settings({path: value}), cars) == {}
    assert "loss.name" not in recipe_for_table(DEFAULT.with_settings({"loss.name": "gaussian_crps"}), cars)
    assert recipe_for_table(cars, DEFAULT) == {}


@pytest.mark.parametrize("name", TABLES)
def test_what_a_table_brought_gives_way_to_what_the_next_brings(name):
    first = on_table(DEFAULT, {"data.table": name, "training.seed": 3})
    assert follows_recipe(first)
    bare = DEFAULT.with_settings({"data.table": name})
    assert not follows_recipe(bare)
    assert shape_of(first) == shape_of(bare)  # its validation rows are among those that it learns from
    own = first.with_settings({"training.learning_rate": 1e-4})
    assert not follows_recipe(own)
    concrete = {"data.table": "concrete"}
    again = on_table(DEFAULT, {**concrete, "training.seed": 3})
    assert (on_table(first, concrete).training, on_table(first, concrete).loss) == (again.training, again.loss)
    assert on_table(own, concrete).training == own.training


def test_one_line_says_what_the_recipe_chose():
    engel = on_table(DEFAULT, {"data.table": "engel"})
    words = recipe_words(engel)
    assert "188 rows and 1 input: 5 networks of 64-64 tanh units, 3,000 steps of 64 rows" in words
    assert recipe_words(engel.with_settings({"training.steps": 100})) == ""
    assert recipe_words(DEFAULT) == ""


def test_other_columns_bring_the_recipe_for_them_where_nobody_chose_another():
    curve = on_table(DEFAULT, {"data.table": "diabetes"})
    assert curve.network.activation == "tanh"
    many = {"data.features": "age,sex,bmi,bp,s1,s2"}
    assert changed(curve, many).network.activation == "silu"
    assert changed(changed(curve, many), {"data.features": ""}) == curve
    own = curve.with_settings({"training.steps": 70})
    assert changed(own, many) == own.with_settings(many)
    bare = DEFAULT.with_settings({"data.table": "diabetes"})  # what a link without a recipe opens
    assert changed(bare, many) == bare.with_settings(many)
    assert changed(bare, {"data.table": "diabetes"}) == curve
    assert changed(curve, {"data.seed": 3}) == curve.with_settings({"data.seed": 3})
    gone = {"data.table": "own", "data.csv": "0" * 16}
    assert changed(curve, gone) == curve.with_settings(gone)


def test_the_recipe_of_several_targets_does_not_ask_which_is_shown():
    settings = {"data.table": "cars", "data.features": "horsepower,year"}
    one = on_table(DEFAULT, {**settings, "data.y": "mpg", "data.also": "weight,displacement"})
    other = on_table(DEFAULT, {**settings, "data.y": "weight", "data.also": "displacement,mpg"})
    assert shape_of(one) == shape_of(other)
    assert one.key == other.key == changed(one, {"data.y": "displacement"}).key
