"""A test of unequal variance in words."""

from dataclasses import replace

import numpy as np
import pytest

from core import presets
from core.charts.of_table import about_all
from core.data.tables.columns import Columns, number_column
from core.diagnosis.chart_data.scatter_words import about_all_words, is_unequal, points_along, scatter_words
from core.evaluation.unequal_variance import UnequalVariance, unequal_variance
from tests.core.samples import points_of

FOUND = UnequalVariance("income", 235, 40.0, 1e-9, 0.5, 1e-12, 2.0, 6.2, 0.0, 0.8, 4.0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {},
            "The scatter grows with income: it is 3.1 times as wide in the upper third as in the lower "
            "(Breusch–Pagan p < 0.001, ranks p < 0.001, both ends p = 0.80, 235 rows).",
        ),
        (
            {"rank": -0.5, "low_std": 6.0, "high_std": 4.0, "p": 0.004},
            "The scatter falls with income: it is 1.5 times as wide in the lower third as in the upper "
            "(Breusch–Pagan p = 0.004, ranks p < 0.001, both ends p = 0.80, 235 rows).",
        ),
        (
            {"high_std": 1.0},
            "The scatter grows with income (Breusch–Pagan p < 0.001, ranks p < 0.001, both ends p = 0.80, 235 rows).",
        ),
        (
            {"rank_p": 0.4},
            "The scatter differs, but it does not simply grow or fall with income (Breusch–Pagan p < 0.001, "
            "ranks p = 0.40, both ends p = 0.80, 235 rows).",
        ),
        (
            {"rank_p": 0.4, "ends": 0.5, "ends_p": 1e-9, "low_std": 6.0, "high_std": 6.0},
            "The scatter is largest at both ends of income: it is 1.5 times as wide in the outer thirds as in the "
            "middle one (Breusch–Pagan p < 0.001, ranks p = 0.40, both ends p < 0.001, 235 rows).",
        ),
        (
            {"p": 0.4, "rank_p": 0.4, "ends": -0.5, "ends_p": 0.004, "low_std": 1.0, "high_std": 1.0},
            "The scatter is largest in the middle of income: it is 4.0 times as wide in the middle third as in the "
            "outer ones (Breusch–Pagan p = 0.40, ranks p = 0.40, both ends p = 0.004, 235 rows).",
        ),
        (
            {"rank_p": 0.4, "ends": 0.5, "ends_p": 1e-9, "low_std": 1.0, "high_std": 1.0},
            "The scatter is largest at both ends of income (Breusch–Pagan p < 0.001, ranks p = 0.40, both ends "
            "p < 0.001, 235 rows).",
        ),
        (
            {"p": 0.03, "rank_p": 0.4},
            "The tests see no change of scatter along income (Breusch–Pagan p = 0.03, ranks p = 0.40, both ends "
            "p = 0.80, 235 rows). That does not prove that there is none.",
        ),
        (
            {"why_not": "The target is 1 in every row: it has no scatter."},
            "The target is 1 in every row: it has no scatter.",
        ),
    ],
)
def test_words(changes, words):
    assert scatter_words(replace(FOUND, **changes)) == words


def test_only_what_was_tested_is_unequal():
    assert is_unequal(FOUND)
    assert not is_unequal(replace(FOUND, p=0.03, rank_p=0.03))
    assert not is_unequal(UnequalVariance("x", 5, why_not="Too few."))


def test_engel_grows_with_income_and_equal_noise_does_not():
    assert scatter_words(unequal_variance(*points_of("engel"))).startswith("The scatter grows with x: it is 3.3")
    rng = np.random.default_rng(0)
    age = rng.uniform(20, 80, 400)
    words = scatter_words(unequal_variance(age, np.exp(age / 20) + 5 * rng.standard_normal(400), "age"))
    assert words.startswith("The tests see no change of scatter along age")
    assert scatter_words(unequal_variance(np.arange(10.0), np.arange(10.0))).startswith("10 complete rows are too few")


def test_points_are_the_rows_that_have_both_numbers():
    columns = Columns(
        {
            "x": number_column("x", np.array([1.0, np.nan, 3.0, 4.0])),
            "y": number_column("y", np.array([1.0, 2.0, -1.0, np.e])),
        },
        4,
    )
    x, y = points_along(columns, "y", "x")
    assert (x.tolist(), y.tolist()) == ([1.0, 3.0, 4.0], [1.0, -1.0, np.e])
    x, y = points_along(columns, "y", "x", log_target=True)
    assert (x.tolist(), y.tolist()) == ([1.0, 4.0], [0.0, 1.0])


def test_many_features_are_tested_about_a_mean_of_them_all():
    concrete, engel = (presets[name] for name in ("concrete", "engel"))
    test = about_all(concrete)
    assert (test.n, test.along) == (1030, "the fitted value")
    assert about_all_words(test, 8).startswith(
        "About a mean of all 8 features: the scatter grows with the fitted value"
    )
    assert about_all(engel) is None


def test_what_another_feature_explains_is_no_scatter_about_all():
    rng = np.random.default_rng(0)
    x = np.exp(rng.uniform(np.log(0.1), np.log(5.0), (400, 2)))
    y = 3 * x[:, 0] + x[:, 0] ** 2 + 0.3 * rng.standard_normal(400)
    assert about_all_words(unequal_variance(x, y), 2).startswith(
        "About a mean of all 2 features: the tests see no change of scatter"
    )
