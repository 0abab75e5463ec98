"""A test of unequal variance in words."""

from dataclasses import replace

import numpy as np
import pytest

from core.data.tables.columns import Columns, number_column
from core.data.tables.shipped import TABLES
from core.diagnosis.chart_data.scatter_words import is_unequal, points_along, scatter_words
from core.evaluation.unequal_variance import UnequalVariance, unequal_variance
from tests.core.samples import points_of

FOUND = UnequalVariance("income", 235, 40.0, 1e-9, 0.5, 1e-12, 2.0, 6.2)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {},
            "The scatter grows with income: it is 3.1 times as wide in the upper third as in the lower "
            "(Breusch–Pagan p < 0.001, ranks p < 0.001, 235 rows).",
        ),
        (
            {"rank": -0.5, "low_std": 6.0, "high_std": 4.0, "p": 0.004},
            "The scatter falls with income: it is 1.5 times as wide in the lower third as in the upper "
            "(Breusch–Pagan p = 0.004, ranks p < 0.001, 235 rows).",
        ),
        (
            {"high_std": 1.0},
            "The scatter grows with income (Breusch–Pagan p < 0.001, ranks p < 0.001, 235 rows).",
        ),
        (
            {"rank_p": 0.4},
            "The scatter differs, though it does not simply grow or fall with income "
            "(Breusch–Pagan p < 0.001, ranks p = 0.40, 235 rows).",
        ),
        (
            {"p": 0.03, "rank_p": 0.4},
            "No change of scatter along income is seen (Breusch–Pagan p = 0.03, ranks p = 0.40, 235 rows). "
            "That does not prove that there is none.",
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


def test_engel_grows_with_income_and_diabetes_not_with_age():
    assert scatter_words(unequal_variance(*points_of("engel"))).startswith("The scatter grows with x: it is 3.5")
    diabetes = TABLES["diabetes"].columns()
    words = scatter_words(unequal_variance(diabetes["age"].values, diabetes["progression"].values, "age"))
    assert words.startswith("No change of scatter along age is seen")
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
